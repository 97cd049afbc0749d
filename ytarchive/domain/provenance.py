"""What led to what: edges between the messages of the log, from the ids each says it was caused by.

A commit names the message it was decided on. A result's id begins with its task's, a task's and a timer's
with the job and its version when it was asked for; so each leads back to the commit that asked. Who begins a
job for a batch had read of it in a page, or among the sources.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from schemas.batch_events import BatchExtended, BatchSubmitted
from schemas.envelope import Commit
from schemas.events import DuplicateFound, Event, JobSubmitted, LeaderFollowed, PageRecorded
from schemas.fixity_events import FixityFailed, FixityRepaired
from schemas.past import Cause, Origin
from ytarchive.domain.links import video_id_of

_CHOSEN = 16
"""Characters of an id that a sender chose; a version has fewer."""


class Decided(msgspec.Struct, frozen=True):
    """A message of the log under its number."""

    sequence: int
    commit: Commit[Event]

    @property
    def last(self) -> int:
        """The version of its last event."""
        return self.commit.version + len(self.commit.events) - 1


class Provenance:
    """The messages about a video and about what asked for it, in the order of the log."""

    def __init__(self, decided: Iterable[Decided]) -> None:
        self.decided = tuple(sorted(decided, key=lambda one: one.sequence))
        self._of: dict[str, list[Decided]] = {}
        for one in self.decided:
            self._of.setdefault(one.commit.aggregate_id, []).append(one)

    def causes(self, one: Decided) -> tuple[Cause, ...]:
        """Give what led to a message: what it was decided on, then what else it refers to."""
        return self._occasion(one), *self._facts(one)

    def chain(self, sequence: int) -> tuple[int, ...]:
        """Give the numbers of all messages that led to one, itself the last."""
        found, left = set[int](), {sequence}
        known = {one.sequence: one for one in self.decided}
        while left:
            now = left.pop()
            found.add(now)
            left |= {cause.seq for cause in self.causes(known[now]) if cause.seq in known} - found - {None}
        return tuple(sorted(found))

    def _occasion(self, one: Decided) -> Cause:
        message = one.commit.causation_id
        owner, *rest = message.split(":")
        match rest:
            case [] if owner and owner == one.commit.aggregate_id:
                return Cause(origin=Origin.RELEASE, id=message, seq=self._ended(owner, one))
            case [] if owner and owner == self._batch_of(one):
                return self._begun(one, owner)
            case [version, *what] if version.isdecimal() and len(version) < _CHOSEN:
                return self._followed(one, owner, int(version), what)
            case [chosen] if len(chosen) == _CHOSEN:
                return Cause(origin=Origin.COMMAND, id=message)
            case _:
                return Cause(origin=Origin.MESSAGE, id=message)

    def _followed(self, one: Decided, owner: str, version: int, what: Sequence[str]) -> Cause:
        """Give what a message follows from that was sent for a job as it stood at `version`."""
        message = one.commit.causation_id
        if any(said.commit.aggregate == "audit" for said in self._of.get(owner, ())):  # a portion of it
            begun = self._before(owner, one)
            return Cause(origin=Origin.RESULT if begun else Origin.MESSAGE, id=message, seq=begun)
        asked = next(
            (now for now in self._of.get(owner, ()) if now.commit.version <= version <= now.last), None
        )
        back = asked.sequence if asked else None
        match what:
            case []:
                return Cause(origin=Origin.TIMER, id=message, seq=back)
            case ["open"]:
                led = next((event.of for event in _events(asked) if isinstance(event, LeaderFollowed)), "")
                return Cause(origin=Origin.RELEASE, id=message, seq=self._before(led, one) or back)
            case ["batch"]:
                told = self._before(self._batch_of(one), one)
                return Cause(origin=Origin.BATCH, id=message, seq=told or back)
            case _:
                return Cause(origin=Origin.RESULT, id=message, seq=back)

    def _begun(self, one: Decided, batch_id: str) -> Cause:
        """Give where the batch had read of what a job of it is about: its own lists come first."""
        url = next(event.url for event in one.commit.events if isinstance(event, JobSubmitted))
        earlier = [other for other in self.decided if other.sequence < one.sequence]
        places = [
            (batch_id not in (other.commit.aggregate_id, self._batch_of(other)), other.sequence, origin)
            for other in earlier
            for event in other.commit.events
            if (origin := names(event, url))
        ]
        if not places:
            return Cause(origin=Origin.BATCH, id=batch_id, seq=self._before(batch_id, one))
        _, sequence, origin = min(places)
        return Cause(origin=origin, id=batch_id, seq=sequence)

    def _facts(self, one: Decided) -> Iterator[Cause]:
        for event in one.commit.events:
            match event:
                case DuplicateFound(of=of) | LeaderFollowed(of=of) | FixityRepaired(of=of) if of:
                    yield Cause(origin=Origin.JOB, id=of, seq=self._before(of, one))
                case FixityFailed(audit=audit) if audit:
                    yield Cause(origin=Origin.AUDIT, id=audit, seq=self._before(audit, one))
                case _:
                    pass

    def _before(self, aggregate_id: str, one: Decided) -> int | None:
        """Give the last message about something before another."""
        about = (other.sequence for other in self._of.get(aggregate_id, ()) if other.sequence < one.sequence)
        return max(about, default=None)

    def _ended(self, batch_id: str, one: Decided) -> int | None:
        """Give the last message about a job of a batch before another, or about the batch itself."""
        jobs = (other.sequence for other in self.decided if self._batch_of(other) == batch_id)
        return max((at for at in jobs if at < one.sequence), default=self._before(batch_id, one))

    def _batch_of(self, one: Decided) -> str:
        """Give the batch of a job, which its first message names."""
        return next(
            (
                event.batch
                for first in self._of.get(one.commit.aggregate_id, ())[:1]
                for event in first.commit.events
                if isinstance(event, JobSubmitted)
            ),
            "",
        )


def names(event: Event, url: str) -> Origin | None:
    """Tell whether an event names an address, and how."""
    match event:
        case PageRecorded(entries=entries) if any(entry.address == url for entry in entries):
            return Origin.PAGE
        case BatchSubmitted(sources=sources) | BatchExtended(sources=sources):
            id_ = video_id_of(url)
            named = any(url == source or (id_ and id_ == video_id_of(source)) for source in sources)
            return Origin.SOURCE if named else None
        case _:
            return None


def _events(one: Decided | None) -> tuple[Any, ...]:
    return one.commit.events if one else ()
