"""What a message, or a job, is about: its aggregate, and the names that log lines of it bear."""

from typing import Any, Final

from ytarchive.domain.job import Job
from ytarchive.domain.links import video_id_of

_AGGREGATES: Final = ("job", "batch", "audit", "limits")


def aggregate_of(body: Any) -> tuple[str, str]:
    """Give the kind and the id of the aggregate that a command, or a result, is about."""
    kind = next(kind for kind in _AGGREGATES if hasattr(body, f"{kind}_id"))
    return kind, getattr(body, f"{kind}_id")


def about(message: Any) -> dict[str, Any]:
    """Give the names in a message that travels in an envelope; none for any other."""
    body = getattr(message, "body", None)
    if body is None:
        return {}
    video = getattr(body, "video", None)
    return _known(
        job_id=getattr(body, "job_id", ""),
        video=video.video_id if video else message.video,
        batch=getattr(body, "batch_id", "") or message.batch,
        audit=getattr(body, "audit_id", ""),
        attempt=getattr(body, "attempt", 0),
        correlation=message.correlation_id,
    )


def about_job(job: Job) -> dict[str, Any]:
    """Give the names of a job as it stands."""
    return _known(
        job_id=job.job_id,
        video=video_of(job),
        batch=job.batch,
        attempt=job.attempt,
        correlation=job.correlation_id,
    )


def about_peer(actor: str, node: str, pid: int) -> dict[str, Any]:
    """Give the names of another actor than the one that speaks."""
    return {"peer": actor, "peer_node": node, "peer_pid": pid}


def video_of(job: Job) -> str:
    """Give the id of a job's video, by its address until more is known."""
    return job.video.video_id if job.video else video_id_of(job.url) or ""


def _known(**names: Any) -> dict[str, Any]:
    return {name: value for name, value in names.items() if value}
