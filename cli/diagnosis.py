"""Finding out how everything is: each asks the jobs actor where it answers, else whoever does."""

import asyncio
import contextlib
import shlex
import shutil
from typing import TYPE_CHECKING, Final

from cli.limiting import LimitsLog
from cli.listing import list_jobs
from schemas import codec, subjects
from schemas.diagnostics_reports import (
    ActorsReport,
    BreakersReport,
    QueuesReport,
    StreamLine,
    StreamsReport,
)
from schemas.heartbeats import ActorState, ActorView, Heartbeat, ListActors
from schemas.queries import ListQueues
from ytarchive.domain import verdict
from ytarchive.domain.limits import in_force
from ytarchive.domain.registry import INTERVAL
from ytarchive.errors import Refused, ServerUnavailable, TimedOut, UsageError, YtarchiveError
from ytarchive.runtime import topology
from ytarchive.runtime.discovery import Info, present
from ytarchive.runtime.permissions import STREAMS
from ytarchive.runtime.queues import depths
from ytarchive.runtime.read_model import ask
from ytarchive.runtime.rendezvous import logins_of
from ytarchive.runtime.state_dir import running
from ytarchive.runtime.stream_info import StreamInfo, stream_info

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings

_PATIENCE: Final = 2.0
ABOUT: Final = {
    topology.EVENTS: "the event log",
    topology.COMMANDS: "what is asked, and tasks",
    topology.RESULTS: "what came of tasks",
    topology.TIMERS: "when jobs go on",
    topology.LIMITS: "limits that were changed",
    topology.PROGRESS: "the last word on each stream",
    topology.LOGS: "log lines",
    topology.DEAD_LETTERS: "what nobody could handle",
    f"OBJ_{topology.METADATA_BUCKET}": "metadata documents",
    f"OBJ_{topology.EXTRACTIONS_BUCKET}": "media addresses, for six hours",
}


async def actors(bus: "Bus") -> ActorsReport:
    """Give the actors as the registry has them; without a jobs actor, as they answer themselves."""
    try:
        found, registry = (await ask(bus, ListActors(), patience=_PATIENCE)).actors, True
    except (ServerUnavailable, TimedOut):
        found, registry = await _answering(bus), False
    return ActorsReport(registry=registry, actors=found, missing=verdict.missing(found))


async def _answering(bus: "Bus") -> tuple[ActorView, ...]:
    """Listen for as long as everybody who is alive is heard, and ask who is there meanwhile."""
    beats: dict[str, Heartbeat] = {}

    async def hear(message: "Msg") -> None:
        with contextlib.suppress(codec.Undecodable):
            beat = codec.heartbeats.decode(message.data)
            beats[beat.instance] = beat

    hearing = await bus.client.subscribe(subjects.HEARTBEATS, cb=hear)
    try:
        infos = await present(bus.client, listening=INTERVAL * 1.25)
    finally:
        await hearing.unsubscribe()
    heard = [beat for beat in beats.values() if beat.state is not ActorState.STOPPED]
    others = [info for info in infos if info.metadata.get("instance") not in beats]
    views = [*(_view(beat) for beat in heard), *(_view(_unheard(info)) for info in others)]
    return tuple(sorted(views, key=lambda one: (one.node, one.actor, one.pid)))


def _view(beat: Heartbeat) -> ActorView:
    fields = {name: getattr(beat, name) for name in Heartbeat.__struct_fields__}
    return ActorView(**fields, here=True, silent=0.0)


def _unheard(info: Info) -> Heartbeat:
    """Give what an actor of a version without heartbeats answers."""
    return Heartbeat(
        actor=info.actor,
        node=info.node,
        instance=info.metadata.get("instance", "-"),
        pid=info.pid,
        version=info.version,
        state=ActorState.READY,
    )


