"""The commands that run the system, or a part of it."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli import completing
from cli.commands import Commands
from cli.options import Json, Workers, loaded_of, settings_of

serve: Final = Commands()


@serve.command(examples=("up", "--library /srv/videos up --workers 4"))
def up(context: typer.Context, workers: Workers = None) -> None:
    """Run the server and all actors until Ctrl-C."""
    from cli import serve

    loaded = loaded_of(context, download_workers=workers)
    raise typer.Exit(serve.up(loaded.settings, loaded.problems))


@serve.command(examples=("server",))
def server(context: typer.Context) -> None:
    """Run only the server in the foreground, for supervisors."""
    from cli import serve

    raise typer.Exit(serve.server(settings_of(context)))


@serve.command(examples=("actor download --workers 4", "actor jobs"))
def actor(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="jobs, metadata, download, storage or logs.",
            autocompletion=completing.actors,
        ),
    ],
    workers: Workers = None,
) -> None:
    """Run one actor in the foreground, for supervisors."""
    from cli import serve

    serve.actor(name, {**context.obj, "download_workers": workers})


@serve.command(examples=("demo", "demo --keep archive"))
def demo(
    context: typer.Context,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep log and library in DIR.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Archive three videos of a tiny site on this machine.

    No network is needed, and nothing is left behind.
    """
    from cli import demo as demonstration

    raise typer.Exit(demonstration.demo(settings_of(context), keep, as_json=as_json))
