"""The contract for people and programs that do not read Python: JSON Schema and AsyncAPI documents.

``python -m schemas.jsonschema`` writes them into ``docs/wire`` of the checkout it is called in: ``schemas``
has a document for every message on the bus, ``reports`` one for everything the command line prints under
``--json``, ``commands.md`` tells which command prints which, and ``asyncapi.json`` which message goes where.
``--check`` writes nothing, and exits with 1 when one is not current. Nothing that runs imports this module.
"""

import inspect
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from schemas import asyncapi
from schemas.answers import ANSWERS, SILENT
from schemas.documents import BODIES, MESSAGES, REPORTS
from schemas.envelope import END

_OURS = ("asyncapi.json", "commands.md", "reports/*.json", "schemas/*.json")
_PREFACE = (
    "# Which command prints which document",
    "",
    "Of several, one of them under `--json`, or lines of them; [the wire](../wire.md) says when which.",
    "Where a command fails, [error](reports/error.json) is the last line of standard error.",
    "",
    "| command | documents |",
    "|---|---|",
)


def documents() -> dict[str, dict[str, Any]]:
    """Give every document by its path."""
    summaries = {tag: (inspect.getdoc(body) or "").partition("\n")[0] for tag, body in BODIES.items()}
    return {
        **{f"schemas/{name}.json": schema(name, shape) for name, shape in MESSAGES.items()},
        **{f"reports/{name}.json": schema(name, shape) for name, shape in REPORTS.items()},
        "asyncapi.json": asyncapi.document(summaries),
    }


def texts() -> dict[str, str]:
    """Give what is to be in every file, by its path."""
    written = {path: f"{json.dumps(node, indent=2)}\n" for path, node in documents().items()}
    return {**written, "commands.md": _commands()}


def _commands() -> str:
    """Give the page that names the documents of each command."""
    rows = [
        f"| `{command}` | {', '.join(f'[{name}]({_place(name)})' for name in names)} |"
        for command, names in ANSWERS.items()
    ]
    silent = [f"- `{command}`: {why}." for command, why in SILENT.items()]
    return "\n".join([*_PREFACE, *rows, "", "These have no `--json`:", "", *silent, ""])


def _place(name: str) -> str:
    return f"{'reports' if name in REPORTS else 'schemas'}/{name}.json"


def schema(name: str, shape: Any) -> dict[str, Any]:
    """Give the JSON Schema of one message, complete in itself."""
    found = msgspec.json.schema(shape)
    definitions = found["$defs"]
    top = definitions.pop(found["$ref"].removeprefix("#/$defs/"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_portable(top),
        "title": name,
        "$defs": {key: _portable(definitions[key]) for key in sorted(definitions)},
    }


def _portable(node: Any) -> Any:
    """Say the same to every validator, under every Python: no OpenAPI, no look-ahead, no indented text."""
    match node:
        case {"anyOf": _, "discriminator": _, **rest}:
            return {"anyOf": _portable(node["anyOf"]), **_portable(rest)}
        case dict():
            return {
                key: inspect.cleandoc(value)
                if key == "description" and isinstance(value, str)
                else _portable(value)
                for key, value in node.items()
            }
        case list():
            return [_portable(item) for item in node]
        case str():
            return node.replace(END, "$")
        case _:
            return node


def outdated(folder: Path, wanted: dict[str, str]) -> list[str]:
    """Give the paths of documents that are missing, differ, or are no longer wanted."""
    paths = [path for pattern in _OURS for path in folder.glob(pattern)]
    found = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}
    return sorted(path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the documents, or check them. `arguments` are the program's own if None. Gives the exit code."""
    parser = ArgumentParser(prog="python -m schemas.jsonschema", description="The published wire contract.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/wire"), help="default: docs/wire")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if anything differs")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    wanted = texts()
    changed = outdated(folder, wanted)
    for path in changed:
        sys.stdout.write(f"{folder / path}: {'not current' if options.check else 'written'}\n")
        if not options.check:
            _write(folder / path, wanted.get(path))
    if options.check and changed:
        sys.stderr.write("`python -m schemas.jsonschema` makes them so\n")
        return 1
    return 0


def _write(path: Path, text: str | None) -> None:
    if text is None:  # no longer wanted
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
