"""Who may say and hear what, as nats-server's lists of allowed subjects; what is not listed is denied.

Only `jobs` writes the event log and gives tasks out. A worker takes tasks through its own durable consumer,
whose filter stands in the subject of the request that makes it, and reports. `cli` asks and reads.

What lists cannot do: the server sends answers, and what a consumer delivers, wherever the asker says, with
its own rights. So whoever may read a stream can have its messages stored under any subject. Hence no role
that handles foreign data reads back the streams it writes to, and a message which appears in the log without
being a link of its job's chain is reported and not believed.
"""

from typing import Final, TypedDict

from schemas import subjects
from schemas.common import Stage
from ytarchive.runtime.topology import (
    COMMANDS,
    DEAD_LETTERS,
    EVENTS,
    EXTRACTIONS_BUCKET,
    LIMITS,
    LOGS,
    METADATA_BUCKET,
    PROGRESS,
    RESULTS,
    TIMERS,
)

METADATA_OBJECTS: Final = f"OBJ_{METADATA_BUCKET}"
EXTRACTION_OBJECTS: Final = f"OBJ_{EXTRACTIONS_BUCKET}"
STREAMS: Final = (
    EVENTS,
    COMMANDS,
    RESULTS,
    TIMERS,
    LIMITS,
    PROGRESS,
    LOGS,
    DEAD_LETTERS,
    METADATA_OBJECTS,
    EXTRACTION_OBJECTS,
)
_API: Final = "$JS.API"


class Allowed(TypedDict):
    """The subjects allowed in one direction."""

    allow: list[str]


class Permissions(TypedDict):
    """One user's permissions as nats-server's configuration has them."""

    publish: Allowed
    subscribe: Allowed
    allow_responses: dict[str, int | str]


def permissions(role: str, node: str, user: str = "") -> Permissions | None:
    """Give what a role may do, its consumers being those of `node`; None, for `admin`, is everything.

    The name of its `user`, by which it is answered, is that of the role unless said.

    Raises KeyError for a role there is not.
    """
    if role == "admin":
        return None
    publish, subscribe = _ROLES[role](node)
    common = [f"{_API}.INFO", f"{_API}.STREAM.NAMES", *(f"{_API}.STREAM.INFO.{name}" for name in STREAMS)]
    return {
        "publish": {"allow": [*common, *publish]},
        "subscribe": {"allow": [f"_INBOX.{user or role}.>", *subscribe]},
        "allow_responses": {"max": 1, "expires": "1m"},
    }


Lists = tuple[list[str], list[str]]


def _jobs(_node: str) -> Lists:
    publish, subscribe = _actor("jobs")
    return [
        *publish,
        subjects.EVENTS,
        subjects.COMMANDS,
        subjects.SCHEDULES,
        subjects.DUE,
        subjects.CANCELLATIONS,
        subjects.EGRESS_NEWS,
        subjects.LIMITS,
        "$SRV.INFO.*",
        *(f"{_API}.STREAM.CREATE.{name}" for name in STREAMS),
        f"{_API}.STREAM.PURGE.{COMMANDS}",
        f"{_API}.STREAM.PURGE.{TIMERS}",
        *_direct(EVENTS),
        *_direct(METADATA_OBJECTS),
        f"{_API}.STREAM.PURGE.{METADATA_OBJECTS}",  # of what no event refers to, which jobs alone knows
        *_consumer(COMMANDS, "jobs", subjects.JOB_COMMANDS),
        *_consumer(RESULTS, "results", subjects.JOB_RESULTS),
        *_consumer(TIMERS, "due", subjects.JOBS_DUE),
        # how many wait in each queue, and since when: read by who writes to all of them anyway
        *(f"{_API}.CONSUMER.LIST.{queue}" for queue in (COMMANDS, RESULTS, TIMERS)),
        *(f"{_API}.STREAM.MSG.GET.{queue}" for queue in (COMMANDS, RESULTS, TIMERS)),
    ], [*subscribe, subjects.HEARTBEATS, *map(subjects.query, ("jobs", "leave", "checkpoint"))]


def _metadata(_node: str) -> Lists:
    publish, subscribe = _asker(Stage.METADATA)
    return [
        *publish,
        *_consumer(COMMANDS, "metadata", subjects.tasks(Stage.METADATA)),
        *_consumer(COMMANDS, "listing", subjects.tasks(Stage.LISTING)),
        f"{subjects.ROOT}.progress.*.{Stage.LISTING}.*",
        *_puts(METADATA_BUCKET),
        *_puts(EXTRACTIONS_BUCKET),
        # putting an object again purges the chunks it had; its rollup header could wipe the bucket anyway
        f"{_API}.STREAM.PURGE.{EXTRACTION_OBJECTS}",
    ], subscribe


