"""Asking the jobs actor for something: addresses checked, commands published once whatever happens."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import nats.errors

from cli.choices import choices
from cli.sources import Sources
from schemas import codec, subjects
from schemas.commands import BatchCommand, ExtendBatch, JobCommand, SubmitBatch, SubmitVideo
from schemas.common import Priority
from schemas.envelope import Envelope
from schemas.fixity_commands import AuditCommand
from schemas.limits import ChangeLimits
from schemas.options import ArchiveOptions
from ytarchive.domain.about import aggregate_of
from ytarchive.errors import ServerUnavailable, unknown
from ytarchive.profiles import options_for
from ytarchive.recovery.manager import ErrorRecoveryManager

if TYPE_CHECKING:
    from cli.choices import Chosen
    from cli.wishes import Wishes
    from ytarchive.runtime.bus import Bus
    from ytarchive.sources import Loaded

_PATIENCE: Final = 15.0
"""Seconds for which a command is sent again."""
_PORTION: Final = 200
"""Addresses in one message, which holds the longest."""


class Submission(NamedTuple):
    """What is asked for together: videos, each a job by itself (id to URL), or one batch of all `urls`."""

    jobs: dict[str, str]
    batch_id: str
    urls: tuple[str, ...]
    title: str


def submission(sources: Sources) -> Submission:
    """Choose new ids. Lists, and whatever came from a file, make a batch."""
    if sources.listed or len(sources.videos) < len(sources.urls):
        return Submission({}, secrets.token_hex(8), sources.urls, sources.title)
    return Submission({secrets.token_hex(8): url for url in sources.urls}, "", sources.urls, sources.title)


def check_options(
    loaded: "Loaded", wishes: "Wishes", chosen: "Chosen | None" = None, **rest: Any
) -> ArchiveOptions:
    """Give the options of a submission: those of a profile, `wishes` in place of some, `chosen` and `rest`.

    Raises `UsageError` where there is no such profile, field or value.
    """
    rest |= {"choices": choices(chosen)} if chosen else {}
    name = wishes.get("profile", loaded.settings.profile)
    wished = {key: value for key, value in wishes.items() if key != "profile"}
    return options_for(loaded.profiles, name, wished, **rest)


def check_priority(name: str | None) -> Priority | None:
    """Give what goes first. Raises `UsageError` for what there is not."""
    try:
        return Priority(name) if name else None
    except ValueError as error:
        raise unknown("priority", name, tuple(Priority)) from error


async def submit(
    bus: "Bus", wanted: Submission, options: ArchiveOptions, priority: Priority | None, *, whole: bool = False
) -> None:
    """Ask for all of it. Raises `ServerUnavailable`."""
    correlation = secrets.token_hex(8)
    for job_id, url in wanted.jobs.items():
        first = priority or Priority.HIGH
        await send(bus, SubmitVideo(job_id=job_id, url=url, options=options, priority=first), correlation)
    if wanted.batch_id:
        portions = list(_portions(wanted.urls))
        begin = SubmitBatch(
            batch_id=wanted.batch_id,
            title=wanted.title,
            sources=portions[0],
            options=options,
            priority=priority or Priority.NORMAL,
            whole=whole,
            more=len(portions) > 1,
        )
        await send(bus, begin, correlation)
        for part, sources in enumerate(portions[1:], 1):
            more = part < len(portions) - 1
            extend = ExtendBatch(batch_id=wanted.batch_id, part=part, sources=sources, more=more)
            await send(bus, extend, correlation)


def _portions(urls: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Cut addresses into what one message holds."""
    for start in range(0, len(urls), _PORTION):
        yield tuple(urls[start : start + _PORTION])


async def send(
    bus: "Bus", command: JobCommand | BatchCommand | AuditCommand | ChangeLimits, correlation_id: str = ""
) -> None:
    """Publish a command, again where no answer came: its id makes once of it. Raises `ServerUnavailable`."""
    _, name = aggregate_of(command)
    identity = f"{name}:{secrets.token_hex(8)}"
    envelope = Envelope(
        id=identity, at=datetime.now(UTC), correlation_id=correlation_id or identity, body=command
    )
    subject, payload = subjects.job_command(name), codec.encode(envelope)
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
