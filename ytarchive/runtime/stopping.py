"""Being told to stop, where that may have been lost."""

import asyncio


def cancellations() -> int:
    """Tell how often this task was cancelled so far. Who cleans up after that has been already."""
    this = asyncio.current_task()
    return this.cancelling() if this else 0


def check_wanted(before: int) -> None:
    """Raise CancelledError where this task was cancelled since it had been `before` times, and nobody heard.

    Libraries may swallow a cancellation, as nats-py does in places.
    """
    if cancellations() > before:
        raise asyncio.CancelledError
