"""What led to a video, as a tree: who asked, by which list, and each step with what it goes back to."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cli.render.hanging import hanging
from cli.render.jobs import detail
from cli.render.jobs import files as files_of
from cli.render.words import SHORT_ID, state_text, zoned
from schemas.past import Cause, Origin, Step, WhyReport
from schemas.queries import JobView
from schemas.reports import EventLine

_FROM: Final = {
    Origin.COMMAND: "a command",
    Origin.RESULT: "result of",
    Origin.TIMER: "timer of",
    Origin.RELEASE: "end of",
    Origin.BATCH: "told in",
    Origin.SOURCE: "source in",
    Origin.PAGE: "entry of",
    Origin.JOB: "done in",
    Origin.AUDIT: "found by",
    Origin.MESSAGE: "a message",
}


def why(report: WhyReport, library: Path) -> RenderableType:
    """Show the tree, the numbers being those of messages; what did not lead to the verified files is dim."""
    title = report.video.title if report.video else report.url
    tree = Tree(Text.assemble((title, "bold"), f"  {report.url}"), guide_style="dim")
    jobs = {job.job_id: job for job in report.jobs}
    nodes: dict[str, Tree] = {}
    for step in report.steps:
        node = nodes.get(step.id) or _begin(step, jobs, nodes, tree, report)
        nodes[step.id] = node
        for line in _lines(step, jobs, bright=step.seq in report.chain):
            node.add(line)
    archived = jobs.get(report.archived_by or "")
    if not archived:
        return Group(tree, Text("not archived", "yellow"))
    kept = (report.file,) if report.file else archived.files
    return Group(tree, "", Text(f"✓ verified in job {archived.job_id}", "green"), files_of(kept, library))


def _begin(
    step: Step, jobs: Mapping[str, JobView], nodes: Mapping[str, Tree], root: Tree, report: WhyReport
) -> Tree:
    """Give what the steps of a job or a batch hang on, itself hanging on what it goes back to."""
    came_from = {earlier.seq: earlier.id for earlier in report.steps}
    parents = [nodes.get(came_from.get(cause.seq or 0, "")) for cause in step.causes]
    parent = next((node for node in parents if node), root)
    label = Text.assemble((f"{step.aggregate} {step.id[:SHORT_ID]}", "cyan"))
    if job := jobs.get(step.id):
        label.append("  ").append_text(state_text(job.state))
    if parent is root:
        label.append(f"  {zoned(step.at)}, conversation {step.correlation_id}", "dim")
    return parent.add(label)


def _lines(step: Step, jobs: Mapping[str, JobView], *, bright: bool) -> Iterator[Table]:
    """Show the events of a step: the first with its number, what it goes back to, and when it was.

    What it refers to besides stands with the last.
    """
    occasion, *facts = map(_because, step.causes)
    number, when = f"{step.seq:>5}", f"{step.at.astimezone():%m-%d %H:%M:%S}"
    for place, line in enumerate(step.events, 1):
        causes = [*([occasion] if number else []), *(facts if place == len(step.events) else [])]
        head = Text(f"{number:>5}  ", "dim")
        shown = Text.assemble(
            (f"{', '.join(causes):<14}  {when:>14}  ", "dim"),
            f"{line.type.removeprefix(f'{step.aggregate}.'):<17}  ",
            _said(line, jobs.values()),
        )
        if not bright:
            shown.stylize("dim")
        yield hanging(head, shown)
        number = when = ""


def _said(line: EventLine, jobs: Collection[JobView]) -> Text:
    """Say what an event brought; of a page, where on it the video stands."""
    if line.type == "job.page_listed":
        wanted = {job.video_id for job in jobs} | {job.url for job in jobs}
        for place, entry in enumerate(line.data["entries"], 1):
            if entry["video_id"] in wanted or entry.get("url") in wanted:
                return Text(f"page {line.data['page']}, entry {place}: {entry.get('title', '')}")
    return detail(line)


def _because(cause: Cause) -> str:
    return f"{_FROM[cause.origin]} {cause.seq}" if cause.seq else _FROM[cause.origin]
