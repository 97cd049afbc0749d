"""The commands that look at what there is, and prove it."""

from typing import Annotated, Final

import typer

from cli import completing
from cli.commands import Commands
from cli.options import Job, Json, MaybeJob, States, settings_of
from cli.past import At

look: Final = Commands()


@look.command(examples=("jobs", "jobs --state failed --state waiting", "jobs --batch 17a9 --json"))
def jobs(
    context: typer.Context,
    state: States = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="The N newest.")] = 100,
    batch: Annotated[
        str | None,
        typer.Option(
            metavar="BATCH",
            help="Only the jobs of this batch.",
            show_default=False,
            autocompletion=completing.batches,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also the jobs of batches.")] = False,
    as_json: Json = False,
) -> None:
    """List batches, and jobs of no batch, newest first."""
    from cli import inspect

    raise typer.Exit(
        inspect.jobs(
            settings_of(context), state or [], limit, batch=batch, everything=everything, as_json=as_json
        )
    )


@look.command(examples=("status 3f9c", "status 17a9 --json"))
def status(context: typer.Context, job: Job, as_json: Json = False) -> None:
    """Show one job and all that happened to it, or one batch."""
    from cli import inspect

    raise typer.Exit(inspect.status(settings_of(context), job, as_json=as_json))


@look.command(examples=("replay --check", "replay 3f9c", "replay --at 3d --json"))
def replay(
    context: typer.Context,
    job: MaybeJob = None,
    at: At = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the live read model.")] = False,
    as_json: Json = False,
) -> None:
    """Fold the log from nothing, to now or to a time.

    Shows the timeline, and the state it leads to, or led to at that time.
    """
    from cli import event_log_replay

    raise typer.Exit(event_log_replay.replay(settings_of(context), job, at=at, check=check, as_json=as_json))


@look.command(examples=("logs -f --level warning", "logs --job 3f9c", "logs --actor download -n 20 --json"))
def logs(
    context: typer.Context,
    job: Annotated[
        list[str] | None,
        typer.Option(
            metavar="JOB",
            help="Only lines about this job, or this batch.",
            show_default=False,
            autocompletion=completing.jobs,
        ),
    ] = None,
    video: Annotated[
        list[str] | None,
        typer.Option(metavar="VIDEO", help="About this video: its id or address.", show_default=False),
    ] = None,
    batch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BATCH",
            help="About this batch and its jobs.",
            show_default=False,
            autocompletion=completing.batches,
        ),
    ] = None,
    actor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only lines of this actor.",
            show_default=False,
            autocompletion=completing.actors,
        ),
    ] = None,
    level: Annotated[
        str,
        typer.Option(
            metavar="LEVEL",
            help="This level and above.",
            autocompletion=completing.words("debug", "info", "warning", "error"),
        ),
    ] = "info",
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Since 10m, 2h or 3d ago, a day, a moment.", show_default=False),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Until then, likewise.", show_default=False)
    ] = None,
    grep: Annotated[
        str | None,
        typer.Option(metavar="REGEX", help="Only lines that hold this expression.", show_default=False),
    ] = None,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", "--lines", "-n", min=0, max=10_000, metavar="N", help="The newest N; 0 for all."
        ),
    ] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    as_json: Json = False,
) -> None:
    """Show what all actors said, causes before effects."""
    from cli import logs

    wanted = logs.Wanted(
        logs.only("--job", job),
        logs.only("--video", video),
        logs.only("--batch", batch),
        logs.only("--actor", actor),
        level,
        since,
        until,
        grep,
        limit,
    )
    raise typer.Exit(logs.logs(settings_of(context), wanted, follow=follow, as_json=as_json))
