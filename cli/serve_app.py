"""The commands that run the system, or a part of it."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.options import Workers, settings_of

serve: Final = typer.Typer()


@serve.command()
def up(context: typer.Context, workers: Workers = None) -> None:
    """Run the server and all actors until Ctrl-C."""
    from cli import serve

    raise typer.Exit(serve.up(settings_of(context, download_workers=workers)))


@serve.command()
def actor(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="jobs, metadata, download, storage or logs.")],
    workers: Workers = None,
) -> None:
    """Run one actor in the foreground, for supervisors."""
    from cli import serve

    serve.actor(name, {**context.obj, "download_workers": workers})


@serve.command()
def demo(
    context: typer.Context,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep log and library in DIR.", show_default=False)
    ] = None,
) -> None:
    """Archive three videos of a tiny site on this machine: no network, nothing left behind."""
    from cli import demo as demonstration

    raise typer.Exit(demonstration.demo(settings_of(context), keep))
