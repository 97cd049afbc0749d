"""What a repair did, and what lies in quarantine."""

from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from cli.render.standards import older
from cli.render.words import many
from schemas.repair_reports import QuarantineReport, RepairLine, RepairReport

_WOULD: Final = {
    "returned": "would be returned",
    "copied": "would be copied",
    "downloaded": "would be downloaded again",
}


def repaired(report: RepairReport) -> RenderableType:
    """Show what was repaired and what was not; or would be."""
    lines = [*map(_done, report.repaired), *(_left(one, dry=report.dry_run) for one in report.left)]
    verb = "would be written" if report.dry_run else "written"
    lines += [Text(f"✓ {folder}: SHA256SUMS and CATALOGUE.jsonl {verb} anew") for folder in report.renewed]
    lines += [Text(f"✗ {one.path}: {one.detail}", "red") for one in report.failed]
    looked = f"{many(report.files, 'file')} of {many(report.jobs, 'job')} looked at"
    if not report.files:
        end = Text("✓ no file is missing, cut, or was called damaged", "green")
    elif report.dry_run:
        end = Text(f"{looked}: {many(len(report.left), 'file')} to be repaired", "bold")
    elif not report.left:
        said = f"{len(report.repaired)} repaired" if report.repaired else "nothing is damaged"
        end = Text(f"✓ {looked}: {said}", "green")
    else:
        end = Text(f"✗ {looked}: {len(report.repaired)} repaired, {len(report.left)} damaged still", "red")
    return Group(*lines, end)


def _done(line: RepairLine) -> Text:
    text = Text.assemble(("✓ ", "green"), line.path)
    match line.how:
        case "returned" | "copied":
            return text.append(f": {line.how} from {line.at}", "dim")
        case "downloaded":
            named = f" as {line.now}" if line.now != line.path else ""
            return text.append(f": downloaded again{named} (job {line.of})", "dim")
        case _:
            return text.append(": whole already", "dim")


def _left(line: RepairLine, *, dry: bool) -> Text:
    if dry:
        where = f" from {line.at}" if line.at else ""
        return Text.assemble(("› ", "blue"), line.path, (f": {line.kind}, {_WOULD[line.how]}{where}", "dim"))
    why = f": {line.detail}" if line.detail else ""
    return Text.assemble(("✗ ", "red"), line.path, (f" is {line.kind} still{why}", "red"))


def quarantine(report: QuarantineReport) -> RenderableType:
    """Show what was moved, or what is kept."""
    done = ("› ", "blue") if report.dry_run else ("✓ ", "green")
    lines = [Text.assemble(done, one.path, (f" → {one.at}", "dim")) for one in report.moved]
    sign, style = ("- ", "yellow") if report.ok else ("✗ ", "red")
    lines += [Text(f"{sign}{one.path}: {one.detail}", style) for one in report.left]
    lines += [Text.assemble(one.path, (f"  (was {one.at})", "dim")) for one in report.kept]
    if report.listed:
        lines.append(older(report.listed).append("; --listed moves them all the same"))
    return Group(*lines) if lines else Text("nothing is there to be moved")
