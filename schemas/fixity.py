"""Fixity: how closely files are looked at, what can be wrong with what is kept, and what was found."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.common import ArchivedFile, Verified
from schemas.envelope import AuditId, ByteCount, JobId, Moment, Sha256, Text, Wire


class Depth(StrEnum):
    """How closely: names and sizes alone, every byte hashed, or every packet of the media read besides."""

    NAMES = "names"
    CONTENT = "content"
    PACKETS = "packets"

    @property
    def reads(self) -> bool:
        """Whether files are read, so that one found whole is proved to be."""
        return self is not Depth.NAMES


class Trouble(StrEnum):
    """What can be wrong.

    `RENAMED` is a file that lies elsewhere, known by its content. `UNREADABLE` are files that the disk does
    not give out, and media of which ffmpeg cannot read every packet. `LOG` is a place where the log does not
    hold together, `READ_MODEL` what the jobs actor tells otherwise than the log.
    """

    MISSING = "missing"
    ALTERED = "altered"
    RENAMED = "renamed"
    UNEXPECTED = "unexpected"
    UNREADABLE = "unreadable"
    LOG = "log"
    READ_MODEL = "read_model"


Tally = dict[Trouble, Annotated[int, Meta(ge=0)]]
"""How many of each kind."""


class Finding(Wire, frozen=True, kw_only=True):
    """One thing that is not as the log says. `path` is relative to the library, with ``/``.

    `bytes` and `sha256` are what was found there, `at` is where a renamed file lies now.
    """

    kind: Trouble
    detail: Text
    path: Text = ""
    job_id: JobId | None = None
    bytes: ByteCount | None = None
    sha256: Sha256 | None = None
    at: Text = ""


Findings = Annotated[tuple[Finding, ...], Meta(max_length=1000, description="of a job all")]
CheckedJobs = Annotated[tuple[JobId, ...], Meta(max_length=500)]


class Scope(Wire, frozen=True, kw_only=True):
    """What an audit looks at, and how closely.

    Without `since`, `channel`, `jobs` and `sample` (per cent of the jobs) that is everything, strays and the
    log included. `since` leaves out jobs of which nothing was recorded since, `channel` is a name or an id.
    """

    depth: Depth = Depth.NAMES
    since: Moment | None = None
    channel: Text = ""
    jobs: tuple[JobId, ...] = ()
    sample: Annotated[float, Meta(ge=0, le=100)] | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self.sample is None and not (self.since or self.channel or self.jobs)


class JobFiles(Wire, frozen=True, kw_only=True):
    """The files of one job that are to be looked at, and what its media was found to hold."""

    job_id: JobId
    files: tuple[ArchivedFile, ...]
    verified: Verified | None = None


class Repair(Wire, frozen=True, kw_only=True):
    """What a job is there for whose video is archived already: damaged `files` of job `job_id`, as they were.

    `others` are jobs some of whose files are the same. Nothing else of the video is stored again. With `keep`
    what lies in their places is kept aside for good.
    """

    job_id: JobId
    files: Annotated[tuple[ArchivedFile, ...], Meta(min_length=1, max_length=1000)]
    others: tuple[JobId, ...] = ()
    keep: bool = False

    @property
    def jobs(self) -> tuple[JobId, ...]:
        """All jobs whose files are to be brought back."""
        return self.job_id, *self.others


class Mended(Wire, frozen=True, kw_only=True):
    """In place of the damaged file at `path` there is now `file`, which may have another name or content."""

    path: Text
    file: ArchivedFile


SCHEDULE: AuditId = "0" * 16
"""The aggregate that says how often everything is to be read."""
