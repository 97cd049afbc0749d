"""Hearing every actor's heartbeat: who is there, gone, or there twice. It is said, and told when asked."""

import contextlib
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from schemas import codec, subjects
from ytarchive.domain.about import about_peer
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
        peer = about_peer(news.actor.actor, news.actor.node, news.actor.pid)
        log, seconds = self._runtime.log, round(news.seconds, 1)
        match news.change:
            case Change.CAME:
                log.info("an actor has come", **peer)
            case Change.STOPPED:
                log.info("an actor has stopped", **peer)
            case Change.BACK:
                log.warning("an actor is back", **peer, seconds=seconds)
            case Change.SILENT:
                log.error("an actor is not heard of", **peer, seconds=seconds)
            case Change.TWIN:
                log.warning("an actor is at work twice", **peer)
