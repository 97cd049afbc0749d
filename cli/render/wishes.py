"""How videos are kept: profiles side by side, and the wishes of one submission in a few words."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from rich import box
from rich.table import Table
from rich.text import Text

from schemas.options import Segment
from schemas.reports import ProfilesReport

_ALL: Final = {*get_args(Segment)}
_SAME: Final = "·"
_NOTHING: Final = {"subtitles": "the setting's"}
"""What it means to say nothing; elsewhere, that any will do."""


def profiles(report: ProfilesReport) -> Table:
    """Show profiles as columns; a dot stands where one says the same as the first, which is built in."""
    shown = [("" if one.name != report.default else " *", one) for one in report.profiles]
    meant = "* is meant where none is named"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, caption=meant, caption_justify="left")
    table.add_column("", no_wrap=True)
    for mark, one in shown:
        table.add_column(f"{one.name}{mark}", overflow="fold")
    for key in report.profiles[0].keeps.__struct_fields__:
        cells = [
            _value(key, getattr(one.keeps, key)) if not place or key in one.differs else _SAME
            for place, (_, one) in enumerate(shown)
        ]
        table.add_row(Text(key, "dim"), *(Text(cell, "dim" if cell == _SAME else "") for cell in cells))
    return table


def in_words(options: Mapping[str, Any]) -> str:
    """Say what somebody asked for: the quality, the profile, and what is not as in the built-in one."""
    said = [
        options.get("quality", "best"),
        *([f"profile {name}"] if (name := options.get("profile")) else []),
    ]
    for key, value in options.items():
        name = key.replace("_", " ")
        match key, value:
            case ("quality" | "profile" | "choices", _):
                pass
            case (_, bool()):
                said.append(name if value else f"no {name}")
            case (_, [*parts]):
                said.append(f"{name} {_list(parts)}" if parts else f"no {name}")
            case _:
                said.append(str(value))
    return ", ".join(said)


def _value(key: str, value: bool | str | Sequence[str] | None) -> str:
    match value:
        case None:
            return _NOTHING.get(key, "any")
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case _:
            return _list(value) or "none"


def _list(words: Sequence[str]) -> str:
    return "all" if {*words} == _ALL else ",".join(words)
