"""What audits brought, in a few words."""

from collections.abc import Mapping
from typing import Any

from rich.filesize import decimal
from rich.text import Text

from cli.render.words import many
from schemas.queries import JobView


def of_fixity(type_: str, data: Mapping[str, Any]) -> Text | None:
    """Say what an event of an audit brought, or one about a file; None of others."""
    match type_:
        case "audit.started" | "fixity.checked":
            depth = data.get("depth") or data["scope"]["depth"]
            return Text(f"{many(data['files'], 'file')}, {decimal(data['bytes'])} ({depth})").append_text(
                _found(data)
            )
        case "audit.finished":
            return Text(f"{many(data['files'], 'file')}, {decimal(data['bytes'])}").append_text(_found(data))
        case "audit.scheduled":
            return Text("never" if data["every"] is None else f"every {data['every'] / 86400:g} days")
        case "audit.found" | "fixity.failed":
            finding = data["finding"]
            where = f"{finding['path']}: " if finding["path"] else ""
            return Text(f"{finding['kind']}: {where}{finding['detail']}", "red")
        case "fixity.repaired":
            return Text(f"{data['path']} {data['how']}", "green")
        case _:
            return None


def damage(job: JobView) -> Text:
    """Say how many files of a job are damaged; nothing where none is."""
    number = len(job.damaged)
    return Text(f"✗ {many(number, 'file')} damaged" if number else "", "red")


def _found(data: Mapping[str, Any]) -> Text:
    found = ", ".join(f"{number} {kind}" for kind, number in data.get("found", {}).items())
    return Text(f": {found}" if found else "", "red")
