"""The work of a repair: what is damaged, what is put back, what is downloaded again, what became of it."""

import asyncio
import contextlib
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from cli.again import nudge
from cli.auditing import How, Run
from cli.copies import Copies, finish_moves
from cli.names import Names
from cli.output import complain
from cli.repair_outcome import outcome, would_be
from cli.repair_scope import Asked, Scope, scope_of
from cli.replaying import Replay
from cli.submission import send
from schemas.commands import BatchCommand, JobCommand, SubmitVideo
from schemas.fixity import Depth
from schemas.fixity import Scope as AuditScope
from schemas.fixity_commands import RecordRepair
from schemas.options import Choices
from ytarchive.domain.fixity import Audit
from ytarchive.domain.repair import Step, downloads, plan, repairing_job
from ytarchive.domain.views import view
from ytarchive.errors import TimedOut, YtarchiveError
from ytarchive.library.aside import evidence_of, give_back, put_aside, sweep_evidence
from ytarchive.library.inventories import Inventories, noted
from ytarchive.library.scan import written
from ytarchive.library.transfer import TransferError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.fixity import Finding, Repair
    from schemas.repair_reports import RepairReport
    from ytarchive.domain.catalogue import Catalogue
    from ytarchive.domain.job import Job
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_PORTION: Final = 500
"""Jobs of one look: the log names them."""
_PATIENCE: Final = 30.0


class Manner(NamedTuple):
    """How it is done: nothing at all in a `dry_run`; bad files stay among the evidence with `keep`."""

    dry_run: bool = False
    keep: bool = False


