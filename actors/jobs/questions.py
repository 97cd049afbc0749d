"""Questions answered: how jobs, lists, actors and queues stand, and whether a worker may ask a site now."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from actors.jobs.answers import answer
from schemas import codec, subjects
from schemas.heartbeats import ListActors
from schemas.queries import Leave, ListQueues
from ytarchive.domain.absence import missed
from ytarchive.runtime import topology
from ytarchive.runtime.queues import depths

if TYPE_CHECKING:
    from nats.micro.request import Request

    from actors.jobs.desk import Desk
    from actors.jobs.feeder import Feeder
    from actors.jobs.leave import Door
    from actors.jobs.roll import Roll
    from actors.jobs.take_up import TakeUp
    from schemas.queries import AskLeave
    from ytarchive.runtime.process import Runtime

_SOON: Final = 0.2


class Questions:
    """Answers whoever asks, from what the desk and those around it know."""

    def __init__(
        self,
        runtime: "Runtime",
        desk: "Desk",
        *,
        door: "Door",
        feeder: "Feeder",
        roll: "Roll",
        take_up: "TakeUp",
    ) -> None:
        self._runtime, self._desk, self._door = runtime, desk, door
        self._feeder, self._roll, self._take_up = feeder, roll, take_up

    async def jobs(self, request: "Request") -> None:
        """Answer a question to the read model, which is brought up to the end of the log before."""
        try:
            query = codec.queries.decode(request.data)
            queues = await depths(self._runtime.bus) if isinstance(query, ListQueues) else ()
            if not isinstance(query, ListActors | ListQueues):
                async with self._desk.turn:
                    await self._desk.is_current()
            actors = self._roll.actors()
            reply = answer(
                self._desk.catalogue,
                self._desk.last,
                query,
                feed=self._feeder.feed,
                paced=self._door.paced(datetime.now(UTC)),
                absent=missed(actors, self._desk.catalogue.unended()),
                actors=actors,
                queues=tuple(queues),
            )
            await request.respond(reply)
        except codec.Undecodable as error:
            await request.respond_error("400", str(error))

    async def leave(self, request: "Request") -> None:
        """Tell a worker whether it may ask a site now; not for what may be done already."""
        clock = self._runtime.bus.clock
        clock.hear(request.headers)
        try:
            asked = codec.leave_requests.decode(request.data)
            done = asked.take and await self._done(asked)
            leave = Leave(wait=_SOON) if done else self._door.answer(asked, datetime.now(UTC))
            await request.respond(codec.encode(leave), clock.headers())
        except codec.Undecodable as error:
            await request.respond_error("400", str(error))

    async def _done(self, asked: "AskLeave") -> bool:
        """Tell whether a result of the job was reported and is not decided on yet.

        That can be where the task was in other hands before, or was asked for again.
        """
        job_id = asked.task.partition(":")[0]
        if not job_id or (asked.first and not self._take_up.asked_for(job_id)):
            return False
        subject = subjects.result(job_id)
        info = await self._runtime.bus.js.stream_info(topology.RESULTS, subjects_filter=subject)
        return bool(info.state.subjects)
