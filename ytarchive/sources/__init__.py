"""Where the values of the settings come from.

Weakest first: the default, ``config.toml`` in the configuration folder, ``.env`` in the current folder,
environment variables, and what the command line says. Profiles are tables of ``config.toml`` alone. `load` is
called once, inside a program's ``main``.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from platformdirs import user_config_path

from schemas.options import Profile
from ytarchive.errors import UsageError
from ytarchive.reference import counted
from ytarchive.settings import Settings, settings_of
from ytarchive.sources.env_file import env_file
from ytarchive.sources.problems import Layer, Problem, refused, unknown
from ytarchive.sources.toml_file import toml_file
from ytarchive.sources.variables import CONFIG, environment

DEFAULT: Final = "default"


class Loaded(msgspec.Struct, frozen=True):
    """The settings and, for each name, where its value came from; and the profiles of the TOML file.

    After `load`, `problems` are warnings.
    """

    settings: Settings
    origins: dict[str, str]
    profiles: dict[str, Profile] = {}
    problems: tuple[Problem, ...] = ()


def config_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the TOML file is: ``$YTARCHIVE_CONFIG`` or the platform's configuration folder."""
    return Path(environ.get(CONFIG) or user_config_path("ytarchive", appauthor=False) / "config.toml")


def load(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ) -> Loaded:
    """Read every source. Raises `UsageError` naming the place, the setting and the value that is wrong."""
    found = examine(overrides, environ)
    if wrong := [problem for problem in found.problems if not problem.warning]:
        first, others = wrong[0], len(wrong) - 1
        more = f"`ytarchive config check` tells of {others} more." if others else ""
        hint = "\n".join(filter(None, [first.pointed, first.hint, more]))
        raise UsageError(f"{first.where}: {first.what}", hint=hint)
    return found


def examine(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ) -> Loaded:
    """Read every source, and tell all that is wrong. What is refused is as if it had not been said."""
    values: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.__struct_fields__, DEFAULT)
    profiles: dict[str, Profile] = {}
    problems: list[Problem] = []
    for layer in _layers(overrides or {}, environ):
        told = layer.problems
        profiles |= layer.profiles
        for name, said in layer.values.items():
            value = counted(name, said)
            where = layer.places[name]
            if wrong := _wrong(name, value, where):
                told.append(wrong)
            else:
                values[name], origins[name] = value, where
        problems += sorted(told, key=lambda problem: problem.line)
    return Loaded(settings_of(values), origins, profiles, tuple(problems))


def _layers(overrides: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Layer, ...]:
    options = {name: value for name, value in overrides.items() if value is not None}
    return (
        toml_file(config_file(environ), required=bool(environ.get(CONFIG))),
        env_file(Path(".env")),
        environment(environ),
        Layer(options, dict.fromkeys(options, "option")),
    )


def _wrong(name: str, value: Any, where: str) -> Problem | None:
    if name not in Settings.__struct_fields__:
        return unknown(name, where, Settings.__struct_fields__)
    try:
        settings_of({name: value})
    except msgspec.ValidationError as error:
        return refused(name, value, where, str(error).rpartition(" - at ")[0] or str(error))
    return None
