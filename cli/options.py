"""Arguments and options that several commands have, and the settings that come of them."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from cli import completing

Urls = Annotated[
    list[str] | None,
    typer.Argument(metavar="URL...", help="Addresses of videos, playlists, channels.", show_default=False),
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--batch-file",
        "-a",
        metavar="FILE",
        help="A file of addresses, one in a line; - is standard input.",
        show_default=False,
    ),
]
Order = Annotated[
    str | None,
    typer.Option(
        "--priority",
        metavar="P",
        help="high, normal or low; single videos are high, batches normal.",
        autocompletion=completing.words("high", "normal", "low"),
        show_default=False,
    ),
]
Rescan = Annotated[
    bool, typer.Option("--rescan", help="Read channels to their ends, not only down to what is known.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Only what went wrong, and the total.")]
Job = Annotated[
    str,
    typer.Argument(
        metavar="JOB",
        help="The id of a job or a batch, or how it begins.",
        show_default=False,
        autocompletion=completing.jobs,
    ),
]
Jobs = Annotated[
    list[str],
    typer.Argument(
        metavar="JOB...",
        help="Ids of jobs or batches, or how they begin.",
        show_default=False,
        autocompletion=completing.jobs,
    ),
]
MaybeJobs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="JOB...",
        help="Ids of jobs or batches, or how they begin.",
        show_default=False,
        autocompletion=completing.jobs,
    ),
]
MaybeJob = Annotated[
    str | None,
    typer.Argument(
        metavar="JOB",
        help="The id of a job or a batch, or how it begins.",
        show_default=False,
        autocompletion=completing.jobs,
    ),
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the log.", show_default=False)]
States = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="STATE",
        help="Only jobs in this state; may be repeated.",
        show_default=False,
        autocompletion=completing.states,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
Force = Annotated[bool, typer.Option("--force", help="Archive again what is archived already.")]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", min=0.1, help="Stop waiting after so long (exit code 4).", show_default=False
    ),
]
Patience = Annotated[
    float,
    typer.Option(metavar="SECONDS", min=0, help="Stop when all that is left waits longer than this."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", "-w", min=1, max=64, metavar="N", help="Downloads at the same time.", show_default=False
    ),
]


def settings_of(context: typer.Context, **overrides: Any) -> Any:
    """Load the settings, as the options before the command, and `overrides`, would have them."""
    return loaded_of(context, **overrides).settings


def loaded_of(context: typer.Context, **overrides: Any) -> Any:
    """Load the settings likewise, with where they come from, and the profiles."""
    from ytarchive.sources import load

    return load({**context.obj, **overrides})


def in_place_of(
    parameter: str, gather: Callable[..., Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a decorator that gives a command the options of `gather`, in the place of one parameter.

    What `gather` makes of them is that parameter's value.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own, ours = inspect.signature(command), inspect.signature(gather).parameters
        others = [one for one in own.parameters.values() if one.name != parameter]

        @functools.wraps(command)
        def decorated(**values: Any) -> None:
            gathered = gather(**{name: values.pop(name) for name in ours})
            command(**values, **{parameter: gathered})

        decorated.__signature__ = own.replace(  # type: ignore[attr-defined] # wraps hides that it is a function
            parameters=[one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*others, *ours.values())]
        )
        return decorated

    return decorate