async def queues(bus: "Bus") -> QueuesReport:
    """Give what waits in each queue; without a jobs actor, not since when."""
    try:
        return QueuesReport(queues=(await ask(bus, ListQueues(), patience=_PATIENCE)).queues, ages=True)
    except (ServerUnavailable, TimedOut):
        return QueuesReport(queues=tuple(await depths(bus, ages=False)), ages=False)


async def streams(bus: "Bus", settings: "Settings") -> StreamsReport:
    """Give what each stream holds. Raises nats errors."""
    lines = tuple([_stream(name, await stream_info(bus, name)) for name in STREAMS])
    ours = not settings.nats_url and running(settings.state_dir)
    free = shutil.disk_usage(settings.state_dir).free if ours else None
    return StreamsReport(streams=lines, bytes=sum(line.bytes for line in lines), free=free)


def _stream(name: str, info: StreamInfo) -> StreamLine:
    state, config = info.state, info.config
    most = config.max_bytes if config.max_bytes > 0 else None
    return StreamLine(
        name=name,
        about=ABOUT[name],
        messages=state.messages,
        bytes=state.bytes,
        first=state.first_ts if state.messages else None,
        last=state.last_ts if state.messages else None,
        first_sequence=state.first_seq,
        last_sequence=state.last_seq,
        memory=config.storage == "memory",
        most_bytes=most,
        most_seconds=config.max_age / 1e9 or None,
        full=round(state.bytes / most, 4) if most else None,
    )


async def breakers(bus: "Bus") -> BreakersReport:
    """Give who is refused by a site, and who waits for the next hour."""
    found = await list_jobs(bus, limit=1)
    return BreakersReport(blocked=found.blocked, paced=found.paced)


async def letters(bus: "Bus") -> int:
    """Count the dead letters. Raises nats errors."""
    return (await stream_info(bus, topology.DEAD_LETTERS)).state.messages


async def seen(bus: "Bus") -> verdict.Seen:
    """Find out all that is judged; whom a site refuses, only where a jobs actor tells. Raises nats errors."""
    there, waiting, dead = await asyncio.gather(actors(bus), queues(bus), letters(bus))
    blocked = (await breakers(bus)).blocked if there.registry else ()
    return verdict.Seen(there.actors, there.registry, waiting.queues, blocked, dead)


async def limited(bus: "Bus", settings: "Settings") -> "Settings":
    """Give the settings in force on this node: with the limits that were changed. Raises nats errors."""
    return in_force(settings, (await LimitsLog().read(bus)).changed)


def unreachable(settings: "Settings", error: Exception) -> tuple[str, str]:
    """Say why the server could not be asked, and the command that mends that, or tells more."""
    hint, command = (error.hint, error.command) if isinstance(error, YtarchiveError) else ("", "")
    text = str(error) or "the server does not answer"
    if command:
        return text, command
    if isinstance(error, Refused):
        return _refused(settings, text)
    if isinstance(error, UsageError):
        return f"{text}. {hint}", "ytarchive config show"
    if settings.nats_url:
        return text, "ytarchive config show"
    if found := running(settings.state_dir):
        log = settings.state_dir / "logs" / "nats-server.log"
        text = f"{text}; its process {found.pid} is there, and is started anew if it stays silent"
        return text, f"tail {shlex.quote(str(log))}"
    return text, "ytarchive up"


def _refused(settings: "Settings", text: str) -> tuple[str, str]:
    """Say which file has the login that a server refuses, and how the two come to agree."""
    file = logins_of(settings)
    if settings.nats_url and file:
        return (
            f"{text} of {file}: that must be one it knows",
            f"${{EDITOR:-vi}} {shlex.quote(file)}",
        )
    if found := None if settings.nats_url else running(settings.state_dir):
        return (
            f"{text} of {file}; started again, it takes the logins that are in there",
            f"kill {found.pid}",
        )
    return (
        f"{text}: YTARCHIVE_NATS_CREDENTIALS names the file with the logins it knows",
        "export YTARCHIVE_NATS_CREDENTIALS=credentials.json",
    )
