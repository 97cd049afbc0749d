"""Short operations tried again inside the process: a request of NATS, an object put or got, a publish.

What takes longer than a minute is not for here: it fails, and the log carries the retry. Nor is what must
not be done twice: each attempt is a new call, and one that seemed to fail may have been carried out.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID, uuid4

import msgspec

from schemas.common import Category
from ytarchive.recovery import table
from ytarchive.recovery.classification import classify
from ytarchive.recovery.strategies import Outcome, Strategy

_REMEMBERED: Final = 32
"""Outcomes by which an operation's strategy is adjusted."""

T = TypeVar("T")


class Attempt(msgspec.Struct, frozen=True):
    """One attempt that failed."""

    category: Category
    message: str
    at: datetime


class Operation(msgspec.Struct, frozen=True):
    """An operation under way, and what was tried so far."""

    id: UUID
    name: str
    since: datetime
    attempts: tuple[Attempt, ...] = ()


Told = Callable[[Operation, timedelta], None]
"""Hears of an operation whose newest attempt failed, and how long it waits until the next."""


class ErrorRecoveryManager:
    """Tries operations again as the table says, and knows which are active.

    Each has at most `within` seconds. `pace` is a factor on every wait.
    """

    def __init__(self, told: Told, *, within: float = 45.0, pace: float = 1.0) -> None:
        self._told = told
        self._within = within
        self.pace = pace
        self._active: dict[UUID, Operation] = {}
        self._records: dict[str, deque[Outcome]] = {}

    @property
    def active(self) -> tuple[Operation, ...]:
        """The operations under way, the oldest first."""
        return tuple(self._active.values())

    async def execute_with_retry(
        self, operation: str, call: Callable[[], Awaitable[T]], *, strategy: Strategy | None = None
    ) -> T:
        """Give what `call` gives, calling it again while `strategy`, or else the table, says so.

        `operation` names what is done, such as ``"publish a result"``; those of one name share a record of
        outcomes. Raises the last error, with what was tried as a note; an error that nothing is tried against
        comes as it is. Cancelling ends it at once.
        """
        begun = Operation(uuid4(), operation, datetime.now(UTC))
        self._active[begun.id] = begun
        try:
            return await self._repeated(begun.id, call, strategy)
        finally:
            del self._active[begun.id]

    async def _repeated(self, key: UUID, call: Callable[[], Awaitable[T]], strategy: Strategy | None) -> T:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._within
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    result = await call()
            except Exception as error:
                wait = self._after(key, error, strategy)
                if wait is None or loop.time() + wait.total_seconds() >= deadline:
                    _annotate(error, self._active[key])
                    raise
                self._told(self._active[key], wait)
                await asyncio.sleep(wait.total_seconds())
            else:
                self._note(key, ok=True)
                return result

    def _after(self, key: UUID, error: Exception, strategy: Strategy | None) -> timedelta | None:
        """Note a failed attempt, and give the wait before the next."""
        failure, now = classify(error), datetime.now(UTC)
        attempt = Attempt(failure.category, failure.message, now)
        known = self._active[key]
        attempts = (*known.attempts, attempt)
        self._active[key] = msgspec.structs.replace(known, attempts=attempts)
        alike = [one for one in attempts if one.category is attempt.category]
        chosen = strategy or table.short(attempt.category)
        answered = attempt.category is Category.REQUEST  # that something is not there is an answer too
        wait = chosen.next(alike, now, str(key), self._note(key, ok=answered))
        return None if wait is None else wait * self.pace

    def _note(self, key: UUID, *, ok: bool) -> tuple[Outcome, ...]:
        name = self._active[key].name
        record = self._records.setdefault(name, deque(maxlen=_REMEMBERED))
        record.append(Outcome(datetime.now(UTC), ok))
        return tuple(record)


def _annotate(error: Exception, operation: Operation) -> None:
    if len(operation.attempts) > 1:
        seconds = (operation.attempts[-1].at - operation.since).total_seconds()
        lines = [f"{one.at:%H:%M:%S} {one.category}: {one.message}" for one in operation.attempts]
        error.add_note("\n".join([f"{operation.name}, tried {len(lines)} times in {seconds:.1f} s:", *lines]))
