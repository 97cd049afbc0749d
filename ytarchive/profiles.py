"""Profiles: how videos are kept, under names of the configuration file, and what a person wishes besides.

What is read here comes from a person, as TOML or as options of a command, so that every mistake is told with
where it stands, and what was probably meant. Text stands for lists (``en,de``; ``none``; of parts also
``all``), numbers for text (``1080``), and ``any`` for no preference.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from schemas.options import ArchiveOptions, Profile
from ytarchive.errors import UsageError, unknown

BUILT_IN: Final = "default"
"""The name of the profile that says nothing. No other can have it."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_TABLE: Final = "A profile is a table `[profiles.{name}]`, below which stands such as `quality = 1080`."
_KINDS: Final = get_type_hints(Profile, include_extras=True)
_ANY: Final = "any"
_PREFERENCES: Final = frozenset({"container", "video_codec", "audio_codec"})
_LISTS: Final = frozenset({"subtitles", "sponsorblock_mark", "sponsorblock_cut"})


def profiles_of(origin: str, tables: object) -> dict[str, Profile]:
    """Read the tables ``[profiles.NAME]`` of the file `origin`. Raises `UsageError`."""
    if not isinstance(tables, dict):
        raise UsageError(f"{origin}: profiles is no table", hint=_TABLE.format(name="NAME"))
    found = {}
    for name, table in tables.items():
        where = f"{origin}: profile {name!r:.80}: "
        if not isinstance(table, dict):
            hint = _TABLE.format(name="NAME" if name in _KINDS else name)
            raise UsageError(f"{where}that is no table", hint=hint)
        if name == BUILT_IN:
            raise UsageError(
                f"{where}that is the built-in one, which cannot be changed",
                hint='Take another name, as `mine`; `profile = "mine"` has it meant where none is named.',
            )
        if not _NAME.fullmatch(name):
            raise UsageError(f"{where}not a name", hint="Up to 64 letters, digits, - and _ make one.")
        found[name] = msgspec.structs.replace(Profile(), **_read(table, where))
    return found


def options_for(
    profiles: Mapping[str, Profile], name: str, wishes: Mapping[str, Any], **rest: Any
) -> ArchiveOptions:
    """Give what a profile says, `wishes` in place of it where there are any, and `rest` as it is.

    No name is that of the built-in profile. Raises `UsageError`.
    """
    name = "" if name == BUILT_IN else name
    if name and name not in profiles:
        raise unknown("profile", name, [BUILT_IN, *profiles])
    chosen = {**msgspec.structs.asdict(profiles[name] if name else Profile()), **_read(wishes)}
    return ArchiveOptions(**chosen, profile=name, **rest)


def differences(profile: Profile) -> tuple[str, ...]:
    """Give the fields in which a profile differs from the built-in one."""
    return tuple(key for key in _KINDS if getattr(profile, key) != getattr(Profile(), key))


def _read(values: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    for key in values:
        if key not in _KINDS:
            raise unknown("key", key, list(_KINDS), where)
    return {key: _value(key, value, where) for key, value in values.items()}


def _value(key: str, given: Any, where: str) -> Any:
    kind, value = _KINDS[key], given
    if key in _LISTS and isinstance(given, str):
        value = [] if given == "none" else [part.strip() for part in given.split(",") if part.strip()]
    if key in _PREFERENCES and given == _ANY:
        return None
    if choices := _choices(kind):
        if isinstance(given, int) and not isinstance(given, bool):
            value = str(given)
        if key in _LISTS and value == ["all"]:
            value = choices
        for one in value if isinstance(value, list) else [value]:
            if one not in choices:
                raise unknown(key, one, [*choices, *([_ANY] if key in _PREFERENCES else [])], where)
    try:
        found = msgspec.convert(value, kind)
        for language in found if key == "subtitles" else ():
            re.compile(language)
    except (msgspec.ValidationError, re.error) as error:
        reason = str(error).partition(" - at ")[0]
        if "regex" in reason:  # nobody reads those
            reason = "not languages such as en,de.*"
        hint = "It is true or false, without quotes." if kind is bool else ""
        raise UsageError(f"{where}{key} = {given!r:.80}: {reason}", hint=hint) from error
    return found


def _choices(kind: Any) -> list[str]:
    """Give the words there are for a kind of value; nothing where any will do."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [member.value for member in kind]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [word for inner in get_args(kind) for word in _choices(inner)]
