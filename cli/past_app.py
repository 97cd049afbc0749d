"""The commands that tell what was, and why."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.commands import Commands
from cli.options import Json, Patience, Quiet, Timeout, settings_of
from cli.past import At

past: Final = Commands()

Video = Annotated[
    str,
    typer.Argument(
        metavar="VIDEO|FILE",
        help="A video's id or address, a job of it, the path of a file of it, or the file's SHA-256.",
        show_default=False,
    ),
]


@past.command(examples=("why aqz-KE-bpKQ", 'why "library/Channel/2024/A title [aqz-KE-bpKQ].mkv"'))
def why(context: typer.Context, video: Video, as_json: Json = False) -> None:
    """Show what led to a video.

    Who asked for it, every step since, and what each goes back to.
    """
    from cli import why

    raise typer.Exit(why.why(settings_of(context), video, as_json=as_json))


@past.command(
    examples=(
        "history aqz-KE-bpKQ --diff",
        "history aqz-KE-bpKQ --at 2024-01-31",
        "history aqz-KE-bpKQ --save kept",
    )
)
def history(
    context: typer.Context,
    video: Video,
    at: At = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show each change, the description's line by line.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write there what was kept: documents, thumbnails.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show every title, description, thumbnail a video ever had.

    And when it was known.
    """
    from cli import history

    asked = history.Asked(at, diff, save)
    raise typer.Exit(history.history(settings_of(context), video, asked, as_json=as_json))


@past.command(
    examples=("refresh aqz-KE-bpKQ", 'refresh --channel "A channel"', "refresh --all --no-thumbnail --json")
)
def refresh(
    context: typer.Context,
    videos: Annotated[
        list[str] | None,
        typer.Argument(metavar="VIDEO...", help="Archived videos, named likewise.", show_default=False),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(metavar="NAME|ID", help="All that is archived of a channel.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is archived.")] = False,
    thumbnail: Annotated[bool, typer.Option(help="Keep the thumbnail too, where it is another.")] = True,
    timeout: Timeout = None,
    patience: Patience = 600,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Look again at what is archived, without downloading.

    `history` shows what has changed.
    """
    from cli import refresh
    from cli.watched_work import Shown

    shown = Shown(timeout, patience, as_json, quiet)
    raise typer.Exit(
        refresh.refresh(
            settings_of(context), videos or [], channel, shown, everything=everything, thumbnail=thumbnail
        )
    )
