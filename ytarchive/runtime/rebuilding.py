"""An empty state directory is given a log: beside its place, and put there by a rename once it is whole.

Killed before that, nothing is there yet, and what was begun is removed by whoever tries again.
"""

import contextlib
import errno
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nats.errors
from nats.js.errors import NotFoundError

from schemas import subjects
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_file import Stored
from ytarchive.errors import ServerUnavailable, UsageError, YtarchiveError
from ytarchive.library.atomic import sync
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.bus import Outgoing
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import ensure_credentials
from ytarchive.runtime.disk import room
from ytarchive.runtime.log_files import Heard, portions
from ytarchive.runtime.permissions import STREAMS
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.state_dir import STORE, UNDER_WAY, open_state_dir
from ytarchive.runtime.whole_file import sync_tree

if TYPE_CHECKING:
    from schemas.log_file import LogEdge
    from ytarchive.runtime.bus import Bus
    from ytarchive.runtime.state_dir import StateDir
    from ytarchive.settings import Settings

_LOST: Final = f"{subjects.ROOT}.event.lost.message"
"""Where messages stand in for lost ones until all are there: so the others get their sequences."""
_BESIDE: Final = 200
"""Bytes that the store keeps for each message besides what is in it, at most: 176 were measured."""
_SCARCE: Final = 1 << 20
"""Bytes without which no server is started, and none goes on."""
_PASSING: Final = frozenset({topology.LOGS, topology.PROGRESS})


@contextlib.asynccontextmanager
async def rebuilt(settings: "Settings") -> "AsyncIterator[Bus]":
    """Give an administrator's connection to an empty server, whose store becomes that of the state directory.

    It does once the block has ended well. Raises `InUse` where something runs there, `UsageError` where
    something is kept there already, or the server is another than ours: then nothing was changed.
    """
    if settings.nats_url:
        raise UsageError(
            "a log can only be put into the server that comes with us",
            hint="Leave YTARCHIVE_NATS_URL empty; --state names where the log is to be.",
        )
    with open_state_dir(settings.state_dir) as state:
        await _check_empty(state, settings)
        building = state.path / UNDER_WAY
        with open_state_dir(building) as new:  # the server of one that was killed may still be about to stop
            try:
                shutil.rmtree(building / STORE, ignore_errors=True)
                async with (
                    embedded_server(new, settings, sync=False) as server,
                    connect(server.info.url, ensure_credentials(building)["admin"], name="ytarchive") as bus,
                ):
                    yield bus
                _move(building, state.path)
            except (nats.errors.Error, ServerUnavailable, TimeoutError, OSError) as error:
                if getattr(error, "errno", 0) == errno.ENOSPC or room(building) < _SCARCE:
                    raise _no_room(state.path, "the disk is full") from error
                raise
            finally:
                shutil.rmtree(building, ignore_errors=True)


def check_room(settings: "Settings", check: LogCheck, more: int = 0) -> None:
    """Raise `YtarchiveError` unless there is room for a log that was checked, and `more` bytes."""
    wanted = check.bytes + check.messages * _BESIDE + more + _SCARCE
    if (free := room(settings.state_dir)) < wanted:
        why = f"it takes about {_megabytes(wanted)}, and {_megabytes(free)} are free"
        raise _no_room(settings.state_dir, why)


def _megabytes(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"


def _no_room(folder: Path, why: str) -> YtarchiveError:
    hint = "Free some space, or let --state name another place, and do it again. Nothing was changed."
    return YtarchiveError(f"there is no room for the log in {folder}: {why}", hint=hint)


def _move(building: Path, folder: Path) -> None:
    """Put a store that is whole in the place of one that is empty, if there is one."""
    sync_tree(building / STORE)
    if (folder / STORE).exists():
        (folder / STORE).rename(building / "empty")
    (building / STORE).rename(folder / STORE)
    sync(folder)


async def _check_empty(state: "StateDir", settings: "Settings") -> None:
    """Raise `UsageError` where anything is kept, or waits, in the state directory."""
    if not (state.path / STORE).exists():
        return
    async with (
        embedded_server(state, settings) as server,
        connect(server.info.url, ensure_credentials(state.path)["admin"], name="ytarchive") as bus,
    ):
        for stream in STREAMS:
            with contextlib.suppress(NotFoundError):
                found = (await bus.js.stream_info(stream)).state
                if stream not in _PASSING and (
                    found.messages or (stream == topology.EVENTS and found.last_seq)
                ):
                    raise UsageError(
                        f"{state.path} is not empty: there are {found.messages} messages in {stream}",
                        hint="--state names an empty or a new directory. Nothing was changed.",
                    )


async def put_log(
    bus: "Bus",
    settings: "Settings",
    messages: Iterable[Stored],
    edge: "LogEdge",
    *,
    heard: Heard = lambda _commit: None,
) -> LogCheck:
    """Put a log into an empty server, and read it back: every message at its sequence, the lost ones missing.

    `heard` is told what each believed message says. Raises `YtarchiveError` where it is not the one whose end
    is `edge`.
    """
    (config,) = (one for one in topology.streams(settings) if one.name == topology.EVENTS)
    await bus.js.add_stream(config.evolve(deny_delete=False, deny_purge=False))
    await topology.ensure(bus.js, settings)
    for portion in portions(_filled(messages, edge.sequence)):
        await _publish(bus, portion)
    await bus.js.purge_stream(topology.EVENTS, subject=_LOST)
    await bus.js.update_stream(config)
    check = LogCheck()
    async for entry in event_log.read(bus):
        if commit := check.follow(*entry):
            heard(commit)
    check.end(await event_log.last_sequence(bus))
    if check.edge() != edge:
        raise YtarchiveError("the server has another log than was given to it", hint="Nothing was changed.")
    return check


def _filled(messages: Iterable[Stored], end: int) -> Iterator[Stored]:
    """Give messages up to the sequence `end`, with others in the place of those that were lost."""
    due = 1
    for message in messages:
        yield from (Stored(sequence, _LOST, b"") for sequence in range(due, message.sequence))
        yield message
        due = message.sequence + 1
    yield from (Stored(sequence, _LOST, b"") for sequence in range(due, end + 1))


async def _publish(bus: "Bus", portion: Sequence[Stored]) -> None:
    """Publish messages, each of which must get its sequence. Raises `YtarchiveError`."""
    left = list(portion)
    while left:
        outcomes = await bus.publish_all(
            [Outgoing(one.subject, one.payload, one.id, last_sequence=one.sequence - 1) for one in left]
        )
        stored = sum(outcome == one.sequence for outcome, one in zip(outcomes, left, strict=True))
        left = left[stored:]
        if left and not left[0].id:
            raise YtarchiveError(f"the server does not take message {left[0].sequence}: {outcomes[stored]}")
        if left:  # it has the id of another: the server takes it for that
            left[0] = left[0]._replace(id="")
