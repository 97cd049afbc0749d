"""Which actors are there: a fold of what each says of itself, with the hearer's own heartbeats as the clock.

Who does not hear itself hears nobody: an actor is held to be gone when the hearer has heard itself for long
enough since. A server that is away, a hearer that was busy and a clock that is set make nobody look dead.
Pure: the moments, in seconds of a clock that is never set, come from the caller.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from schemas.heartbeats import ActorState, ActorView, Heartbeat, Vitals

INTERVAL: Final = 2.0
"""Seconds between two heartbeats."""
SILENCE: Final = 7.0
"""Seconds after which an actor that is not heard is held to be gone: three heartbeats did not come."""
REMEMBERED: Final = 24 * 3600.0
"""Seconds for which one that is gone is remembered."""
_MOST: Final = 1024
"""Actors that are remembered: whoever starts again and again under new names fills no memory."""
_DEAF: Final = 2 * INTERVAL
AT_WORK: Final = frozenset({ActorState.STARTING, ActorState.READY})
ONE_FOR_ALL_NODES: Final = frozenset({"jobs"})
"""Actors of which there is to be one, on whatever node; of the others there may be one on each."""


class Change(StrEnum):
    """What became of an actor."""

    CAME = "came"
    STOPPED = "stopped"
    SILENT = "silent"
    BACK = "back"
    TWIN = "twin"


class News(NamedTuple):
    """A change, the actor it is about, and for how many seconds nothing had been heard of it."""

    change: Change
    actor: Heartbeat
    seconds: float = 0.0


class _Seen(msgspec.Struct):
    beat: Heartbeat
    first: float
    last: float
    here: bool = True
    doubled: bool = False

    @property
    def place(self) -> tuple[str, str]:
        return self.beat.node, self.beat.actor


def duty(one: Vitals) -> tuple[str, str]:
    """Give what only one actor is to do: its name, and its node where each node has one."""
    return one.actor, "" if one.actor in ONE_FOR_ALL_NODES else one.node


class Registry:
    """The actors heard of; `hearer` is the instance of whoever hears."""

    def __init__(self, hearer: str) -> None:
        self._hearer = hearer
        self._seen: dict[str, _Seen] = {}
        self._own = self._hearing_since = float("-inf")

    def heard(self, beat: Heartbeat, at: float) -> list[News]:
        """Take in a heartbeat that was heard at a moment, and give what is new."""
        known = self._seen.get(beat.instance)
        news = self._again(known, beat, at) if known else self._came(beat, at)
        return [*news, *self._silent(at)] if beat.instance == self._hearer else news

    def actors(self, at: float) -> tuple[ActorView, ...]:
        """Give the actors that are here, and those that were and whose place is empty, by node and name."""
        at_work = (one for one in self._seen.values() if one.here and one.beat.state in AT_WORK)
        taken = {one.place for one in at_work}
        shown = (one for one in self._seen.values() if one.here or one.place not in taken)
        found = sorted(shown, key=lambda one: (one.place, one.first))
        return tuple(
            ActorView(
                **msgspec.structs.asdict(one.beat),
                here=one.here,
                silent=max(at - one.last, 0.0),
                twins=tuple(twin.beat.pid for twin in self._twins(one)),
            )
            for one in found
        )

    def _came(self, beat: Heartbeat, at: float) -> list[News]:
        if beat.state is ActorState.STOPPED:
            return []
        new = _Seen(beat, at, at)
        silent = list(self._leave(new))
        while len(self._seen) >= _MOST:
            del self._seen[min(self._seen, key=lambda instance: self._seen[instance].last)]
        self._seen[beat.instance] = new
        return [News(Change.BACK, beat, at - max(silent)) if silent else News(Change.CAME, beat)]

    def _leave(self, new: _Seen) -> Iterator[float]:
        """Forget those whose place is taken; give when each that had fallen silent was last heard."""
        for one in list(self._seen.values()):
            if one.place == new.place and not one.here:
                del self._seen[one.beat.instance]
                if one.beat.state is not ActorState.STOPPED:
                    yield one.last

    def _again(self, known: _Seen, beat: Heartbeat, at: float) -> list[News]:
        was, seconds = known.here, at - known.last
        known.beat, known.last, known.here = beat, at, beat.state is not ActorState.STOPPED
        if not known.here:
            return [News(Change.STOPPED, beat)] if was else []
        if not was:
            known.first = at
            return [News(Change.BACK, beat, seconds)]
        twins = self._twins(known)
        second = twins and not known.doubled and known.first >= max(twin.first for twin in twins)
        known.doubled = bool(twins)
        return [News(Change.TWIN, beat)] if second else []

    def _twins(self, one: _Seen) -> list[_Seen]:
        """Give the others that do the same, each of which was heard since the other came."""
        return [
            twin
            for twin in self._seen.values()
            if (duty(twin.beat) == duty(one.beat) and twin is not one)
            and (one.here and twin.here and {one.beat.state, twin.beat.state} <= AT_WORK)
            and (twin.last > one.first and one.last > twin.first)
        ]

    def _silent(self, at: float) -> Iterator[News]:
        """Give those who were not heard for too long while we heard ourselves."""
        if at - self._own > _DEAF:
            self._hearing_since = at
        self._own = at
        for instance, one in list(self._seen.items()):
            silent = at - max(one.last, self._hearing_since)
            if one.here and silent > SILENCE:
                one.here = False
                if any(other.here and other.place == one.place for other in self._seen.values()):
                    del self._seen[instance]  # it was started again meanwhile
                else:
                    yield News(Change.SILENT, one.beat, at - one.last)
            elif silent > REMEMBERED:
                del self._seen[instance]
