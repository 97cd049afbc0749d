"""The commands of ``ytarchive config``."""

from typing import Final

import typer

from cli.commands import Commands
from cli.options import Json, loaded_of

config: Final = Commands("Show the settings in force, and the profiles.", name="config")


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
