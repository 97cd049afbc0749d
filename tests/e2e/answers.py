"""Whatever a command prints under ``--json`` is what the published schemas say."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator

from schemas import documents, jsonschema
from schemas.answers import ANSWERS, FINDS
from ytarchive.errors import ServerUnavailable

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
    if (code > _FOUND or (code and not out)) and not _judged(words, code, out):
        last = json.loads(err.splitlines()[-1])
        _validator("error").validate(last)
        assert last["exit_code"] == code
    elif code == _FOUND:
        assert command_of(words) in FINDS, f"{words}: exit {code}, which docs/exit-codes.md does not have"


def _judged(words: Sequence[str], code: int, out: str) -> bool:
    """Tell whether the exit code is part of the answer: that nothing is archived, for monitoring."""
    return command_of(words) == "diagnostics health" and code == ServerUnavailable.exit_code and bool(out)


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
    shape = {**documents.MESSAGES, **documents.REPORTS}[name]
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


CALLS: Final[Mapping[str, str]] = {
    "submit": "submit {address}",
    "pause": "pause {job}",
    "resume": "resume {job}",
    "cancel": "cancel {job} --keep",
    "retry": "retry {job}",
    "watch": "watch {job}",
    "run": "run {address}",
    "playlist preview": "playlist preview {list} --newest 2",
    "playlist submit": "playlist submit {list} --newest 1",
    "playlist pause": "playlist pause {batch}",
    "playlist resume": "playlist resume {batch}",
    "playlist cancel": "playlist cancel {batch}",
    "playlist retry": "playlist retry {batch}",
    "playlist status": "playlist status {batch}",
    "refresh": "refresh {job}",
    "jobs": "jobs --all",
    "status": "status {job}",
    "replay": "replay {job}",
    "logs": "logs -n 20",
    "why": "why {job}",
    "history": "history {job}",
    "recovery list": "recovery list",
    "recovery show": "recovery show {job}",
    "recovery report": "recovery report",
    "recovery retry": "recovery retry --all",
    "recovery letters": "recovery letters",
    "recovery letter": "recovery letter 1",
    "recovery redrive": "recovery redrive 1",
    "recovery discard": "recovery discard --all",
    "audit": "audit --deep",
    "repair": "repair --all",
    "quarantine": "quarantine --list",
    "rebuild": "rebuild --compare",
    "sums": "sums",
    "export": "export --bagit {folder}/bag",
    "catalogue export": "catalogue export",
    "events key": "events key {folder}/key",
    "events export": "events export {folder}/log",
    "events verify": "events verify {folder}/log",
    "events import": "--state {folder}/imported events import {folder}/log",
    "backup": "backup {folder}/backup",
    "restore": "--state {folder}/restored restore {folder}/backup",
    "limits show": "limits show",
    "limits set": "limits set retry_pace=1.5 limit_rate=10M --reason night",
    "limits reset": "limits reset --all",
    "config init": "config init {folder}/config.toml",
    "config logins": "config logins {folder}/logins --node attic",
    "config check": "config check {folder}/config.toml",
    "config show": "config show",
    "config profiles": "config profiles",
}
"""A call of each command, in an order in which each has something to answer."""

CALLED_ELSEWHERE: Final = {
    "events sign": "test_log_files: it takes a key",
    "demo": "test_demo: it has a system of its own",
    **{
        f"diagnostics {name}": "test_diagnostics: their exit codes tell how the machine is"
        for name in ("actors", "breakers", "disk", "doctor", "health", "queues", "report", "streams")
    },
}
