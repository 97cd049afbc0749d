"""Waiting until the log says that a command was carried out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from ytarchive.errors import TimedOut

T = TypeVar("T")

_PATIENCE: Final = 10.0
_LOOK_SECONDS: Final = 0.05


async def obeyed(look: Callable[[], Awaitable[T]], done: Callable[[T], bool]) -> T:
    """Look again and again, until what is seen is `done`, and give that. Raises `TimedOut`."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while not done(seen := await look()):  # noqa: ASYNC110 - what changes is in another process
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise TimedOut(
            "the command is kept, but nobody has acted on it yet",
            hint="`ytarchive logs --actor jobs` may tell why.",
        ) from error
    return seen
