"""The commands of ``ytarchive recovery`` and their options."""

from typing import Annotated, Final

import typer

from cli.options import Job, Json, MaybeJobs, States, settings_of

_Categories = Annotated[
    list[str] | None,
    typer.Option(
        "--category",
        metavar="KIND",
        help="Only jobs with this kind of failure; may be repeated.",
        show_default=False,
    ),
]
_Letters = Annotated[
    list[int] | None,
    typer.Argument(metavar="[N...]", help="Numbers of dead letters.", show_default=False),
]

recovery: Final = typer.Typer(
    help="What does not work: look at it, try it again, deal with dead letters.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@recovery.command("list")
def list_(
    context: typer.Context, state: States = None, category: _Categories = None, as_json: Json = False
) -> None:
    """List jobs that wait, rest, or failed and are looked at again."""
    from cli import recovery

    raise typer.Exit(
        recovery.list_troubles(settings_of(context), state or [], category or [], as_json=as_json)
    )


@recovery.command()
def show(context: typer.Context, job: Job, as_json: Json = False) -> None:
    """Show what did not work for one job, when it tries next, and what helps."""
    from cli import recovery

    raise typer.Exit(recovery.show_job(settings_of(context), job, as_json=as_json))


@recovery.command()
def report(context: typer.Context, as_json: Json = False) -> None:
    """Count what does not work, by kind and state, and dead letters."""
    from cli import recovery

    raise typer.Exit(recovery.report(settings_of(context), as_json=as_json))


@recovery.command()
def retry(
    context: typer.Context,
    jobs: MaybeJobs = None,
    state: States = None,
    category: _Categories = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait, are refused, or failed.")] = False,
    as_json: Json = False,
) -> None:
    """Try many jobs again, now. What a person paused or cancelled must be asked for by its state."""
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


@recovery.command()
def letters(context: typer.Context, as_json: Json = False) -> None:
    """List the messages that nobody could read or handle."""
    from cli import letters

    raise typer.Exit(letters.list_letters(settings_of(context), as_json=as_json))


@recovery.command()
def letter(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="The number of a dead letter.")],
    as_json: Json = False,
) -> None:
    """Show one dead letter whole."""
    from cli import letters

    raise typer.Exit(letters.show_letter(settings_of(context), number, as_json=as_json))


@recovery.command()
def redrive(
    context: typer.Context,
    numbers: _Letters = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are whole.")] = False,
    as_json: Json = False,
) -> None:
    """Send dead letters again where they came from. Needs the login of the administrator."""
    from cli import letters

    raise typer.Exit(
        letters.redrive(settings_of(context), numbers or [], everything=everything, as_json=as_json)
    )


@recovery.command()
def discard(
    context: typer.Context,
    numbers: _Letters = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: Json = False,
) -> None:
    """Throw dead letters away. Needs the login of the administrator."""
    from cli import letters

    raise typer.Exit(
        letters.discard(settings_of(context), numbers or [], everything=everything, as_json=as_json)
    )
