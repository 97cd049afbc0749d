"""The channels of the wire: which messages, from whom, to whom, on which subjects.

Nothing that runs imports this module: `schemas.asyncapi` makes a document of it.
"""

from typing import NamedTuple

from schemas import subjects
from schemas.common import Stage

PARAMETERS = {
    "aggregate": "job, batch, audit, limits or log",
    "aggregate_id": "a job, a batch or an audit: 16 lower-case hexadecimal digits; of the log 0 alone",
    "actor": "the name of an actor: jobs, metadata, download, storage or logs",
    "audit_id": "an audit: 16 lower-case hexadecimal digits",
    "egress": "who we are to a site: a node, and what its yt-dlp options make of it",
    "instance": "one process of an actor: new with every start",
    "job_id": "a job: 16 lower-case hexadecimal digits",
    "level": "debug, info, warning, error or critical",
    "node": "a machine",
    "part": "the portion of the audit, from 1",
    "stage": "listing, metadata, download or storage",
    "stream": "one of the streams a stage works on, or `all`",
    "version": "the version of the job when the task was given out",
}
_ASKERS = ("metadata", "download")
_WORKERS = (*_ASKERS, "storage")
_ACTORS = ("jobs", *_WORKERS, "logs")
_ID = "0" * 16


class Channel(NamedTuple):
    """The subject at `address`, what goes over it, and what `answers` come, by their documents' names."""

    address: str
    about: str
    messages: tuple[str, ...]
    senders: tuple[str, ...]
    receivers: tuple[str, ...]
    answers: tuple[str, ...] = ()


def _address(subject: str, *parameters: str) -> str:
    """Name the last tokens of an example."""
    fixed = subject.split(".")[: -len(parameters)]
    return ".".join([*fixed, *(f"{{{name}}}" for name in parameters)])


