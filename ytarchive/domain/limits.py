"""Limits and pace as the log has them: which settings were changed while everything ran, by whom it matters.

A change says what a setting is on one node, or on all. What is said of a node counts more there. What is
configured counts where nothing is said.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from schemas.envelope import Commit
from schemas.events import Event
from schemas.limits import ChangedLimit, ChangeLimits, Limit, LimitsChanged, Value
from ytarchive.reference import setting, typed
from ytarchive.settings import Settings

EVERYWHERE: Final = frozenset({"videos_per_hour", "retry_pace"})
"""Those that the jobs actor keeps for all nodes."""

CHANGEABLE: Final = (
    "download_workers",
    "metadata_workers",
    "videos_per_hour",
    "retry_pace",
    "limit_rate",
    "min_free_bytes",
    "log_level",
)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says about limits. `version` 0 means that it says nothing."""

    version: int = 0
    changed: tuple[ChangedLimit, ...] = ()
    correlation_id: str = ""

    def value(self, name: str, node: str) -> Value | None:
        """Give what was said of a setting, of a node or (empty) of all; None where nothing was."""
        return next((one.value for one in self.changed if (one.name, one.node) == (name, node)), None)


def fold_limits(limits: Limits, commit: Commit[Event]) -> Limits:
    """Apply one commit of the log. Never raises: what the log says has happened."""
    changed = {(one.name, one.node): one for one in limits.changed}
    version = limits.version
    for event in commit.events:
        version += 1
        if not isinstance(event, LimitsChanged):
            continue
        for one in event.changes:
            changed.pop((one.name, one.node), None)
            if one.value is not None:
                changed[one.name, one.node] = ChangedLimit(
                    name=one.name,
                    node=one.node,
                    value=one.value,
                    at=commit.at,
                    version=version,
                    reason=event.reason,
                )
    return Limits(
        version=version,
        changed=tuple(changed.values()),
        correlation_id=limits.correlation_id or commit.correlation_id,
    )


def decide_limits(limits: Limits, message: ChangeLimits) -> tuple[LimitsChanged, ...]:
    """Say what is changed because of a message: what is allowed, and not so already. Pure and total."""
    asked = {(one.name, one.node): one for one in message.changes if not refusal(one)}
    news = tuple(one for one in asked.values() if one.value != limits.value(one.name, one.node))
    return (LimitsChanged(changes=news, reason=message.reason),) if news else ()


def refusal(asked: Limit) -> str:
    """Say why a limit cannot be that, and what it can be; nothing where it can."""
    if asked.name not in CHANGEABLE:
        return f"{asked.name} is none of {', '.join(CHANGEABLE)}"
    if asked.node and asked.name in EVERYWHERE:
        return f"{asked.name} is the same on all nodes"
    try:
        typed(asked.name, asked.value) if asked.value is not None else None
    except msgspec.ValidationError:
        return f"{asked.name} cannot be {asked.value!r}: {setting(asked.name).allowed} is allowed"
    return ""


def in_force(settings: Settings, changed: Iterable[ChangedLimit]) -> Settings:
    """Give the settings of a node with what was changed there. What makes no sense to us is left out."""
    found = {
        one.name: typed(one.name, one.value)
        for one in sorted(changed, key=lambda one: one.node)
        if one.node in ("", settings.node) and not refusal(one)
    }
    return msgspec.structs.replace(settings, **found)
