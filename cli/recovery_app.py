"""The commands of ``ytarchive recovery`` and their options."""

from typing import Annotated, Final

import typer

from cli import completing
from cli.commands import Commands
from cli.options import Job, Json, MaybeJobs, States, settings_of

_Categories = Annotated[
    list[str] | None,
    typer.Option(
        "--category",
        metavar="KIND",
        help="Only jobs with this kind of failure; may be repeated.",
        autocompletion=completing.categories,
        show_default=False,
    ),
]
_Letters = Annotated[
    list[int] | None,
    typer.Argument(metavar="[N...]", help="Numbers of dead letters.", show_default=False),
]

recovery: Final = Commands("What does not work, and what helps; dead letters.", name="recovery")


@recovery.command("list", examples=("recovery list", "recovery list --state failed --category network"))
def list_(
    context: typer.Context, state: States = None, category: _Categories = None, as_json: Json = False
) -> None:
    """List jobs that wait, rest, or failed.

    Of those that failed, the ones that are looked at again.
    """
    from cli import recovery

    raise typer.Exit(
        recovery.list_troubles(settings_of(context), state or [], category or [], as_json=as_json)
    )


@recovery.command(examples=("recovery show 3f9c", "recovery show 3f9c --json"))
def show(context: typer.Context, job: Job, as_json: Json = False) -> None:
    """Show what did not work for one job, and what helps.

    And when it tries next.
    """
    from cli import recovery

    raise typer.Exit(recovery.show_job(settings_of(context), job, as_json=as_json))


@recovery.command(examples=("recovery report", "recovery report --json"))
def report(context: typer.Context, as_json: Json = False) -> None:
    """Count what does not work, by kind and state.

    And the dead letters.
    """
    from cli import recovery

    raise typer.Exit(recovery.report(settings_of(context), as_json=as_json))


@recovery.command(examples=("recovery retry --all", "recovery retry --category disk"))
def retry(
    context: typer.Context,
    jobs: MaybeJobs = None,
    state: States = None,
    category: _Categories = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait, are refused, or failed.")] = False,
    as_json: Json = False,
) -> None:
    """Try many jobs again, now.

    What a person paused or cancelled must be asked for by its state.
    """
    from cli import recovery

    raise typer.Exit(
        recovery.retry(
            settings_of(context),
            jobs or [],
            state or [],
            category or [],
            everything=everything,
            as_json=as_json,
        )
    )


@recovery.command(examples=("recovery letters", "recovery letters --json"))
def letters(context: typer.Context, as_json: Json = False) -> None:
    """List the messages that nobody could read or handle."""
    from cli import letters

    raise typer.Exit(letters.list_letters(settings_of(context), as_json=as_json))


@recovery.command(examples=("recovery letter 3",))
def letter(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="The number of a dead letter.")],
    as_json: Json = False,
) -> None:
    """Show one dead letter whole."""
    from cli import letters

    raise typer.Exit(letters.show_letter(settings_of(context), number, as_json=as_json))


@recovery.command(examples=("recovery redrive 3 4", "recovery redrive --all"))
def redrive(
    context: typer.Context,
    numbers: _Letters = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are whole.")] = False,
    as_json: Json = False,
) -> None:
    """Send dead letters again where they came from.

    Needs the login of the administrator.
    """
    from cli import letters

    raise typer.Exit(
        letters.redrive(settings_of(context), numbers or [], everything=everything, as_json=as_json)
    )


@recovery.command(examples=("recovery discard 3 4", "recovery discard --all"))
def discard(
    context: typer.Context,
    numbers: _Letters = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: Json = False,
) -> None:
    """Throw dead letters away.

    Needs the login of the administrator.
    """
    from cli import letters

    raise typer.Exit(
        letters.discard(settings_of(context), numbers or [], everything=everything, as_json=as_json)
    )
