"""The whole command line. Each command imports what it needs when it runs, so that ``--help`` is quick."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.audit_app import proof
from cli.catalogue_app import catalogue, standards
from cli.config_app import config
from cli.events_app import events, safety
from cli.look_app import look
from cli.past_app import past
from cli.playlist_app import playlist
from cli.recovery_app import recovery
from cli.repair_app import mending
from cli.serve_app import serve
from cli.work_app import work

app: Final = typer.Typer(
    name="ytarchive",
    help="Archive YouTube videos, playlists and channels, and be able to prove what was kept.",
    epilog="`ytarchive demo` shows everything without a network. "
    "Exit codes: 0 done, 1 failed or found something, 2 usage, 3 no server, 4 timed out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.add_typer(work)
app.add_typer(serve)
app.add_typer(look)
app.add_typer(standards)
app.add_typer(catalogue, name="catalogue")
app.add_typer(past)
app.add_typer(proof)
app.add_typer(mending)
app.add_typer(safety)
app.add_typer(events, name="events")
app.add_typer(config, name="config")
app.add_typer(playlist, name="playlist")
app.add_typer(recovery, name="recovery")


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
    context.obj = {"library_dir": library and str(library), "state_dir": state and str(state)}
