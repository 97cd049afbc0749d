"""How people name a time that has passed: a day, a moment, so long ago, or a message of the log."""

import contextlib
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

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

_AGO: Final = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "mo": timedelta(days=30),
    "y": timedelta(days=365),
}
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


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
    """Give the place in the log that is meant, times without a zone being those of `now`.

    Raises `UsageError`.
    """
    from ytarchive.domain.past import Place

    with contextlib.suppress(ValueError, OverflowError):
        if re.fullmatch(r"[1-9]\d{0,17}", text):
            return Place(sequence=int(text))
        if ago := re.fullmatch(r"(\d{1,5})(min|mo|[mhdwy])", text):
            return Place(moment=now - int(ago[1]) * _AGO[ago[2]])
        given = datetime.fromisoformat(text)
        if _DAY.fullmatch(text):
            given += timedelta(days=1) - timedelta(microseconds=1)
        return Place(moment=given if given.tzinfo else given.astimezone())
    raise UsageError(
        f"neither a time nor a message of the log: {text[:40]!r}",
        hint="Give a day (2026-11-25), a moment (2026-11-25T09:30:00Z), so long ago (5m, 12h, 3d, 2w, 6mo, "
        "1y), or the number of a message.",
    )
