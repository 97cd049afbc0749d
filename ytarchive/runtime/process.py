"""One actor as one OS process: connect, announce, be ready, work, drain on SIGTERM."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Final

from structlog.contextvars import bind_contextvars

from schemas.heartbeats import ActorState
from ytarchive.passwords import secrets_in
from ytarchive.recovery.manager import ErrorRecoveryManager, Operation
from ytarchive.runtime.arrival import connected, streams
from ytarchive.runtime.clock import Clock
from ytarchive.runtime.connection import in_words
from ytarchive.runtime.discovery import announced
from ytarchive.runtime.limits import followed
from ytarchive.runtime.liveness import Liveness
from ytarchive.runtime.logging import configure, threshold
from ytarchive.runtime.notify import notify
from ytarchive.runtime.outage import News, is_outage
from ytarchive.runtime.printer import Printer
from ytarchive.runtime.pulse import Pulse
from ytarchive.runtime.shipper import Shipper
from ytarchive.runtime.standby import give_way, others, stand_by
from ytarchive.runtime.watch import Find, watch

if TYPE_CHECKING:
    from datetime import timedelta

    from nats.micro.service import Service
    from structlog.typing import FilteringBoundLogger

    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings


LAST_SECONDS: Final = 60.0
"""For which an actor may take to stop."""
_LAST_LINE: Final = 0.2
"""Seconds for the thread that writes to standard error."""

_AGAIN_SECONDS: Final = 1.0


class Runtime:
    """What an actor works with: its name and node, the bus, the settings, the log, and when to stop.

    `recovery` repeats single requests that fail for a moment, `pulse` is what others hear of us, `liveness`
    knows whether our queues still turn, `is_news` what was last said of the server. `clock_set` is set
    whenever the clock on the wall is. It has `begun` once it was ready. `settings` are those in force: as
    `configured`, but for limits that were changed by command meanwhile.
    """

    def __init__(
        self, name: str, settings: "Settings", log: "FilteringBoundLogger", shipper: Shipper | None = None
    ) -> None:
        self.name = name
        self.node = settings.node
        self.configured = self.settings = settings
        self._limited: list[Callable[[], object]] = []
        self.log = log
        self.begun = False
        self.stopping = asyncio.Event()
        self.clock_set = asyncio.Event()
        self.pulse = Pulse(name, settings, shipper)
        self.liveness = Liveness()
        self.is_news = News()
        self.recovery = ErrorRecoveryManager(self._tries_again, pace=settings.retry_pace)
        self.bus: Bus
        self.service: Service

    def limit(self, settings: "Settings") -> None:
        """Have other settings in force from now on, and tell whoever wants to hear of it."""
        self.settings = settings
        self.recovery.pace = settings.retry_pace
        self.pulse.count(settings)
        threshold.level = settings.log_level
        for hear in tuple(self._limited):
            hear()

    @contextlib.contextmanager
    def limited(self, hear: Callable[[], object]) -> Iterator[None]:
        """Call `hear` whenever other settings are in force, as long as the block lasts."""
        self._limited.append(hear)
        try:
            yield
        finally:
            self._limited.remove(hear)

    def stop(self, number: int) -> None:
        """Give back what is in hand, and end, as a signal asks for."""
        if not self.stopping.is_set():
            self.log.info("stopping", signal=signal.Signals(number).name, in_hand=self.pulse.beat().busy)
        self.stopping.set()

    async def pause(self, seconds: float) -> None:
        """Sleep, but not longer than until we are told to stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):  # under Python 3.11 `wait_for` may lose a cancellation
                await self.stopping.wait()

    def _tries_again(self, operation: Operation, wait: "timedelta") -> None:
        self.log.warning(
            "tries again",
            operation=operation.name,
            recovery=str(operation.id),
            tries=len(operation.attempts),
            wait=round(wait.total_seconds(), 3),
            error=operation.attempts[-1].message,
        )

    def ready(self) -> None:
        """Tell the supervisor, if there is one, that the actor does its work now."""
        if not self.stopping.is_set():
            self.pulse.state = ActorState.READY
        self.begun = True
        notify("READY=1")
        self.log.info("ready", pid=os.getpid())


Run = Callable[[Runtime], Awaitable[None]]


