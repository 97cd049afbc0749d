"""The configuration file: its settings, its profiles, and all that is wrong with it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from schemas.options import Profile
from ytarchive.errors import UsageError
from ytarchive.profiles import profiles_of
from ytarchive.reference import secrets
from ytarchive.settings import Settings
from ytarchive.sources.problems import Layer, Problem, exposed, readable, unknown
from ytarchive.sources.toml_lines import Document, Fault, read

_KEY: Final = re.compile(r"\s*([A-Za-z0-9_-]+)")
_BARE: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=\s*([^\"'\[\]{}#\s][^\"'#]*?)\s*")
_PROFILES: Final = "profiles"
_REASONS: Final = {"Illegal character '\\n'": "the text has no quote at its end"}
"""What tomllib says, where something else says more."""


def toml_file(path: Path, *, required: bool) -> Layer:
    """Read the file, which may be missing unless it is `required`."""
    text, problem = readable(path, required=required)
    if problem:
        return Layer(problems=[problem])
    document = read(text)
    layer = Layer(problems=[_fault(path, fault, text) for fault in document.faults])
    for name, value in document.values.items():
        where = f"{path}:{document.lines.get((name,), 1)}"
        if name == _PROFILES:
            _profiles(layer, path, document)
        elif name in Settings.__struct_fields__:
            layer.values[name], layer.places[name] = value, where
        else:
            layer.problems.append(unknown(name, where, [*Settings.__struct_fields__, _PROFILES]))
    layer.problems += exposed(path, layer.values)
    return layer


def _fault(path: Path, fault: Fault, text: str) -> Problem:
    """Show a line that cannot be read, unless it may be one that holds a password."""
    reason = _REASONS.get(fault.reason, fault.reason)
    where = f"{path}:{fault.line}" + (f":{fault.column}" if fault.column else "")
    line = text.split("\n")[fault.line - 1].rstrip() if text else ""
    key = _KEY.match(line)
    harmless = {*Settings.__struct_fields__, *Profile.__struct_fields__} - secrets()
    if not (line.startswith("[") or (key and key[1] in harmless)):
        return Problem(where=where, what=reason)
    bare = _BARE.fullmatch(line)
    return Problem(
        where=where,
        what=reason,
        hint=f'Text stands in quotes: {bare[1]} = "{bare[2]}"' if bare else "",
        pointed=f"    {line}" + (f"\n    {' ' * (fault.column - 1)}^" if fault.column else ""),
    )


def _profiles(layer: Layer, path: Path, document: Document) -> None:
    """Read the profiles key by key, so that all that is wrong is told."""
    tables = document.values[_PROFILES]

    def take(place: tuple[str, ...], said: Any) -> Mapping[str, Profile]:
        lines = (document.lines.get(place[:end]) for end in range(len(place), 0, -1))
        where = f"{path}:{next(filter(None, lines), 1)}"
        try:
            return profiles_of(where, said)
        except UsageError as error:
            what = str(error).removeprefix(f"{where}: ")
            layer.problems.append(Problem(where=where, what=what, hint=error.hint))
            return {}

    if not isinstance(tables, dict):
        take((_PROFILES,), tables)
        return
    for name, table in tables.items():
        place = (_PROFILES, name)
        if not isinstance(table, dict):
            take(place, {name: table})
        elif take(place, {name: {}}):
            right = {key: said for key, said in table.items() if take((*place, key), {name: {key: said}})}
            layer.profiles |= take(place, {name: right})
