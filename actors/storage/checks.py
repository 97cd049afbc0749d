"""Reading files again where they are kept: a portion of a standing audit in, what was found out."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from schemas import codec, subjects
from schemas.fixity import Finding, Trouble
from schemas.results import FilesChecked
from ytarchive.errors import YtarchiveError
from ytarchive.library.check import Checker, Pace, look_all
from ytarchive.library.scan import Place
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Delivery, NotNow, Queue, serve
from ytarchive.runtime.outcomes import report

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.envelope import Envelope
    from schemas.fixity_commands import CheckFiles
    from ytarchive.runtime.process import Runtime

_ACK_WAIT: Final = 60.0
_LATER: Final = 60.0
"""Seconds until somebody looks whether the library has come back."""


async def serve_checks(runtime: "Runtime", ffmpeg: str) -> None:
    """Read what this node is asked to, a portion at a time, until told to stop."""
    library = runtime.settings.library_dir

    async def handle(delivery: "Delivery[Envelope[CheckFiles]]") -> None:
        task = delivery.body.body
        try:
            with runtime.pulse.working("checking", task.audit_id):
                findings = await check(task, library, ffmpeg)
        except YtarchiveError as error:
            runtime.log.warning("files not checked", error=str(error))
            raise NotNow(_LATER) from error
        if findings:
            runtime.log.error("files are damaged", files=", ".join(one.path for one in findings))
        await _report(runtime, delivery.body, findings)

    consumer = topology.work_consumer(
        f"check-{runtime.node}", subjects.checks(runtime.node), slots=1, ack_wait=_ACK_WAIT
    )
    await serve(runtime, Queue(topology.COMMANDS, consumer, codec.checks, handle))


async def check(task: "CheckFiles", library: "Path", ffmpeg: str) -> tuple[Finding, ...]:
    """Look at files, and give what is wrong. Raises `LibraryAway`: an empty one has lost nothing.

    Raises `YtarchiveError` where somebody is writing one of them.
    """
    place = await asyncio.to_thread(Place, library)
    pace = Pace(task.rate)
    checker = Checker(library, task.depth, pace, ffmpeg=ffmpeg)
    findings: list[Finding] = []
    async with contextlib.aclosing(look_all(checker, pace, task.checks, 1)) as looking:
        async for looked in looking:
            if looked.arriving:
                raise YtarchiveError(f"somebody is writing {looked.arriving[0].path}")
            findings += looked.findings
    if any(finding.kind is Trouble.MISSING for finding in findings):
        await asyncio.to_thread(place.must_hold, [file.path for one in task.checks for file in one.files])
    return tuple(findings)


async def _report(
    runtime: "Runtime", envelope: "Envelope[CheckFiles]", findings: tuple[Finding, ...]
) -> None:
    task = envelope.body
    files = [file for one in task.checks for file in one.files]
    result = FilesChecked(
        audit_id=task.audit_id,
        part=task.part,
        node=runtime.node,
        jobs=tuple(one.job_id for one in task.checks),
        files=len(files),
        bytes=sum(file.bytes for file in files),
        depth=task.depth,
        findings=findings,
    )
    await report(runtime, envelope, result)
