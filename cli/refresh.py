"""``refresh``: looking again at what is archived, and telling what has changed. Gives an exit code.

It is a batch whose jobs end when their videos were looked up: nothing is downloaded, nothing in the library
touched. What each found is a version in its history.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from cli import archive
from cli.again import Wanted
from cli.asking import meant
from cli.history import differences, document
from cli.output import answer
from cli.render.history import refreshed
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import library_of, reading
from cli.sources import read_sources
from cli.submission import submission
from cli.watched_work import Shown
from schemas.common import Priority, State, Video
from schemas.options import ArchiveOptions
from schemas.past import ChangedVideo, Refreshed
from ytarchive.domain.versions import Looks, Version
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.common import VideoKey
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings


_HOME: Final = "https://www.youtube.com/"


def refresh(
    settings: "Settings",
    names: Sequence[str],
    channel: str | None,
    shown: Shown,
    *,
    everything: bool,
    thumbnail: bool,
) -> int:
    """Look again at the archived videos that are named, of a channel, or all; with the `thumbnail`.

    Raises `UsageError` for what is not archived.
    """
    if sum((bool(names), channel is not None, everything)) != 1:
        raise UsageError(
            "name videos, or a --channel, or --all", hint="`ytarchive jobs` lists what there is."
        )
    videos = run_async(_videos(settings, names, channel))
    sources = read_sources(settings, [video.url for video in videos], ())._replace(listed=True)
    asked = submission(sources)
    what = channel or ("everything" if everything else asked.title.removeprefix(_HOME))
    asked = asked._replace(title=f"again: {what}")
    options = ArchiveOptions(refresh=True, thumbnail=thumbnail)
    wanted = Wanted((), (), options, Priority.LOW)
    code, batch_id = archive.carry_out(settings, asked, wanted, shown)
    report = run_async(_changed(settings, {video.key for video in videos}, batch_id))
    answer(report, refreshed, as_json=shown.as_json)
    return code


async def _videos(settings: "Settings", names: Sequence[str], channel: str | None) -> list[Video]:
    async with reading(settings) as bus:
        known = (await Replay.of(bus)).jobs
    if names:
        return list(_named(known, names, library_of(settings)))
    archived = {job.video.key: job.video for job in known if job.video and job.state is State.ARCHIVED}
    found = [video for video in archived.values() if channel is None or _is_of(video, channel)]
    if not found:
        channels = sorted({video.channel for video in archived.values() if video.channel})
        raise UsageError(
            f"nothing of {channel} is archived" if channel else "nothing is archived yet",
            hint=f"There are: {', '.join(channels[:20])}." if channels else "",
        )
    return found


def _named(known: "Catalogue", names: Iterable[str], library: "Path") -> Iterator[Video]:
    for name in names:
        subject = meant(known, name, library)
        video = subject.archived.video if subject.archived else None
        if video is None:
            raise UsageError(f"{name} is not archived", hint=f"`ytarchive run {subject.url}` archives it.")
        yield video


def _is_of(video: Video, channel: str) -> bool:
    """Tell whether a video is of the channel of that name, id, or address with the id."""
    called = video.channel is not None and channel.casefold() == video.channel.casefold()
    return called or channel.rstrip("/").rpartition("/")[2] == video.channel_id


async def _changed(settings: "Settings", keys: "set[VideoKey]", batch_id: str) -> Refreshed:
    """Compare what the batch found with what was known before."""
    async with reading(settings) as bus:
        folded, looks = Replay(), dict["VideoKey", Looks]()
        async for entry, commit, job in folded.commits(bus):
            video = getattr(job, "video", None)
            if video and video.key in keys:
                looks.setdefault(video.key, Looks()).hear(entry.sequence, commit)
        members = {job.job_id: job for job in folded.jobs.members(batch_id)}
        changed: list[ChangedVideo] = []
        for found in looks.values():
            for before, now in zip(found.versions, found.versions[1:], strict=False):
                if now.job_id in members:
                    fields = await _fields(bus, before, now)
                    changed.append(ChangedVideo(url=now.video.url, video=now.video, fields=fields))
    looked = sum(1 for job in members.values() if job.state is State.DUPLICATE)
    return Refreshed(looked=looked, changed=tuple(changed), batch=batch_id)


async def _fields(bus: "Bus", before: Version, now: Version) -> tuple[str, ...]:
    contents = [await document(bus, version) for version in (before, now)]
    known, found = (None if content is None else msgspec.json.decode(content) for content in contents)
    return tuple(change.field for change in differences(before, now, known, found))
