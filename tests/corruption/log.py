"""What can be done to the event log, drawn at random, by somebody who is its server's administrator.

A log refuses to forget, so whoever forges one makes the stream anew. Done are things that a chain shows, or
the files: the newest commits of a job may be lost without either, which is what checkpoints are for.
"""

import asyncio
import contextlib
import hashlib
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from schemas import codec
from schemas.envelope import Commit
from schemas.events import Event, JobCancelled, VideoArchived
from tests.e2e.bus import connected
from tests.e2e.home import Home, Json
from ytarchive.library.inventory import is_inventory
from ytarchive.runtime import event_log, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.event_log import Entry
from ytarchive.runtime.system import kept_server
from ytarchive.settings import Settings


class Struck(NamedTuple):
    """A log with damage done to one job's chain, and the sequence of a message that is removed from it."""

    log: list[Entry]
    job_id: str
    lost: int = 0


class Chain(NamedTuple):
    """The messages of an archived job: where each is in the log, and what it says."""

    job_id: str
    places: list[int]
    commits: list[Commit[Event]]

    @property
    def files(self) -> set[str]:
        """The paths that it archived."""
        return {
            file.path
            for commit in self.commits
            for event in commit.events
            if isinstance(event, VideoArchived)
            for file in event.files
        }


Blow = Callable[[list[Entry], Chain, random.Random], Struck]


def gap(log: list[Entry], chain: Chain, rng: random.Random) -> Struck:
    """Remove a message: the stream's sequence shows where it was."""
    return Struck(log, chain.job_id, rng.choice(chain.places) + 1)


def alter(log: list[Entry], chain: Chain, rng: random.Random) -> Struck:
    """Flip a bit of a message, but of the newest."""
    place = rng.choice(chain.places[:-1])
    payload = bytearray(log[place].payload)
    payload[rng.randrange(len(payload))] ^= 1 << rng.randrange(8)
    return _with(log, chain, {place: bytes(payload)})


def drop(log: list[Entry], chain: Chain, rng: random.Random) -> Struck:
    """Leave a message out, but the newest, and number the others anew."""
    place = rng.choice(chain.places[:-1])
    return Struck([*log[:place], *log[place + 1 :]], chain.job_id)


def swap(log: list[Entry], chain: Chain, rng: random.Random) -> Struck:
    """Exchange two messages that follow each other."""
    at = rng.randrange(len(chain.places) - 1)
    one, other = chain.places[at : at + 2]
    return _with(log, chain, {one: log[other].payload, other: log[one].payload})


def double(log: list[Entry], chain: Chain, rng: random.Random) -> Struck:
    """Say something again."""
    return Struck([*log, log[rng.choice(chain.places)]], chain.job_id)


def forge(log: list[Entry], chain: Chain, rng: random.Random) -> Struck:
    """Add an event that does not follow from the last."""
    return _cancelled(log, chain, rng.randbytes(32).hex())


def forge_well(log: list[Entry], chain: Chain, _rng: random.Random) -> Struck:
    """Add an event that does follow: nothing but the files tells that it is not true."""
    return _cancelled(log, chain, hashlib.sha256(log[chain.places[-1]].payload).hexdigest())


def _cancelled(log: list[Entry], chain: Chain, previous: str) -> Struck:
    last = chain.commits[-1]
    commit: Commit[Event] = msgspec.structs.replace(
        last,
        version=last.version + len(last.events),
        previous=previous,
        at=datetime.now(UTC),
        events=(JobCancelled(reason="forged"),),
    )
    entry = log[chain.places[-1]]
    return Struck([*log, entry._replace(payload=codec.encode(commit))], chain.job_id)


def _with(log: list[Entry], chain: Chain, payloads: dict[int, bytes]) -> Struck:
    changed = [entry._replace(payload=payloads.get(place, entry.payload)) for place, entry in enumerate(log)]
    return Struck(changed, chain.job_id)


