"""How people name a time that has passed: a day, a moment, so long ago, or a message of the log."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.amounts import moment
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from ytarchive.domain.past import Place
    from ytarchive.runtime.bus import Bus

At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME|SEQ",
        help="As it was: 2026-11-25 (its end), 2026-11-25T09:30, 5m, 12h, 3d ago, or the log's message SEQ.",
        show_default=False,
    ),
]


async def reached(bus: "Bus", until: "Place") -> None:
    """Raise `UsageError` for a message that the log does not have yet."""
    from ytarchive.runtime import event_log

    end = await event_log.last_sequence(bus)
    if until.sequence and until.sequence > end:
        raise UsageError(
            f"the log ends with message {end}: there is no message {until.sequence} yet",
            hint="Without --at all of it is shown.",
        )


def place(text: str, now: datetime) -> "Place":
    """Give the place in the log that is meant, of a day its end. Raises `UsageError`."""
    from ytarchive.domain.past import Place

    if re.fullmatch(r"[1-9]\d{0,17}", text):
        return Place(sequence=int(text))
    try:
        return Place(moment=moment(text, now, end=True))
    except UsageError as error:
        raise UsageError(
            f"neither a time nor a message of the log: {text[:40]!r}",
            hint="Give a day (2026-11-25), a moment (2026-11-25T09:30:00Z), so long ago (5m, 12h, 3d, 2w, "
            "6mo, 1y), or the number of a message.",
        ) from error
