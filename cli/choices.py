"""The options that say which videos of a collection are archived."""

import contextlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import amounts
from cli.options import in_place_of
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from schemas.options import Choices

Chosen = Mapping[str, Any]
"""The options that were given: fields of `schemas.options.Choices` in a person's words."""

_DAY: Final = 86400


def _option(help_: str, *names: str, metavar: str | None = None) -> Any:
    return typer.Option(
        *names, help=help_, metavar=metavar, show_default=False, rich_help_panel="Which videos"
    )


def _given(  # noqa: PLR0917 - Typer gives them by name
    since: Annotated[
        str | None, _option("Uploaded on this day or later: 2024-01-31, or 30d, 6mo, 2y ago.", metavar="DATE")
    ] = None,
    until: Annotated[str | None, _option("Uploaded on this day or earlier.", metavar="DATE")] = None,
    shortest: Annotated[
        str | None, _option("At least so long: 90, 1:30, 20m, 2h.", "--min-duration", metavar="TIME")
    ] = None,
    longest: Annotated[str | None, _option("At most so long.", "--max-duration", metavar="TIME")] = None,
    title: Annotated[
        str | None, _option("Only titles in which this is found.", "--match", metavar="REGEX")
    ] = None,
    title_not: Annotated[str | None, _option("No titles with this.", "--reject", metavar="REGEX")] = None,
    shorts: Annotated[bool | None, _option("Shorts too.")] = None,
    live: Annotated[bool | None, _option("Streams too, once they are over.")] = None,
    premieres: Annotated[bool | None, _option("Premieres too, once they have begun.")] = None,
    newest: Annotated[int | None, _option("The N at the top of each list.", metavar="N")] = None,
    least_height: Annotated[
        int | None, _option("Only what is to be had in so many lines.", "--min-height", metavar="LINES")
    ] = None,
    most_height: Annotated[
        int | None, _option("In so many lines at most.", "--max-height", metavar="LINES")
    ] = None,
) -> Chosen:
    """Give those that were given."""
    return {name: value for name, value in locals().items() if value is not None}


choosing: Final = in_place_of("chosen", _given)
"""Gives a command all these options, in the place of its parameter `chosen`."""


def choices(chosen: Chosen) -> "Choices":
    """Give what was chosen. Raises `UsageError` naming the option that is not understood."""
    import msgspec

    from schemas.options import Choices
    from ytarchive.domain.choosing import Chooser

    found: dict[str, Any] = {}
    for name, value in chosen.items():
        try:
            found[name] = _READ.get(name, lambda given: given)(value)
            Chooser(msgspec.convert({name: found[name]}, Choices))
        except (ValueError, msgspec.ValidationError) as error:
            raise UsageError(f"{_spelled(name)} {value!s:.80}: {_reason(error)}") from error
    for least, most in (("since", "until"), ("shortest", "longest"), ("least_height", "most_height")):
        if least in found and most in found and found[least] > found[most]:
            raise UsageError(
                f"nothing lies between {_spelled(least)} {chosen[least]} and {_spelled(most)} {chosen[most]}"
            )
    return msgspec.convert(found, Choices)


def _spelled(name: str) -> str:
    return _SPELLED.get(name, f"--{name}")


def _reason(error: Exception) -> str:
    return str(error).partition(" - at ")[0]


def _date(text: str) -> str:
    with contextlib.suppress(ValueError, OverflowError):  # there is no such day
        if (ago := amounts.span(text)) is not None and ago % _DAY == 0:
            return f"{datetime.now(UTC) - timedelta(seconds=ago):%Y%m%d}"
        if given := re.fullmatch(r"(\d{4})(-?)(\d\d)\2(\d\d)", text):
            return f"{datetime(int(given[1]), int(given[3]), int(given[4]), tzinfo=UTC):%Y%m%d}"
    raise ValueError("not a day such as 2024-01-31, nor days ago such as 30d, 2w, 6mo or 1y")


def _seconds(text: str) -> float:
    if (found := amounts.span(text)) is not None:
        return found
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return float(text)
    if re.fullmatch(r"\d{1,9}(:[0-5]?\d){1,2}", text):
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return float(total)
    raise ValueError("not a time such as 90, 1:30, 20m or 2h")


_READ: Final = {
    "since": _date,
    "until": _date,
    "shortest": _seconds,
    "longest": _seconds,
}
_SPELLED: Final = {
    "shortest": "--min-duration",
    "longest": "--max-duration",
    "title": "--match",
    "title_not": "--reject",
    "least_height": "--min-height",
    "most_height": "--max-height",
}