BLOWS: Final[dict[str, Blow]] = {
    "log gap": gap,
    "altered message": alter,
    "dropped message": drop,
    "swapped messages": swap,
    "doubled message": double,
    "forged event": forge,
    "well forged event": forge_well,
}
READ_MODEL: Final = "read model"
"""Done while the system runs, which goes on telling what the log said before."""
NAMES: Final = (*BLOWS, READ_MODEL)


def strike(home: Home, name: str, rng: random.Random) -> tuple[Chain, Json]:
    """Do something to the log of a home on which nothing runs, and give what an audit says of it."""

    async def write() -> Chain:
        settings = Settings(state_dir=home.state, library_dir=home.library)
        async with kept_server(settings), connected(home, "admin") as bus:
            log, chain = await _drawn(bus, rng)
            await _rewrite(bus, BLOWS[name](log, chain, rng))
            return chain

    async def write_behind_its_back() -> Chain:
        async with connected(home, "admin") as bus:
            log, chain = await _drawn(bus, rng)
            last = chain.commits[-1]
            *others, archived = last.events
            assert isinstance(archived, VideoArchived)
            file = msgspec.structs.replace(archived.files[0], bytes=archived.files[0].bytes + 1)
            told = msgspec.structs.replace(archived, files=(file, *archived.files[1:]))
            payload = codec.encode(msgspec.structs.replace(last, events=(*others, told)))
            await _rewrite(bus, _with(log, chain, {chain.places[-1]: payload}))
            return chain

    with contextlib.ExitStack() as stack:
        if name == READ_MODEL:
            stack.enter_context(home.up())
            chain = asyncio.run(write_behind_its_back())
        else:
            chain = asyncio.run(write())
        return chain, home.run("audit", "--deep", "--json", code=1).document


def wrong(name: str, chain: Chain, findings: list[Json]) -> str:
    """Say what an audit did not find of what was done to one job's chain, or invented; empty if nothing."""
    kinds = {finding["kind"] for finding in findings}
    due = {READ_MODEL: "read_model", "well forged event": "unexpected"}.get(name, "log")
    if due not in kinds or (due == "log" and not _complete(findings, chain)):
        return f"no {due} among {kinds}"
    strange = [
        finding
        for finding in findings
        if finding["job_id"] != chain.job_id
        and finding["path"] not in chain.files
        and not is_inventory(finding["path"] or "")
        and not (finding["kind"] == "log" and finding["job_id"] is None)
    ]
    return f"invented: {strange}" if strange else ""


def _complete(findings: list[Json], chain: Chain) -> bool:
    """Tell whether the log's trouble is said of that job, or of messages that are gone."""
    return {finding["job_id"] for finding in findings if finding["kind"] == "log"} <= {chain.job_id, None}


async def _drawn(bus: Bus, rng: random.Random) -> tuple[list[Entry], Chain]:
    """Read the whole log, and choose a job."""
    log = [entry async for entry in event_log.read(bus)]
    chains: dict[str, Chain] = {}
    for place, entry in enumerate(log):
        commit = codec.commits.decode(entry.payload)
        if commit.aggregate == "job":
            found = chains.setdefault(commit.aggregate_id, Chain(commit.aggregate_id, [], []))
            found.places.append(place)
            found.commits.append(commit)
    return log, rng.choice([chain for chain in chains.values() if chain.files])


async def _rewrite(bus: Bus, struck: Struck) -> None:
    """Make the log anew."""
    config = (await bus.js.stream_info(topology.EVENTS)).config
    await bus.js.delete_stream(topology.EVENTS)
    await bus.js.add_stream(config.evolve(deny_delete=False))
    for entry in struck.log:
        await bus.js.publish(entry.subject, entry.payload)
    if struck.lost:
        await bus.js.delete_msg(topology.EVENTS, struck.lost)
    await bus.js.update_stream(config)
