"""``audit``: whether the library is as the log says, and the log as it must be. Gives an exit code.

The log is read, then the names in the library, then the files, some at a time. What is found is told to the
jobs actor portion by portion, so that whoever is interrupted goes on where it was.
"""

import asyncio
import contextlib
import os
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from cli import listed, render
from cli.audit_book import Book, Told, last_words, told
from cli.audit_scope import Asked, scope_of
from cli.comparing import differences
from cli.meter import meter
from cli.names import Names
from cli.output import answer, complain
from cli.repair_scope import check_there
from cli.replaying import Replay
from cli.runner import NOTHING, run_async
from cli.session import decides, reading
from schemas.fixity import Depth, Finding
from schemas.fixity_reports import AuditProblem, AuditReport, FileCount
from ytarchive.domain.audit import files_of, kept_elsewhere, within
from ytarchive.domain.findings import broken_log, damaged, known, other_state
from ytarchive.domain.fixity import Audit
from ytarchive.errors import ServerUnavailable, UsageError
from ytarchive.library.check import Checker, Pace, look_all
from ytarchive.library.inventories import Inventories
from ytarchive.runtime import signing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ytarchive.domain.job import Job
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_READERS: Final = 4
_LAST_WORDS: Final = 2.0
_AGAIN: Final = "Stopped. What was checked is kept: `ytarchive audit --resume` goes on with it."


class How(NamedTuple):
    """How files are read: so many at a time, so many bytes a second or 0 for all, `fresh` from the disk."""

    readers: int | None = None
    rate: float = 0.0
    fresh: bool = True


def audit(settings: "Settings", asked: Asked, how: How, *, as_json: bool) -> int:
    """Compare the library with the log, or go on with what was interrupted.

    Gives 1 where anything is not as the log says.
    """
    kept: list[str] = []
    report = run_async(
        _audit(settings, asked, how, kept, quiet=as_json), interrupted=lambda: _AGAIN if kept else NOTHING
    )
    # paths are there to be copied
    answer(report, render.audit, as_json=as_json, whole=True)
    return 0 if report.ok else 1


async def _audit(
    settings: "Settings", asked: Asked, how: How, kept: list[str], *, quiet: bool
) -> AuditReport:
    """Do so. The audit is in `kept` once it is recorded."""
    begun = time.monotonic()
    async with reading(settings, live=True) as bus:
        folded = await Replay.of(bus, trust=signing.trust(settings))
        events, jobs = folded.events, len(folded.jobs)
        if asked.resume:
            audit = _interrupted(folded)
        else:
            scope = scope_of(folded.jobs, asked, datetime.now(UTC))
            audit = Audit(audit_id=secrets.token_hex(8), scope=scope)
        names = await Names.taken(bus, folded, settings)
        await asyncio.to_thread(check_there, folded.jobs, names)
        run = Run(bus, folded, audit, names, how)
        try:
            await run.begin(settings.node)
            kept += [audit.audit_id] if run.book.recorded else []
            await run.look(settings.node, quiet=quiet)
            await run.conclude(settings.node)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(run.book.flush(), _LAST_WORDS)
            raise
    return AuditReport(
        ok=not (run.found or run.arriving),
        events=events,
        jobs=jobs,
        files=FileCount(expected=run.files, ok=run.files - damaged([*run.found, *run.arriving])),
        problems=(*map(_problem, run.found), *(_problem(one, "arriving") for one in run.arriving)),
        audit_id=audit.audit_id,
        scope=audit.scope,
        bytes=run.bytes,
        listed=run.listed,
        known=run.known,
        seconds=round(time.monotonic() - begun, 3),
    )


def _interrupted(folded: Replay) -> Audit:
    """Give the newest audit that did not come to its end. Raises `UsageError`."""
    for audit in reversed([*folded.jobs.health.audits()]):
        if not audit.standing and not audit.finished_at:
            return audit
    raise UsageError("no audit was interrupted", hint="`ytarchive audit --history` lists them all.")


