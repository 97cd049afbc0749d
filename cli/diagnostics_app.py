"""The commands of ``ytarchive diagnostics`` and their options."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.commands import Commands
from cli.options import Json, settings_of

diagnostics: Final = Commands("Whether all is well, and what to do where it is not.", name="diagnostics")


@diagnostics.command(examples=("diagnostics health", "diagnostics health --only-down --json"))
def health(
    context: typer.Context,
    only_down: Annotated[
        bool, typer.Option("--only-down", help="Exit with 0 also where it is degraded.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say in one word whether all is well, and why not.

    For monitoring, and for the health check of a container, which is not restarted for everything: the exit
    code is 0 where all is well, 1 where something does not work as it should, 3 where nothing is archived.
    Nothing is started.
    """
    from cli import diagnostics

    raise typer.Exit(diagnostics.health(settings_of(context), only_down=only_down, as_json=as_json))


@diagnostics.command(examples=("diagnostics actors", "diagnostics actors --json"))
def actors(context: typer.Context, as_json: Json = False) -> None:
    """List the actors: who is there, who is gone, what each does.

    Without a jobs actor, which knows of those that are gone, the others are asked themselves.
    """
    from cli import diagnostics

    raise typer.Exit(diagnostics.actors(settings_of(context), as_json=as_json))


@diagnostics.command(examples=("diagnostics queues", "diagnostics queues --json"))
def queues(context: typer.Context, as_json: Json = False) -> None:
    """List the queues: what waits, what is in hand, since when."""
    from cli import diagnostics

    raise typer.Exit(diagnostics.queues(settings_of(context), as_json=as_json))


@diagnostics.command(examples=("diagnostics streams", "diagnostics streams --json"))
def streams(context: typer.Context, as_json: Json = False) -> None:
    """List the streams of the server: messages, bytes, limits."""
    from cli import diagnostics

    raise typer.Exit(diagnostics.streams(settings_of(context), as_json=as_json))


@diagnostics.command(examples=("diagnostics breakers", "diagnostics breakers --json"))
def breakers(context: typer.Context, as_json: Json = False) -> None:
    """List whom a site refuses: until when, and why."""
    from cli import diagnostics

    raise typer.Exit(diagnostics.breakers(settings_of(context), as_json=as_json))


@diagnostics.command(examples=("diagnostics disk", "diagnostics disk --json"))
def disk(context: typer.Context, as_json: Json = False) -> None:
    """Show the room on the disks, and what is ours of it.

    Needs no server; where one runs, also what other nodes have left.
    """
    from cli import diagnostics

    raise typer.Exit(diagnostics.disk(settings_of(context), as_json=as_json))


@diagnostics.command(examples=("diagnostics doctor", "diagnostics doctor --online"))
def doctor(
    context: typer.Context,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask YouTube, and the package index for a newer yt-dlp.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look for what is wrong, and name the command that mends it.

    Looks at yt-dlp, deno, ffmpeg, clock, disks, permissions, server and actors. What needs a server is left
    out where none runs; what needs a network, without --online. The exit code is 1 where something must be
    mended.
    """
    from cli import doctor

    raise typer.Exit(doctor.doctor(settings_of(context), online=online, as_json=as_json))


@diagnostics.command(
    examples=("diagnostics report", "diagnostics report report.json", "diagnostics report --json")
)
def report(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Where to; JSON if it ends so, else text.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write all of the above into one file, for a bug report.

    With versions, settings and the last errors; without passwords, and with ~ for your home.
    """
    from cli import reporting

    raise typer.Exit(reporting.report(settings_of(context), file, as_json=as_json))
