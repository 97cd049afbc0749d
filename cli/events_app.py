"""The commands of ``ytarchive events``: the log as a file."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.commands import Commands
from cli.options import Json, settings_of

_Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="An export, or one and those that go on from it; - is standard input.",
        show_default=False,
    ),
]

events: Final = Commands("The event log as a file: export, verify, import.", name="events")


@events.command(
    "export", examples=("events export log.jsonl.zst", "events export next.jsonl.zst --since log.jsonl.zst")
)
def export(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is standard output.")],
    after: Annotated[
        int, typer.Option(min=0, metavar="N", help="Only what is behind message N.", show_default=False)
    ] = 0,
    since: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only what is not in an earlier export.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the log into a file.

    JSON lines, packed with zstd.
    """
    if after and since:
        raise typer.BadParameter("either --after or --since")
    from cli import event_log_files

    raise typer.Exit(
        event_log_files.export(settings_of(context), target, after=after, since=since, as_json=as_json)
    )


@events.command("verify", examples=("events verify", "events verify log.jsonl.zst next.jsonl.zst"))
def verify(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]",
            help="An export, or one and those that go on from it; - is standard input. None: the live log.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEX",
            help="A public key whose checkpoints count; again for each there ever was.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every message, chain and checkpoint.

    Of the live log, or of files: then without any server.
    """
    from cli import event_log_files

    raise typer.Exit(
        event_log_files.verify(
            settings_of(context), files or [], keys=[one.lower() for one in key or ()], as_json=as_json
        )
    )


@events.command("import", examples=("--state restored events import log.jsonl.zst",))
def import_(context: typer.Context, files: _Files, as_json: Json = False) -> None:
    """Put the log of files into an empty state directory.

    The same to the byte.
    """
    from cli import event_log_import

    raise typer.Exit(event_log_import.import_(settings_of(context), files, as_json=as_json))


@events.command("sign", examples=("events sign", "events sign --anew"))
def sign(
    context: typer.Context,
    anew: Annotated[
        bool,
        typer.Option("--anew", help="Also where the log is not the one that was signed before."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Sign the log up to now.

    With the key that is set.
    """
    from cli import event_log_files

    raise typer.Exit(event_log_files.sign_now(settings_of(context), anew=anew, as_json=as_json))


@events.command("key", examples=("events key checkpoints.key",))
def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key is, or is to be.")],
    as_json: Json = False,
) -> None:
    """Make a key that signs checkpoints of the log.

    Its public part is shown.
    """
    from cli import event_log_files

    raise typer.Exit(event_log_files.key(file, as_json=as_json))


safety: Final = Commands()


@safety.command(examples=("backup /mnt/usb", "backup archive.backup --with-secrets"))
def backup(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="FILE|DIR", help="Where to; in a folder under a name of its own.")
    ],
    secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Also logins, and the key that signs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Keep everything but the library in one file.

    Log, metadata, log lines, configuration.
    """
    from cli import backups

    raise typer.Exit(backups.backup(settings_of(context), target, secrets=secrets, as_json=as_json))


@safety.command(examples=("--state restored restore archive.backup",))
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup; - is standard input.")],
    as_json: Json = False,
) -> None:
    """Put a backup into an empty state directory.

    Once all of it is verified.
    """
    from cli import restoring

    raise typer.Exit(restoring.restore(settings_of(context), file, as_json=as_json))
