"""How messages are asked for: many by one request, again when none came, and none lost at the end."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.errors import NotFoundError

from tests.integration.test_consumer import Seen, ask, empty, queue, serving
from ytarchive.runtime import consumer, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.consumer import Delivery, serve
from ytarchive.runtime.process import Runtime

REQUESTS = f"$JS.API.CONSUMER.MSG.NEXT.{topology.COMMANDS}.metadata"


@asynccontextmanager
async def overheard(bus: Bus) -> AsyncIterator[Subscription]:
    """Hear the requests for messages."""
    requests = await bus.client.subscribe(REQUESTS)
    await bus.client.flush()
    yield requests
    await requests.unsubscribe()


async def wanted(requests: Subscription) -> int:
    """Wait for the next request, and give how many messages it asks for."""
    return int(json.loads((await requests.next_msg(timeout=20)).data)["batch"])


async def test_messages_that_wait_are_asked_for_together(bus: Bus, runtime: Runtime) -> None:
    came, all_there = 0, (asyncio.Event(), asyncio.Event())

    async def meet(_delivery: Delivery[Any]) -> None:
        nonlocal came
        came += 1
        together = all_there[came > 10]
        if came % 10 == 0:
            together.set()  # which wakes all at once, as a barrier does not: then all slots get free at once
        await asyncio.wait_for(together.wait(), 20)

    for version in range(1, 21):
        await ask(bus, version)
    async with overheard(bus) as requests, serving(runtime, queue(meet, slots=10)):
        await empty(bus)
        assert [await wanted(requests), await wanted(requests)] == [10, 10]


async def test_who_asked_in_vain_asks_again(
    bus: Bus, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ytarchive.runtime.intake._FETCH_SECONDS", 0.1)
    seen = Seen()
    async with overheard(bus) as requests, serving(runtime, queue(seen, slots=2)):
        assert [await wanted(requests) for _ in range(3)] == [2, 2, 2]
        await ask(bus, 1)
        assert await seen.until(1) == [(1, 1)]
        await empty(bus)


async def test_a_gate_that_fails_for_a_moment_is_tried_again(bus: Bus, runtime: Runtime) -> None:
    seen, tries = Seen(), []

    async def look() -> None:
        tries.append(len(seen.attempts))
        if len(tries) == 1:
            raise OSError("the disk does not answer")

    await ask(bus, 1)
    async with serving(runtime, queue(seen)._replace(gate=look)):
        await seen.until(1)
    assert tries[:2] == [0, 0]


async def test_what_is_on_its_way_to_who_stops_is_given_back_at_once(
    bus: Bus, runtime_on: Callable[[Bus], Runtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it stops: it need not be waited for until `ack_wait` ends, as for what a dead worker had.

    Only what the server sends when it has been told already that nobody listens never comes.
    """
    seen, came = Seen(), set[int]()
    take = consumer._Hand.take

    async def noted(hand: Any, message: Msg) -> None:
        came.add(message.metadata.sequence.stream)
        await take(hand, message)

    monkeypatch.setattr(consumer._Hand, "take", noted)
    for moment in range(60):
        leaving = runtime_on(bus)
        working = asyncio.create_task(serve(leaving, queue(seen, grace=0, slots=100, ack_wait=120)))
        await bus.client.flush()
        await ask(bus, moment + 1)
        for _ in range(moment):
            await asyncio.sleep(0)
        leaving.stopping.set()
        await asyncio.wait_for(working, 20)
    async with serving(runtime_on(bus), queue(seen, slots=100, ack_wait=120)), asyncio.timeout(60):
        while came & await waiting(bus):
            await asyncio.sleep(0.02)
    assert len(came) > 20


async def waiting(bus: Bus) -> set[int]:
    """Give the numbers of the messages that are still in the queue."""
    found = set[int]()
    state = (await bus.js.stream_info(topology.COMMANDS)).state
    for number in range(state.first_seq, state.last_seq + 1):
        with contextlib.suppress(NotFoundError):
            await bus.js.get_msg(topology.COMMANDS, number)
            found.add(number)
    return found
