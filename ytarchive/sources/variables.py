"""Environment variables, and those of ``.env``: ``YTARCHIVE_<NAME>``, or ``YTARCHIVE_<NAME>_FILE`` for texts.

A variable that ends with ``_FILE`` names a file that has the text, as containers are given their secrets.
Other names with our prefix are not ours, though a slip of the pen among them is worth a word.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ytarchive.reference import texts
from ytarchive.settings import Settings
from ytarchive.sources.problems import Layer, Problem, exposed, meant, readable

PREFIX: Final = "YTARCHIVE_"
CONFIG: Final = f"{PREFIX}CONFIG"
"""Names the TOML file, and so is no setting."""
FILE: Final = "_FILE"

_MAY_BE_EMPTY: Final = frozenset({"nats_url", "profile", "subtitle_languages", "ytdlp_options"})
_SLIP: Final = 0.8


def variable(name: str) -> str:
    """Give the variable of a setting."""
    return PREFIX + name.upper()


def environment(variables: Mapping[str, str | None], places: Mapping[str, str] | None = None) -> Layer:
    """Pick the settings out of variables, of which `places` tells where each stands.

    An empty variable counts as unset, except where empty means something.
    """
    layer, where = Layer(), (places or {}).get
    for name in Settings.__struct_fields__:
        value = variables.get(variable(name))
        if value or (value == "" and name in _MAY_BE_EMPTY):
            layer.values[name], layer.places[name] = value, where(variable(name), "environment")
    for name in texts():
        key = variable(name) + FILE
        if path := variables.get(key):
            _read(layer, name, Path(path), f"{where(key, 'environment')}: {key}")
    layer.problems += [
        Problem(
            where=where(given, "environment"),
            what=f"{given} is no setting, and says nothing",
            hint=f"Did you mean `{near}`?",
            warning=True,
        )
        for given in sorted(variables)
        if (near := _slip(given))
    ]
    return layer


def dotenv(path: Path) -> Layer:
    """Read a ``.env`` file, if there is one."""
    text, problem = readable(path)
    if problem or not text:
        return Layer(problems=[problem] if problem else [])
    from dotenv import dotenv_values  # noqa: PLC0415 - 12 ms for those alone who have the file
    from dotenv.parser import parse_stream  # noqa: PLC0415 - the same

    places: dict[str, str] = {}
    understood: list[str] = []
    broken: list[Problem] = []
    for binding in parse_stream(io.StringIO(text)):
        before = binding.original.string
        line = binding.original.line + before[: len(before) - len(before.lstrip())].count("\n")
        if binding.error:
            what = "not a line of the form NAME=VALUE"
            broken.append(Problem(where=f"{path}:{line}", what=what, warning=True))
            continue
        understood.append(before)
        if binding.key:
            places[binding.key] = f"{path}:{line}"
    layer = environment(dotenv_values(stream=io.StringIO("".join(understood))), places)
    layer.problems = broken + layer.problems + exposed(path, layer.values)
    return layer


def _read(layer: Layer, name: str, path: Path, where: str) -> None:
    """Take a text from a file."""
    if name in layer.values:
        what = f"and {variable(name)} is set too"
        layer.problems.append(Problem(where=where, what=what, hint="Keep one of the two."))
        return
    text, problem = readable(path, required=True)
    if problem:
        layer.problems.append(Problem(where=where, what=f"{path}: {problem.what}"))
        return
    layer.values[name], layer.places[name] = text.strip(), str(path)
    layer.problems += exposed(path, {name: text})


def _slip(given: str) -> str:
    """Give the variable that was probably meant by one that is none of ours."""
    names = [*Settings.__struct_fields__, *(f"{name}{FILE}".lower() for name in texts()), "config"]
    said = given.removeprefix(PREFIX).lower()
    if given == said or said in names:
        return ""
    bare = said.removesuffix(FILE.lower())  # a number, or a path, comes from no file
    near = bare if bare in Settings.__struct_fields__ else meant(said, names, _SLIP)
    return variable(near) if near else ""