def run_actor(name: str, run: Run, settings: "Settings", find: Find, *, owns_topology: bool = False) -> None:
    """Run an actor in the foreground until SIGTERM or SIGINT. Gives back after it has drained.

    The server may come later, and go away meanwhile. Raises `UsageError` without a login for it,
    `ServerUnavailable` where this process cannot find it again, and `YtarchiveError` where another took over.
    """
    asyncio.run(_main(name, run, settings, find, owns_topology=owns_topology))


async def _main(name: str, run: Run, settings: "Settings", find: Find, *, owns_topology: bool) -> None:
    clock, loop = Clock(), asyncio.get_running_loop()
    shipper = Shipper(name, settings.node, clock)
    bind_contextvars(actor=name)
    with Printer(sys.stderr) as printer:
        secrets = secrets_in(settings.ytdlp_options, settings.nats_url)
        log = configure(shipper, settings.log_level, secrets=secrets, printer=printer)
        runtime = Runtime(name, settings, log, shipper)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, runtime.stop, number)
        while not runtime.stopping.is_set():
            try:
                await _live(runtime, run, find, shipper, clock, owns_topology=owns_topology)
                break
            except Exception as error:
                # a server that fails while we begin is waited for like one that is not there yet
                if runtime.begun or not is_outage(error):
                    raise
                if runtime.is_news(why := in_words(error)):
                    log.warning("waiting for the server", error=why)
                await runtime.pause(_AGAIN_SECONDS)


async def _live(
    runtime: Runtime, run: Run, find: Find, shipper: Shipper, clock: Clock, *, owns_topology: bool
) -> None:
    """Connect, and be an actor until it is to stop. Raises whatever a server does that fails meanwhile."""
    async with contextlib.AsyncExitStack() as stack:
        found = await connected(stack, runtime, find, clock)
        if found is None:
            return
        await streams(runtime, owns=owns_topology)
        await stack.enter_async_context(followed(runtime))
        before = await others(runtime)
        runtime.service = await stack.enter_async_context(
            announced(runtime.bus.client, runtime.name, runtime.pulse.card)
        )
        shipping = asyncio.create_task(shipper.run(runtime.bus.client.publish))
        complaints = asyncio.create_task(_complaints(runtime))
        leaving = asyncio.create_task(_leave(runtime))
        beating = asyncio.create_task(runtime.pulse.run(runtime.bus.client.publish))
        giving_way = asyncio.create_task(give_way(runtime))
        watching = asyncio.create_task(watch(runtime, find, found, owns_topology=owns_topology))
        watching.add_done_callback(lambda done: None if done.cancelled() else runtime.stopping.set())
        try:
            await stand_by(runtime, before)
            if not runtime.stopping.is_set():
                await run(runtime)
            if watching.done():
                raise watching.result()
            if giving_way.done() and (superseded := giving_way.result()):
                raise superseded
        finally:
            leaving.cancel()
            giving_way.cancel()
            watching.cancel()
            if runtime.begun or runtime.stopping.is_set():
                notify("STOPPING=1")
                runtime.log.info("stopped")
                runtime.pulse.state = ActorState.STOPPED
            complaints.cancel()
            shipping.cancel()
            beating.cancel()
            with contextlib.suppress(Exception):
                await runtime.pulse.send(runtime.bus.client.publish)
                await asyncio.wait_for(shipper.flush(runtime.bus.client.publish), 1)
                await asyncio.wait_for(runtime.bus.client.flush(), 1)


async def _leave(runtime: Runtime) -> None:
    """End the process where it has not come to an end long after it was told to.

    What is not acknowledged comes again. Whoever started us kills us long before; where that was killed
    itself, and the server with it, work that cannot be given back would keep us for ever.
    """
    await runtime.stopping.wait()
    runtime.pulse.state = ActorState.DRAINING
    await asyncio.sleep(LAST_SECONDS)
    runtime.log.error("does not come to an end", seconds=LAST_SECONDS)
    await asyncio.sleep(_LAST_LINE)
    os._exit(1)


async def _complaints(runtime: Runtime) -> None:
    is_news = News()
    while True:
        if is_news(said := await runtime.bus.problems.get()):
            runtime.log.warning("the server complains", error=said)
