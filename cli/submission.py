"""Asking the jobs actor for something: addresses checked, commands published once whatever happens."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import nats.errors

from schemas import codec, subjects
from schemas.commands import JobCommand, SubmitVideo
from schemas.envelope import Envelope
from schemas.options import ArchiveOptions, Quality
from schemas.queries import GetJobs, JobView
from ytarchive.domain.links import BadLink, video_link
from ytarchive.errors import ServerUnavailable, UsageError
from ytarchive.recovery.manager import ErrorRecoveryManager
from ytarchive.runtime.read_model import ask

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_PATIENCE: Final = 15.0
"""Seconds for which a command is sent again."""


def check_urls(settings: "Settings", urls: Sequence[str]) -> dict[str, str]:
    """Give a new job id for each video asked for, once. Raises `UsageError` for an address we cannot take."""
    links: dict[str, None] = {}
    for url in urls:
        try:
            links[video_link(url, youtube_only=settings.sites == "youtube").url] = None
        except BadLink as error:
            raise UsageError(str(error), hint=error.hint) from error
    return {secrets.token_hex(8): url for url in links}


def check_options(quality: str, *, force: bool) -> ArchiveOptions:
    """Give the options of a submission. Raises `UsageError` for a quality there is not."""
    try:
        return ArchiveOptions(quality=Quality(quality), force=force)
    except ValueError as error:
        raise UsageError(f"unknown quality: {quality!r}", hint=f"There are: {', '.join(Quality)}.") from error


async def submit_videos(bus: "Bus", jobs: Mapping[str, str], options: ArchiveOptions) -> None:
    """Ask for all of `jobs` (id to URL), which belong together. Raises `ServerUnavailable`."""
    correlation = secrets.token_hex(8)
    for job_id, url in jobs.items():
        await send(bus, SubmitVideo(job_id=job_id, url=url, options=options), correlation)


async def send(bus: "Bus", command: JobCommand, correlation_id: str = "") -> None:
    """Publish a command, again where no answer came: its id makes once of it. Raises `ServerUnavailable`."""
    identity = f"{command.job_id}:{secrets.token_hex(8)}"
    envelope = Envelope(
        id=identity, at=datetime.now(UTC), correlation_id=correlation_id or identity, body=command
    )
    subject, payload = subjects.job_command(command.job_id), codec.encode(envelope)
    recovery = ErrorRecoveryManager(lambda *_: None, within=_PATIENCE)
    try:
        await recovery.execute_with_retry(
            "send a command", lambda: bus.publish(subject, payload, msg_id=identity)
        )
    except (nats.errors.Error, TimeoutError) as error:
        raise ServerUnavailable(
            f"the server does not take the command: {str(error) or 'it does not answer'}",
            hint="Its disk may be full, or we may not ask it.",
        ) from error


async def find_job(bus: "Bus", prefix: str) -> JobView:
    """Give the one job whose id begins so. Raises `UsageError` where there is none, or several."""
    return one_job(prefix, (await ask(bus, GetJobs(prefix=check_prefix(prefix)))).jobs)


def check_prefix(prefix: str) -> str:
    """Give `prefix` back if a job's id may begin so. Raises `UsageError`."""
    if not re.fullmatch(r"[0-9a-f]{1,16}", prefix):
        raise UsageError(f"not a job: {prefix[:40]!r}", hint="`ytarchive jobs` lists them.")
    return prefix


def one_job(prefix: str, found: Sequence[JobView]) -> JobView:
    """Give the only one there is. Raises `UsageError`."""
    if not found:
        raise UsageError(f"there is no job {prefix!r}", hint="`ytarchive jobs` lists them.")
    if len(found) > 1:
        ids = ", ".join(job.job_id for job in found)
        raise UsageError(f"{prefix!r} may be several jobs: {ids}", hint="Give more of the id.")
    return found[0]
