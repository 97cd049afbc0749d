"""Whatever a command prints under ``--json`` is what the published schemas say."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator

from schemas import jsonschema
from schemas.answers import ANSWERS

_BEFORE: Final = ("--library", "--state")
_FOUND: Final = 1
"""The exit code of a command that did what was asked, and found something. What it found is its answer."""


def check(words: Sequence[str], code: int, out: str, err: str) -> None:
    """Assert that what a command printed is valid by one of its schemas, and errors are where they belong."""
    validators = [_validator(name) for name in ANSWERS[command_of(words)]]
    for line in out.splitlines():
        document = json.loads(line)
        if not any(one.is_valid(document) for one in validators):
            told = "\n".join(str(error) for one in validators for error in one.iter_errors(document))
            raise AssertionError(f"{words} printed what no schema has: {line[:2000]}\n{told[:4000]}")
    if code > _FOUND or (code and not out):
        last = json.loads(err.splitlines()[-1])
        _validator("error").validate(last)
        assert last["exit_code"] == code


def command_of(words: Sequence[str]) -> str:
    """Give the command that these words call."""
    rest = list(words)
    while rest[0] in _BEFORE:
        del rest[:2]
    name = " ".join(rest[:2])
    return name if name in ANSWERS else rest[0]


@cache
def _validator(name: str) -> Draft202012Validator:
    """Give one for a document of that name, which allows no key that is not published."""
    shape = {**jsonschema.MESSAGES, **jsonschema.REPORTS}[name]
    return Draft202012Validator(_closed(jsonschema.schema(name, shape)))


def _closed(node: Any) -> Any:
    match node:
        case dict():
            closed = {"additionalProperties": False} if "properties" in node else {}
            return {**closed, **{key: _closed(value) for key, value in node.items()}}
        case list():
            return [_closed(item) for item in node]
        case _:
            return node
