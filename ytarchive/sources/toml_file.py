"""The configuration file: its settings, its profiles, and all that is wrong with it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from schemas.options import Profile
from ytarchive.errors import UsageError, meant
from ytarchive.profiles import BUILT_IN, profiles_of
from ytarchive.reference import secrets
from ytarchive.settings import Settings
from ytarchive.sources.problems import MOST, UNTOLD, Layer, Problem, exposed, readable, unknown
from ytarchive.sources.toml_lines import Document, Fault, read

_KEY: Final = re.compile(r"\s*([A-Za-z0-9_-]+)")
_BARE: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=\s*([^\"'\[\]{}#\s][^\"'#]*?)\s*")
_HEADER: Final = re.compile(r"\s*\[+[\w.\s\"'-]*\]*\s*")
_TELLING: Final = re.compile(r"[=@]|(?<!\w)-+[A-Za-z]")
"""In a value: another setting may be behind it, an address, or options."""
_PROFILES: Final = "profiles"
_NEAR_PROFILES: Final = "profile"
"""A setting, which is no table."""
_SETTINGS: Final = Settings.__struct_fields__
_DEPTH: Final = 3
"""Of a key of a profile: profiles, its name, the key."""
_ABOVE: Final = "That is a setting: it stands above all tables, at the beginning of the file."
_REASONS: Final = {"Illegal character '\\n'": "the text has no quote at its end"}
"""What tomllib says, where something else says more."""


def toml_file(path: Path, *, required: bool) -> Layer:
    """Read the file, which may be missing unless it is `required`."""
    text, problem = readable(path, required=required)
    if problem:
        return Layer(problems=[problem])
    document = read(text, MOST)
    lines = text.split("\n")
    layer = Layer(problems=[_fault(path, fault, lines[fault.line - 1].rstrip()) for fault in document.faults])
    for name, value in document.values.items():
        where = f"{path}:{document.lines.get((name,), 1)}"
        if len(layer.problems) >= MOST:
            break
        if name == _PROFILES:
            _profiles(layer, path, document)
        elif name in _SETTINGS and not (name == _NEAR_PROFILES and isinstance(value, dict)):
            layer.values[name], layer.places[name] = value, where
        elif isinstance(value, dict):
            layer.problems.append(_stray_table(name, value, where))
        elif name in Profile.__struct_fields__:
            hint = "It stands below the name of a profile, `[profiles.NAME]`."
            layer.problems.append(Problem(where=where, what=f"{name} is no setting", hint=hint))
        else:
            layer.problems.append(unknown(name, where, [*_SETTINGS, _PROFILES]))
    if len(layer.problems) >= MOST:
        layer.problems.append(Problem(where=f"{path}:{len(lines)}", what=UNTOLD))
    layer.problems += exposed(path, layer.values)
    return layer


def _fault(path: Path, fault: Fault, line: str) -> Problem:
    """Show a line that cannot be read, unless it may be one that holds a password."""
    reason = _REASONS.get(fault.reason, fault.reason)
    where = f"{path}:{fault.line}" + (f":{fault.column}" if fault.column else "")
    key = _KEY.match(line)
    harmless = {*_SETTINGS, *Profile.__struct_fields__} - secrets()
    value = line.partition("=")[2]
    if not (_HEADER.fullmatch(line) or (key and key[1] in harmless and not _TELLING.search(value))):
        return Problem(where=where, what=reason)
    bare = _BARE.fullmatch(line)
    return Problem(
        where=where,
        what=reason,
        hint=f'Text stands in quotes: {bare[1]} = "{bare[2]}"' if bare else "",
        pointed=f"    {line}" + (f"\n    {' ' * (fault.column - 1)}^" if fault.column else ""),
    )


def _stray_table(name: str, table: Mapping[str, Any], where: str) -> Problem:
    """Say that there is no such table, and where what is in it belongs."""
    inner = next((key for key, value in table.items() if isinstance(value, dict)), "NAME")
    if meant(name, [_PROFILES]):
        hint = f"Did you mean `[{_PROFILES}.{inner}]`?"
    elif table.keys() & set(Profile.__struct_fields__):
        hint = f"Did you mean `[{_PROFILES}.{name:.80}]`?"
    else:
        hint = f"Settings stand in no table; there is only `[{_PROFILES}.NAME]`."
    return Problem(where=where, what=f"unknown table [{name:.80}]", hint=hint)


def _profiles(layer: Layer, path: Path, document: Document) -> None:
    """Read the profiles key by key, so that all that is wrong is told."""
    tables = document.values[_PROFILES]

    def take(place: tuple[str, ...], said: Any) -> Mapping[str, Profile]:
        lines = (document.lines.get(place[:end]) for end in range(len(place), 0, -1))
        where = f"{path}:{next(filter(None, lines), 1)}"
        if len(layer.problems) >= MOST:
            return {}
        try:
            return profiles_of(where, said)
        except UsageError as error:
            what = str(error).removeprefix(f"{where}: ")
            name = place[-1]
            setting = name in _SETTINGS and (len(place) == _DEPTH or not isinstance(said[name], dict))
            hint = _ABOVE if setting else error.hint
            layer.problems.append(Problem(where=where, what=what, hint=hint))
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
            if name.lower() == BUILT_IN:
                where = f"{path}:{document.lines.get(place, 1)}"
                what = f"profile {name!r} is another than {BUILT_IN!r}, which is built in"
                hint = "Take a name that nobody confuses with that one."
                layer.problems.append(Problem(where=where, what=what, hint=hint, warning=True))
