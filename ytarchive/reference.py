"""What there is to know of every setting, in words: of the struct is made whatever tells people about it."""

import functools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_type_hints

import msgspec
from msgspec import Meta

from ytarchive.amounts import size
from ytarchive.errors import UsageError
from ytarchive.settings import Settings, as_path


class Setting(NamedTuple):
    """What there is to know of a setting. `default` and `allowed` are in words, `kind` is its type.

    Of `choices`, where there are any, it must be one. A `size` may be said as 500K.
    """

    name: str
    meaning: str
    kind: type
    default: str
    allowed: str
    choices: tuple[str, ...]
    example: str
    secret: bool
    size: bool


@functools.cache
def described() -> tuple[Setting, ...]:
    """Give every setting, in the order of the struct."""
    return tuple(_described_all())


def setting(name: str) -> Setting:
    """Give what there is to know of a setting."""
    return next(one for one in described() if one.name == name)


def counted(name: str, value: Any) -> Any:
    """Give a value of a setting with an amount of bytes, such as 500K, as a number; any other as it is."""
    if not isinstance(value, str) or name not in _sizes():
        return value
    try:
        return value if value.isdecimal() else int(size(value))
    except UsageError:
        return value


@functools.cache
def _sizes() -> frozenset[str]:
    return frozenset(one.name for one in described() if one.size)


def typed(name: str, value: object) -> Any:
    """Give a value, which may be text, as the setting has it. Raises `msgspec.ValidationError`."""
    return msgspec.convert(counted(name, value), _kinds()[name], strict=False, dec_hook=as_path)


@functools.cache
def _kinds() -> dict[str, Any]:
    return get_type_hints(Settings, include_extras=True)


def texts() -> list[str]:
    """Give the names of the settings that are text."""
    return [one.name for one in described() if one.kind is str]


def secrets() -> set[str]:
    """Give the names of those that may hold a password."""
    return {one.name for one in described() if one.secret}


def _described_all() -> Iterator[Setting]:
    hints, defaults = _kinds(), Settings()
    for name in Settings.__struct_fields__:
        kind, meta = get_args(hints[name])
        value, extra = getattr(defaults, name), meta.extra or {}
        types = get_args(kind)
        yield Setting(
            name,
            meta.description or "",
            types[0] if types else kind,
            extra["default"]
            or ("none" if value in ("", None) else f"{value:g}" if kind is float else str(value)),
            extra["allowed"] or _allowed(meta, ", or such as 500K, 1Gi" if extra["size"] else ""),
            _choices(meta),
            extra["example"],
            extra["secret"],
            extra["size"],
        )


def _choices(meta: Meta) -> tuple[str, ...]:
    found = re.fullmatch(r"\^\(([a-z|]+)\)\$", meta.pattern or "")
    return tuple(found[1].split("|")) if found else ()


def _allowed(meta: Meta, besides: str) -> str:
    """Say which values there may be, what else they may be written as; nothing where any will do."""
    least, most = meta.ge, meta.le
    if least is not None and most is not None:
        return f"{least:,} to {most:,}{besides}"
    return ", ".join(_choices(meta))