CHANNELS = {
    "events": Channel(
        _address(subjects.event("job", _ID), "aggregate", "aggregate_id"),
        "The event log: one message is one decision about one job, batch or audit. Nothing in it is ever "
        "changed or removed.",
        ("commit",),
        ("jobs",),
        ("jobs", "cli"),
    ),
    "job_commands": Channel(
        _address(subjects.job_command(_ID), "aggregate_id"),
        "What is asked of a job, a batch, an audit, or the limits.",
        (
            "job.submit",
            "job.cancel",
            "job.pause",
            "job.resume",
            "job.retry",
            "batch.submit",
            "batch.extend",
            "batch.cancel",
            "batch.pause",
            "batch.resume",
            "batch.retry",
            "audit.begin",
            "audit.record",
            "audit.finish",
            "audit.schedule",
            "fixity.repair",
            "limits.change",
        ),
        ("cli", "jobs"),
        ("jobs",),
    ),
    "schedules": Channel(
        _address(subjects.schedule(_ID), "aggregate_id"),
        "The one timer of a job that waits, rests or is looked at again, or of the scheduled audits: the "
        "server says so when it is due.",
        ("job.wake", "audit.wake"),
        ("jobs",),
        (),
    ),
    "due": Channel(
        _address(subjects.due(_ID), "aggregate_id"),
        "The time of a job has come, or of the next portion of an audit. Put here by the server, or by the "
        "jobs actor where it has passed.",
        ("job.wake", "audit.wake"),
        ("jobs",),
        ("jobs",),
    ),
    "listing_tasks": Channel(
        _address(subjects.task(Stage.LISTING, _ID, 0), "job_id", "version"),
        "A collection to be listed, by any metadata actor.",
        ("collection.list",),
        ("jobs",),
        ("metadata",),
    ),
    "metadata_tasks": Channel(
        _address(subjects.task(Stage.METADATA, _ID, 0), "job_id", "version"),
        "Work for any metadata actor.",
        ("metadata.fetch",),
        ("jobs",),
        ("metadata",),
    ),
    "download_tasks": Channel(
        _address(subjects.task(Stage.DOWNLOAD, _ID, 0), "job_id", "version"),
        "Work for any download actor.",
        ("download.media",),
        ("jobs",),
        ("download",),
    ),
    "storage_tasks": Channel(
        _address(subjects.task(Stage.STORAGE, _ID, 0, node="here"), "node", "job_id", "version"),
        "Work for the storage actor of the node that downloaded.",
        ("storage.store",),
        ("jobs",),
        ("storage",),
    ),
    "discards": Channel(
        _address(subjects.discard("here", _ID, 0), "node", "job_id", "version"),
        "What the storage actor of a node may clear away.",
        ("storage.discard",),
        ("jobs",),
        ("storage",),
    ),
    "checks": Channel(
        _address(subjects.check("here", _ID, 0), "node", "audit_id", "part"),
        "Files that the storage actor of a node is to look at, where they are kept.",
        ("storage.check",),
        ("jobs",),
        ("storage",),
    ),
    "cancellations": Channel(
        _address(subjects.cancel_signal(_ID), "job_id"),
        "Tells whoever works on a job to stop. Kept nowhere: a worker that misses it reports in vain.",
        ("cancel",),
        ("jobs",),
        _WORKERS,
    ),
    "egress_news": Channel(
        _address(subjects.egress_signal("here"), "egress"),
        "Tells whoever waits for leave to ask again. Kept nowhere: who misses it asks later.",
        ("news",),
        ("jobs",),
        _ASKERS,
    ),
    "results": Channel(
        _address(subjects.result(_ID), "aggregate_id"),
        "What came of a task.",
        (
            "collection.page",
            "collection.listed",
            "metadata.fetched",
            "metadata.unwanted",
            "download.finished",
            "storage.stored",
            "storage.checked",
            "task.failed",
        ),
        _WORKERS,
        ("jobs",),
    ),
    "progress": Channel(
        _address(subjects.progress(_ID, Stage.METADATA, "all"), "job_id", "stage", "stream"),
        "How far the work is: the last word of every stream, for an hour.",
        ("progress",),
        _WORKERS,
        ("cli",),
    ),
    "logs": Channel(
        _address(subjects.log("jobs", "info"), "actor", "level"),
        "The log lines of every actor.",
        ("log",),
        _ACTORS,
        ("logs", "cli"),
    ),
    "dead_letters": Channel(
        _address(subjects.dead_letter("jobs"), "actor"),
        "Messages that could not be read or handled, each with the reason.",
        ("dead_letter",),
        _ACTORS,
        ("cli",),
    ),
    "heartbeats": Channel(
        _address(subjects.heartbeat("jobs", "here", _ID), "actor", "node", "instance"),
        "How each actor is, every two seconds. Kept nowhere.",
        ("heartbeat",),
        _ACTORS,
        ("jobs", "cli"),
    ),
    "limits": Channel(
        subjects.LIMITS,
        "The last word on limits that were changed while everything runs.",
        ("limits.current",),
        ("jobs",),
        _ACTORS,
    ),
    "queries": Channel(
        subjects.query("jobs"),
        "Questions to the read model, answered to the sender's inbox.",
        ("query.jobs", "query.job", "query.batches", "query.videos", "query.actors", "query.queues"),
        ("cli", "storage"),
        ("jobs",),
        answers=("jobs", "batches", "videos", "actors", "queues"),
    ),
    "leave": Channel(
        subjects.query("leave"),
        "Whether a task may be begun, answered to the sender's inbox.",
        ("query.leave",),
        _ASKERS,
        ("jobs",),
        answers=("leave",),
    ),
    "checkpoint": Channel(
        subjects.query("checkpoint"),
        "How far signed checkpoints cover the log, answered to the sender's inbox.",
        ("query.checkpoint",),
        ("cli",),
        ("jobs",),
        answers=("checkpoint",),
    ),
    "log_queries": Channel(
        subjects.query("logs"),
        "Questions for log lines that are kept, answered to the sender's inbox.",
        ("query.logs",),
        ("cli",),
        ("logs",),
        answers=("logs",),
    ),
    "log_queries_of_a_node": Channel(
        _address(subjects.query("logs", node="here"), "node"),
        "The same, to the node that gave the first page.",
        ("query.logs",),
        ("cli",),
        ("logs",),
        answers=("logs",),
    ),
}
SIGNALS = {
    "cancel": "Empty: the subject says it all. Or `keep`: what was done so far is to stay.",
    "news": "Empty: the subject says it all.",
}
