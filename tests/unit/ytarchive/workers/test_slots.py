import asyncio

import pytest

from ytarchive.workers.slots import Slots


class Crowd:
    """People who want slots, and have them until they are told to go."""

    def __init__(self, slots: Slots) -> None:
        self.slots, self.inside = slots, 0
        self.leave = asyncio.Semaphore(0)
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, number: int) -> int:
        self.tasks += [asyncio.create_task(self._one()) for _ in range(number)]
        return await self.settled()

    async def go(self, number: int) -> int:
        for _ in range(number):
            self.leave.release()
        return await self.settled()

    async def settled(self) -> int:
        for _ in range(50):
            await asyncio.sleep(0)
        return self.inside

    async def _one(self) -> None:
        async with self.slots:
            self.inside += 1
            try:
                await self.leave.acquire()
            finally:
                self.inside -= 1


@pytest.fixture
async def crowd() -> Crowd:
    return Crowd(Slots(2))


async def test_no_more_are_inside_than_there_are_slots(crowd: Crowd) -> None:
    assert await crowd.come(5) == 2
    assert await crowd.go(1) == 2
    assert await crowd.go(4) == 0


async def test_more_slots_let_in_who_waits_at_once(crowd: Crowd) -> None:
    await crowd.come(5)
    crowd.slots.size = 4
    assert await crowd.settled() == 4
    assert await crowd.go(5) == 0


async def test_with_fewer_slots_nobody_is_put_out_and_nobody_comes_in_until_there_is_room(
    crowd: Crowd,
) -> None:
    crowd.slots.size = 3
    assert await crowd.come(5) == 3
    crowd.slots.size = 1
    assert await crowd.settled() == 3
    assert await crowd.go(2) == 1
    assert await crowd.go(1) == 1
    assert await crowd.go(2) == 0


async def test_who_waits_and_gives_up_takes_nothing(crowd: Crowd) -> None:
    await crowd.come(4)
    crowd.tasks[2].cancel()
    assert await crowd.go(1) == 2
    crowd.tasks[0].cancel()
    crowd.tasks[1].cancel()
    assert await crowd.go(3) == 0
