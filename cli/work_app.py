"""The commands that ask for videos, watch, and steer what was asked for."""

from typing import Annotated, Final

import typer

from cli.choices import Chosen, choosing
from cli.options import (
    Files,
    Force,
    Jobs,
    Json,
    MaybeJob,
    MaybeJobs,
    Order,
    Patience,
    Quiet,
    Reason,
    Rescan,
    Timeout,
    Urls,
    Workers,
    loaded_of,
    settings_of,
)
from cli.wishes import Wishes, wishing

work: Final = typer.Typer()


@work.command()
@wishing
@choosing
def run(
    context: typer.Context,
    urls: Urls = None,
    *,
    wishes: Wishes,
    chosen: Chosen,
    files: Files = None,
    force: Force = False,
    priority: Order = None,
    rescan: Rescan = False,
    workers: Workers = None,
    timeout: Timeout = None,
    patience: Patience = 600,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Archive videos, playlists, channels now: start what is needed, show progress, stop it again."""
    from cli import archive

    loaded = loaded_of(context, download_workers=workers)
    wanted = archive.wanted(loaded, urls, files, wishes, chosen, force=force, priority=priority, whole=rescan)
    raise typer.Exit(archive.run(loaded.settings, wanted, archive.Shown(timeout, patience, as_json, quiet)))


@work.command()
@wishing
@choosing
def submit(
    context: typer.Context,
    urls: Urls = None,
    *,
    wishes: Wishes,
    chosen: Chosen,
    files: Files = None,
    force: Force = False,
    priority: Order = None,
    rescan: Rescan = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until all have ended.")] = False,
    timeout: Timeout = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Ask the running system to archive videos, playlists, channels."""
    from cli import archive

    loaded = loaded_of(context)
    wanted = archive.wanted(loaded, urls, files, wishes, chosen, force=force, priority=priority, whole=rescan)
    shown = archive.Shown(timeout, as_json=as_json, quiet=quiet)
    raise typer.Exit(archive.submit(loaded.settings, wanted, shown, wait=wait))


@work.command()
def watch(
    context: typer.Context,
    job: MaybeJob = None,
    timeout: Timeout = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Follow a job or a batch until it ends, or everything until Ctrl-C."""
    from cli import archive

    shown = archive.Shown(timeout, as_json=as_json, quiet=quiet)
    raise typer.Exit(archive.watch(settings_of(context), job, shown))


@work.command()
def cancel(
    context: typer.Context,
    jobs: Jobs,
    reason: Reason = "",
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep what was downloaded so far, for a later retry.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Call jobs off. Nothing archived is touched."""
    from cli import steering

    raise typer.Exit(steering.cancel(settings_of(context), jobs, reason, keep=keep, as_json=as_json))


@work.command()
def pause(
    context: typer.Context,
    jobs: MaybeJobs = None,
    everything: Annotated[bool, typer.Option("--all", help="All jobs that have not ended.")] = False,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Let jobs rest until they are resumed. What was downloaded so far stays."""
    from cli import steering

    raise typer.Exit(
        steering.pause(settings_of(context), jobs or [], reason, everything=everything, as_json=as_json)
    )


@work.command()
def resume(
    context: typer.Context,
    jobs: MaybeJobs = None,
    everything: Annotated[bool, typer.Option("--all", help="All jobs that were paused.")] = False,
    as_json: Json = False,
) -> None:
    """Go on with paused jobs."""
    from cli import steering

    raise typer.Exit(
        steering.resume(settings_of(context), jobs or [], everything=everything, as_json=as_json)
    )


@work.command()
def retry(context: typer.Context, jobs: Jobs, as_json: Json = False) -> None:
    """Try waiting, paused, failed or cancelled jobs again, now."""
    from cli import steering

    raise typer.Exit(steering.retry(settings_of(context), jobs, as_json=as_json))
