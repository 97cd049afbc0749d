"""The log as a file, written from the server and read back from the disk."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ytarchive.domain.checkpoints import ANYBODY, Trust
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_file import Lines, Stored
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.runtime import event_log, log_blocks
from ytarchive.runtime.log_blocks import Blocks, Damaged

if TYPE_CHECKING:
    from schemas.envelope import Commit
    from schemas.events import Event
    from schemas.log_file import LogEdge
    from ytarchive.domain.log_reader import LogReader
    from ytarchive.runtime.bus import Bus

Heard = Callable[["Commit[Event]"], None]


class Exported(NamedTuple):
    """What was written: so many messages and bytes; `check` has seen all of the log."""

    check: LogCheck
    messages: int
    bytes: int


async def export_log(
    bus: "Bus",
    file: BinaryIO,
    *,
    after: int = 0,
    onto: "LogEdge | None" = None,
    trust: Trust = ANYBODY,
    heard: Heard = lambda _commit: None,
) -> Exported:
    """Write what the log has now behind the message `after`, or behind the end of an earlier file, `onto`.

    All of the log is read and checked, whatever is written. `heard` is told what each believed message says.
    Raises `YtarchiveError` where the log is not that of the earlier file, `UsageError` where it is shorter.
    """
    after = onto.sequence if onto else after
    end = await event_log.last_sequence(bus)
    if after > end:
        raise UsageError(f"the log ends with message {end}: nothing is behind message {after}")
    export = _Export(file, after, onto, trust)
    async for stored in event_log.read_stored(bus):
        if stored.sequence > end:
            break
        if commit := export.take(stored):
            heard(commit)
    return export.end(end)


class _Export:
    """An export that is under way."""

    def __init__(self, file: BinaryIO, after: int, onto: "LogEdge | None", trust: Trust) -> None:
        self._check, self._lines, self._blocks = LogCheck(trust=trust), Lines(), Blocks(file)
        self._after, self._onto = after, onto
        self._messages = 0
        self._begun = False

    def take(self, stored: Stored) -> "Commit[Event] | None":
        """Check the next message, and write it if it is wanted."""
        wanted = stored.sequence > self._after
        if wanted:
            self._begin()
        commit = self._check.follow(stored.sequence, stored.subject, stored.payload)
        if wanted:
            self._blocks.write(self._lines.message(stored))
            self._messages += 1
        return commit

    def end(self, sequence: int) -> Exported:
        """Write the end."""
        self._begin()
        self._check.end(sequence)
        self._blocks.write(self._lines.end(self._check, sequence))
        self._blocks.flush()
        return Exported(self._check, self._messages, self._blocks.bytes)

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        edge = self._check.edge(self._after)
        if self._onto and edge != self._onto:
            raise YtarchiveError(
                f"up to message {self._after} the log is not the one that the earlier file was exported from",
                hint="`ytarchive events verify` tells what is wrong with either. Nothing was written.",
            )
        self._blocks.write(self._lines.begin(version("ytarchive"), datetime.now(UTC), edge))


def read_file(reader: "LogReader", file: BinaryIO) -> Iterator[Stored]:
    """Read a file through to its end, and give its messages as long as nothing is wrong. Raises `OSError`."""
    try:
        yield from reader.read(log_blocks.lines(file))
    except Damaged as damaged:
        reader.finish(str(damaged), damaged.given, whole=damaged.whole)
    else:
        reader.finish()


PUBLISHED_AT_ONCE = 512
_BYTES_AT_ONCE = 4 << 20


def portions(messages: Iterator[Stored]) -> Iterator[Sequence[Stored]]:
    """Give messages in portions that can be on their way to the server together."""
    portion: list[Stored] = []
    size = 0
    for message in messages:
        portion.append(message)
        size += len(message.payload)
        if len(portion) >= PUBLISHED_AT_ONCE or size >= _BYTES_AT_ONCE:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
