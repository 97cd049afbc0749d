"""The worker processes of an actor, as many as the settings in force say."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING

from ytarchive.workers import WorkerPool

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime


@contextlib.asynccontextmanager
async def worker_pool(
    runtime: "Runtime", work: str, *, size: Callable[[], int], preload: Sequence[str]
) -> AsyncIterator[WorkerPool]:
    """Give workers for `work`, a ``module:function``, which follow `size` and the log level as they change.

    `preload` are modules imported once, beside that of the work.
    """
    module = work.partition(":")[0]

    def follow() -> None:
        pool.size = size()
        pool.tell(runtime.settings.log_level)

    async with WorkerPool(
        work, size=size(), preload=[*preload, module], level=runtime.settings.log_level
    ) as pool:
        with runtime.limited(follow):
            yield pool
