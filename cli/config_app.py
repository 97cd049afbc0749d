"""The commands of ``ytarchive config``."""

from typing import Final

import typer

from cli.options import Json, loaded_of

config: Final = typer.Typer(
    help="Show the settings in force, and the profiles.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@config.command("show")
def show(context: typer.Context, as_json: Json = False) -> None:
    """List every setting, its value, and where that came from."""
    from cli import configuration

    configuration.show_settings(context.obj, as_json=as_json)


@config.command("profiles")
def profiles(context: typer.Context, as_json: Json = False) -> None:
    """List the profiles, and in what each differs from the built-in one."""
    from cli import configuration

    configuration.show_profiles(loaded_of(context), as_json=as_json)
