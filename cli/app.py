"""The commands and their options. Each imports what it needs when it runs, so that ``--help`` is quick."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

_Urls = Annotated[
    list[str], typer.Argument(metavar="URL...", help="Addresses of videos.", show_default=False)
]
_Job = Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or how it begins.", show_default=False)]
_Jobs = Annotated[
    list[str], typer.Argument(metavar="JOB...", help="Jobs' ids, or how they begin.", show_default=False)
]
_MaybeJob = Annotated[
    str | None, typer.Argument(metavar="[JOB]", help="A job's id, or how it begins.", show_default=False)
]
_Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
_Quality = Annotated[
    str, typer.Option("--quality", "-q", metavar="Q", help="best, 2160, 1440, 1080, 720, 480 or audio.")
]
_Force = Annotated[bool, typer.Option("--force", help="Archive again what is archived already.")]
_Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", min=0.1, help="Stop waiting after so long (exit code 4).", show_default=False
    ),
]
_Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", "-w", min=1, max=64, metavar="N", help="Downloads at the same time.", show_default=False
    ),
]

app: Final = typer.Typer(
    name="ytarchive",
    help="Archive YouTube videos, and be able to prove what was kept.",
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


def _settings(context: typer.Context, **overrides: Any) -> Any:
    from ytarchive.settings import load

    return load({**context.obj, **overrides}).settings


@app.command()
def run(
    context: typer.Context,
    urls: _Urls,
    quality: _Quality = "best",
    force: _Force = False,
    workers: _Workers = None,
    timeout: _Timeout = None,
    patience: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="Stop when all that is left waits longer than this."),
    ] = 600,
    as_json: _Json = False,
) -> None:
    """Archive videos now: start what is needed, show progress, stop it again."""
    from cli import archive

    settings = _settings(context, download_workers=workers)
    raise typer.Exit(
        archive.run(settings, urls, quality, force=force, timeout=timeout, patience=patience, as_json=as_json)
    )


@app.command()
def up(context: typer.Context, workers: _Workers = None) -> None:
    """Run the server and all actors until Ctrl-C."""
    from cli import serve

    raise typer.Exit(serve.up(_settings(context, download_workers=workers)))


@app.command()
def actor(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="jobs, metadata, download, storage or logs.")],
    workers: _Workers = None,
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

    raise typer.Exit(demonstration.demo(_settings(context), keep))


@app.command()
def submit(
    context: typer.Context,
    urls: _Urls,
    quality: _Quality = "best",
    force: _Force = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until all have ended.")] = False,
    timeout: _Timeout = None,
    as_json: _Json = False,
) -> None:
    """Ask the running system to archive videos."""
    from cli import archive

    raise typer.Exit(
        archive.submit(
            _settings(context), urls, quality, force=force, wait=wait, timeout=timeout, as_json=as_json
        )
    )


@app.command()
def jobs(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="Only jobs in this state; may be repeated.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="The N newest.")] = 100,
    as_json: _Json = False,
) -> None:
    """List jobs, newest first."""
    from cli import inspect

    raise typer.Exit(inspect.jobs(_settings(context), state or [], limit, as_json=as_json))


@app.command()
def status(context: typer.Context, job: _Job, as_json: _Json = False) -> None:
    """Show one job, its files, and everything that happened to it."""
    from cli import inspect

    raise typer.Exit(inspect.status(_settings(context), job, as_json=as_json))


@app.command()
def watch(
    context: typer.Context, job: _MaybeJob = None, timeout: _Timeout = None, as_json: _Json = False
) -> None:
    """Follow a job until it ends, or everything until Ctrl-C."""
    from cli import archive

    raise typer.Exit(archive.watch(_settings(context), job, timeout=timeout, as_json=as_json))


@app.command()
def cancel(
    context: typer.Context,
    jobs: _Jobs,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; kept in the log.", show_default=False)
    ] = "",
    as_json: _Json = False,
) -> None:
    """Call jobs off. Nothing archived is touched."""
    from cli import archive

    raise typer.Exit(archive.cancel(_settings(context), jobs, reason, as_json=as_json))


@app.command()
def retry(context: typer.Context, jobs: _Jobs, as_json: _Json = False) -> None:
    """Try waiting, failed or cancelled jobs again, now."""
    from cli import archive

    raise typer.Exit(archive.retry(_settings(context), jobs, as_json=as_json))


@app.command()
def replay(
    context: typer.Context,
    job: _MaybeJob = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the live read model.")] = False,
    as_json: _Json = False,
) -> None:
    """Fold the log from nothing: the timeline, and the state it leads to."""
    from cli import prove

    raise typer.Exit(prove.replay(_settings(context), job, check=check, as_json=as_json))


@app.command()
def audit(
    context: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every file back and compare its SHA-256.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Compare the library with what the log says must be there."""
    from cli import prove

    raise typer.Exit(prove.audit(_settings(context), deep=deep, as_json=as_json))


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
    as_json: _Json = False,
) -> None:
    """Show what the actors say, all in one place."""
    from cli import inspect

    raise typer.Exit(
        inspect.logs(_settings(context), job, actor, level, lines, follow=follow, as_json=as_json)
    )


@config.command("show")
def config_show(context: typer.Context, as_json: _Json = False) -> None:
    """List every setting, its value, and where that came from."""
    from cli import configuration

    configuration.show_settings(context.obj, as_json=as_json)
