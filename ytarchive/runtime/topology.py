"""The streams, declared as data, and made so.

Why each is as it is (figures: docs/decisions/nats-jetstream.md): the event log refuses deletion and purging
and counts every message; work queues keep acknowledgements across a kill of the server, which limits streams
do not; timers are apart, because schedules bring the rollup header with them, by which whoever may write to a
stream can empty it; progress lives in memory, because nobody decides on it.
"""

from typing import TYPE_CHECKING, Final

from nats.js.api import (
    ConsumerConfig,
    DiscardPolicy,
    ObjectStoreConfig,
    PersistMode,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import BadRequestError, BucketNotFoundError, NotFoundError

from schemas import subjects
from schemas.codec import MAX_BYTES

if TYPE_CHECKING:
    from nats.js import JetStreamContext

    from ytarchive.settings import Settings

EVENTS: Final = "YTARCHIVE_EVENTS"
COMMANDS: Final = "YTARCHIVE_COMMANDS"
RESULTS: Final = "YTARCHIVE_RESULTS"
TIMERS: Final = "YTARCHIVE_TIMERS"
LIMITS: Final = "YTARCHIVE_LIMITS"
PROGRESS: Final = "YTARCHIVE_PROGRESS"
LOGS: Final = "YTARCHIVE_LOGS"
DEAD_LETTERS: Final = "YTARCHIVE_DEAD"
METADATA_BUCKET: Final = "ytarchive-metadata"
EXTRACTIONS_BUCKET: Final = "ytarchive-extractions"

_HOUR = 3600
_EXTRACTION_LIFE = 6 * _HOUR
"""Media addresses are good for about six hours, and an extraction is of no use without them."""


def streams(settings: "Settings") -> tuple[StreamConfig, ...]:
    """Give every stream. Ages are in seconds, sizes in bytes."""
    return (
        StreamConfig(
            name=EVENTS,
            subjects=[subjects.EVENTS],
            discard=DiscardPolicy.NEW,
            deny_delete=True,
            deny_purge=True,
            allow_direct=True,
            duplicate_window=_HOUR,
            max_msg_size=MAX_BYTES,
        ),
        StreamConfig(
            name=COMMANDS,
            subjects=[subjects.COMMANDS],
            retention=RetentionPolicy.WORK_QUEUE,
            discard=DiscardPolicy.NEW,
            allow_direct=True,
            duplicate_window=_HOUR,
            max_msg_size=MAX_BYTES,
        ),
        StreamConfig(
            name=RESULTS,
            subjects=[subjects.RESULTS],
            retention=RetentionPolicy.WORK_QUEUE,
            discard=DiscardPolicy.NEW,
            duplicate_window=_HOUR,
            max_msg_size=MAX_BYTES,
        ),
        StreamConfig(
            name=TIMERS,
            subjects=[subjects.SCHEDULES, subjects.DUE],
            retention=RetentionPolicy.WORK_QUEUE,
            # not discard new, which the server refuses beside schedules; without limits nothing is discarded
            duplicate_window=_HOUR,
            max_msg_size=MAX_BYTES,
            allow_msg_schedules=True,
        ),
        StreamConfig(name=LIMITS, subjects=[subjects.LIMITS], max_msgs_per_subject=1, allow_direct=True),
        StreamConfig(
            name=PROGRESS,
            subjects=[subjects.PROGRESS],
            storage=StorageType.MEMORY,
            max_msgs_per_subject=1,
            max_age=_HOUR,
            max_bytes=64 << 20,
            allow_direct=True,
        ),
        StreamConfig(
            name=LOGS,
            subjects=[subjects.LOGS],
            persist_mode=PersistMode.ASYNC,  # many, and in each actor's own output too
            max_age=settings.log_days * 24 * _HOUR,
            max_bytes=settings.log_bytes,
            allow_direct=True,
        ),
        StreamConfig(
            name=DEAD_LETTERS, subjects=[subjects.DEAD_LETTERS], max_bytes=64 << 20, allow_direct=True
        ),
    )


async def ensure(js: "JetStreamContext", settings: "Settings") -> None:
    """Create what is missing. Streams that exist are left as they are: only an administrator changes one."""
    for config in streams(settings):
        await _make(js, config)
    for bucket, ttl in ((METADATA_BUCKET, None), (EXTRACTIONS_BUCKET, _EXTRACTION_LIFE)):
        try:
            await js.object_store(bucket)
        except (BucketNotFoundError, NotFoundError):
            await js.create_object_store(bucket, config=ObjectStoreConfig(bucket=bucket, ttl=ttl))


async def renew(js: "JetStreamContext", settings: "Settings") -> None:
    """Create again what a server that was started anew had in memory alone. Raises nats errors."""
    for config in streams(settings):
        if config.storage is StorageType.MEMORY:
            await _make(js, config)


async def _make(js: "JetStreamContext", config: StreamConfig) -> None:
    try:
        await js.stream_info(str(config.name))
    except NotFoundError:
        await js.add_stream(config)


async def exists(js: "JetStreamContext") -> bool:
    """Tell whether the streams are there. Workers wait for the jobs actor to make them."""
    try:
        await js.stream_info(EVENTS)
        await js.object_store(EXTRACTIONS_BUCKET)
    except (NotFoundError, BucketNotFoundError, BadRequestError):
        return False
    return True


def work_consumer(name: str, subject: str, *, slots: int, ack_wait: float) -> ConsumerConfig:
    """Give a durable consumer of `slots` tasks; a worker silent for `ack_wait` seconds loses its task."""
    return ConsumerConfig(
        name=name,  # with it nats-py says the filter in the request's subject, as the permissions want it
        durable_name=name,
        filter_subject=subject,
        max_ack_pending=slots,
        ack_wait=ack_wait,
        max_deliver=-1,
    )
