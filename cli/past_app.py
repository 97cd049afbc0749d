"""The commands that tell what was, and why."""

from typing import Annotated, Final

import typer

from cli.options import Json, settings_of

past: Final = typer.Typer()

Video = Annotated[
    str,
    typer.Argument(
        metavar="VIDEO|FILE",
        help="A video's id or address, a job of it, the path of a file of it, or the file's SHA-256.",
        show_default=False,
    ),
]


@past.command()
def why(context: typer.Context, video: Video, as_json: Json = False) -> None:
    """Show what led to a video: who asked for it, every step since, and what each goes back to."""
    from cli import why

    raise typer.Exit(why.why(settings_of(context), video, as_json=as_json))
