"""`asyncio.wait_for` as it is from Python 3.12 on.

That of 3.11 loses a cancellation which comes in the moment in which what is waited for is there, and whoever
was told to stop goes on (cpython issue 86296). nats-py waits by it everywhere: Ctrl-C was lost under load.
"""

import asyncio
import sys
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def wait_for(awaitable: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 - its name in asyncio
    """Wait for so many seconds. Raises TimeoutError."""
    async with asyncio.timeout(timeout):
        return await awaitable


def mend() -> None:
    """Have everything in this process wait so, where Python does not do it by itself."""
    if sys.version_info < (3, 12):
        asyncio.wait_for = wait_for  # type: ignore[assignment]  # typed more narrowly than it is used
