"""What is wrong with a source, where, and what was probably meant."""

import re
import reprlib
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.options import Profile
from ytarchive.errors import meant
from ytarchive.passwords import STARS, holds_password
from ytarchive.reference import secrets, setting
from ytarchive.small_file import content

MOST: Final = 100
"""Problems of a source. Where there are more, it is no file of ours, and nobody would read them."""
UNTOLD: Final = f"more may be wrong than these {MOST}, behind which nothing was looked at"
_LARGEST: Final = 1 << 18
"""Bytes of a file with settings: `config init` writes 5 kB."""
_LONG: Final = 80
_LINE: Final = re.compile(r":(\d+)(?::\d+)?$")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong. `where` is ``config.toml:12``, `hint` what to do, `pointed` the line itself.

    With a `warning`, everything works all the same.
    """

    where: str
    what: str
    hint: str = ""
    pointed: str = ""
    warning: bool = False

    def __str__(self) -> str:
        return " ".join(filter(None, [f"{self.where}: {self.what}.", self.hint]))

    @property
    def line(self) -> int:
        """The line it is in; 0 where it is in none."""
        found = _LINE.search(self.where)
        return int(found[1]) if found else 0


class Layer(msgspec.Struct):
    """What one source says: the values, and where each of them stands there."""

    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    profiles: dict[str, Profile] = {}
    problems: list[Problem] = []


def source(where: str) -> str:
    """Give the file, or what else it is, in which a place is."""
    return _LINE.sub("", where)


def unknown(name: str, where: str, known: Iterable[str]) -> Problem:
    """Say that there is no such setting."""
    near = meant(name, known)
    hint = f"Did you mean `{near}`? " if near else ""
    return Problem(
        where=where,
        what=f"unknown setting {name:.{_LONG}}",
        hint=f"{hint}`ytarchive config show` lists every setting.",
    )


def refused(name: str, value: Any, where: str, reason: str) -> Problem:
    """Say that a setting cannot have a value."""
    about = setting(name)
    said = f"{name} = {STARS if about.secret else shown(value)}"
    if about.choices and isinstance(value, str):
        near = meant(value, about.choices)
        what, hint = f"{said} is none of {about.allowed}", f"Did you mean `{near}`?" if near else ""
        return Problem(where=where, what=what, hint=hint)
    hint = f"Allowed: {about.allowed}." if about.allowed else ""
    if about.allowed and "regex" in reason:  # nobody reads those
        return Problem(where=where, what=f"{said} is not of the form it must have", hint=hint)
    if about.size and isinstance(value, str):
        return Problem(where=where, what=f"{said} is no amount of bytes", hint=hint)
    return Problem(where=where, what=f"{said}: {reason}", hint=hint)


def readable(path: Path, *, required: bool = False, shared: bool = False) -> tuple[str, Problem | None]:
    """Give the text of a file, empty where there is none, or say why it cannot be read.

    One that is `shared` with others may hold anything: what is no UTF-8 there is escaped by surrogates.
    """
    try:
        found = content(path, _LARGEST)
    except FileNotFoundError as error:
        return "", Problem(where=str(path), what=_why(error)) if required else None
    except OSError as error:
        return "", Problem(where=str(path), what=_why(error))
    try:
        # Windows' editors put a mark before it
        return found.decode("utf-8-sig", "surrogateescape" if shared else "strict"), None
    except UnicodeDecodeError as error:
        line = found[: error.start].count(b"\n") + 1
        return "", no_text(f"{path}:{line}")


def no_text(where: str) -> Problem:
    """Say that something is in another encoding than ours, or is no text at all."""
    return Problem(where=where, what="this is no UTF-8 text", hint="Save it as UTF-8.")


def _why(error: OSError) -> str:
    return f"it cannot be read: {error.strerror or error}"


def exposed(path: Path, values: Mapping[str, Any]) -> list[Problem]:
    """Warn of a file that others can read, where there is a password in it."""
    held = [name for name, value in values.items() if name in secrets() and holds_password(name, value)]
    if not held or not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    what = f"others can read this file, and {', '.join(held)} has a password"
    return [Problem(where=str(path), what=what, hint=f"`chmod 600 {path}`", warning=True)]


def shown(value: Any) -> str:
    """Give a value as it is shown, whatever somebody wrote there."""
    try:
        return f"{reprlib.repr(value):.{_LONG}}"
    except ValueError:
        return "a number of thousands of digits"
