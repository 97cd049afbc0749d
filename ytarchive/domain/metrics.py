"""The metrics there are: their names, what they mean, and by what they are told apart.

Names and units follow Prometheus: seconds and bytes, ``_total`` behind what only grows.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from ytarchive.domain.meters import Durations


class Kind(StrEnum):
    """What may be done with the numbers of a metric: a counter's are only good for how fast it grows."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Family(NamedTuple):
    """One metric: a number for each combination of its labels that occurs."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str


class Reading(NamedTuple):
    """A number of a metric, for these values of its labels."""

    family: Family
    labels: tuple[str, ...]
    value: "float | Durations"


def _counter(name: str, *labels: str, text: str) -> Family:
    return Family(f"ytarchive_{name}_total", Kind.COUNTER, labels, text)


def _gauge(name: str, *labels: str, text: str) -> Family:
    return Family(f"ytarchive_{name}", Kind.GAUGE, labels, text)


JOBS: Final = _gauge(
    "jobs", "kind", "state", text="jobs in each state; of the kind list are those that list a collection"
)
BATCHES: Final = _gauge("batches", "state", text="batches in each state")
STAGES: Final = Family(
    "ytarchive_stage_duration_seconds",
    Kind.HISTOGRAM,
    ("stage",),
    "from the end of the stage before, or the beginning of the job, to the end of the stage, waits included",
)
DOWNLOADED: Final = _counter("downloaded_bytes", "node", text="bytes that were downloaded whole, by node")
ARCHIVED: Final = _counter("archived_bytes", "node", text="bytes that were verified and put into the library")
FAILED_ATTEMPTS: Final = _counter(
    "failed_attempts", "stage", "category", text="attempts at a stage that failed, by kind of failure"
)
RETRIES: Final = _counter("retries", "category", text="further attempts that were scheduled after a failure")
FAILED_JOBS: Final = _counter("failed_jobs", "category", text="times that a job was given up")
REFUSALS: Final = _counter("refusals", "egress", "category", text="times that a site refused whoever asked")
BREAKER: Final = _gauge(
    "breaker_state",
    "egress",
    "state",
    text="1 for the state of the breaker of each identity that was ever refused: closed, open or half_open",
)
HELD_TASKS: Final = _gauge(
    "held_tasks", "stage", text="tasks that wait for a free worker, in no queue as yet"
)
SERVER: Final = _gauge(
    "server_up",
    text="1 if the NATS server answered when these numbers were read, and kept the last event, else 0",
)
LOG_END: Final = _gauge("log_last_sequence", text="the sequence of the newest message of the event log")
LOG_FOLDED: Final = _gauge(
    "log_folded_sequence", text="up to where the read model takes the log into account"
)
LOG_LAG: Final = _gauge("log_lag_messages", text="how many sequences the read model is behind the log")
LOG_WHOLE: Final = _gauge("log_whole", text="1 while the log holds together and lacks nothing, else 0")
QUEUE: Final = _gauge("queue_messages", "queue", text="messages that wait in a queue, or are in hand")
QUEUE_AGE: Final = _gauge("queue_oldest_seconds", "queue", text="how long the oldest of them is there")
DEAD_LETTERS: Final = _gauge("dead_letters", text="messages that nobody could read or handle")
CHECKED: Final = _counter(
    "fixity_checked_files", "node", "depth", text="files that audits looked at: names, content or packets"
)
CHECKED_BYTES: Final = _counter("fixity_checked_bytes", "node", "depth", text="bytes that audits read back")
FOUND: Final = _counter(
    "fixity_failures", "kind", text="files that were found not to be as they were archived"
)
REPAIRED: Final = _counter("fixity_repairs", "how", text="files that were damaged and are whole again")
DAMAGED: Final = _gauge("fixity_damaged_files", text="files that are not as they were archived")
CHECKED_AT: Final = _gauge(
    "fixity_last_check_timestamp_seconds", "node", text="when files were looked at last, after 1970"
)
UNREAD_SINCE: Final = _gauge(
    "fixity_oldest_read_timestamp_seconds",
    "node",
    text="when the files were last read that were not read for longest, after 1970",
)
AUDITED_AT: Final = _gauge(
    "audit_finished_timestamp_seconds", text="when an audit that somebody began was done last, after 1970"
)
AUDIT_EVERY: Final = _gauge("audit_interval_seconds", text="how often every file is to be read; 0 for never")
ACTOR: Final = _gauge(
    "actor_up",
    "actor",
    "node",
    text="1 while an actor is heard of, 0 for a day after it vanished without a word",
)
ACTOR_MISSING: Final = _gauge(
    "actor_missing", "actor", text="1 where no actor of the name is at work on any node, else 0"
)
ACTOR_RESTS: Final = _gauge(
    "actor_rests", "actor", "node", text="1 while an actor takes no task, as for want of room, else 0"
)
ACTOR_TWINS: Final = _gauge(
    "actor_twins", "actor", "node", text="others that are at work where there is to be one"
)
ACTOR_VERSION: Final = _gauge(
    "actor_info", "actor", "node", "version", text="1, of each actor that is heard of, by its version"
)
ACTOR_SINCE: Final = _gauge(
    "actor_start_timestamp_seconds", "actor", "node", text="when an actor was started, after 1970"
)
ACTOR_TASKS: Final = _gauge("actor_tasks", "actor", "node", text="tasks that an actor has in hand")
ACTOR_SLOTS: Final = _gauge("actor_slots", "actor", "node", text="tasks that it may have in hand")
MEMORY: Final = _gauge(
    "actor_memory_bytes", "actor", "node", text="memory of an actor's own process, its workers not counted"
)
DROPPED: Final = _counter(
    "dropped_log_lines", "actor", "node", text="log lines that came faster than they could be sent"
)
DISK: Final = _gauge(
    "disk_free_bytes", "node", "disk", text="bytes left where the library is, or the state directory"
)
MIN_FREE: Final = _gauge(
    "min_free_bytes", "node", text="bytes that must be left where the library is: below it downloads rest"
)

FAMILIES: Final = tuple(value for value in list(globals().values()) if isinstance(value, Family))
