"""The measure itself: what is left on purpose is found, and named."""

import asyncio
import inspect
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.memory.leaks import left_by, nothing_left_open

HERE = Path(__file__)
SIZE = 100_000


@pytest.fixture
def kept() -> Iterator[list[object]]:
    """A place where things are forgotten."""
    kept: list[object] = []
    yield kept
    for one in kept:
        if isinstance(one, asyncio.Task):
            one.cancel()


async def test_work_that_leaves_nothing_is_within_any_bound() -> None:
    async def work() -> None:
        bytearray(SIZE)
        os.close(os.open(HERE, os.O_RDONLY))
        await asyncio.create_task(asyncio.sleep(0))

    left = await left_by(work, rounds=3)

    left.must_be_within(each=1 << 10, resident=4 << 20)


async def test_memory_that_is_kept_is_found_and_the_line_that_allocated_it_named(kept: list[object]) -> None:
    async def work() -> None:
        kept.append(bytearray(SIZE))

    line = inspect.getsourcelines(work)[1] + 1

    left = await left_by(work, rounds=3)

    assert left.each == pytest.approx(SIZE, rel=0.1)
    assert f"{HERE}:{line}" in left.places[0]
    with pytest.raises(AssertionError, match=f"KiB a round(.|\n)*{HERE.name}:{line}"):
        left.must_be_within(each=1 << 10, resident=4 << 20)


async def test_memory_that_is_taken_once_is_no_leak(kept: list[object]) -> None:
    async def work() -> None:
        if len(kept) < 3:  # in the first round that is measured still
            kept.append(bytearray(SIZE))

    left = await left_by(work, rounds=3)

    left.must_be_within(each=1 << 10, resident=4 << 20)


async def test_what_the_system_alone_sees_growing_is_found(kept: list[object]) -> None:
    async def work() -> None:
        pages = mmap.mmap(-1, 4 << 20)  # fresh ones: what was freed before could serve for a bytearray
        pages.write(b"x" * (4 << 20))
        kept.append(pages)

    left = await left_by(work, rounds=3)

    with pytest.raises(AssertionError, match="this process: more than 8192 KiB of RSS"):
        left.must_be_within(each=64 << 20, resident=8 << 20)


async def test_what_the_system_alone_sees_growing_once_is_no_leak(kept: list[object]) -> None:
    done: list[None] = []

    async def work() -> None:
        done.append(None)
        if len(done) == 4:  # the second round that is measured
            pages = mmap.mmap(-1, 24 << 20)
            pages.write(b"x" * (24 << 20))
            kept.append(pages)

    left = await left_by(work, rounds=3)

    left.must_be_within(each=1 << 10, resident=8 << 20)


async def test_a_descriptor_that_stays_open_is_found_and_its_file_named(
    kept: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.memory.leaks._SETTLE_SECONDS", 0.2)
    files: list[int] = []

    async def work() -> None:
        files.append(os.open(HERE, os.O_RDONLY))

    left = await left_by(work, rounds=2)
    for file in files:
        os.close(file)

    assert left.handles.descriptors == {str(HERE): 2}
    with pytest.raises(AssertionError, match=f"2 descriptor: .*{HERE.name}"):
        left.must_be_within(each=1 << 20, resident=64 << 20)


async def test_a_task_that_goes_on_is_found_and_named(
    kept: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.memory.leaks._SETTLE_SECONDS", 0.2)

    async def forgotten() -> None:
        await asyncio.Event().wait()

    async def block() -> None:
        async with nothing_left_open():
            kept.append(asyncio.create_task(forgotten()))

    line = inspect.getsourcelines(forgotten)[1]

    with pytest.raises(AssertionError, match=rf"1 task: .*forgotten \(.*{HERE.name}:{line}\)"):
        await block()


async def test_a_task_that_is_about_to_end_is_waited_for() -> None:
    async with nothing_left_open():
        going = asyncio.create_task(asyncio.sleep(0.1))
    assert going.done()
