"""The whole command line. Each command imports what it needs when it runs, so that ``--help`` is quick."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.audit_app import proof
from cli.catalogue_app import catalogue, standards
from cli.commands import PROGRAM, Commands
from cli.config_app import config
from cli.diagnostics_app import diagnostics
from cli.events_app import events, safety
from cli.limits_app import limits
from cli.look_app import look
from cli.past_app import past
from cli.playlist_app import playlist
from cli.recovery_app import recovery
from cli.repair_app import mending
from cli.serve_app import serve
from cli.work_app import work

app: Final = Commands(
    "Archive YouTube videos, playlists and channels, and be able to prove what was kept.",
    name=PROGRAM,
    epilog="`ytarchive demo` shows everything without a network, `ytarchive COMMAND --help` has examples. "
    "Exit codes: 0 done, 1 failed or found something, 2 usage, 3 no server, 4 timed out.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.section("Everyday work", work, playlist)
app.section("Looking", look, past, recovery)
app.section("Proof and repair", proof, mending, standards, catalogue)
app.section("The log as a file", safety, events)
app.section("Running", serve, diagnostics, limits, config)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"ytarchive {version('ytarchive')}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    library: Annotated[
        Path | None,
        typer.Option("--library", metavar="DIR", help="Where the archive is kept.", show_default=False),
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Where the log is kept.", show_default=False)
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback does it all
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that every command has."""
    context.ensure_object(dict).update(library_dir=library and str(library), state_dir=state and str(state))
