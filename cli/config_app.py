"""The commands of ``ytarchive config``."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.commands import Commands
from cli.options import Json, loaded_of

config: Final = Commands("Write, check and show the settings, and the profiles.", name="config")

File = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="A configuration file; the usual one if none.", show_default=False),
]


@config.command("init", examples=("config init", "config init --print"))
def init(
    file: File = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Only show what would be in it.")] = False,
    as_json: Json = False,
) -> None:
    """Write a configuration file with every setting explained."""
    from cli import config_init

    config_init.init(file, force=force, only_print=only_print, as_json=as_json)


@config.command("logins", examples=("config logins /etc/nats/ytarchive --node attic --node cellar",))
def logins(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the files.")],
    node: Annotated[
        list[str] | None,
        typer.Option(metavar="NODE", help="A machine to come; repeat for more.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the logins for a NATS server of your own.

    DIR/logins.conf is for the server to include, DIR/node-NODE.json for each machine.
    Passwords that are there stay.
    """
    from cli import logins

    raise typer.Exit(logins.write(folder, node or [], as_json=as_json))


@config.command("check", examples=("config check", "config check /etc/ytarchive.toml --json"))
def check(context: typer.Context, file: File = None, as_json: Json = False) -> None:
    """Tell all that is wrong with the file, .env and environment."""
    from cli import config_check

    raise typer.Exit(config_check.check(file, context.obj, as_json=as_json))


@config.command("show", examples=("config show", "--library /srv/videos config show --json"))
def show(context: typer.Context, as_json: Json = False) -> None:
    """List every setting, its value, and where that came from."""
    from cli import configuration

    configuration.show_settings(context.obj, as_json=as_json)


@config.command("profiles", examples=("config profiles", "config profiles --json"))
def profiles(context: typer.Context, as_json: Json = False) -> None:
    """List the profiles, and how each differs from the built-in."""
    from cli import configuration

    configuration.show_profiles(loaded_of(context), as_json=as_json)
