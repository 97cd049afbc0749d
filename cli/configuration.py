"""``config``: the settings in force and where they come from, and the profiles."""

from collections.abc import Mapping
from typing import Any

import msgspec

from cli import render
from cli.output import answer
from schemas.options import Profile
from schemas.reports import Keeps, ProfileLine, ProfilesReport
from schemas.settings_reports import SettingLine, SettingsReport
from ytarchive.passwords import value_without_passwords
from ytarchive.profiles import BUILT_IN, differences, options_for
from ytarchive.reference import described
from ytarchive.runtime.state_dir import running
from ytarchive.settings import Settings
from ytarchive.sources import Loaded, load


def show_settings(overrides: Mapping[str, Any], *, as_json: bool) -> int:
    """Show every setting: its value without passwords, its origin, and what it means."""
    loaded = load(overrides)
    limited = _limited(loaded.settings)
    report = SettingsReport(
        settings={
            one.name: SettingLine(
                value=value_without_passwords(one.name, getattr(loaded.settings, one.name)),
                origin=loaded.origins[one.name],
                meaning=one.meaning,
                default=one.default,
                allowed=one.allowed,
                limit=limited.get(one.name),
            )
            for one in described()
        }
    )
    answer(report, render.settings, as_json=as_json)
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
    answer(report, render.profiles, as_json=as_json)
    return 0


def _limited(settings: Settings) -> dict[str, str]:
    """Give what limits make of the settings on this node; nothing where nothing runs that could be asked."""
    if not settings.nats_url and not running(settings.state_dir):
        return {}
    from cli.limiting import limited

    return limited(settings)
