"""Logs as they are written, as files of lines, without a server."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from random import Random
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas import codec, subjects
from schemas.commands import SubmitVideo
from schemas.common import Category
from schemas.envelope import Commit
from schemas.events import LogCheckpointed
from tests.jobs import AT, JOB, OTHER, URL
from tests.property.world import World
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_file import Lines, Stored, usual_id
from ytarchive.domain.replay import Head, follow
from ytarchive.runtime.signing import Signer

SIGNER: Final = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))
STRANGER: Final = Signer(Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
LOG_SUBJECT: Final = subjects.event("log", subjects.LOG_ID)


@lru_cache
def world(seed: int = 1, steps: int = 30) -> tuple[Stored, ...]:
    """Give the log of two jobs with some failures on the way."""
    made, chance = World(), Random(seed)
    made.send(SubmitVideo(job_id=JOB, url=URL))
    made.send(SubmitVideo(job_id=OTHER, url=URL))
    for _ in range(steps):
        if made.running and chance.random() < 0.3:
            made.finish(0, Category.NETWORK)
        elif made.tasks and chance.random() < 0.5:
            made.start(chance.randrange(len(made.tasks)))
        else:
            made.go_on()
    made.settle()
    return tuple(message(one.sequence, one.subject, one.payload) for one in made.log)


def message(sequence: int, subject: str, payload: bytes) -> Stored:
    """Give a message as the server has it."""
    return Stored(
        sequence, subject, payload, f"2026-11-25T09:30:{sequence % 60:02}.123456789Z", usual_id(payload)
    )


def numbered(messages: Iterable[Stored], first: int = 1) -> tuple[Stored, ...]:
    """Give messages anew, without a gap."""
    return tuple(one._replace(sequence=number) for number, one in enumerate(messages, first))


def with_checkpoints(
    messages: Sequence[Stored], *every: int, signer: Signer = SIGNER, check: type[LogCheck] = LogCheck
) -> tuple[Stored, ...]:
    """Give a log with a signed checkpoint behind so many of its messages each."""
    found, seen, head = list[Stored](), check(), Head()
    for number, one in enumerate(messages, 1):
        found.append(one._replace(sequence=len(found) + 1))
        seen.follow(*found[-1][:3])
        if number in every:
            payload = checkpoint(signer.checkpoint(seen.edge()), head)
            head = follow(codec.commits.decode(payload), payload)
            found.append(message(len(found) + 1, LOG_SUBJECT, payload))
            seen.follow(*found[-1][:3])
    return tuple(found)


def checkpoint(event: LogCheckpointed, head: Head) -> bytes:
    """Give the commit of a checkpoint behind others."""
    commit: Commit[LogCheckpointed] = Commit(
        aggregate="log",
        aggregate_id=subjects.LOG_ID,
        version=head.version + 1,
        previous=head.digest,
        at=AT,
        correlation_id="",
        causation_id="",
        events=(event,),
    )
    return codec.encode(commit)


def written(messages: Sequence[Stored], *, after: int = 0, end: int | None = None) -> list[bytes]:
    """Give the lines of an export, without their breaks."""
    lines, check = Lines(), LogCheck()
    found: list[bytes] = []
    for one in messages:
        if one.sequence > after:
            found = found or [lines.begin("0.1.0", AT, check.edge(after))]
        check.follow(*one[:3])
        if one.sequence > after:
            found.append(lines.message(one))
    found = found or [lines.begin("0.1.0", AT, check.edge(after))]
    last = messages[-1].sequence if messages else 0
    check.end(last if end is None else end)
    found.append(lines.end(check, last if end is None else end))
    return [line.removesuffix(b"\n") for line in found]