class Run:
    """One audit, or what is left of it. `found` is everything that is wrong within its scope.

    Of that so much was `known` before, of files that are not read now. What is `arriving` is being written.
    """

    def __init__(self, bus: "Bus", folded: Replay, audit: Audit, names: Names, how: How) -> None:
        self._bus, self._folded, self._audit = bus, folded, audit
        self._names, self._how = names, how
        self._before = Told(set(), [])
        self._scope = audit.scope
        self._ids = within(folded.jobs, audit.scope, audit.audit_id)
        self.files, self.bytes = self._extent(self._ids)
        self.found: list[Finding] = []
        self.arriving: list[Finding] = []
        self.known = 0
        self.listed = 0
        """Files that the folders' own lists have, and the log does not: it may be an older one."""
        self.book: Book

    async def begin(self, node: str, *, record: bool = True) -> None:
        """Say that it begins, or take up what it found before; with `record` False, keep it to ourselves."""
        audit, recorded = self._audit, record and await decides(self._bus)
        if record and not recorded:
            complain("no jobs actor runs: what is found is not recorded")
        self.book = Book(self._bus if recorded else None, audit.audit_id, self._scope.depth, audit.parts)
        if audit.version:
            self._before = await told(self._bus, audit.audit_id)
            done = [self._folded.jobs.job(id_) for id_ in self._ids if id_ in self._before.jobs]
            self.found += [word.finding for word in await last_words(self._bus, done)]
            self._names.claim(finding.at for finding in self.found)
        else:
            await self.book.begin(node, self._scope, self.files, self.bytes)

    async def look(self, node: str, *, quiet: bool) -> None:
        """Look at the files of every job that is left."""
        seen: list[Job] = []
        left = [id_ for id_ in self._ids if id_ not in self._before.jobs]
        jobs = (files_of(self._folded.jobs.job(id_)) for id_ in left)
        _, size = self._extent(left) if self._before.jobs else (0, self.bytes)
        pace = Pace(self._how.rate)
        with meter("reading back", size * self._scope.depth.reads, quiet=quiet) as advance:
            checker = Checker(
                self._names.library,
                self._scope.depth,
                pace,
                ffmpeg=_ffmpeg() if self._scope.depth is Depth.PACKETS else "",
                fresh=self._how.fresh,
                told=advance,
                unseen=self._names.survey.unseen,
            )
            async with contextlib.aclosing(look_all(checker, pace, jobs, self._readers())) as looking:
                async for looked in looking:
                    findings = [
                        await self._names.recognised(looked.job, one, read=self._scope.depth.reads)
                        for one in looked.findings
                    ]
                    if kept_elsewhere(self._folded.jobs.health, node, looked.job, findings):
                        self.files -= len(looked.job.files)
                        self.bytes -= looked.bytes
                        continue
                    self.found += findings
                    self.arriving += looked.arriving
                    seen.append(self._folded.jobs.job(looked.job.job_id))
                    await self.book.add(looked, findings)
        if not self._scope.depth.reads:
            await self._recall(seen)

    async def _recall(self, jobs: "Iterable[Job]") -> None:
        """Take for wrong what was found before, and names alone do not tell."""
        told = {(one.job_id, one.path) for one in (*self.found, *self.arriving)}
        for word, at in await last_words(self._bus, (job for job in jobs if job.damaged)):
            if (word.job_id, word.path) not in told:
                self.known += 1
                self.found.append(known(word, f"{at.astimezone():%Y-%m-%d %H:%M}"))

    def _extent(self, ids: list[str]) -> tuple[int, int]:
        """Give how many files jobs have, and bytes."""
        sizes = [file.bytes for id_ in ids for file in self._folded.jobs.job(id_).files]
        return len(sizes), sum(sizes)

    def _readers(self) -> int:
        return self._how.readers or min(_READERS, os.cpu_count() or 1)

    async def conclude(self, node: str) -> None:
        """Say what is no job's, and that this was all."""
        others: list[Finding] = []
        if self._scope.everything:
            inventories = Inventories(self._names.library, self._folded.jobs, node)
            vouched = await asyncio.to_thread(inventories.vouched) if self._names.survey.strays else set()
            self.listed = sum(path in vouched for path in self._names.survey.strays)
            others += self._names.others(vouched)
            others += map(broken_log, self._folded.breaks)
            others += await listed.faults(self._bus, self._folded, self._names.library, node)
            with contextlib.suppress(ServerUnavailable):  # nobody has a read model that could differ
                differing = await differences(self._bus, self._folded)
                others += (other_state(job_id, how) for job_id, how in differing.items())
        self.found += others
        await self.book.note(one for one in others if one not in self._before.found)
        await self.book.finish()


def _ffmpeg() -> str:
    from ytarchive.ffmpeg import ffmpeg_path

    return ffmpeg_path()


def _problem(finding: Finding, kind: str = "") -> AuditProblem:
    return AuditProblem(
        kind=kind or finding.kind,
        path=finding.path or None,
        job_id=finding.job_id,
        detail=finding.detail,
        bytes=finding.bytes,
        sha256=finding.sha256,
        at=finding.at,
    )
