"""The pool: who works, who waits, who is replaced.

Workers are forked from a server process that has imported what they need, so one is ready in 0.1 s where
a fresh interpreter with yt-dlp takes 1.5 s. They are started when first needed and kept; the server starts
with the pool.
"""

import asyncio
import multiprocessing
import os
from collections.abc import Coroutine, Sequence
from multiprocessing import forkserver, resource_tracker
from typing import Any, ClassVar, Final, Self, TypeVar

from schemas.logs import LEVELS
from ytarchive.workers import child
from ytarchive.workers.slots import Slots
from ytarchive.workers.worker import OnMessage, Worker, result

PATIENCE: Final = 2.0
"""Seconds a cancelled worker has between SIGINT and SIGKILL."""

T = TypeVar("T")


class WorkerPool:
    """At most `size` workers running ``target``, a ``module:function`` of type `child.Work`.

    `preload` are modules imported once, in the server process the workers are forked from; the first pool
    of a process decides. A worker is replaced after `recycle_after` arguments. `size` is also the gate for
    what the work costs: a look-up may take 1.3 CPU-seconds in deno. When it changes, nobody who works is
    stopped. What the work logs at `level` and above goes to our own log. Use it as an async context manager.
    """

    _open: ClassVar[set["WorkerPool"]] = set()
    """Those of this process: the last to close stops the server, from which another may just get a worker."""

    def __init__(
        self,
        target: str,
        *,
        size: int,
        preload: Sequence[str] = (),
        recycle_after: int = 500,
        level: str = "warning",
    ) -> None:
        self._target = target
        self._level = LEVELS[level]
        self._recycle_after = recycle_after
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([child.__name__, *preload])
        # The server is a `python -c`, which would look for modules in the current folder first.
        os.environ.setdefault("PYTHONSAFEPATH", "1")
        self._slots = Slots(size)
        self._idle: list[Worker] = []
        self._workers: set[Worker] = set()
        self._background: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._open.add(self)

    async def __aenter__(self) -> Self:
        forkserver.ensure_running()  # it imports meanwhile, and the first worker need not wait for all of it
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def size(self) -> int:
        """How many may work at the same time."""
        return self._slots.size

    @size.setter
    def size(self, size: int) -> None:
        self._slots.size = size
        while self._idle and self._slots.taken + len(self._idle) > size:
            self._spawn(self._discard(self._idle.pop()))

    def tell(self, level: str) -> None:
        """Have what the work logs at another level go to our log. Who works now goes on as before."""
        if LEVELS[level] != self._level:
            self._level = LEVELS[level]
            while self._idle:
                self._spawn(self._discard(self._idle.pop()))

    async def run(self, argument: bytes, on_message: OnMessage | None = None) -> bytes:
        """Have `argument` worked on and give the result; what the work emits goes to `on_message`, in order.

        Cancelling stops the work: SIGINT, `PATIENCE`, then SIGKILL to all it started. Raises `StageFailed`
        as the work did, `WorkCrashed` for any other exception of it, and `WorkerDied`; what `on_message`
        raises ends the work too.
        """
        async with self._slots:
            worker = await self._ready()
            try:
                answer = await worker.ask(argument, on_message)
            except asyncio.CancelledError:
                await self._uninterrupted(self._discard(worker, PATIENCE))
                raise
            except BaseException:
                await self._uninterrupted(self._discard(worker))
                raise
            needed = self._slots.taken + len(self._idle) <= self.size and not self._closed
            if worker.served < self._recycle_after and needed:
                self._idle.append(worker)
            else:
                await self._uninterrupted(self._discard(worker))
        return result(*answer)

    async def close(self) -> None:
        """Kill every worker, and the server they come from unless another pool of this process uses it."""
        self._closed = True
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.gather(*(self._discard(worker) for worker in tuple(self._workers)))
        self._idle.clear()
        self._open.discard(self)
        if not self._open:
            await asyncio.to_thread(_stop_server)

    async def _ready(self) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            await self._uninterrupted(self._discard(worker))
        starting = self._spawn(self._start())
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(self._unclaimed)
            raise

    def _unclaimed(self, starting: asyncio.Task[Worker]) -> None:
        """Keep a worker whose user has gone before it was ready."""
        if not starting.cancelled() and starting.exception() is None:
            self._idle.append(starting.result())

    async def _start(self) -> Worker:
        if self._closed:
            raise RuntimeError("the pool is closed")
        worker = await Worker.start(self._context, self._target, self._level)
        self._workers.add(worker)
        try:
            await worker.introduced()
        except BaseException:
            await self._discard(worker)
            raise
        return worker

    async def _discard(self, worker: Worker, patience: float = 0) -> None:
        await worker.stop(patience)
        self._workers.discard(worker)

    async def _uninterrupted(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Let the coroutine come to its end even if we are cancelled."""
        await asyncio.shield(self._spawn(coroutine))

    def _spawn(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run the coroutine in a task of its own, which `close` waits for."""
        task = asyncio.create_task(coroutine)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


def _stop_server() -> None:
    """Stop the two processes multiprocessing keeps until exit; they have no public way to."""
    server: Any = forkserver._forkserver  # noqa: SLF001 - see above
    tracker: Any = resource_tracker._resource_tracker  # noqa: SLF001 - see above
    server._stop()  # noqa: SLF001 - see above
    tracker._stop()  # noqa: SLF001 - see above
