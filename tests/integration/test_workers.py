import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from structlog.contextvars import bound_contextvars

from schemas import codec
from schemas.common import Category, Failure
from schemas.logs import LogRecord
from ytarchive.errors import StageFailed
from ytarchive.runtime.clock import Clock
from ytarchive.runtime.logging import configure
from ytarchive.runtime.shipper import Shipper
from ytarchive.workers import WorkCrashed, WorkerDied, WorkerPool

ROOT = Path(__file__).parents[2]
TARGETS = "tests.integration.worker_targets"


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(f"{TARGETS}:work", size=2, preload=[TARGETS]) as pool:
        yield pool


class Busy:
    """A worker at work: the task that awaits it, its process id and that of the program it started."""

    def __init__(self) -> None:
        self.named = asyncio.Event()
        self.pids: list[int] = []

    async def heard(self, message: bytes) -> None:
        self.pids = [int(pid) for pid in message.split()]
        self.named.set()

    @classmethod
    async def begin(cls, pool: WorkerPool, argument: bytes = b"busy") -> "tuple[Busy, asyncio.Task[bytes]]":
        busy = cls()
        task = asyncio.create_task(pool.run(argument, busy.heard))
        await asyncio.wait_for(busy.named.wait(), 60)
        return busy, task


async def gone(*pids: int) -> bool:
    """Tell whether they all end, if not at once: what is killed takes a moment to be gone."""
    deadline = time.monotonic() + 15
    while any(running(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True


def running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_a_worker_is_kept_for_the_next_argument(pool: WorkerPool) -> None:
    first = await pool.run(b"pid")

    assert first == await pool.run(b"pid")
    assert int(first) != os.getpid()


async def test_a_worker_is_started_where_the_current_folder_is_gone(
    pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert int(await pool.run(b"pid")) != os.getpid()


async def test_arguments_are_worked_on_at_the_same_time_up_to_the_size(pool: WorkerPool) -> None:
    one, first = await Busy.begin(pool)
    two, second = await Busy.begin(pool)
    third = asyncio.create_task(pool.run(b"pid"))

    finished, _ = await asyncio.wait({third}, timeout=0.3)

    assert not finished
    assert one.pids[0] != two.pids[0]
    first.cancel()
    assert int(await asyncio.wait_for(third, 60)) not in (*one.pids, *two.pids)
    second.cancel()


async def test_messages_arrive_in_order_and_large_ones_whole(pool: WorkerPool) -> None:
    seen: list[bytes] = []

    async def heard(message: bytes) -> None:
        seen.append(message)

    assert await pool.run(b"messages", heard) == b"y" * 3_000_000
    assert seen[:-1] == [str(number).encode() for number in range(1000)]
    assert seen[-1] == b"x" * 3_000_000


async def test_what_the_work_logs_is_logged_as_being_about_what_its_user_works_on() -> None:
    shipper, said = Shipper("download", "here", Clock()), list[LogRecord]()

    async def send(_subject: str, payload: bytes) -> None:
        said.append(codec.logs.decode(payload))

    configure(shipper, "info")
    async with WorkerPool(f"{TARGETS}:work", size=1, preload=[TARGETS], level="info") as pool:
        with bound_contextvars(job_id="0" * 16):
            await pool.run(b"says")
    await shipper.flush(send)
    told = [(line.level, line.job_id, line.context["logger"]) for line in said]
    assert told == [("info", "0" * 16, "yt-dlp"), ("error", "0" * 16, "yt-dlp")]
    assert said[0].event == "looking caf\\udce9 up"
    assert "KeyError: 'formats'" in said[1].event


async def test_a_failure_of_the_work_arrives_as_it_was_raised_and_the_worker_stays(pool: WorkerPool) -> None:
    before = await pool.run(b"pid")

    with pytest.raises(StageFailed) as caught:
        await pool.run(b"fail")

    assert caught.value.failure == Failure(category=Category.GEO, message="not here", hint="Go there.")
    assert await pool.run(b"pid") == before


async def test_settings_that_make_no_sense_are_a_failure_of_the_environment(pool: WorkerPool) -> None:
    with pytest.raises(StageFailed) as caught:
        await pool.run(b"misconfigured")

    assert caught.value.failure.category is Category.ENVIRONMENT
    assert caught.value.failure.hint == "Take it out."


async def test_a_crash_of_the_work_carries_the_workers_traceback_and_the_worker_stays(
    pool: WorkerPool,
) -> None:
    before = await pool.run(b"pid")

    with pytest.raises(WorkCrashed, match="KeyError: 'formats'") as caught:
        await pool.run(b"crash")

    assert "in _crash" in caught.value.__notes__[0]
    assert await pool.run(b"pid") == before


async def test_a_worker_that_segfaults_is_reported_and_replaced(pool: WorkerPool) -> None:
    before = await pool.run(b"pid")

    with pytest.raises(WorkerDied, match="SIGSEGV"):
        await pool.run(b"segfault")

    assert await pool.run(b"pid") != before


async def test_what_a_killed_worker_started_is_killed_too(pool: WorkerPool) -> None:
    busy, task = await Busy.begin(pool)

    os.kill(busy.pids[0], signal.SIGKILL)

    with pytest.raises(WorkerDied, match="SIGKILL"):
        await task
    assert await gone(*busy.pids)


async def test_a_worker_that_died_while_idle_is_replaced_unnoticed(pool: WorkerPool) -> None:
    before = int(await pool.run(b"pid"))
    os.kill(before, signal.SIGKILL)
    assert await gone(before)
    async with asyncio.timeout(20):
        while pool._idle[0].alive:
            await asyncio.sleep(0.01)

    assert int(await pool.run(b"pid")) != before


async def test_cancelling_stops_the_worker_and_what_it_started(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ytarchive.workers.pool.PATIENCE", 60)  # which is not needed
    busy, task = await Busy.begin(pool)
    started = time.monotonic()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert time.monotonic() - started < 20
    assert await gone(*busy.pids)


async def test_a_worker_deaf_to_interruption_is_killed_after_two_seconds(pool: WorkerPool) -> None:
    busy, task = await Busy.begin(pool, b"deaf")
    started = time.monotonic()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert 1.9 < time.monotonic() - started < 3
    assert await gone(*busy.pids)


async def test_a_second_cancel_does_not_leave_the_worker_running(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ytarchive.workers.pool.PATIENCE", 0.3)
    busy, task = await Busy.begin(pool, b"deaf")
    task.cancel()
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await gone(*busy.pids)


async def test_a_user_that_leaves_before_the_worker_is_ready_costs_no_worker(pool: WorkerPool) -> None:
    for _ in range(5):
        task = asyncio.create_task(pool.run(b"pid"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert int(await asyncio.wait_for(pool.run(b"pid"), 60)) > 0


async def test_an_error_while_listening_ends_the_work(pool: WorkerPool) -> None:
    pids: list[int] = []

    async def heard(message: bytes) -> None:
        pids.extend(int(pid) for pid in message.split())
        raise ConnectionAbortedError("nobody to tell")

    with pytest.raises(ConnectionAbortedError):
        await pool.run(b"busy", heard)
    assert await gone(*pids)


async def test_a_worker_is_replaced_after_so_many_arguments() -> None:
    async with WorkerPool(f"{TARGETS}:work", size=1, recycle_after=2) as pool:
        pids = [int(await pool.run(b"pid")) for _ in range(4)]

    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_a_target_that_cannot_be_imported_is_said_to_the_user() -> None:
    async with WorkerPool("ytarchive.no_such_module:work", size=1) as pool:
        with pytest.raises(WorkCrashed, match="no_such_module"):
            await pool.run(b"")


async def test_a_pool_that_is_closed_takes_no_worker_from_another_that_is_just_getting_one() -> None:
    async with WorkerPool(f"{TARGETS}:work", size=1) as longer:
        async with WorkerPool(f"{TARGETS}:work", size=1):
            first = asyncio.create_task(longer.run(b"pid"))
            await asyncio.sleep(0.01)
        assert int(await asyncio.wait_for(first, 60)) in {one.pid for one in psutil.Process().children(True)}


async def test_a_closed_pool_leaves_no_process_at_all() -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    pool = WorkerPool(f"{TARGETS}:work", size=2)
    busy, task = await Busy.begin(pool)
    await pool.run(b"pid")

    await pool.close()

    with pytest.raises(WorkerDied):
        await task
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    assert await gone(*busy.pids)
    with pytest.raises(RuntimeError, match="closed"):
        await pool.run(b"pid")


PARENT = f"""
import asyncio
import sys

sys.path.append({str(ROOT)!r})

from ytarchive.workers import WorkerPool

async def heard(message):
    print(message.decode(), flush=True)

async def main():
    pool = WorkerPool("{TARGETS}:work", size=1)
    %s

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_workers_do_not_outlive_a_parent_that_was_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT % "await pool.run(b'busy', heard)"], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        family = [child.pid for child in psutil.Process(parent.pid).children(recursive=True)]
        parent.kill()

    assert len(family) >= 4  # the resource tracker, the fork server, the worker, its program
    assert asyncio.run(gone(*pids, *family))


def test_a_parent_that_forgets_its_pool_ends_and_its_worker_with_it() -> None:
    forgetful = PARENT % "print((await pool.run(b'pid')).decode())"

    done = subprocess.run([sys.executable, "-c", forgetful], stdout=subprocess.PIPE, timeout=60, check=True)

    assert asyncio.run(gone(int(done.stdout)))


def test_what_lies_in_the_current_folder_is_not_taken_for_ours(tmp_path: Path) -> None:
    program, elsewhere = tmp_path / "bin" / "program.py", tmp_path / "elsewhere"
    for package in ("ytarchive", "schemas", "msgspec"):
        (elsewhere / package).mkdir(parents=True)
        (elsewhere / package / "__init__.py").write_text("raise SystemExit('not ours')")
    program.parent.mkdir()
    program.write_text(PARENT % "print((await pool.run(b'pid')).decode())\n    await pool.close()")

    done = subprocess.run(
        [sys.executable, program],
        stdout=subprocess.PIPE,
        cwd=elsewhere,
        env={name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"},
        timeout=60,
        check=True,
    )

    assert int(done.stdout) > 0


async def test_a_signal_meant_for_everybody_leaves_the_worker_to_its_parent(pool: WorkerPool) -> None:
    before = int(await pool.run(b"pid"))

    os.kill(before, signal.SIGTERM)
    await asyncio.sleep(0.1)

    assert int(await pool.run(b"pid")) == before
    assert os.getsid(before) == before != os.getsid(0)


async def test_a_pool_that_may_have_fewer_workers_lets_go_those_that_are_idle(pool: WorkerPool) -> None:
    (first, one), (second, two) = [await Busy.begin(pool) for _ in range(2)]
    pool.size = 1
    for task in (one, two):
        task.cancel()
    await asyncio.wait({one, two})
    assert await gone(*first.pids, *second.pids)
    pool.size = 3
    pids = {int(pid) for pid in await asyncio.gather(*(pool.run(b"pid") for _ in range(3)))}
    pool.size = 1
    async with asyncio.timeout(20):
        while sum(map(running, pids)) > 1:
            await asyncio.sleep(0.01)
    assert int(await pool.run(b"pid")) in pids
