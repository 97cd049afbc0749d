"""``playlist``: lists of videos, from the look before anything is asked for to the last of them."""

from typing import Annotated, Final

import typer

from cli import completing
from cli.choices import Chosen, choosing
from cli.commands import Commands
from cli.options import (
    Files,
    Force,
    Json,
    Reason,
    Urls,
    loaded_of,
    settings_of,
)
from cli.submitting import Asked, submitting
from cli.submitting import submit as submit_asked
from cli.wishes import Wishes, wishing

playlist: Final = Commands("Playlists, channels, searches: preview, archive, steer.", name="playlist")

Batch = Annotated[
    str,
    typer.Argument(
        metavar="BATCH", help="A batch's id, or how it begins.", autocompletion=completing.batches
    ),
]
Batches = Annotated[
    list[str],
    typer.Argument(
        metavar="BATCH...", help="Batches' ids, or how they begin.", autocompletion=completing.batches
    ),
]


@playlist.command(
    examples=(
        "playlist preview https://www.youtube.com/@handle",
        "playlist preview -a addresses.txt --no-shorts",
        "playlist preview ytsearch20:words --json",
    )
)
@wishing
@choosing
def preview(
    context: typer.Context,
    urls: Urls = None,
    files: Files = None,
    *,
    wishes: Wishes,
    chosen: Chosen,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show what lists hold, and what would be archived of them.

    What is there already, and what is not chosen, is shown too, page by page as it is read. Nothing is asked
    for.
    """
    from cli import preview as previewing
    from cli.submission import check_options

    loaded = loaded_of(context)
    options = check_options(loaded, wishes, chosen, force=force)
    raise typer.Exit(previewing.preview(loaded.settings, urls or (), files or (), options, as_json=as_json))


@playlist.command(
    examples=(
        "playlist submit https://www.youtube.com/@handle --since 1y",
        "playlist submit -a addresses.txt --wait",
    )
)
@wishing
@choosing
@submitting
def submit(context: typer.Context, *, asked: Asked, wishes: Wishes, chosen: Chosen) -> None:
    """Ask the running system for whole lists, as one batch."""
    raise typer.Exit(submit_asked(context, asked, wishes, chosen, together=True))


@playlist.command(examples=("playlist status 17a9", "playlist status 17a9 --json"))
def status(context: typer.Context, batch: Batch, as_json: Json = False) -> None:
    """Show how a batch stands.

    Its lists, and the videos that go on or did not end well.
    """
    from cli import inspect

    raise typer.Exit(inspect.status(settings_of(context), batch, as_json=as_json))


@playlist.command(examples=("playlist cancel 17a9", "playlist cancel 17a9 --keep"))
def cancel(
    context: typer.Context,
    batches: Batches,
    reason: Reason = "",
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep what was downloaded so far, for a later retry.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Call batches off, with all their jobs. Nothing archived is touched."""
    from cli import steering

    raise typer.Exit(steering.cancel(settings_of(context), batches, reason, keep=keep, as_json=as_json))


@playlist.command(examples=("playlist pause 17a9",))
def pause(context: typer.Context, batches: Batches, reason: Reason = "", as_json: Json = False) -> None:
    """Let batches rest, with all their jobs, until resumed."""
    from cli import steering

    raise typer.Exit(steering.pause(settings_of(context), batches, reason, everything=False, as_json=as_json))


@playlist.command(examples=("playlist resume 17a9",))
def resume(context: typer.Context, batches: Batches, as_json: Json = False) -> None:
    """Go on with paused batches."""
    from cli import steering

    raise typer.Exit(steering.resume(settings_of(context), batches, everything=False, as_json=as_json))


@playlist.command(examples=("playlist retry 17a9",))
def retry(context: typer.Context, batches: Batches, as_json: Json = False) -> None:
    """Try again, now, what of these batches did not end well.

    Whatever waits, failed, or was cancelled.
    """
    from cli import steering

    raise typer.Exit(steering.retry(settings_of(context), batches, as_json=as_json))
