"""The commands and their options. Each imports what it needs when it runs, so that ``--help`` is quick."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.options import (
    Files,
    Force,
    Job,
    Jobs,
    Json,
    MaybeJob,
    MaybeJobs,
    Order,
    Quality,
    Quiet,
    Reason,
    Rescan,
    States,
    Timeout,
    Urls,
    Workers,
    settings_of,
)
from cli.recovery_app import recovery

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
config: Final = typer.Typer(
    help="Show the settings in force.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(config, name="config")
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


@app.command()
def run(
    context: typer.Context,
    urls: Urls = None,
    files: Files = None,
    quality: Quality = "best",
    force: Force = False,
    priority: Order = None,
    rescan: Rescan = False,
    workers: Workers = None,
    timeout: Timeout = None,
    patience: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="Stop when all that is left waits longer than this."),
    ] = 600,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Archive videos, playlists, channels now: start what is needed, show progress, stop it again."""
    from cli import archive
    from cli.submission import check_options, check_priority

    settings = settings_of(context, download_workers=workers)
    options = check_options(quality, force=force)
    wanted = archive.Wanted(urls or [], files or [], options, check_priority(priority), rescan)
    raise typer.Exit(archive.run(settings, wanted, archive.Shown(timeout, patience, as_json, quiet)))


@app.command()
def up(context: typer.Context, workers: Workers = None) -> None:
    """Run the server and all actors until Ctrl-C."""
    from cli import serve

    raise typer.Exit(serve.up(settings_of(context, download_workers=workers)))


@app.command()
def actor(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="jobs, metadata, download, storage or logs.")],
    workers: Workers = None,
) -> None:
    """Run one actor in the foreground, for supervisors."""
    from cli import serve

    serve.actor(name, {**context.obj, "download_workers": workers})


@app.command()
def demo(
    context: typer.Context,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep log and library in DIR.", show_default=False)
    ] = None,
) -> None:
    """Archive three videos of a tiny site on this machine: no network, nothing left behind."""
    from cli import demo as demonstration

    raise typer.Exit(demonstration.demo(settings_of(context), keep))


@app.command()
def submit(
    context: typer.Context,
    urls: Urls = None,
    files: Files = None,
    quality: Quality = "best",
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
    from cli.submission import check_options, check_priority

    options = check_options(quality, force=force)
    wanted = archive.Wanted(urls or [], files or [], options, check_priority(priority), rescan)
    shown = archive.Shown(timeout, as_json=as_json, quiet=quiet)
    raise typer.Exit(archive.submit(settings_of(context), wanted, shown, wait=wait))


@app.command()
def jobs(
    context: typer.Context,
    state: States = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="The N newest.")] = 100,
    batch: Annotated[
        str | None, typer.Option(metavar="BATCH", help="Only the jobs of this batch.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also the jobs of batches.")] = False,
    as_json: Json = False,
) -> None:
    """List batches, and jobs of no batch, newest first."""
    from cli import inspect

    raise typer.Exit(
        inspect.jobs(
            settings_of(context),
            state or [],
            limit,
            batch=batch,
            everything=everything,
            as_json=as_json,
        )
    )


@app.command()
def status(context: typer.Context, job: Job, as_json: Json = False) -> None:
    """Show one job, its files, and everything that happened to it."""
    from cli import inspect

    raise typer.Exit(inspect.status(settings_of(context), job, as_json=as_json))


@app.command()
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


@app.command()
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


@app.command()
def pause(
    context: typer.Context,
    jobs: MaybeJobs = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All jobs there are now that have not ended.")
    ] = False,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Let jobs rest until they are resumed. What was downloaded so far stays."""
    from cli import steering

    raise typer.Exit(
        steering.pause(settings_of(context), jobs or [], reason, everything=everything, as_json=as_json)
    )


@app.command()
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


@app.command()
def retry(context: typer.Context, jobs: Jobs, as_json: Json = False) -> None:
    """Try waiting, paused, failed or cancelled jobs again, now."""
    from cli import steering

    raise typer.Exit(steering.retry(settings_of(context), jobs, as_json=as_json))


@app.command()
def replay(
    context: typer.Context,
    job: MaybeJob = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the live read model.")] = False,
    as_json: Json = False,
) -> None:
    """Fold the log from nothing: the timeline, and the state it leads to."""
    from cli import prove

    raise typer.Exit(prove.replay(settings_of(context), job, check=check, as_json=as_json))


@app.command()
def audit(
    context: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every file back and compare its SHA-256.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare the library with what the log says must be there."""
    from cli import prove

    raise typer.Exit(prove.audit(settings_of(context), deep=deep, as_json=as_json))


@app.command()
def logs(
    context: typer.Context,
    job: Annotated[
        str | None, typer.Option(metavar="JOB", help="Only lines about this job.", show_default=False)
    ] = None,
    actor: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only lines of this actor.", show_default=False)
    ] = None,
    level: Annotated[str, typer.Option(metavar="LEVEL", help="This level and above.")] = "info",
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=0, metavar="N", help="The last N; 0 for all.")
    ] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    as_json: Json = False,
) -> None:
    """Show what the actors say, all in one place."""
    from cli import inspect

    raise typer.Exit(
        inspect.logs(settings_of(context), job, actor, level, lines, follow=follow, as_json=as_json)
    )


@config.command("show")
def config_show(context: typer.Context, as_json: Json = False) -> None:
    """List every setting, its value, and where that came from."""
    from cli import configuration

    configuration.show_settings(context.obj, as_json=as_json)
