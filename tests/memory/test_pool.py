"""What the worker pool leaves: in its process, and in workers that are kept, killed and replaced."""

import asyncio
import contextlib
import sys
from pathlib import Path

import pytest

from tests.memory.conftest import Told
from tests.memory.leaks import left_by, nothing_left_open
from ytarchive.errors import StageFailed
from ytarchive.workers import WorkCrashed, WorkerDied, WorkerPool

ROOT = Path(__file__).parents[2]
TARGETS = "tests.integration.worker_targets"
KEPT = 60
GONE = 1


async def ends(pool: WorkerPool, argument: bytes) -> None:
    """Have an argument worked on, however that ends."""
    with contextlib.suppress(StageFailed, WorkCrashed, WorkerDied):
        await pool.run(argument)


async def called_off(pool: WorkerPool) -> None:
    """Have something worked on, and cancel it once it is under way."""
    begun = asyncio.Event()

    async def heard(_message: bytes) -> None:
        begun.set()

    task = asyncio.create_task(pool.run(b"busy", heard))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_pool_leaves_nothing_however_its_work_ends(
    monkeypatch: pytest.MonkeyPatch, rounds: int, told: Told
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])

    async with (
        nothing_left_open(),
        WorkerPool(f"{TARGETS}:work", size=2, preload=[TARGETS], recycle_after=KEPT) as pool,
    ):

        async def work() -> None:
            some = (b"pid", b"fail", b"crash", b"misconfigured")
            await asyncio.gather(*(ends(pool, argument) for argument in some * (KEPT // len(some))))
            await ends(pool, b"messages")
            for _ in range(GONE):
                await asyncio.gather(called_off(pool), ends(pool, b"segfault"))
            await asyncio.gather(*(pool.run(b"pid") for _ in range(2)))

        left = told(await left_by(work, rounds=rounds))

    left.must_be_within(each=4 << 10, resident=16 << 20)