class Repairing:
    """One repair: what is damaged of the jobs in its scope, and what becomes of that."""

    def __init__(
        self, settings: "Settings", folded: Replay, names: Names, scope: Scope, manner: Manner
    ) -> None:
        self._settings, self._folded, self._names = settings, folded, names
        self._scope, self._manner = scope, manner
        self._library = names.library
        self._before: dict[str, Job] = {}
        self._steps: list[Step] = []
        self._arriving: list[Finding] = []
        self._asked: dict[str, str] = {}
        """The job that downloads again, by the one it repairs."""

    @classmethod
    async def begun(cls, bus: "Bus", settings: "Settings", asked: Asked, manner: Manner) -> "Repairing":
        """Read the log, and the names in the library. Raises `UsageError`, `LibraryAway`."""
        folded = await Replay.of(bus)
        names = await Names.taken(bus, folded, settings)
        scope = await asyncio.to_thread(scope_of, folded.jobs, names, asked)
        return cls(settings, folded, names, scope, manner)

    @property
    def _jobs(self) -> "Catalogue":
        return self._folded.jobs

    async def look(self, bus: "Bus", *, quiet: bool) -> None:
        """Read the files, and decide what is to be done for those that are not as they should be."""
        ids, dry = self._scope.jobs, self._manner.dry_run
        self._before = {id_: self._jobs.job(id_) for id_ in ids}
        if not dry:
            await asyncio.to_thread(finish_moves, self._names, self._before.values())
        found: list[Finding] = []
        for start in range(0, len(ids), _PORTION):
            scope = AuditScope(depth=Depth.CONTENT, jobs=tuple(ids[start : start + _PORTION]))
            run = Run(
                bus, self._folded, Audit(audit_id=secrets.token_hex(8), scope=scope), self._names, How()
            )
            await run.begin(self._settings.node, record=not dry)
            await run.look(self._settings.node, quiet=quiet)
            await run.conclude(self._settings.node)
            found += (one for one in run.found if self._scope.means(one.path))
            self._arriving += (one for one in run.arriving if self._scope.means(one.path))
        async for _ in self._folded.go_on(bus):  # what was found is in the log now
            pass
        jobs = [self._jobs.job(id_) for id_ in ids]
        copies = await Copies(self._names).of(found, (file for job in jobs for file in job.files))
        self._steps = plan(jobs, found, copies, self._names.places)

    async def put_back(self, bus: "Bus") -> None:
        """Bring back what lies elsewhere, and wait until the log says so. The rest is downloaded."""
        self._names.check()
        await asyncio.to_thread(self._listed().clear)  # who puts files there lists them
        lies = await asyncio.to_thread(self._displaced)
        for number, step in sorted(enumerate(self._steps), key=lambda item: item[1].shared):
            if not step.at:
                continue
            self._names.check()
            try:
                await asyncio.to_thread(
                    give_back,
                    self._library,
                    lies.get(step.at, step.at),
                    step.file,
                    step.jobs[0],
                    keep=self._manner.keep,
                    shared=step.shared,
                )
            except (OSError, ValueError, TransferError) as error:
                complain(f"{written(step.at)} cannot be put back: {error}")
                self._steps[number] = msgspec.structs.replace(step, at="")
                continue
            for job_id in step.jobs:
                record = RecordRepair(job_id=job_id, path=step.file.path, file=step.file, how=step.how)
                await send(bus, record)
        await self._recorded(bus, [step for step in self._steps if step.at])

    def _displaced(self) -> dict[str, str]:
        """Move what lies in each other's places among the evidence, and tell of each where it lies now."""
        with _written():
            return {
                step.at: put_aside(self._library, step.at, evidence_of(step.jobs[0]))
                for step in self._steps
                if step.displaced
            }

    async def _recorded(self, bus: "Bus", steps: list[Step]) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                while any(step.damaged(self._jobs.job) for step in steps):
                    await asyncio.sleep(0.05)
                    async for _ in self._folded.go_on(bus):
                        pass
        except TimeoutError as error:
            raise TimedOut(
                "files were put back, but nobody has recorded it yet",
                hint="`ytarchive logs --actor jobs` may tell why.",
            ) from error

    def wanted(self) -> dict[str, JobCommand | BatchCommand | None]:
        """Give the jobs that must download again: with how to begin, or to wake, those that do not yet.

        The folder for the evidence is the sign that this is the library that was looked at.
        """
        wanted: dict[str, JobCommand | BatchCommand | None] = {}
        repairs = downloads(self._steps, keep=self._manner.keep)
        earlier: dict[str, list[Job]] = {repair.job_id: [] for repair in repairs}
        for job in self._jobs if repairs else ():
            if job.repairs and job.repairs.job_id in earlier:
                earlier[job.repairs.job_id].append(job)
        for repair in repairs:
            self._names.check()
            with _written():
                (self._library / evidence_of(repair.job_id)).mkdir(parents=True, exist_ok=True)
            before = earlier[repair.job_id]
            at_it = [job for job in before if not job.state.final]
            job_id = at_it[-1].job_id if at_it else repairing_job(repair.job_id, len(before))
            wanted[job_id] = nudge(view(at_it[-1])) if at_it else self._command(job_id, repair)
            self._asked[repair.job_id] = job_id
        return wanted

    def _command(self, job_id: str, repair: "Repair") -> SubmitVideo:
        job = self._jobs.job(repair.job_id)
        options = msgspec.structs.replace(job.options, choices=Choices())  # it was chosen
        return SubmitVideo(
            job_id=job_id, url=job.video.url if job.video else job.url, options=options, repairs=repair
        )

    async def would(self) -> "RepairReport":
        """Say what would be done."""
        faults = await asyncio.to_thread(lambda: [*self._listed().faults()])
        folders = dict.fromkeys(one.path.rpartition("/")[0] for one in faults)
        return would_be(self._before, self._steps, tuple(folders))

    async def report(self, bus: "Bus") -> "RepairReport":
        """Say what became of it, by the log. What folders say of themselves is brought up to date."""
        self._names.check()
        seen = await asyncio.to_thread(noted, self._library)
        async for _ in self._folded.go_on(bus):
            pass
        lists = self._listed()
        renewed = await asyncio.to_thread(lambda: [*lists.renew(seen)])
        ours = {job_id for step in self._steps for job_id in step.jobs}
        busy = {job.repairs.job_id for job in self._jobs if job.repairs and (job.due or not job.state.final)}
        await asyncio.to_thread(sweep_evidence, self._library, ours, busy)
        folders = tuple(channel for channel, needed in renewed if needed)
        return outcome(
            self._jobs,
            self._before,
            self._scope,
            self._steps,
            asked=self._asked,
            folders=folders,
            failed=(*self._arriving, *lists.failed),
        )

    def _listed(self) -> Inventories:
        return Inventories(self._library, self._jobs, self._settings.node)


@contextlib.contextmanager
def _written() -> "Iterator[None]":
    """Raise `YtarchiveError` where the library cannot be written."""
    try:
        yield
    except OSError as error:
        raise YtarchiveError(
            f"the library cannot be written: {error.filename}: {error.strerror}",
            hint="What was repaired is recorded; `ytarchive repair` goes on with the rest.",
        ) from error
