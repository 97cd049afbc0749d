"""The options that say which videos of a collection are archived."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.options import in_place_of
from ytarchive.errors import UsageError

if TYPE_CHECKING:
    from schemas.options import Choices

Chosen = Mapping[str, Any]
"""The options that were given: fields of `schemas.options.Choices` in a person's words."""

_DAYS: Final = {"d": 1, "w": 7, "m": 30, "y": 365}
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def _option(help_: str, *names: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=help_, metavar=metavar, show_default=False)


def _given(  # noqa: PLR0917 - Typer gives them by name
    since: Annotated[
        str | None, _option("Uploaded on this day or later: 2024-01-31, or 30d, 6m, 2y ago.", metavar="DATE")
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
) -> Chosen:
    """Give those that were given."""
    return {name: value for name, value in locals().items() if value is not None}


choosing: Final = in_place_of("chosen", _given)
"""Gives a command all these options, in the place of its parameter `chosen`."""


def choices(chosen: Chosen) -> "dict[str, Choices]":
    """Give what was chosen, as an option of a submission; nothing where nothing was.

    Raises `UsageError` naming the option that is not understood.
    """
    import msgspec

    from schemas.options import Choices

    read = {"since": _date, "until": _date, "shortest": _seconds, "longest": _seconds}
    read |= {"title": _pattern, "title_not": _pattern}
    found: dict[str, Any] = {}
    for name, value in chosen.items():
        try:
            found[name] = read.get(name, lambda given: given)(value)
            msgspec.convert({name: found[name]}, Choices)
        except (ValueError, msgspec.ValidationError) as error:
            raise UsageError(f"{_SPELLED.get(name, f'--{name}')} {value}: {error}") from error
    return {"choices": msgspec.convert(found, Choices)} if found else {}


_SPELLED: Final = {
    "shortest": "--min-duration",
    "longest": "--max-duration",
    "title": "--match",
    "title_not": "--reject",
    "least_height": "--min-height",
}


def _date(text: str) -> str:
    if ago := re.fullmatch(r"(\d{1,5})([dwmy])", text):
        return f"{datetime.now(UTC) - timedelta(days=int(ago[1]) * _DAYS[ago[2]]):%Y%m%d}"
    try:
        return f"{datetime.strptime(text.replace('-', ''), '%Y%m%d').replace(tzinfo=UTC):%Y%m%d}"
    except ValueError as error:
        raise ValueError("not a day such as 2024-01-31, nor a time ago such as 30d") from error


def _seconds(text: str) -> float:
    if short := re.fullmatch(r"(\d+(?:\.\d+)?)([smh])?", text):
        return float(short[1]) * _SECONDS.get(short[2], 1)
    if re.fullmatch(r"\d+(:[0-5]?\d){1,2}", text):
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return float(total)
    raise ValueError("not a time such as 90, 1:30, 20m or 2h")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return text
