"""What a worker actor is doing, by job: so that it can be called off, and joined.

Calling off is said once, and who is cut off does not hear it. Hence who works asks now and then.

Who hears nothing of the server for a while loses its task, and goes on with it unaware. Where the task then
comes to the same actor again, it joins the work that goes on.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

from ytarchive.runtime.consumer import NotNow

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from schemas.results import Result
    from ytarchive.runtime.gate import Gate

KEEP: Final = "keep"
"""Said with a job's cancellation when what was done so far is to stay."""

_BUSY_SECONDS: Final = 1.0


class Works:
    """What is being done, by job."""

    def __init__(self) -> None:
        self._under_way: dict[str, tuple[str, asyncio.Task[Result]]] = {}

    def of(self, job_id: str, key: str) -> "asyncio.Task[Result] | None":
        """Give the work on the task of that id. Raises `NotNow` where it is on an older one of the job."""
        begun, work = self._under_way.get(job_id, (key, None))
        if begun != key:
            raise NotNow(_BUSY_SECONDS)  # it is being called off
        return work

    def begin(self, job_id: str, key: str, doing: "Coroutine[Any, Any, Result]") -> "asyncio.Task[Result]":
        """Do it in a task of its own."""
        work = asyncio.create_task(doing)
        self._under_way[job_id] = key, work
        return work

    @contextlib.contextmanager
    def until_told(self, job_id: str, work: "asyncio.Task[Result]") -> "Iterator[None]":
        """Forget the work after the block, in which its result is reported: until then it can be joined."""
        try:
            yield
        finally:
            if work.done() and self._under_way.get(job_id, ("", None))[1] is work:
                del self._under_way[job_id]

    def call_off(self, job_id: str, how: str, key: str = "") -> None:
        """Cancel what is done for a job, or on that task of it alone, with `how` as the argument."""
        begun, work = self._under_way.get(job_id, ("", None))
        if work and key in ("", begun):
            work.cancel(how)

    async def call_off_overtaken(self, gate: "Gate") -> None:
        """Say, now and then for ever, what goes on, and cancel it where its job has gone on unheard by us."""
        while True:
            await asyncio.sleep(gate.sign_of_life)
            for job_id, (key, _) in tuple(self._under_way.items()):
                if await gate.overtaken(key):
                    self.call_off(job_id, KEEP, key)
