"""Which video is meant: by its id, its address, a job of it, a file of it, or the digest of a file."""

import re
from collections.abc import Collection, Iterable
from enum import IntEnum

import msgspec

from schemas.common import ArchivedFile, State, Video, VideoKey
from ytarchive.domain.job import Job
from ytarchive.domain.links import video_id_of

_YOUTUBE = "youtube"
_SHOWN = 10


class By(IntEnum):
    """How a name may fit, the surest first."""

    DIGEST = 1
    PATH = 2
    VIDEO = 3
    ADDRESS = 4
    JOB = 5
    BEGINNING = 6
    """Of a digest, as programs show it."""


class Ambiguous(ValueError):
    """The name may mean jobs of several videos, or files; the message lists them."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A video, or an address of which nothing was found out, and all jobs about it, oldest first.

    `file` is the one that was named, if one was.
    """

    url: str
    video: Video | None
    jobs: tuple[Job, ...]
    file: ArchivedFile | None = None

    @property
    def archived(self) -> Job | None:
        """The job that archived it last."""
        archived = (job for job in reversed(self.jobs) if job.state is State.ARCHIVED and not job.repairs)
        return next(archived, None)


def subject(jobs: Iterable[Job], name: str, paths: Collection[str] = ()) -> Subject | None:
    """Find the video that is meant; `paths` are those below the library that `name` may stand for.

    `jobs` are looked through twice. Raises `Ambiguous`.
    """
    found: dict[By, list[Job]] = {}
    for job in jobs:
        if how := _fits(job, name, paths):
            found.setdefault(how, []).append(job)
    if not found:
        return None
    how = min(found)
    named = found[how]
    if how is By.JOB and len({_identity(job) for job in named}) > 1:
        raise Ambiguous(", ".join(job.job_id for job in named))
    if how in (By.DIGEST, By.BEGINNING) and len({_identity(job) for job in named}) > 1:
        files = (file for job in named for file in job.files)
        raise Ambiguous(_some(file.path for file in files if file.sha256.startswith(name)))
    digests = {file.sha256 for job in named for file in job.files if file.sha256.startswith(name)}
    if how is By.BEGINNING and len(digests) > 1:
        raise Ambiguous(", ".join(sorted(digests)))
    identity = _identity(named[0])
    about = tuple(job for job in jobs if not job.lists and _identity(job) == identity)
    newest = next((job for job in reversed(about) if job.video), named[0])
    file = next((file for file in named[0].files if file.sha256 in digests or file.path in paths), None)
    return Subject(
        url=newest.video.url if newest.video else newest.url,
        video=newest.video,
        jobs=about or tuple(named),
        file=file if how in (By.DIGEST, By.PATH, By.BEGINNING) else None,
    )


def _some(names: Iterable[str]) -> str:
    first, *others = dict.fromkeys(names)
    rest = f" and {len(others) + 1 - _SHOWN} more" if len(others) >= _SHOWN else ""
    return ", ".join([first, *others[: _SHOWN - 1]]) + rest


def _fits(job: Job, name: str, paths: Collection[str]) -> By | None:
    if any(file.sha256 == name for file in job.files):
        return By.DIGEST
    if any(file.path in paths for file in job.files):
        return By.PATH
    if job.video and name == job.video.video_id:
        return By.VIDEO
    id_ = video_id_of(name)
    if name in (job.url, job.video and job.video.url) or (id_ and _identity(job) == (_YOUTUBE, id_)):
        return By.ADDRESS
    if re.fullmatch("[0-9a-f]{1,16}", name) and job.job_id.startswith(name):
        return By.JOB
    if _identity(job) == (_YOUTUBE, name):
        return By.VIDEO
    begins = re.fullmatch("[0-9a-f]{8,63}", name) and any(one.sha256.startswith(name) for one in job.files)
    return By.BEGINNING if begins else None


def _identity(job: Job) -> VideoKey:
    """Give what tells the video from all others, as far as it is known: at least its address."""
    if job.video:
        return job.video.key
    if id_ := video_id_of(job.url):
        return _YOUTUBE, id_
    return "", job.url
