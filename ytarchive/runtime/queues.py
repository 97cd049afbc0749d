"""What waits in the work queues, as the server has it."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from nats.js.errors import NotFoundError

from schemas.queries import QueueView
from ytarchive.runtime import topology

if TYPE_CHECKING:
    from nats.js.api import ConsumerInfo

    from ytarchive.runtime.bus import Bus

_STREAMS: Final = (topology.COMMANDS, topology.RESULTS, topology.TIMERS)
_PAGE: Final = 256
"""Consumers that the server tells of at a time."""


async def depths(bus: "Bus", *, ages: bool = True) -> list[QueueView]:
    """Give how every queue stands that anybody ever served. Raises nats errors, TimeoutError.

    To know `ages` takes the right to read what is in the queues.
    """
    found = await asyncio.gather(*(_consumers(bus, stream) for stream in _STREAMS))
    return list(
        await asyncio.gather(*(_depth(bus, one, ages=ages) for consumers in found for one in consumers))
    )


async def _consumers(bus: "Bus", stream: str) -> "list[ConsumerInfo]":
    found: list[ConsumerInfo] = []
    while True:
        more = await bus.js.consumers_info(stream, offset=len(found))
        found += more
        if len(more) < _PAGE:
            return found


async def _depth(bus: "Bus", consumer: "ConsumerInfo", *, ages: bool) -> QueueView:
    waiting, in_hand, since = consumer.num_pending or 0, consumer.num_ack_pending or 0, None
    if ages and (waiting or in_hand):
        floor = consumer.ack_floor.stream_seq if consumer.ack_floor else 0
        with contextlib.suppress(NotFoundError):  # it was acknowledged meanwhile
            oldest = await bus.js.get_msg(
                consumer.stream_name, seq=floor + 1, subject=consumer.config.filter_subject, next=True
            )
            since = oldest.time
    return QueueView(
        stream=consumer.stream_name,
        name=consumer.name,
        waiting=waiting,
        in_hand=in_hand,
        again=consumer.num_redelivered or 0,
        since=since,
    )
