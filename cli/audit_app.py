"""The command that proves the library."""

from typing import Annotated, Final

import typer

from cli import completing
from cli.commands import Commands
from cli.options import Json, settings_of

proof: Final = Commands()


@proof.command(examples=("audit", "audit --deep --since 30d", "audit --every 30d"))
def audit(
    context: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every file back and compare its SHA-256.")
    ] = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="And have ffmpeg read every packet of the media.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN", help="Only jobs archived or changed since: a day, or 7d.", show_default=False
        ),
    ] = None,
    channel: Annotated[
        str, typer.Option(metavar="NAME|ID", help="Only this channel's.", show_default=False)
    ] = "",
    job: Annotated[
        list[str] | None,
        typer.Option(
            "--job",
            metavar="JOB",
            help="Only this job's; may be repeated.",
            show_default=False,
            autocompletion=completing.jobs,
        ),
    ] = None,
    sample: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Only some, at random: 5%.", show_default=False)
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the audit that was interrupted last.")
    ] = False,
    readers: Annotated[
        int | None,
        typer.Option("--readers", min=1, max=64, metavar="N", help="Files read at once.", show_default=False),
    ] = None,
    limit_rate: Annotated[
        str | None,
        typer.Option(metavar="BYTES", help="At most so much a second: 20M.", show_default=False),
    ] = None,
    cached: Annotated[
        bool, typer.Option("--cached", help="Take what is in memory for what is on the disk.")
    ] = False,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="TIME|never",
            help="Have `up` read every file once in so long: 30d.",
            show_default=False,
        ),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Show the audits there were.")] = False,
    as_json: Json = False,
) -> None:
    """Compare the library with the log, and the log with itself.

    What the log says must be there is looked for, and read back if asked.
    """
    from cli import auditing, audits
    from cli.audit_scope import Asked, check
    from ytarchive.amounts import size

    asked = Asked(deep, probe, since, channel, tuple(job or ()), sample, resume, every, history)
    check(asked)
    settings, rate = settings_of(context), size(limit_rate) if limit_rate else 0.0
    if history:
        code = audits.history(settings, as_json=as_json)
    elif every:
        code = audits.schedule(settings, every, asked.depth, rate, as_json=as_json)
    else:
        how = auditing.How(readers, rate, fresh=not cached)
        code = auditing.audit(settings, asked, how, as_json=as_json)
    raise typer.Exit(code)
