import asyncio

import pytest

from ytarchive.runtime import waiting


async def test_who_is_told_to_stop_in_the_moment_of_the_answer_stops() -> None:
    waiting.mend()
    answer = asyncio.get_running_loop().create_future()

    async def ask() -> None:
        await asyncio.wait_for(answer, 5)
        pytest.fail("the cancellation was lost")

    task = asyncio.create_task(ask())
    await asyncio.sleep(0)
    answer.set_result(None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_waits_too_long_is_told_and_who_waits_for_what_is_there_has_it() -> None:
    waiting.mend()
    answer = asyncio.get_running_loop().create_future()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(answer), 0.01)
    answer.set_result(7)
    assert await asyncio.wait_for(answer, 0) == 7
    assert await asyncio.wait_for(answer, None) == 7
