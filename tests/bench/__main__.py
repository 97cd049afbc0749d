"""``python -m tests.bench [NAME...]``: measure, and show a table."""

import argparse
from importlib import import_module
from pathlib import Path

import msgspec
from rich.console import Console

from tests.bench.figures import Figure, table

NAMES = (
    "startup",
    "first_byte",
    "archiving",
    "appending",
    "replaying",
    "exporting",
    "engine",
    "batches",
    "channel",
    "auditing",
    "asking",
    "memory",
)


def main() -> None:
    """Run the measures named, or all, and show each as it is done."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="How fast, how heavy.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)}; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value there")
    parser.add_argument("--markdown", action="store_true", help="a table for a document")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    console = Console(width=160 if options.markdown else None)
    taken: dict[str, list[Figure]] = {}
    for name in options.names or NAMES:
        taken[name] = list(import_module(f"tests.bench.{name}").measure())
        console.print(table(name, taken[name], markdown=options.markdown))
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(taken)) + b"\n")


if __name__ == "__main__":
    main()