def _download(_node: str) -> Lists:
    publish, subscribe = _asker(Stage.DOWNLOAD)
    return [
        *publish,
        *_consumer(COMMANDS, "download", subjects.tasks(Stage.DOWNLOAD)),
        *_gets(EXTRACTION_OBJECTS),
    ], subscribe


def _storage(node: str) -> Lists:
    publish, subscribe = _worker(Stage.STORAGE)
    return [
        *publish,
        *_consumer(COMMANDS, f"storage-{node}", subjects.tasks(Stage.STORAGE, node=node)),
        *_consumer(COMMANDS, f"discard-{node}", subjects.discards(node)),
        *_consumer(COMMANDS, f"check-{node}", subjects.checks(node)),
        subjects.query("jobs"),
    ], subscribe


def _logs(node: str) -> Lists:
    publish, subscribe = _actor("logs")
    return [
        *publish,
        *_consumer(LOGS, f"logs-{node}", subjects.LOGS),
        *_direct(LOGS),
    ], [*subscribe, subjects.query("logs"), subjects.query("logs", node=node)]


def _cli(_node: str) -> Lists:
    readable = (EVENTS, PROGRESS, LOGS, DEAD_LETTERS)
    return [
        subjects.JOB_COMMANDS,
        subjects.query("jobs"),
        subjects.query("checkpoint"),
        subjects.query("logs"),
        f"{subjects.query('logs')}.*",
        "$SRV.>",
        *(subject for stream in readable for subject in _direct(stream)),
        *(f"{_API}.STREAM.MSG.GET.{stream}" for stream in readable),
        *(subject for stream in readable if stream != LOGS for subject in _ordered(stream)),
        *_gets(METADATA_OBJECTS),
        *(f"{_API}.CONSUMER.LIST.{queue}" for queue in (COMMANDS, RESULTS, TIMERS)),
    ], [subjects.EVENTS, subjects.PROGRESS, subjects.LOGS, subjects.DEAD_LETTERS, subjects.HEARTBEATS]


def _actor(role: str) -> Lists:
    """Log, complain, say how it is, be discovered, ask who else is of its name, and know the limits."""
    service = f"ytarchive-{role}"
    publish = [
        f"{subjects.ROOT}.log.{role}.*",
        f"{subjects.ROOT}.heartbeat.{role}.*.*",
        subjects.dead_letter(role),
        f"$SRV.INFO.{service}",
        *_direct(LIMITS),
    ]
    return publish, ["$SRV.*", f"$SRV.*.{service}", f"$SRV.*.{service}.*", subjects.LIMITS]


def _worker(stage: Stage) -> Lists:
    """Report, tell progress, and hear what is called off."""
    publish, subscribe = _actor(stage)
    return (
        [*publish, subjects.JOB_RESULTS, f"{subjects.ROOT}.progress.*.{stage}.*"],
        [*subscribe, subjects.CANCELLATIONS],
    )


def _asker(stage: Stage) -> Lists:
    """Work, with the leave of the jobs actor, and hear when it is worth asking for that again."""
    publish, subscribe = _worker(stage)
    return [*publish, subjects.query("leave")], [*subscribe, subjects.EGRESS_NEWS]


def _consumer(stream: str, name: str, filter_subject: str) -> list[str]:
    """Make one durable consumer with one filter, fetch from it and acknowledge."""
    return [
        f"{_API}.CONSUMER.CREATE.{stream}.{name}.{filter_subject}",
        f"{_API}.CONSUMER.INFO.{stream}.{name}",
        f"{_API}.CONSUMER.MSG.NEXT.{stream}.{name}",
        f"$JS.ACK.{stream}.{name}.>",
    ]


def _ordered(stream: str) -> list[str]:
    """Read by a consumer without a name, which the server removes by itself.

    Not for a stream with durable consumers: measured with 2.15.1, the request may name one in its body, and
    changes it.
    """
    return [f"{_API}.CONSUMER.CREATE.{stream}", f"$JS.FC.{stream}.>"]


def _direct(stream: str) -> list[str]:
    """Read by direct gets."""
    return [f"{_API}.DIRECT.GET.{stream}", f"{_API}.DIRECT.GET.{stream}.>"]


def _puts(bucket: str) -> list[str]:
    """Put objects, and see which there are. Their content cannot be read back."""
    return [f"$O.{bucket}.C.*", f"$O.{bucket}.M.*", f"{_API}.STREAM.MSG.GET.OBJ_{bucket}"]


def _gets(stream: str) -> list[str]:
    """Get objects."""
    return [f"{_API}.STREAM.MSG.GET.{stream}", *_direct(stream), *_ordered(stream)]


_ROLES: Final = {
    "jobs": _jobs,
    "metadata": _metadata,
    "download": _download,
    "storage": _storage,
    "logs": _logs,
    "cli": _cli,
}
