"""What ``config`` tells programs."""

from msgspec import field

from schemas.envelope import Text, Wire


class SettingLine(Wire, frozen=True, kw_only=True):
    """A setting: its value as text, without passwords, where that comes `from`, and what it means."""

    value: Text
    origin: Text = field(name="from")
    meaning: Text


class SettingsReport(Wire, frozen=True, kw_only=True):
    """The answer of ``config show``: every setting, by its name."""

    settings: dict[str, SettingLine]
