"""The commands that mend the library."""

from typing import Annotated, Final

import typer

from cli import completing
from cli.commands import Commands
from cli.options import Json, Quiet, Timeout, settings_of

mending: Final = Commands()

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH...", help="Files or folders of the library.", show_default=False),
]


@mending.command(examples=("repair --all --dry-run", "repair --all --deep", "repair --job 3f9c"))
def repair(
    context: typer.Context,
    paths: Paths = None,
    job: Annotated[
        list[str] | None,
        typer.Option(
            "--job",
            metavar="JOB",
            help="All files of this job; may be repeated.",
            show_default=False,
            autocompletion=completing.jobs,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that audits found, and what is missing or cut now.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="With --all: read every file first, as `audit --deep` does.")
    ] = False,
    keep_evidence: Annotated[
        bool, typer.Option("--keep-evidence", help="Keep bad files though they are whole again.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    timeout: Timeout = None,
    patience: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="Stop when all that is left waits longer than this."),
    ] = 600,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Bring damaged files back.

    From a good copy where one is left, else by downloading again.
    """
    from cli import repairing
    from cli.repair_scope import Asked, check
    from cli.repair_work import Manner
    from cli.watched_work import Shown

    asked = Asked(tuple(paths or ()), tuple(job or ()), everything, deep)
    check(asked)
    shown = Shown(timeout, patience, as_json, quiet)
    manner = Manner(dry_run, keep_evidence)
    raise typer.Exit(repairing.repair(settings_of(context), asked, manner, shown))


@mending.command(
    examples=("quarantine --list", "quarantine --all", 'quarantine --restore "Channel/notes.txt"')
)
def quarantine(
    context: typer.Context,
    paths: Paths = None,
    everything: Annotated[bool, typer.Option("--all", help="All strays.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Move them back to where they were.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="Show what is kept there.")] = False,
    listed: Annotated[
        bool, typer.Option("--listed", help="Also what SHA256SUMS lists, though the log does not know it.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be moved.")] = False,
    as_json: Json = False,
) -> None:
    """Move strays, files that no job archived, out of the way.

    Into .ytarchive/quarantine. None is deleted.
    """
    from cli import quarantining
    from ytarchive.errors import UsageError

    named = tuple(paths or ())
    if bool(named) + everything + listing != 1 or (listing and restore):
        raise UsageError("quarantine what?", hint="Name strays, or say --all, or --list; so does --restore.")
    settings, how = settings_of(context), quarantining.How(everything, listed, dry_run)
    if listing:
        code = quarantining.listing(settings, as_json=as_json)
    elif restore:
        code = quarantining.restore(settings, named, how, as_json=as_json)
    else:
        code = quarantining.quarantine(settings, named, how, as_json=as_json)
    raise typer.Exit(code)
