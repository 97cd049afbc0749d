"""The commands of ``ytarchive limits``."""

from typing import Annotated, Final

import typer

from cli import completing
from cli.commands import Commands
from cli.options import Json, Reason, loaded_of

limits: Final = Commands("Change limits and pace while everything runs.", name="limits")

Node = Annotated[
    str,
    typer.Option(
        "--node",
        metavar="NODE",
        help="On this machine alone, not on all.",
        show_default=False,
        autocompletion=completing.nodes,
    ),
]


@limits.command("show", examples=("limits show", "limits show --json"))
def show(context: typer.Context, as_json: Json = False) -> None:
    """Show each limit, whether it was changed, when and why."""
    from cli import limiting

    limiting.show_limits(loaded_of(context), as_json=as_json)


@limits.command(
    "set",
    examples=(
        "limits set videos_per_hour=100 download_workers=4",
        "limits set limit_rate=500K --node attic --reason guests",
    ),
)
def change(
    context: typer.Context,
    changes: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE...",
            help="Limits, and what they are to be; `limits show` lists them.",
            show_default=False,
            autocompletion=completing.limits,
        ),
    ],
    node: Node = "",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Have limits be something else, at once and until reset."""
    from cli import limiting

    limiting.set_limits(loaded_of(context), changes, node, reason, as_json=as_json)


@limits.command("reset", examples=("limits reset videos_per_hour", "limits reset --all"))
def reset(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME...", help="Limits.", show_default=False, autocompletion=completing.limits
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that were changed.")] = False,
    node: Node = "",
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Have limits be as they are configured again."""
    from cli import limiting

    limiting.reset_limits(
        loaded_of(context), names or [], node, reason, everything=everything, as_json=as_json
    )
