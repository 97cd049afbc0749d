"""Where the values of the settings come from.

Weakest first: the default, ``config.toml`` in the configuration folder, ``.env`` in the current folder,
environment variables (``YTARCHIVE_<NAME>``), and what the command line says. Profiles are tables of
``config.toml`` alone. `load` is called once, inside a program's ``main``.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from platformdirs import user_config_path

from schemas.options import Profile
from ytarchive.errors import UsageError
from ytarchive.profiles import profiles_of
from ytarchive.settings import Settings, settings_of

PREFIX = "YTARCHIVE_"
_MAY_BE_EMPTY = frozenset({"nats_url", "profile", "subtitle_languages", "ytdlp_options"})


class Loaded(msgspec.Struct, frozen=True):
    """The settings and, for each name, where its value came from; and the profiles of the TOML file."""

    settings: Settings
    origins: dict[str, str]
    profiles: dict[str, Profile] = {}


def config_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the TOML file is: ``$YTARCHIVE_CONFIG`` or the platform's configuration folder."""
    return Path(
        environ.get(f"{PREFIX}CONFIG") or user_config_path("ytarchive", appauthor=False) / "config.toml"
    )


def load(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ) -> Loaded:
    """Read every source. Raises `UsageError` naming the source, the setting and the value that is wrong."""
    values: dict[str, Any] = {}
    profiles: dict[str, Profile] = {}
    origins = dict.fromkeys(Settings.__struct_fields__, "default")
    for origin, layer in _layers(overrides or {}, environ):
        if origin == str(config_file(environ)):
            profiles = profiles_of(origin, layer.pop("profiles", {}))
        if unknown := sorted(set(layer) - set(Settings.__struct_fields__)):
            raise UsageError(
                f"{origin}: unknown setting {', '.join(unknown)}",
                hint="`ytarchive config show` lists every setting.",
            )
        for name, value in layer.items():
            try:
                settings_of({name: value})
            except msgspec.ValidationError as error:
                reason = str(error).rpartition(" - at ")[0]
                raise UsageError(f"{origin}: {name} = {value!r:.80}: {reason}") from error
        values |= layer
        origins |= dict.fromkeys(layer, origin)
    return Loaded(settings_of(values), origins, profiles)


def _layers(overrides: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    from dotenv import dotenv_values  # noqa: PLC0415 - 12 ms that `--help` need not pay

    path = config_file(environ)
    if path.exists() or environ.get(f"{PREFIX}CONFIG"):
        with _readable(path):
            yield str(path), tomllib.loads(path.read_text(encoding="utf-8"))
    with _readable(".env"):
        variables = dotenv_values(".env")
    yield ".env", _ours(variables)
    yield "environment", _ours(environ)
    yield "option", {name: value for name, value in overrides.items() if value is not None}


@contextmanager
def _readable(source: Path | str) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{source}: {error}") from error


def _ours(variables: Mapping[str, str | None]) -> dict[str, Any]:
    """Pick the settings out of a set of environment variables; other names with our prefix are not ours.

    An empty variable counts as unset, except where empty means something.
    """
    found = {name: variables.get(PREFIX + name.upper()) for name in Settings.__struct_fields__}
    return {name: value for name, value in found.items() if value or (value == "" and name in _MAY_BE_EMPTY)}
