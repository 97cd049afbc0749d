"""``recovery letters``, ``letter``, ``redrive``, ``discard``: dead letters. Each gives an exit code.

Whoever may send a dead letter says which subject it came from. What is sent again goes with all rights, so
it goes nowhere but into a queue, from which an actor reads it as it reads everything.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import nats.errors
from nats.js.errors import APIError, NoStreamResponseError

from cli.output import answer, complain, show, write_json
from cli.render import recovery as render_recovery
from cli.runner import run_async
from cli.session import joined, reading
from cli.steering import check_named
from schemas import codec, subjects
from schemas.recovery_reports import LetterLine, LetterReport, LettersReport
from ytarchive.errors import ServerUnavailable, UsageError, YtarchiveError
from ytarchive.runtime import event_log, topology

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus
    from ytarchive.runtime.event_log import Entry
    from ytarchive.settings import Settings

_QUEUES: Final = frozenset({"command", "result", "due", "log"})
"""Kinds of subjects that messages are taken from, and may be put back to."""
_NO_MESSAGE: Final = "no message found"
"""What nats-server says of a message that is gone; the error's code says only that it was not deleted."""


def list_letters(settings: "Settings", *, as_json: bool) -> int:
    """List dead letters, oldest first."""
    _tell(run_async(_all(settings)), as_json=as_json)
    return 0


def show_letter(settings: "Settings", number: int, *, as_json: bool) -> int:
    """Show one dead letter, and what the message was."""
    (letter,) = _chosen(run_async(_all(settings)), [number])
    answer(letter, render_recovery.letter, as_json=as_json)
    return 0


def redrive(settings: "Settings", numbers: Sequence[int], *, everything: bool, as_json: bool) -> int:
    """Send dead letters again, and remove them. With `everything`, gives 1 where some had to stay."""
    return _settle(settings, numbers, send_again, _obstacle, everything=everything, as_json=as_json)


def discard(settings: "Settings", numbers: Sequence[int], *, everything: bool, as_json: bool) -> int:
    """Remove dead letters."""
    return _settle(settings, numbers, remove, lambda _: "", everything=everything, as_json=as_json)


async def read_letters(bus: "Bus") -> list[LetterReport]:
    """Read all dead letters there are, oldest first."""
    entries = event_log.read(bus, subject=subjects.DEAD_LETTERS, stream=topology.DEAD_LETTERS)
    return [_letter(entry) async for entry in entries]


async def send_again(bus: "Bus", letter: LetterReport) -> None:
    """Put the message into its queue again, then remove the letter.

    If we are stopped in between, the message id makes once of it. Raises `YtarchiveError` where there is no
    such queue.
    """
    identity = hashlib.sha256(f"{letter.number} {letter.at}".encode() + letter.payload).hexdigest()[:32]
    kept = {key: value for key, value in letter.headers.items() if not key.lower().startswith("nats-")}
    try:
        await bus.publish(letter.subject, letter.payload, msg_id=f"redrive:{identity}", headers=kept)
    except (NoStreamResponseError, nats.errors.NoRespondersError) as error:
        raise YtarchiveError(f"letter {letter.number}: there is no queue at {letter.subject}") from error
    await remove(bus, letter)


async def remove(bus: "Bus", letter: LetterReport) -> None:
    """Remove a letter; one that is gone is removed."""
    try:
        await bus.js.delete_msg(topology.DEAD_LETTERS, letter.number)
    except APIError as error:
        if error.description != _NO_MESSAGE:
            raise


def _settle(
    settings: "Settings",
    numbers: Sequence[int],
    settle: "Callable[[Bus, LetterReport], Coroutine[Any, Any, None]]",
    obstacle: Callable[[LetterReport], str],
    *,
    everything: bool,
    as_json: bool,
) -> int:
    check_named(numbers, "letters by their numbers", everything=everything)

    async def main() -> tuple[list[LetterReport], list[LetterReport]]:
        async with _administering(settings) as bus:
            found = await read_letters(bus)
            chosen = found if everything else _chosen(found, numbers)
            stay = [letter for letter in chosen if obstacle(letter)]
            if stay and not everything:
                raise YtarchiveError(_refusal(stay[0], obstacle), hint="None was touched.")
            go = [letter for letter in chosen if letter not in stay]
            for letter in go:
                await settle(bus, letter)
            return go, stay

    gone, stay = run_async(main(), interrupted="Stopped. `ytarchive recovery letters` lists what is left.")
    _tell(gone, as_json=as_json)
    for letter in stay:
        complain(_refusal(letter, obstacle), wrong=True)
    return 1 if stay else 0


@asynccontextmanager
async def _administering(settings: "Settings") -> "AsyncIterator[Bus]":
    """Connect with all rights. Raises `ServerUnavailable` where the server does not give them to us."""
    async with joined(settings, role="admin") as bus:
        try:
            yield bus
        except (nats.errors.TimeoutError, TimeoutError) as error:
            raise ServerUnavailable(
                "the server does not let us touch dead letters",
                hint="That needs the login `admin` in the file that YTARCHIVE_NATS_CREDENTIALS names.",
            ) from error


async def _all(settings: "Settings") -> list[LetterReport]:
    async with reading(settings) as bus:
        return await read_letters(bus)


def _letter(entry: "Entry") -> LetterReport:
    """Read a letter; what is none is shown as far as can be."""
    try:
        found = codec.dead_letters.decode(entry.payload)
    except codec.Undecodable as error:
        return LetterReport(
            number=entry.sequence,
            at=None,
            actor=subjects.parse(entry.subject).context,
            subject="",
            reason=f"no dead letter: {error}",
            bytes=len(entry.payload),
            truncated=False,
            headers={},
            payload=entry.payload,
        )
    return LetterReport(
        number=entry.sequence,
        bytes=len(found.payload),
        **{name: getattr(found, name) for name in found.__struct_fields__},
    )


def _chosen(letters: Sequence[LetterReport], numbers: Sequence[int]) -> list[LetterReport]:
    """Give the letters with these numbers. Raises `UsageError` where there is none."""
    known = {letter.number: letter for letter in letters}
    for number in numbers:
        if number not in known:
            raise UsageError(f"there is no letter {number}", hint="`ytarchive recovery letters` lists them.")
    return [known[number] for number in dict.fromkeys(numbers)]


def _obstacle(letter: LetterReport) -> str:
    """Say why a letter cannot be sent again; empty where it can."""
    if letter.at is None:
        return "nobody knows where it came from"
    if letter.truncated:
        return "only the beginning of the message is kept"
    try:
        kind = subjects.parse(letter.subject).kind
    except ValueError as error:
        return str(error)
    return "" if kind in _QUEUES else f"nothing is taken from {letter.subject}"


def _refusal(letter: LetterReport, obstacle: Callable[[LetterReport], str]) -> str:
    return f"letter {letter.number} cannot be sent again: {obstacle(letter)}"


def _tell(letters: Iterable[LetterReport], *, as_json: bool) -> None:
    fields = LetterLine.__struct_fields__
    lines = [LetterLine(**{name: getattr(letter, name) for name in fields}) for letter in letters]
    if as_json:
        write_json(LettersReport(letters=tuple(lines)))
    else:
        show(render_recovery.letters_table(lines))
