"""What the log says about an audit, and what is told to it: portions, so that whoever is killed goes on."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from cli.submission import send
from schemas import codec, subjects
from schemas.fixity import Depth, Finding, Scope
from schemas.fixity_commands import BeginAudit, FinishAudit, RecordAudit
from schemas.fixity_events import AuditFinished, AuditFound, FixityChecked, FixityFailed
from ytarchive.errors import TimedOut
from ytarchive.runtime import event_log

if TYPE_CHECKING:
    from datetime import datetime

    from schemas.events import Event
    from ytarchive.domain.job import Job
    from ytarchive.library.check import Looked
    from ytarchive.runtime.bus import Bus

_JOBS: Final = 500
_FINDINGS: Final = 100
_MOST: Final = 1000
"""Findings that a portion may hold."""
_SECONDS: Final = 5.0
_SOONER: Final = 10
"""A portion is told when it holds so much, or after so long, and the first ten sooner."""
_PATIENCE: Final = 30.0


class Told(NamedTuple):
    """What an audit has told so far: the jobs whose files were all read, and what is no job's."""

    jobs: set[str]
    found: list[Finding]


async def told(bus: "Bus", audit_id: str) -> Told:
    """Read what an audit has told."""
    known = Told(set(), [])
    async for event, _ in _events(bus, "audit", audit_id):
        if isinstance(event, FixityChecked):
            known.jobs.update(event.jobs)
        elif isinstance(event, AuditFound):
            known.found.append(event.finding)
    return known


class Word(NamedTuple):
    """What was found of a file, and when."""

    finding: Finding
    at: "datetime"


async def last_words(bus: "Bus", jobs: "Iterable[Job]") -> list[Word]:
    """Read what was found last of every file that is damaged still."""
    found: list[Word] = []
    for job in jobs:
        words: dict[str, Word] = {}
        if job.damaged:
            async for event, entry in _events(bus, "job", job.job_id):
                if isinstance(event, FixityFailed):
                    words[event.finding.path] = Word(event.finding, entry.at)
        found += [words[path] for path in job.damaged if path in words]
    return found


class _Place(NamedTuple):
    """Where in the log an event is, and when it happened."""

    sequence: int
    at: "datetime"


async def _events(
    bus: "Bus", aggregate: str, aggregate_id: str, after: int = 0
) -> "AsyncGenerator[tuple[Event, _Place], None]":
    async for entry in event_log.read(bus, after=after, subject=subjects.event(aggregate, aggregate_id)):
        with contextlib.suppress(codec.Undecodable):  # which the audit tells
            commit = codec.commits.decode(entry.payload)
            for event in commit.events:
                yield event, _Place(entry.sequence, commit.at)


class Book:
    """Tells the jobs actor what an audit finds, portion by portion; nobody where `bus` is None.

    `parts` were told before.
    """

    def __init__(self, bus: "Bus | None", audit_id: str, depth: Depth, parts: int = 0) -> None:
        self._bus, self._audit_id, self._depth, self._parts = bus, audit_id, depth, parts
        self.recorded = bus is not None
        self._empty()

    def _empty(self) -> None:
        self._jobs: list[str] = []
        self._findings: list[Finding] = []
        self._files = self._bytes = 0
        self._since = time.monotonic()

    async def begin(self, node: str, scope: Scope, files: int, size: int) -> None:
        """Tell what will be looked at."""
        if self._bus:
            begun = BeginAudit(audit_id=self._audit_id, node=node, scope=scope, files=files, bytes=size)
            await send(self._bus, begun)

    async def add(self, looked: "Looked", findings: Iterable[Finding]) -> None:
        """Note what was found of a job: all of it in one portion."""
        if len(self._findings) + len(looked.findings) > _MOST:
            await self.flush()
        if self._depth.reads and not looked.arriving:  # names are looked at anew in no time
            self._jobs.append(looked.job.job_id)
        self._files += len(looked.job.files)
        self._bytes += looked.bytes
        self._findings += findings
        if (
            len(self._jobs) >= _JOBS
            or len(self._findings) >= _FINDINGS
            or time.monotonic() - self._since >= _SECONDS * min(1, (self._parts + 1) / _SOONER)
        ):
            await self.flush()

    async def note(self, findings: Iterable[Finding]) -> None:
        """Note what is no job's."""
        for finding in findings:
            self._findings.append(finding)
            if len(self._findings) >= _FINDINGS:
                await self.flush()

    async def flush(self) -> None:
        """Tell what was noted."""
        if self._bus and (self._files or self._findings):
            self._parts += 1
            part = RecordAudit(
                audit_id=self._audit_id,
                part=self._parts,
                jobs=tuple(self._jobs),
                files=self._files,
                bytes=self._bytes,
                depth=self._depth,
                findings=tuple(self._findings),
            )
            await send(self._bus, part)
        self._empty()

    async def finish(self) -> None:
        """Tell the rest, and that this is all. Raises `TimedOut` where nobody records it."""
        await self.flush()
        if not self._bus:
            return
        await send(self._bus, FinishAudit(audit_id=self._audit_id, parts=self._parts))
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._until_finished(self._bus)
        except TimeoutError as error:
            raise TimedOut(
                "what was found is kept, but nobody has recorded it yet",
                hint="`ytarchive logs --actor jobs` may tell why.",
            ) from error

    async def _until_finished(self, bus: "Bus") -> None:
        after = 0
        while True:
            async for event, place in _events(bus, "audit", self._audit_id, after):
                after = place.sequence
                if isinstance(event, AuditFinished):
                    return
            await asyncio.sleep(0.05)
