"""``playlist preview``: what lists hold, and what would be done about each of their videos."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from cli import outlook
from cli.known import Knows, archive_of
from cli.output import console, show, write_json
from cli.render import preview as drawn
from cli.runner import run_async
from cli.session import check_ytdlp_options
from cli.sources import read_and_tell
from schemas.options import ArchiveOptions
from schemas.reports import PreviewLine, PreviewReport
from ytarchive.errors import StageFailed, YtarchiveError
from ytarchive.settings import Settings, as_path
from ytarchive.workers import WorkerPool
from ytarchive.ytdlp import PRELOAD

if TYPE_CHECKING:
    from rich.status import Status

    from schemas.common import VideoKey

_READING: Final = "reading the list …"


class Look(msgspec.Struct, frozen=True):
    """What the worker process is asked."""

    url: str
    options: ArchiveOptions
    settings: Settings


def look(argument: bytes, emit: Callable[[bytes], None]) -> bytes:
    """List a collection in a worker process. Raises `StageFailed`."""
    from ytarchive.ytdlp.listing import list_collection
    from ytarchive.ytdlp.options import base_params

    asked = msgspec.json.decode(argument, type=Look, dec_hook=as_path)
    listed = list_collection(
        asked.url,
        base_params(asked.settings),
        lambda page: emit(msgspec.json.encode(page)),
        choices=asked.options.choices,
    )
    return msgspec.json.encode(listed)


def preview(
    settings: Settings,
    urls: Sequence[str],
    files: Sequence[str],
    options: ArchiveOptions,
    *,
    as_json: bool,
) -> int:
    """List what is behind addresses, compare it with the archive, and show it as it comes.

    Gives 1 where a line of a file is no address. Raises `YtarchiveError` where an address cannot be listed,
    once the others were.
    """
    check_ytdlp_options(settings)
    sources = read_and_tell(settings, urls, files)
    run_async(_Preview(settings, options, as_json=as_json).all_of(sources.urls))
    return int(bool(sources.left_out))


class _Preview:
    """Lists that are read one after the other, each shown, or written, as it comes."""

    def __init__(self, settings: Settings, options: ArchiveOptions, *, as_json: bool) -> None:
        self._settings = settings
        self._options = options
        self._as_json = as_json
        self._seen: dict[VideoKey, PreviewLine] = {}

    async def all_of(self, urls: Sequence[str]) -> None:
        """Read all of them. Raises `YtarchiveError` for those that could not be."""
        failed: list[tuple[str, StageFailed]] = []
        # where the rows go to a terminal, it is that one's lowest line that turns
        out = console(stderr=self._as_json or not console().is_interactive)
        async with (
            archive_of(self._settings) as knows,
            WorkerPool("cli.preview:look", size=1, preload=PRELOAD) as pool,
        ):
            for url in urls:
                with out.status(_READING) as wheel:
                    try:
                        report = await self._listed(url, pool, knows, wheel)
                    except StageFailed as error:
                        failed.append((url, error))
                        continue
                if self._as_json:
                    write_json(report)
                else:
                    show(drawn.sums(report))
        if len(urls) > 1 and not self._as_json:
            show(drawn.sums(outlook.report("", self._seen.values(), self._options.quality), "all in all: "))
        if failed:
            raise _unlisted(failed, len(urls))

    async def _listed(self, url: str, pool: WorkerPool, knows: Knows, wheel: "Status") -> PreviewReport:
        """Read a list, and show its videos. Raises `StageFailed`, after whatever was read by then."""
        from ytarchive.ytdlp.listing import Listed, Page

        lines: dict[VideoKey, PreviewLine] = {}

        async def hear(message: bytes) -> None:
            page = msgspec.json.decode(message, type=Page)
            entries = {entry.key: entry for entry in page.entries if entry.key not in lines}
            found = outlook.lines(entries.values(), self._options, await knows(list(entries.values())))
            if not self._as_json and found:
                wheel.stop()  # it may be in the line that is written now
                if not lines:
                    show(drawn.heading(page.title or url, again=bool(self._seen)))
                show(drawn.rows(found, headed=not lines))
                wheel.start()
            lines.update(zip(entries, found, strict=True))
            wheel.update(f"{_READING} {len(lines):,} videos so far")

        asked = Look(url, self._options, self._settings)
        reply = await pool.run(msgspec.json.encode(asked, enc_hook=str), hear)
        listed = msgspec.json.decode(reply, type=Listed)
        wheel.stop()
        if not self._as_json and not lines:
            show(drawn.heading(listed.title or url, again=bool(self._seen)))
        self._seen = lines | self._seen
        return outlook.report(
            listed.title or url, lines.values(), self._options.quality, note=listed.note, url=url
        )


def _unlisted(failed: Sequence[tuple[str, StageFailed]], of: int) -> YtarchiveError:
    """Give the error for addresses of which some, or all, could not be listed."""
    hint = failed[0][1].failure.hint
    if of == 1:
        return YtarchiveError(failed[0][1].failure.message, hint=hint)
    told = "\n".join(f"{url}: {error.failure.message}" for url, error in failed)
    return YtarchiveError(f"{len(failed)} of {of} addresses could not be listed\n{told}", hint=hint)
