"""Arguments and options that several commands have, and the settings that come of them."""

from typing import Annotated, Any

import typer

Urls = Annotated[list[str], typer.Argument(metavar="URL...", help="Addresses of videos.", show_default=False)]
Job = Annotated[str, typer.Argument(metavar="JOB", help="A job's id, or how it begins.", show_default=False)]
Jobs = Annotated[
    list[str], typer.Argument(metavar="JOB...", help="Jobs' ids, or how they begin.", show_default=False)
]
MaybeJobs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[JOB...]", help="Jobs' ids, or how they begin.", show_default=False),
]
MaybeJob = Annotated[
    str | None, typer.Argument(metavar="[JOB]", help="A job's id, or how it begins.", show_default=False)
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the log.", show_default=False)]
States = Annotated[
    list[str] | None,
    typer.Option(
        "--state", metavar="STATE", help="Only jobs in this state; may be repeated.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
Quality = Annotated[
    str, typer.Option("--quality", "-q", metavar="Q", help="best, 2160, 1440, 1080, 720, 480 or audio.")
]
Force = Annotated[bool, typer.Option("--force", help="Archive again what is archived already.")]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", min=0.1, help="Stop waiting after so long (exit code 4).", show_default=False
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", "-w", min=1, max=64, metavar="N", help="Downloads at the same time.", show_default=False
    ),
]


def settings_of(context: typer.Context, **overrides: Any) -> Any:
    """Load the settings, as the options before the command, and `overrides`, would have them."""
    from ytarchive.settings import load

    return load({**context.obj, **overrides}).settings
