import asyncio
import contextlib

import pytest

from ytarchive.runtime.stopping import cancellations, check_wanted


async def deaf(*, told_before: bool) -> str:
    """Lose a cancellation, as `wait_for` may, and then look whether there was one."""
    before = cancellations()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(10)
    check_wanted(cancellations() if told_before else before)
    return "went on"


async def test_a_cancellation_that_was_lost_is_heard_at_the_next_look() -> None:
    task = asyncio.create_task(deaf(told_before=False))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_cleans_up_because_of_it_is_let_do_so() -> None:
    task = asyncio.create_task(deaf(told_before=True))
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "went on"


async def test_who_was_not_told_to_stop_goes_on() -> None:
    check_wanted(cancellations())
