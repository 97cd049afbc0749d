"""The jobs actor's process: three queues in, one desk, errands out, questions answered."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import nats.errors

from actors.jobs.census import census
from actors.jobs.clerk import Clerk
from actors.jobs.desk import Desk
from actors.jobs.dispatch import Dispatch, takes_turns
from actors.jobs.early import early
from actors.jobs.errands import run as carry_out
from actors.jobs.feeder import Feeder
from actors.jobs.leave import Door
from actors.jobs.limiter import Limiter
from actors.jobs.metrics import Metrics
from actors.jobs.notary import Notary
from actors.jobs.questions import Questions
from actors.jobs.roll import Roll
from actors.jobs.scrubber import Scrubber
from actors.jobs.sweep import keep_tidy
from actors.jobs.take_up import TakeUp
from schemas import codec, subjects
from schemas.commands import WakeJob
from schemas.common import Stage
from schemas.envelope import Envelope
from ytarchive.domain.archive_saga import Effect, pending
from ytarchive.domain.batch import Batch
from ytarchive.domain.fixity import Audit
from ytarchive.domain.job import Job
from ytarchive.domain.limits import Limits
from ytarchive.runtime import topology
from ytarchive.runtime.consumer import Delivery, NotNow, Queue, serve
from ytarchive.settings import LISTS

if TYPE_CHECKING:
    from ytarchive.runtime.process import Runtime

_ACK_WAIT: Final = 5.0
"""Seconds after which what a dead jobs actor had in hand comes again, and all queues up behind it. A decision
takes milliseconds, and one that takes longer is told to the server meanwhile."""
_SOON: Final = 0.2
_AFTER_TROUBLE: Final = 1.0
_SLOTS: Final = 32
"""Messages of each queue that may wait for the desk together."""
_QUEUES: Final[tuple[tuple[str, str, str, codec.Codec[Any]], ...]] = (
    (topology.RESULTS, "results", subjects.JOB_RESULTS, codec.results),
    (topology.COMMANDS, "jobs", subjects.JOB_COMMANDS, codec.job_commands),
    (topology.TIMERS, "due", subjects.JOBS_DUE, codec.job_commands),
)


async def run(runtime: "Runtime") -> None:
    """Fold the log, take up what it says is pending, then decide until told to stop."""
    desk = Desk(runtime)
    await desk.catch_up()
    runtime.log.info("log folded", sequence=desk.last, jobs=len(desk.catalogue))
    await Jobs(runtime, desk).run()


class Jobs:
    """What the jobs actor does, around its desk."""

    def __init__(self, runtime: "Runtime", desk: Desk) -> None:
        self._runtime, self._desk = runtime, desk
        settings = runtime.settings
        self._notary = Notary(runtime, desk)
        self._door = Door(desk.catalogue, settings.videos_per_hour, settings.task_timeout)
        slots = {
            Stage.LISTING: LISTS,
            Stage.METADATA: settings.look_ups,
            Stage.DOWNLOAD: settings.download_workers,
        }
        self._dispatch = Dispatch(desk.catalogue, slots)
        self._clerk = Clerk(desk, self._in_turn)
        self._take_up = TakeUp(runtime, desk, self._follow, self._wake)
        self._feeder = Feeder(desk, self._clerk.hear, self._follow, self._window)
        self._scrubber = Scrubber(runtime, desk)
        self._roll = Roll(runtime)
        self._metrics = Metrics(runtime, desk, self._dispatch, self._roll)
        self._limiter = Limiter(runtime, desk, self._door)
        self._questions = Questions(
            runtime, desk, door=self._door, feeder=self._feeder, roll=self._roll, take_up=self._take_up
        )

    async def run(self) -> None:
        """Serve the queues and the questions."""
        runtime = self._runtime
        questions = self._questions
        answered = {"jobs": questions.jobs, "leave": questions.leave, "checkpoint": self._notary.answer}
        for name, handler in answered.items():
            await runtime.service.add_endpoint(name=name, subject=subjects.query(name), handler=handler)
        await runtime.bus.client.flush()  # who hears that we are ready may ask at once
        async with self._roll.called(), asyncio.TaskGroup() as group:
            clerk = group.create_task(self._clerk.run())
            served = [group.create_task(serve(runtime, self._queue(*queue))) for queue in _QUEUES]
            runtime.ready()
            others = [
                group.create_task(self._for_ever(self._take_up.run)),
                group.create_task(self._for_ever(self._feeder.run)),
                group.create_task(self._for_ever(self._scrubber.run)),
                group.create_task(keep_tidy(runtime, self._desk)),
                group.create_task(self._metrics.run()),
                group.create_task(self._for_ever(self._count)),
                group.create_task(self._for_ever(self._limiter.run)),
            ]
            await asyncio.wait(served)
            for task in (clerk, *others):
                task.cancel()

    async def _for_ever(self, duty: Callable[[], Awaitable[None]]) -> None:
        """Begin a duty again whenever the server has failed it."""
        while not self._runtime.stopping.is_set():
            try:
                await duty()
            except (nats.errors.Error, TimeoutError) as error:
                self._runtime.log.warning("interrupted", error=str(error) or type(error).__name__)
                await self._runtime.pause(_AFTER_TROUBLE)

    def _queue(self, stream: str, name: str, subject: str, codec_: codec.Codec[Any]) -> Queue[Any]:
        consumer = topology.work_consumer(name, subject, slots=_SLOTS, ack_wait=_ACK_WAIT)
        return Queue(stream, consumer, codec_, self._handle, slots=_SLOTS)

    def _window(self) -> int:
        """How many jobs of one batch may be in flight: enough that no worker waits for the next."""
        return 2 * sum(self._dispatch.slots[stage] for stage in (Stage.METADATA, Stage.DOWNLOAD))

    async def _count(self) -> None:
        await census(self._runtime, self._dispatch.slots, self._limiter.recount, self._room)

    async def _room(self) -> None:
        """Give out what there is room for, now that there are more workers, or fewer."""
        async with self._desk.turn:
            await self._follow([])
        self._feeder.news()

    async def _handle(self, delivery: Delivery[Envelope[Any]]) -> None:
        message = delivery.body
        if early(self._desk.catalogue, message.body, delivery.number):
            raise NotNow(_SOON)
        await self._clerk.hear(message)

    async def _in_turn(self, messages: list[Envelope[Any]]) -> None:
        async with self._desk.turn:
            await self._turn(messages)
            await self._notary.sign_if_due()

    async def _turn(self, messages: list[Envelope[Any]]) -> None:
        """Decide on independent messages, and see to what follows. Hold the desk's turn meanwhile."""
        catalogue = self._desk.catalogue
        came_from = [getattr(message.body, "egress", "") for message in messages]
        rested_for = [
            catalogue.job(message.body.job_id).egress
            for message in messages
            if hasattr(message.body, "job_id")
        ]
        before = {
            egress: catalogue.refusals.refused(egress) for egress in {*came_from, *rested_for} if egress
        }
        affected = await self._desk.decide(*messages)
        await self._follow([one for one in affected if isinstance(one, Job)])
        for egress, was in before.items():
            if was != catalogue.refusals.refused(egress):
                await self._tell(egress)
        if any(isinstance(one, Batch) for one in affected):
            self._feeder.news()
        if any(isinstance(one, Audit) for one in affected):
            self._scrubber.news()
        if any(isinstance(one, Limits) for one in affected):
            await self._limiter.announce(messages[0].id)

    async def _follow(self, jobs: Sequence[Job], *, again: str = "") -> None:
        """See to what jobs need done as they are now, and whoever waits for them."""
        if not again:
            self._take_up.gone_on(jobs)
        effects = list[Effect]()
        for job in jobs:
            self._dispatch.note(job)
            if not takes_turns(job) or (again and self._dispatch.is_out(job)):
                effects += pending(job)
        due = list(self._dispatch.due())
        try:
            await carry_out(self._runtime, self._desk.catalogue, (*effects, *due), again=again)
        except Exception:
            self._dispatch.take_back(due)
            raise
        if any(not job.active or job.lists for job in jobs):
            self._feeder.news()
        await self._wake(
            self._desk.catalogue.job(follower)
            for job in jobs
            if not job.active
            for follower in self._desk.catalogue.videos.followers(job.job_id)
        )

    async def _wake(self, jobs: Iterable[Job]) -> None:
        """Let jobs go on that have waited for something else than the time."""
        messages: list[Envelope[Any]] = [
            Envelope(
                id=f"{job.job_id}:{job.version}:open",
                at=datetime.now(UTC),
                correlation_id=job.correlation_id,
                body=WakeJob(job_id=job.job_id, version=job.version),
            )
            for job in jobs
        ]
        for message in messages:  # one after the other: the first to go on may lead those behind it
            await self._turn([message])

    async def _tell(self, egress: str) -> None:
        """Tell the workers that an identity is refused, or no longer; then whoever rested for it goes on."""
        refused = self._desk.catalogue.refusals.refused(egress)
        if refused:
            self._runtime.log.warning("the site refuses us", egress=egress, until=refused.until.isoformat())
        else:
            await self._wake(self._desk.catalogue.resting(egress))
            self._runtime.log.warning("the site answers us again", egress=egress)
        await self._runtime.bus.signal(subjects.egress_signal(egress))
