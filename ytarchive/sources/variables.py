"""Settings as variables: ``YTARCHIVE_<NAME>``, or ``YTARCHIVE_<NAME>_FILE`` for texts.

A variable that ends with ``_FILE`` names a file that has the text, as containers are given their secrets.
Other names with our prefix are not ours, though a slip of the pen among them is worth a word.
"""

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ytarchive.errors import meant
from ytarchive.passwords import STARS
from ytarchive.reference import secrets, texts
from ytarchive.settings import Settings
from ytarchive.sources.problems import Layer, Problem, exposed, readable, shown

PREFIX: Final = "YTARCHIVE_"
CONFIG: Final = f"{PREFIX}CONFIG"
"""Names the TOML file, and so is no setting."""
FILE: Final = "_FILE"

_MAY_BE_EMPTY: Final = frozenset({"nats_url", "profile", "subtitle_languages", "ytdlp_options"})
_SLIP: Final = 0.8
_LIKE_OURS: Final = re.compile(r"\W*yt[_-]?archi?ve?[_-]*(.+?)\W*", re.IGNORECASE)
"""A name that begins as ours do, or nearly so; what is around it may come of quotes, ``$`` and the like."""


def variable(name: str) -> str:
    """Give the variable of a setting."""
    return PREFIX + name.upper()


def environment(variables: Mapping[str, str]) -> Layer:
    """Pick the settings out of the environment."""
    layer = settings_in(variables, {})
    layer.problems += [
        slip(given, "environment", near) for given in sorted(variables) if (near := meant_by(given))
    ]
    return layer


def settings_in(variables: Mapping[str, str | None], places: Mapping[str, str]) -> Layer:
    """Pick the settings out of variables, which stand where `places` says, or in the environment.

    An empty variable counts as unset, except where empty means something.
    """
    layer = Layer()
    for name in Settings.__struct_fields__:
        key = variable(name)
        value = variables.get(key)
        if value or (value == "" and name in _MAY_BE_EMPTY):
            layer.values[name], layer.places[name] = value, places.get(key, "environment")
    for name in texts():
        key = variable(name) + FILE
        if path := variables.get(key):
            _read(layer, name, Path(path), f"{places.get(key, 'environment')}: {key}")
    return layer


@functools.cache
def known() -> tuple[str, ...]:
    """Give the names of all variables that are ours."""
    return (*map(variable, Settings.__struct_fields__), *(variable(name) + FILE for name in texts()), CONFIG)


def meant_by(given: str) -> str:
    """Give the variable that was probably meant by one that is none of ours; nothing where none was."""
    found = _LIKE_OURS.fullmatch(given)
    if not found or given in known():
        return ""
    said = found[1].lower().replace("-", "_")
    names = [name.removeprefix(PREFIX).lower() for name in known()]
    bare = said.removesuffix(FILE.lower())  # a number, or a path, comes from no file
    near = next((name for name in (said, bare) if name in names), "") or meant(said, names, _SLIP)
    return variable(near) if near else ""


def slip(given: str, where: str, near: str) -> Problem:
    """Say that a variable is none of ours, and which is meant, if any."""
    return Problem(
        where=where,
        what=f"{given if given.isidentifier() else shown(given)} is no setting, and says nothing",
        hint=f"Did you mean `{near}`?" if near else "`ytarchive config show` lists every setting.",
        warning=True,
    )


def _read(layer: Layer, name: str, path: Path, where: str) -> None:
    """Take a text from a file."""
    if name in layer.values:
        what = f"and {variable(name)} is set too"
        layer.problems.append(Problem(where=where, what=what, hint="Keep one of the two."))
        return
    text, problem = readable(path, required=True)
    if problem:
        # somebody may have put there what belongs into the file
        told = STARS if name in secrets() and not path.is_absolute() else path
        hint = problem.hint or "It is the name of a file that has the text."
        layer.problems.append(Problem(where=where, what=f"{told}: {problem.what}", hint=hint))
        return
    layer.values[name], layer.places[name] = text.strip(), str(path)
    layer.problems += exposed(path, {name: text})
