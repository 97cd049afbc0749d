"""What ``config`` and ``limits`` print under ``--json``."""

from typing import Annotated

from msgspec import Meta, field

from schemas.envelope import Moment, NodeName, Text, Wire


class SettingLine(Wire, frozen=True, kw_only=True):
    """A setting in force, as text without passwords: where it is `from`, what it means and may be.

    `from` is a place in a file (``/etc/config.toml:12``, ``.env:3``), a file that holds the value, or one of
    environment, option and default. `limit` is what `limits set` has made of it on this node, where something
    runs that could be asked.
    """

    value: Text
    origin: Text = field(name="from")
    meaning: Text
    default: Text
    allowed: Text
    limit: Text | None = None


class LimitLine(Wire, frozen=True, kw_only=True):
    """A limit on a node, or on all where none is named: its value as text, since when, why, by which event.

    Where nobody has changed it `value` is as it is `configured` where the command was called, which is `from`
    there. `seq` is the sequence of the event's message in the log.
    """

    name: Text
    node: Text = ""
    value: Text
    configured: Text
    origin: Text = field(name="from")
    changed: Moment | None = None
    event: Annotated[int, Meta(ge=1)] | None = None
    seq: Annotated[int, Meta(ge=1)] | None = None
    reason: Text = ""
    allowed: Text


class LimitsReport(Wire, frozen=True, kw_only=True):
    """The answer of ``limits show``, ``set`` and ``reset``: every limit that can be changed, as it is now."""

    limits: tuple[LimitLine, ...]


class SettingsReport(Wire, frozen=True, kw_only=True):
    """The answer of ``config show``: every setting by its name."""

    settings: dict[str, SettingLine]


class ProblemLine(Wire, frozen=True, kw_only=True):
    """One thing that is wrong with a source, where (``config.toml:12``), and what to do about it.

    With a `warning`, everything works all the same.
    """

    where: Text
    what: Text
    hint: Text = ""
    warning: bool = False


class CheckReport(Wire, frozen=True, kw_only=True):
    """The answer of ``config check``: `ok` unless something is refused. So much is set in each source.

    `file` is the configuration file, `missing` where there is none.
    """

    ok: bool
    file: Text
    missing: bool
    set: dict[Text, Annotated[int, Meta(ge=0)]]
    profiles: tuple[Text, ...]
    problems: tuple[ProblemLine, ...]


class LoginsReport(Wire, frozen=True, kw_only=True):
    """The answer of ``config logins``: the files that were written for the `server`, `admin`, and `nodes`."""

    server: Text
    admin: Text
    nodes: dict[NodeName, Text]


class InitReport(Wire, frozen=True, kw_only=True):
    """The answer of ``config init``: the file that was written, or its `text` where it was only shown."""

    file: Text | None = None
    text: str | None = None
