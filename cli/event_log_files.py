"""``events``: the log exported, verified and imported as a file, and the key that signs it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import nats.errors

from cli import render
from cli.output import answer, console, write_json
from cli.runner import run_async
from cli.session import check_file, reading
from schemas import codec, subjects
from schemas.log_reports import Coverage, ExportReport, KeyReport, LogProblem, LogReport, SignReport
from schemas.queries import AskCheckpoint, Checkpoint
from ytarchive.domain.checkpoints import ANYBODY, Trust
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_reader import LogReader
from ytarchive.errors import ServerUnavailable, UsageError, YtarchiveError
from ytarchive.runtime import event_log, signing
from ytarchive.runtime.backup_file import unreadable
from ytarchive.runtime.log_files import export_log, read_file
from ytarchive.runtime.whole_file import STANDARD_OUTPUT, opened, written_whole

if TYPE_CHECKING:
    from schemas.log_file import LogEdge
    from ytarchive.domain.log_file import Stored
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_SIGNING_SECONDS = 30.0
_NO_FILE = "Stopped. There is no new file."
_NO_LOG = "Stopped. What arrived is cut short, and no log to keep."


def export(settings: "Settings", target: str, *, after: int, since: Path | None, as_json: bool) -> int:
    """Write the log into a file. Gives 1 where the log itself does not hold together."""
    if since and target != STANDARD_OUTPUT and Path(target).absolute() == since.absolute():
        raise UsageError(f"{since} is needed to verify what goes on from it", hint="Give another name.")
    if target != STANDARD_OUTPUT:
        check_file(settings, target)
    if as_json and target == STANDARD_OUTPUT:
        raise UsageError("standard output takes the log or its report, not both", hint="Leave out --json.")
    onto = _end_of(since) if since else None

    async def main() -> ExportReport:
        async with reading(settings, live=bool(settings.signing_key_file)) as bus:
            unsigned = await sign(settings, bus)
            with written_whole(target) as file:
                check, messages, size = await export_log(
                    bus, file, after=after, onto=onto, trust=signing.trust(settings)
                )
        return ExportReport(
            file=target,
            bytes=size,
            messages=messages,
            after=onto.sequence if onto else after,
            last=check.last,
            root=check.edge().root,
            covered=check.covered.sequence,
            problems=(*problems_of(check), *unsigned),
        )

    report = run_async(main(), interrupted=_NO_LOG if target == STANDARD_OUTPUT else _NO_FILE)
    if as_json:
        write_json(report)
    else:
        console(stderr=target == STANDARD_OUTPUT).print(render.log_exported(report), soft_wrap=True)
    return 1 if report.problems else 0


async def sign(settings: "Settings", bus: "Bus") -> Sequence[LogProblem]:
    """Have a checkpoint cover the log up to now, if there is a key. Gives a problem where it was refused."""
    if not settings.signing_key_file or not (await _signed(bus)).refused:
        return ()
    return (LogProblem(detail="the jobs actor does not sign it: `ytarchive events sign` tells why"),)


async def _signed(bus: "Bus", *, anew: bool = False) -> Checkpoint:
    """Have a checkpoint cover the log up to now. Raises `YtarchiveError` where nobody has a key."""
    question = codec.encode(AskCheckpoint(sequence=await event_log.last_sequence(bus), anew=anew))
    try:
        reply = await bus.client.request(subjects.query("checkpoint"), question, timeout=_SIGNING_SECONDS)
    except nats.errors.NoRespondersError as error:
        raise ServerUnavailable(
            "no jobs actor runs that could sign the log", hint="`ytarchive actor jobs` starts one."
        ) from error
    answer = codec.checkpoints.decode(reply.data)
    if not answer.key:
        raise YtarchiveError(
            "what runs has no key to sign with",
            hint="Set YTARCHIVE_SIGNING_KEY_FILE for it, and start it again.",
        )
    return answer


def sign_now(settings: "Settings", *, anew: bool, as_json: bool) -> int:
    """Have a checkpoint cover the log up to now; `anew` also where it is not the one that was signed before.

    Raises `YtarchiveError` where that was refused.
    """

    async def main() -> Checkpoint:
        async with reading(settings, live=True) as bus:
            return await _signed(bus, anew=anew)

    signed = run_async(main())
    if signed.refused:
        raise YtarchiveError(
            f"not signed: {signed.refused}",
            hint="A backup or an export may have the log that was signed. If this one is right nevertheless, "
            "as an older one that was restored is: `ytarchive events sign --anew`.",
        )
    report = SignReport(sequence=signed.sequence, key=signed.key or "")
    answer(report, render.log_signed, as_json=as_json)
    return 0


def _end_of(path: Path) -> "LogEdge":
    """Give up to where a file has the log. Raises `YtarchiveError` for one that is not as it was written."""
    (reader,) = read_all([path])
    if reader.faults or not reader.ends:
        raise YtarchiveError(
            f"{path} is damaged: line {reader.faults[0].line}: {reader.faults[0].detail}",
            hint="Export anew, without --since.",
        )
    return reader.ends.edge


def verify(settings: "Settings", paths: Sequence[Path], *, keys: Sequence[str], as_json: bool) -> int:
    """Verify files that go on from each other, or the live log. Gives 1 where anything is wrong.

    Raises `UsageError` where one of the public `keys` is none, or signatures cannot be checked.
    """
    trust = signing.trust(settings, map(signing.check_public, keys), files=bool(paths))
    if paths:
        readers = read_all(paths, trust)
        report = _report(readers[-1].check, trust, paths, readers)
    else:
        report = _report(run_async(_live(settings, trust)), trust, (), ())
    answer(report, render.log_verified, as_json=as_json)
    return 0 if report.ok else 1


async def _live(settings: "Settings", trust: Trust) -> LogCheck:
    check = LogCheck(trust=trust)
    async with reading(settings) as bus:
        end = await event_log.last_sequence(bus)
        async for entry in event_log.read(bus):
            if entry.sequence > end:
                break
            check.follow(*entry)
    check.end(end)
    return check


def _report(check: LogCheck, trust: Trust, paths: Sequence[Path], readers: Sequence[LogReader]) -> LogReport:
    found = [*problems_in(paths, readers), *problems_of(check)]
    first = readers[0].begins if readers else None
    return LogReport(
        ok=not found,
        whole=len(found) == len(check.unsigned),
        files=tuple(map(str, paths)),
        messages=check.messages,
        events=check.events,
        aggregates=check.aggregates,
        after=first.after.sequence if first else 0,
        last=check.last,
        root=check.edge().root,
        unproven=check.unproven,
        covered=Coverage(
            sequence=check.covered.sequence,
            checkpoints=check.covered.checkpoints,
            since=check.covered.since,
            until=check.covered.until,
            keys=check.covered.keys,
            unknown=check.unknown_keys,
            checked=trust.signed is not None,
            unchecked=check.unchecked,
            known=bool(trust.keys),
        ),
        problems=tuple(found),
    )


def read_all(paths: Sequence[Path], trust: Trust = ANYBODY) -> list[LogReader]:
    """Read files that go on from each other, whole. Raises `UsageError` where one cannot be read."""
    if sum(str(path) == STANDARD_OUTPUT for path in paths) > 1:
        raise UsageError("- is standard input, which holds one file", hint="Name the others.")
    readers: list[LogReader] = []
    for path in paths:
        readers.append(LogReader(readers[-1] if readers else None, trust=trust))
        for _ in messages_of(readers[-1], path):
            pass
    return readers


def messages_of(reader: LogReader, path: Path) -> "Iterator[Stored]":
    """Read one file, and give its messages. Raises `UsageError` where it cannot be read."""
    try:
        with opened(path) as file:
            yield from read_file(reader, file)
    except OSError as error:
        raise unreadable(path, error) from error


def problems_in(paths: Sequence[Path], readers: Sequence[LogReader]) -> Iterator[LogProblem]:
    """Say what is wrong with files."""
    for path, reader in zip(paths, readers, strict=True):
        for fault in reader.faults:
            yield LogProblem(
                file=str(path), line=fault.line, sequence=fault.sequence, detail=fault.detail[:8000]
            )


def problems_of(check: LogCheck) -> Iterator[LogProblem]:
    """Say where the log itself does not hold together."""
    found = [*check.faults, *check.holes, *check.unsigned, *check.departed]
    for fault in sorted(found, key=lambda fault: fault.sequence):
        yield LogProblem(sequence=fault.sequence, job_id=fault.job_id, detail=fault.detail[:8000])


def key(path: Path, *, as_json: bool) -> int:
    """Make a key that signs checkpoints, and show its public part; show that of a key that is there."""
    path = path.absolute()
    signer = signing.load_signer(path) if path.exists() else signing.make_key(path)
    report = KeyReport(file=str(path), key=signer.key)
    answer(report, render.signing_key, as_json=as_json)
    return 0
