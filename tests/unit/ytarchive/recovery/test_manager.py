import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from schemas.common import Category
from ytarchive.recovery.manager import ErrorRecoveryManager, Operation
from ytarchive.recovery.strategies import FixedDelayStrategy, GiveUp

AT_ONCE = FixedDelayStrategy(delay=timedelta(), attempts=3)
Heard = list[tuple[Operation, timedelta]]


def manager(heard: Heard | None = None, *, within: float = 45, pace: float = 0.001) -> ErrorRecoveryManager:
    heard = [] if heard is None else heard
    return ErrorRecoveryManager(lambda *told: heard.append(told), within=within, pace=pace)


def failing(*errors: Exception) -> Callable[[], Awaitable[str]]:
    """Give a call that raises these, one after the other, and then succeeds."""
    left = list(errors)

    async def call() -> str:
        await asyncio.sleep(0)
        if left:
            raise left.pop(0)
        return "done"

    return call


def refused() -> ConnectionRefusedError:
    return ConnectionRefusedError("nobody listens")


async def test_what_works_is_done_once_and_nobody_hears_of_it() -> None:
    heard: Heard = []
    assert await manager(heard).execute_with_retry("x", failing()) == "done"
    assert heard == []


async def test_what_fails_for_a_moment_is_done_again_and_each_retry_is_told() -> None:
    heard: Heard = []
    assert await manager(heard).execute_with_retry("x", failing(refused(), TimeoutError())) == "done"

    (first, wait), (second, _) = heard
    assert (first.name, first.id) == ("x", second.id)
    assert [len(one.attempts) for one in (first, second)] == [1, 2]
    assert second.attempts[0] == first.attempts[0]
    assert first.attempts[0].category is Category.NETWORK
    assert first.attempts[0].message == "nobody listens"
    assert second.attempts[1].message == "TimeoutError"
    assert timedelta() < wait < timedelta(seconds=1)


async def test_what_repeating_cannot_help_is_raised_as_it_came() -> None:
    heard: Heard = []
    error = KeyError("a bug")
    with pytest.raises(KeyError) as raised:
        await manager(heard).execute_with_retry("x", failing(error))
    assert raised.value is error
    assert not hasattr(error, "__notes__")
    assert heard == []


async def test_the_last_error_is_raised_with_what_was_tried() -> None:
    errors = [refused(), refused(), refused(), ConnectionResetError("at last")]
    with pytest.raises(ConnectionResetError) as raised:
        await manager().execute_with_retry("put a document", failing(*errors), strategy=AT_ONCE)
    first, *tried = raised.value.__notes__[0].splitlines()
    assert re.fullmatch(r"put a document, tried 4 times in \d+\.\d s:", first)
    assert [line[9:] for line in tried] == ["network: nobody listens"] * 3 + ["network: at last"]


async def test_the_strategy_given_comes_before_the_table() -> None:
    errors = [KeyError(), KeyError(), KeyError()]
    assert await manager().execute_with_retry("x", failing(*errors), strategy=AT_ONCE) == "done"
    with pytest.raises(ConnectionRefusedError):
        await manager().execute_with_retry("x", failing(refused()), strategy=GiveUp())


async def test_failures_of_different_kinds_are_counted_by_themselves() -> None:
    errors = [refused(), KeyError(), refused(), KeyError(), refused(), KeyError()]
    assert await manager().execute_with_retry("x", failing(*errors), strategy=AT_ONCE) == "done"


async def test_a_call_that_never_ends_is_ended_when_the_time_is_up() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await manager(within=0.05).execute_with_retry("x", never)


async def test_no_wait_reaches_beyond_the_time_there_is() -> None:
    began = asyncio.get_running_loop().time()
    slow = FixedDelayStrategy(delay=timedelta(hours=1))
    with pytest.raises(ConnectionRefusedError):
        await manager(pace=1).execute_with_retry("x", failing(refused()), strategy=slow)
    assert asyncio.get_running_loop().time() - began < 60


async def test_an_operation_is_listed_while_it_lasts_and_cancelling_ends_it() -> None:
    recovery, heard = manager(pace=1), asyncio.Event()
    recovery._told = lambda *_: heard.set()
    slow = FixedDelayStrategy(delay=timedelta(seconds=30))
    running = asyncio.create_task(recovery.execute_with_retry("x", failing(refused()), strategy=slow))
    other = asyncio.create_task(recovery.execute_with_retry("y", asyncio.Event().wait))
    await heard.wait()

    first, second = recovery.active
    assert (first.name, len(first.attempts), second.name) == ("x", 1, "y")
    assert first.id != second.id

    for task in (running, other):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert recovery.active == ()


@pytest.mark.parametrize("errors", [(), (KeyError(),), (refused(),)])
async def test_nothing_is_listed_when_it_is_over(errors: tuple[Exception, ...]) -> None:
    recovery = manager()
    await asyncio.gather(recovery.execute_with_retry("x", failing(*errors)), return_exceptions=True)
    assert recovery.active == ()


async def test_operations_of_one_name_wait_longer_the_more_of_them_fail() -> None:
    heard: Heard = []
    recovery = manager(heard)
    for _ in range(6):
        await recovery.execute_with_retry("x", failing(refused()))
    # each success takes back a quarter of what the failure doubled
    assert heard[-1][1] > 2 * heard[0][1]
    await recovery.execute_with_retry("y", failing(refused()))
    assert heard[-1][1] == heard[0][1]
