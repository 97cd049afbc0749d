"""A log in which something has happened, and somebody to ask about it."""

from nats.aio.msg import Msg

from actors.jobs.answers import answer
from cli.replaying import Replay
from schemas import codec, subjects
from schemas.events import Event
from tests.jobs import AT
from ytarchive.domain.replay import Head
from ytarchive.runtime import event_log
from ytarchive.runtime.bus import Bus


async def record(bus: Bus, *commits: tuple[str, str, tuple[Event, ...]]) -> None:
    """Append the first commit of each aggregate, given by its kind and its id."""
    decisions = [event_log.Decision(kind, name, Head(), events, "", "") for kind, name, events in commits]
    await event_log.append(bus, decisions, last=0, at=AT)


async def answer_questions(bus: Bus) -> None:
    """Answer what is asked of the jobs actor, by the log as it is now."""
    replay = await Replay.of(bus)

    async def reply(message: Msg) -> None:
        await message.respond(answer(replay.jobs, replay.last, codec.queries.decode(message.data)))

    await bus.client.subscribe(subjects.query("jobs"), cb=reply)
