"""``config``: the settings in force and where they come from, and the profiles."""

from collections.abc import Iterator, Mapping
from typing import Any, get_type_hints

import msgspec

from cli import render
from cli.output import show, write_json
from schemas.options import Profile
from schemas.reports import Keeps, ProfileLine, ProfilesReport
from schemas.settings_reports import SettingLine, SettingsReport
from ytarchive.passwords import without_passwords
from ytarchive.profiles import BUILT_IN, differences, options_for
from ytarchive.settings import Settings
from ytarchive.sources import Loaded, load


def show_settings(overrides: Mapping[str, Any], *, as_json: bool) -> int:
    """Show every setting: its value without passwords, its origin, and what it means."""
    rows = list(_rows(overrides))
    if as_json:
        told = {row[0]: SettingLine(value=row[1], origin=row[2], meaning=row[3]) for row in rows}
        write_json(SettingsReport(settings=told))
    else:
        show(render.settings(rows))
    return 0


def show_profiles(loaded: Loaded, *, as_json: bool) -> int:
    """Show the built-in profile and those of the file. Raises `UsageError` where the default is not there."""
    options_for(loaded.profiles, loaded.settings.profile, {})
    known = {BUILT_IN: Profile(), **loaded.profiles}
    report = ProfilesReport(
        default=loaded.settings.profile or BUILT_IN,
        profiles=tuple(
            ProfileLine(name=name, keeps=Keeps(**msgspec.structs.asdict(one)), differs=differences(one))
            for name, one in known.items()
        ),
    )
    if as_json:
        write_json(report)
    else:
        show(render.profiles(report))
    return 0


def _rows(overrides: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    loaded = load(overrides)
    hints = get_type_hints(Settings, include_extras=True)
    for name in Settings.__struct_fields__:
        value = getattr(loaded.settings, name)
        meta = next(one for one in hints[name].__metadata__ if isinstance(one, msgspec.Meta))
        shown = "" if value is None else without_passwords(str(value))
        yield name, shown, loaded.origins[name], meta.description or ""
