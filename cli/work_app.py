"""The commands that ask for videos, watch, and steer what was asked for."""

from typing import Annotated, Final

import typer

from cli.choices import Chosen, choosing
from cli.commands import Commands
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
from cli.submitting import Asked, submitting
from cli.submitting import submit as submit_asked
from cli.wishes import Wishes, wishing

work: Final = Commands()


@work.command(
    examples=(
        "run https://www.youtube.com/watch?v=aqz-KE-bpKQ",
        "run https://www.youtube.com/@handle --since 30d --no-shorts",
        "run -a addresses.txt --quality 1080 --json",
    )
)
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
    """Archive videos, playlists and channels now.

    Starts what is needed, shows progress, and stops it again.
    """
    from cli import archive
    from cli.watched_work import Shown

    loaded = loaded_of(context, download_workers=workers)
    wanted = archive.wanted(loaded, urls, files, wishes, chosen, force=force, priority=priority, whole=rescan)
    raise typer.Exit(archive.run(loaded.settings, wanted, Shown(timeout, patience, as_json, quiet)))


@work.command(
    examples=(
        "submit https://www.youtube.com/watch?v=aqz-KE-bpKQ",
        "submit -a addresses.txt --priority low --wait",
    )
)
@wishing
@choosing
@submitting
def submit(context: typer.Context, *, asked: Asked, wishes: Wishes, chosen: Chosen) -> None:
    """Ask the running system to archive videos and lists.

    `ytarchive up` runs the system. What is asked for is kept, whoever is stopped.
    """
    raise typer.Exit(submit_asked(context, asked, wishes, chosen))


@work.command(examples=("watch", "watch 3f9c --timeout 600"))
def watch(
    context: typer.Context,
    job: MaybeJob = None,
    timeout: Timeout = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Follow a job, a batch, or everything.

    A job or a batch until it ends, everything until Ctrl-C.
    """
    from cli import archive
    from cli.watched_work import Shown

    shown = Shown(timeout, as_json=as_json, quiet=quiet)
    raise typer.Exit(archive.watch(settings_of(context), job, shown))


@work.command(examples=("cancel 3f9c", 'cancel 3f9c 81d0 --keep --reason "disk is nearly full"'))
def cancel(
    context: typer.Context,
    jobs: Jobs,
    reason: Reason = "",
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep what was downloaded so far, for a later retry.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Call jobs or batches off. Nothing archived is touched."""
    from cli import steering

    raise typer.Exit(steering.cancel(settings_of(context), jobs, reason, keep=keep, as_json=as_json))


@work.command(examples=("pause 3f9c", 'pause --all --reason "until Monday"'))
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


@work.command(examples=("resume 3f9c", "resume --all"))
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


@work.command(examples=("retry 3f9c", "retry 3f9c 81d0 --json"))
def retry(context: typer.Context, jobs: Jobs, as_json: Json = False) -> None:
    """Try jobs again, now.

    Those that wait, are paused, failed, or were cancelled.
    """
    from cli import steering

    raise typer.Exit(steering.retry(settings_of(context), jobs, as_json=as_json))
