"""Limits that are changed while everything runs: the command, the event, and what every actor is told."""

from typing import Annotated

from msgspec import Meta

from schemas.envelope import END, JobId, Message, Moment, Text, Wire

LIMITS: JobId = "0" * 15 + "1"
"""The id of the aggregate `limits`, of which there is one."""

Value = Annotated[str, Meta(max_length=256, description="as text, as an environment variable would have it")]
LimitName = Annotated[str, Meta(pattern=r"^[a-z_]{1,64}" + END, description="the name of a setting")]
Place = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,64}" + END, description="a machine; empty for all")]


class Limit(Wire, frozen=True, kw_only=True):
    """What a setting is to be, on a node or, where none is named, on all; None as it is configured there."""

    name: LimitName
    value: Value | None
    node: Place = ""


Limits = Annotated[tuple[Limit, ...], Meta(min_length=1, max_length=256)]


class ChangeLimits(Message, frozen=True, kw_only=True, tag="limits.change"):
    """Have some limits be something else from now on. `limits_id` is that of the limits."""

    limits_id: JobId
    changes: Limits
    reason: Text = ""


class LimitsChanged(Message, frozen=True, kw_only=True, tag="limits.changed"):
    """Somebody has changed limits: these, and each to another value than it had."""

    changes: Limits
    reason: Text = ""


class ChangedLimit(Limit, frozen=True, kw_only=True):
    """A limit that is not as it is configured: since when, because of which event of the limits, and why."""

    at: Moment
    version: Annotated[int, Meta(ge=1)]
    reason: Text = ""


class LimitsInForce(Message, frozen=True, kw_only=True, tag="limits.current"):
    """All limits that are not as they are configured, by the log up to the event `version` of the limits."""

    version: Annotated[int, Meta(ge=0)]
    changed: tuple[ChangedLimit, ...]
