"""What Typer does not understand of a command line, in our words."""

import re
from typing import Any, Final

from typer.exceptions import TyperException

from cli.commands import question
from ytarchive.errors import UsageError

_NUMBERS: Final = {"int": "a whole number", "float": "a number"}
_GIVEN: Final = re.compile(r"(?P<value>.+) is not (?:in the range|a valid (?:int|float))\b")
_REST: Final = (
    (re.compile(r"got unexpected extra argument(?:s|\(s\)|) \((.*)\)"), r"more than is taken: \1"),
    (re.compile(r"option '(.*)' requires an argument"), r"\1 takes a value, and has none"),
)


def misused(error: TyperException) -> UsageError:
    """Give what is wrong, and what may be meant or where to read of it."""
    context = getattr(error, "ctx", None)
    hint = question(getattr(error, "possibilities", None) or ())
    if context and not hint:
        hint = f"`{context.command_path} --help` tells more."
    return UsageError(_number(error) or _told(error), hint=hint)


def _told(error: TyperException) -> str:
    message = error.message if hasattr(error, "possibilities") else error.format_message()
    told = f"{message[:1].lower()}{message[1:].rstrip('.')}"
    for theirs, ours in _REST:
        told = theirs.sub(ours, told)
    return told


def _number(error: TyperException) -> str:
    """Say which numbers an option takes that was given something else; nothing of other errors."""
    parameter, given = getattr(error, "param", None), _GIVEN.match(error.message)
    if not parameter or not given:
        return ""
    name = parameter.metavar if parameter.param_type_name == "argument" else parameter.opts[0]
    return f"{name} cannot be {given['value']}: it is {_allowed(parameter.type)}"


def _allowed(kind: Any) -> str:
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    noun = _NUMBERS["int" if kind.name.startswith("int") else "float"]
    if least is None:
        return noun
    return f"{noun} from {least:,} to {most:,}" if most is not None else f"{noun}, {least:,} or more"
