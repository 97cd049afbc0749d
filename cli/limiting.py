"""``limits``: what may be changed while everything runs, and changing it."""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import nats.errors

from cli import render
from cli.obeyed import obeyed
from cli.output import answer, complain
from cli.replaying import Replay
from cli.runner import run_async
from cli.session import joined, reading
from cli.submission import send
from schemas.heartbeats import ListActors
from schemas.limits import LIMITS, ChangeLimits, Limit, Place
from schemas.settings_reports import LimitLine, LimitsReport
from ytarchive.domain.limits import CHANGEABLE, in_force, refusal
from ytarchive.errors import UsageError, YtarchiveError, unknown
from ytarchive.reference import setting, typed
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from schemas.limits import ChangedLimit
    from ytarchive.domain.limits import Limits
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings
    from ytarchive.sources import Loaded

_SOON: Final = 1.0


class LimitsLog:
    """The limits as the log has them, and which message each event of theirs came in."""

    def __init__(self) -> None:
        self._replay = Replay()
        self._sequences: dict[int, int] = {}

    async def read(self, bus: "Bus") -> "Limits":
        """Read on, and give the limits as they are by now."""
        async for entry, commit, _ in self._replay.commits(bus, LIMITS, "limits"):
            for number in range(len(commit.events)):
                self._sequences[commit.version + number] = entry.sequence
        return self._replay.jobs.limits

    def report(self, loaded: "Loaded") -> LimitsReport:
        """Give every limit as it is by now."""
        limits = self._replay.jobs.limits
        changed = {(one.name, one.node): one for one in limits.changed}
        places = [
            (name, node)
            for name in CHANGEABLE
            for node in ("", *sorted(node for known, node in changed if known == name and node))
        ]
        return LimitsReport(limits=tuple(self._line(loaded, *place, changed.get(place)) for place in places))

    def _line(self, loaded: "Loaded", name: str, node: str, changed: "ChangedLimit | None") -> LimitLine:
        configured = str(getattr(loaded.settings, name))
        return LimitLine(
            name=name,
            node=node,
            value=configured if changed is None or changed.value is None else changed.value,
            configured=configured,
            origin=loaded.origins[name],
            changed=changed.at if changed else None,
            event=changed.version if changed else None,
            seq=self._sequences[changed.version] if changed else None,
            reason=changed.reason if changed else "",
            allowed=setting(name).allowed,
        )


def limited(settings: "Settings") -> dict[str, str]:
    """Give the settings of this node that are not as they are configured; none where nobody answers."""

    async def main() -> dict[str, str]:
        async with joined(settings, patience=_SOON) as bus:
            now = in_force(settings, (await LimitsLog().read(bus)).changed)
            return {
                name: str(getattr(now, name))
                for name in CHANGEABLE
                if getattr(now, name) != getattr(settings, name)
            }

    try:
        return run_async(main())
    except (YtarchiveError, nats.errors.Error, TimeoutError):
        return {}


def show_limits(loaded: "Loaded", *, as_json: bool) -> None:
    """Show every limit that can be changed."""

    async def main() -> LimitsReport:
        async with reading(loaded.settings) as bus:
            log = LimitsLog()
            await log.read(bus)
            return log.report(loaded)

    answer(run_async(main()), render.limits, as_json=as_json)


def set_limits(loaded: "Loaded", words: Sequence[str], node: str, reason: str, *, as_json: bool) -> None:
    """Have limits be what ``NAME=VALUE`` says. Raises `UsageError` with what is allowed."""
    changes = tuple(parsed(word, node) for word in words)
    names = [one.name for one in changes]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise UsageError(f"{twice} is given twice", hint="Give each limit one value.")
    answer(run_async(_change(loaded, lambda _limits: changes, reason)), render.limits, as_json=as_json)


def reset_limits(
    loaded: "Loaded", names: Sequence[str], node: str, reason: str, *, everything: bool, as_json: bool
) -> None:
    """Have limits be as they are configured: those named, or all that were changed, on a node or on all."""
    if everything == bool(names):
        raise UsageError("which limits?", hint="Name some, or give --all.")
    for name in names:
        _check(Limit(name=name, value=None, node=node))

    def changes(limits: "Limits") -> tuple[Limit, ...]:
        return tuple(
            Limit(name=one.name, value=None, node=one.node)
            for one in limits.changed
            if (everything or one.name in names) and node in ("", one.node)
        )

    answer(run_async(_change(loaded, changes, reason)), render.limits, as_json=as_json)


async def _change(
    loaded: "Loaded", wanted: "Callable[[Limits], tuple[Limit, ...]]", reason: str
) -> LimitsReport:
    """Ask for changes, and wait until the log has them."""
    async with reading(loaded.settings, live=True) as bus:
        log = LimitsLog()
        limits = await log.read(bus)
        changes = [one for one in wanted(limits) if limits.value(one.name, one.node) != one.value]
        if changes:
            await _warn_of_strangers(bus, {one.node for one in changes} - {"", loaded.settings.node})
            await send(bus, ChangeLimits(limits_id=LIMITS, changes=tuple(changes), reason=reason))

        def changed(limits: "Limits") -> bool:
            return all(limits.value(one.name, one.node) == one.value for one in changes)

        await obeyed(partial(log.read, bus), changed)
        return log.report(loaded)


async def _warn_of_strangers(bus: "Bus", nodes: set[str]) -> None:
    """Say of which nodes nobody has heard: a limit counts there once there is one of that name."""
    if not nodes:
        return
    with contextlib.suppress(YtarchiveError, nats.errors.Error):
        known = {one.node for one in (await ask(bus, ListActors())).actors}
        for node in sorted(nodes - known):
            told = f"there is no actor on a node {node}, as far as is known: {', '.join(sorted(known))}"
            complain(told)


def parsed(word: str, node: str) -> Limit:
    """Take ``NAME=VALUE`` apart. Raises `UsageError`."""
    name, equals, text = word.partition("=")
    if not equals:
        raise UsageError(f"not of the form NAME=VALUE: {word!r}", hint="Such as videos_per_hour=100.")
    asked = Limit(name=name, value=_value(name, text), node=node)
    _check(asked)
    return asked


def _value(name: str, text: str) -> str:
    """Give a value as the setting would be shown; one it cannot have as it was said."""
    try:
        return str(typed(name, text))
    except (KeyError, msgspec.ValidationError):
        return text


def _check(asked: Limit) -> None:
    if asked.name not in CHANGEABLE:
        raise unknown("limit", asked.name, CHANGEABLE)
    try:
        msgspec.convert(asked.node, Place)
    except msgspec.ValidationError as error:
        raise UsageError(f"not a node: {asked.node!r}", hint="Letters, digits, - and _ make one.") from error
    if refused := refusal(asked):
        raise UsageError(refused)
