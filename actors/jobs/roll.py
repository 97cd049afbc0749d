"""Hearing every actor's heartbeat: who is there, gone, or there twice. It is said, and told when asked."""

import contextlib
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from schemas import codec, subjects
from ytarchive.domain.registry import Change, News, Registry

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from schemas.heartbeats import ActorView
    from ytarchive.runtime.process import Runtime


class Roll:
    """The registry of actors, fed with what is heard."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime
        self._registry = Registry(runtime.pulse.instance)

    @contextlib.asynccontextmanager
    async def called(self) -> AsyncIterator[None]:
        """Hear heartbeats as long as the block lasts."""
        hearing = await self._runtime.bus.client.subscribe(subjects.HEARTBEATS, cb=self._hear)
        try:
            yield
        finally:
            with contextlib.suppress(Exception):  # the connection may be gone
                await hearing.unsubscribe()

    def actors(self) -> "tuple[ActorView, ...]":
        """Give all actors there are, and those that are gone."""
        return self._registry.actors(time.monotonic())

    async def _hear(self, message: "Msg") -> None:
        try:
            beat = codec.heartbeats.decode(message.data)
        except codec.Undecodable as error:
            self._runtime.log.warning("heartbeat not understood", subject=message.subject, error=str(error))
            return
        if subjects.heartbeat(beat.actor, beat.node, beat.instance) != message.subject:
            return  # by its subject alone the server knows whose it is
        for news in self._registry.heard(beat, time.monotonic()):
            self._tell(news)

    def _tell(self, news: News) -> None:
        about = {"who": news.actor.actor, "where": news.actor.node, "its_pid": news.actor.pid}
        log = self._runtime.log
        match news.change:
            case Change.CAME:
                log.info("an actor has come", **about)
            case Change.STOPPED:
                log.info("an actor has stopped", **about)
            case Change.BACK:
                log.warning("an actor is back", **about, seconds=round(news.seconds, 1))
            case Change.SILENT:
                name = f"{news.actor.actor} on node {news.actor.node}"
                log.error("an actor is not heard of", **about, seconds=round(news.seconds, 1), error=name)
            case Change.TWIN:
                log.warning("an actor is at work twice", **about)
