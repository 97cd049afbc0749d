"""The subject grammar ``ytarchive.v1.<kind>.<context>.<id...>``: built and parsed here and nowhere else.

Every token is ``[A-Za-z0-9_-]``, so nothing that comes from outside can widen a subject.
"""

import re
from typing import NamedTuple

from schemas.common import Stage

ROOT = "ytarchive.v1"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")

EVENTS = f"{ROOT}.event.>"
COMMANDS = f"{ROOT}.command.>"
SCHEDULES = f"{ROOT}.schedule.>"
DUE = f"{ROOT}.due.>"
RESULTS = f"{ROOT}.result.>"
PROGRESS = f"{ROOT}.progress.>"
LOGS = f"{ROOT}.log.>"
DEAD_LETTERS = f"{ROOT}.dead.>"
CANCELLATIONS = f"{ROOT}.signal.cancel.*"
LIMITS = f"{ROOT}.limits.current"
"""Where the limits are that are not as they are configured: the last word on them."""
LOG_ID = "0" * 16
"""The id of the aggregate `log`, of which there is one: the log itself."""
DISCARDS = f"{ROOT}.command.discard.>"
CHECKS = f"{ROOT}.command.check.>"
EGRESS_NEWS = f"{ROOT}.signal.egress.*"
HEARTBEATS = f"{ROOT}.heartbeat.*.*.*"

JOB_COMMANDS = f"{ROOT}.command.jobs.*"
JOB_RESULTS = f"{ROOT}.result.jobs.*"
JOBS_DUE = f"{ROOT}.due.jobs.*"


class Subject(NamedTuple):
    """A parsed subject."""

    kind: str
    context: str
    ids: tuple[str, ...]


def _build(kind: str, *tokens: str) -> str:
    for token in tokens:
        if not _TOKEN.fullmatch(token):
            raise ValueError(f"not a subject token: {token!r}")
    return ".".join((ROOT, kind, *tokens))


def parse(subject: str) -> Subject:
    """Take a subject apart. Raises ValueError for one that is not of this grammar."""
    match subject.split("."):
        case ["ytarchive", "v1", kind, context, *ids] if all(
            _TOKEN.fullmatch(token) for token in (kind, context, *ids)
        ):
            return Subject(kind, context, tuple(ids))
        case _:
            raise ValueError(f"not a subject of {ROOT}: {subject!r}")


def event(aggregate: str, aggregate_id: str) -> str:
    """Where the commits of one aggregate are."""
    return _build("event", aggregate, aggregate_id)


def job_command(job_id: str) -> str:
    """Where the jobs actor is asked something about a job, a batch, or an audit."""
    return _build("command", "jobs", job_id)


def task(stage: Stage, job_id: str, version: int, *, node: str | None = None) -> str:
    """Where the task of a stage waits for a worker: any node's, or that of `node` alone.

    The job's `version` makes each asking a subject of its own, so that it can be put there only once.
    """
    return _build("command", stage, *(() if node is None else (node,)), job_id, str(version))


def tasks(stage: Stage, *, node: str | None = None) -> str:
    """Give the filter under which a worker finds its tasks."""
    return f"{_build('command', stage, *(() if node is None else (node,)))}.*.*"


def discard(node: str, job_id: str, version: int) -> str:
    """Where a node is asked to remove the staging folder of a job."""
    return _build("command", "discard", node, job_id, str(version))


def discards(node: str) -> str:
    """Give the filter under which a node finds what to discard."""
    return f"{_build('command', 'discard', node)}.*.*"


def check(node: str, audit_id: str, part: int) -> str:
    """Where a node is asked to look at some of the files it keeps."""
    return _build("command", "check", node, audit_id, str(part))


def checks(node: str) -> str:
    """Give the filter under which a node finds what to look at."""
    return f"{_build('command', 'check', node)}.*.*"


def withdrawable(job_id: str) -> tuple[str, ...]:
    """Give the filters that match all waiting tasks of one job."""
    return (
        f"{_build('command', Stage.METADATA, job_id)}.*",
        f"{_build('command', Stage.LISTING, job_id)}.*",
        f"{_build('command', Stage.DOWNLOAD, job_id)}.*",
        f"{_build('command', Stage.STORAGE)}.*.{job_id}.*",
    )


def schedule(job_id: str) -> str:
    """Where the one timer of a job is kept."""
    return _build("schedule", "jobs", job_id)


def due(job_id: str) -> str:
    """Where the jobs actor hears that the time of a job has come."""
    return _build("due", "jobs", job_id)


def result(job_id: str) -> str:
    """Where workers report about a job."""
    return _build("result", "jobs", job_id)


def progress(job_id: str, stage: Stage, stream: str) -> str:
    """Where the last word on one stream of a job is. Characters outside the grammar become ``-``."""
    return _build("progress", job_id, stage, re.sub(r"[^A-Za-z0-9_-]+", "-", stream)[:64] or "all")


def cancel_signal(job_id: str) -> str:
    """Where running workers hear that a job is called off."""
    return _build("signal", "cancel", job_id)


def egress_signal(egress: str) -> str:
    """Where workers hear that an egress identity is refused, or no longer."""
    return _build("signal", "egress", egress)


def log(actor: str, level: str) -> str:
    """Where an actor's log lines of one level go."""
    return _build("log", actor, level)


def dead_letter(actor: str) -> str:
    """Where an actor puts what it cannot read."""
    return _build("dead", actor)


def heartbeat(actor: str, node: str, instance: str) -> str:
    """Where one process of an actor says how it is."""
    return _build("heartbeat", actor, node, instance)


def query(service: str, *, node: str | None = None) -> str:
    """Where a read model answers: any node's, or that of `node`."""
    return _build("query", service, *(() if node is None else (node,)))
