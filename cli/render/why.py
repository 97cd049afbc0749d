"""What led to a video, as a tree: who asked, by which list, and each step with what it goes back to."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from cli.render.jobs import files as files_of
from cli.render.steps import ToldStep
from cli.render.words import SHORT_ID, state_text
from schemas.past import Step, WhyReport
from schemas.queries import JobView


def why(report: WhyReport, library: Path) -> RenderableType:
    """Show the tree, the numbers being those of messages; what did not lead to the verified files is dim."""
    title = report.video.title if report.video else report.url
    tree = Tree(Text.assemble((title, "bold"), f"  {report.url}"), guide_style="dim")
    jobs = {job.job_id: job for job in report.jobs}
    nodes: dict[str, Tree] = {}
    for step in report.steps:
        node = nodes.get(step.id) or _begin(step, jobs, nodes, tree, report)
        nodes[step.id] = node
        node.add(ToldStep(step, report.jobs, bright=step.seq in report.chain))
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
        label.append(f"  {step.at.astimezone():%Y-%m-%d %z}, conversation {step.correlation_id}", "dim")
    return parent.add(label)
