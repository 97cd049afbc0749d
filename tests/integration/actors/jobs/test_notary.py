"""With a key the jobs actor signs what the log is, now and then and when asked; without one it does not."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.event_log_files import sign
from schemas import codec, subjects
from schemas.queries import AskCheckpoint, Checkpoint
from tests import nats
from tests.integration.jobs_actor import Jobs, jobs_actor
from tests.jobs import submit
from tests.logs import STRANGER, with_checkpoints, world
from ytarchive.domain.checkpoints import Trust
from ytarchive.domain.log_check import LogCheck
from ytarchive.domain.log_file import Stored
from ytarchive.errors import UsageError
from ytarchive.runtime import event_log, signing, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.private_file import write_private
from ytarchive.runtime.process import Runtime
from ytarchive.runtime.signing import Signer
from ytarchive.settings import Settings

EVERY = 4


class Liar(Signer):
    """Signs in the name of another."""

    def __init__(self) -> None:
        super().__init__(Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32))
        self.key = STRANGER.key


def with_key(runtime: Runtime, path: Path) -> Runtime:
    runtime.settings = msgspec.structs.replace(
        runtime.settings, signing_key_file=path, checkpoint_every=EVERY
    )
    return runtime


async def ask(bus: Bus, sequence: int, *, anew: bool = False) -> Checkpoint:
    question = codec.encode(AskCheckpoint(sequence=sequence, anew=anew))
    return codec.checkpoints.decode(
        (await bus.client.request(subjects.query("checkpoint"), question, 20)).data
    )


async def checked(bus: Bus) -> LogCheck:
    check = LogCheck(trust=Trust(signing.signed()))
    async for entry in event_log.read(bus):
        check.follow(*entry)
    assert (check.faults, check.holes) == ([], [])
    return check


async def submitted(bus: Bus, jobs: Jobs, first: int, number: int) -> None:
    """Submit videos one after the other, until the log has them."""
    for one in range(first, first + number):
        await jobs.tell(submit(f"{one:016x}"))
        subject = subjects.event("job", f"{one:016x}")
        async with asyncio.timeout(60):
            while not (await bus.js.stream_info(topology.EVENTS, subject)).state.subjects:
                await asyncio.sleep(0.01)


async def test_every_so_many_messages_and_whoever_asks_have_the_log_signed(
    bus: Bus, runtime_on: Callable[[Bus], Runtime], tmp_path: Path
) -> None:
    signer = signing.make_key(tmp_path / "key.pem")
    async with jobs_actor(with_key(runtime_on(bus), tmp_path / "key.pem")) as jobs:
        await submitted(bus, jobs, 1, 2 * EVERY + 1)
        async with asyncio.timeout(60):
            while (await checked(bus)).covered.checkpoints < 2:
                await asyncio.sleep(0.02)
        await submitted(bus, jobs, 50, 1)
        last = await event_log.last_sequence(bus)
        assert await ask(bus, last) == Checkpoint(sequence=last, key=signer.key)
        assert await ask(bus, last + 1) == Checkpoint(sequence=last, key=signer.key)
        assert await event_log.last_sequence(bus) == last + 1
    async with jobs_actor(with_key(runtime_on(bus), tmp_path / "key.pem")) as jobs:
        await submitted(bus, jobs, 100, 1)
        assert (await ask(bus, last + 2)).sequence == last + 2
    check = await checked(bus)
    assert (check.covered.sequence, check.covered.checkpoints) == (last + 2, 4)
    assert check.covered.keys == (signer.key,)


async def test_a_new_key_signs_anew_what_the_old_one_had_signed_and_both_are_known(
    bus: Bus, runtime_on: Callable[[Bus], Runtime], tmp_path: Path
) -> None:
    signers = [signing.make_key(tmp_path / name) for name in ("old.pem", "new.pem")]
    asked = list[Checkpoint]()
    for name in ("old.pem", "new.pem"):
        runtime = with_key(runtime_on(bus), tmp_path / name)
        async with jobs_actor(runtime) as jobs:
            if not asked:
                await submitted(bus, jobs, 1, 1)
            asked.append(await ask(bus, await event_log.last_sequence(bus)))
    assert asked == [Checkpoint(sequence=at, key=one.key) for at, one in zip((1, 2), signers, strict=True)]
    assert (await checked(bus)).covered.keys == tuple(one.key for one in signers)
    assert signing.known_keys(runtime.settings.state_dir) == {one.key for one in signers}


async def put(bus: Bus, settings: Settings, log: tuple[Stored, ...]) -> None:
    """Have another log in the place of the one there is, whoever made it."""
    await nats.clear(bus, settings)
    for one in log:
        await bus.publish(one.subject, one.payload, msg_id=one.id)


async def there(bus: Bus) -> tuple[Stored, ...]:
    return tuple([one async for one in event_log.read_stored(bus)])


async def restarted(runtime: Runtime, bus: Bus, *, anew: bool = False) -> Checkpoint:
    """Start a jobs actor, and ask it to sign all there is."""
    async with jobs_actor(runtime):
        return await ask(bus, await event_log.last_sequence(bus), anew=anew)


async def test_a_log_that_is_not_the_one_that_was_signed_is_not_signed_until_somebody_says_so(
    bus: Bus, runtime_on: Callable[[Bus], Runtime], tmp_path: Path
) -> None:
    """Given a log that was cut, then one that was written anew and signed by a stranger, in place of ours."""
    signer = signing.make_key(tmp_path / "key.pem")
    runtime = with_key(runtime_on(bus), tmp_path / "key.pem")
    state = runtime.settings.state_dir
    async with jobs_actor(runtime) as jobs:
        await submitted(bus, jobs, 1, 2)
        assert (await ask(bus, 2)).sequence == 2
    ours = await there(bus)
    mark = signing.last_mark(state)
    assert mark
    assert (mark.sequence, mark.key) == (2, signer.key)

    foreign = with_checkpoints(world(), 5, signer=STRANGER)
    for forged, why in ((ours[:1], "the log ends with message 1"), (foreign, "it is not the log")):
        await put(bus, runtime.settings, forged)
        again = with_key(runtime_on(bus), tmp_path / "key.pem")
        answer = await restarted(again, bus)
        assert f"message 2: {why}" in answer.refused
        async with jobs_actor(again):
            (told,) = await sign(again.settings, bus)
        assert "does not sign it" in told.detail
        assert answer.sequence == 0
        assert (await event_log.last_sequence(bus), signing.last_mark(state)) == (len(forged), mark)

    answer = await restarted(with_key(runtime_on(bus), tmp_path / "key.pem"), bus, anew=True)
    assert (answer.sequence, answer.refused) == (len(foreign), "")
    answer = await restarted(with_key(runtime_on(bus), tmp_path / "key.pem"), bus)
    assert (answer.sequence, answer.refused) == (len(foreign), "")
    check = LogCheck(trust=signing.trust(runtime.settings))
    async for entry in event_log.read(bus):
        check.follow(*entry)
    assert (check.faults, check.unsigned, check.departed) == ([], [], [])


@pytest.mark.parametrize("known", [False, True])
async def test_what_others_have_signed_is_not_signed_nor_what_lacks_what_was_signed(
    bus: Bus, runtime_on: Callable[[Bus], Runtime], tmp_path: Path, *, known: bool
) -> None:
    """Given no word of what was signed last: then the log itself has to tell."""
    signer = signing.make_key(tmp_path / "key.pem")
    runtime = with_key(runtime_on(bus), tmp_path / "key.pem")
    if known:
        signing.remember(runtime.settings.state_dir, [signer.key])
    foreign = with_checkpoints(world(), 5, signer=STRANGER)
    bad = with_checkpoints(world(), 5, signer=Liar())
    for forged, why in ((foreign, "which is unknown"), (bad, "its signature is wrong"), (world(), "nothing")):
        await put(bus, runtime.settings, forged)
        answer = await restarted(with_key(runtime_on(bus), tmp_path / "key.pem"), bus)
        assert why in answer.refused if known or forged != world() else not answer.refused
    assert (signing.last_mark(runtime.settings.state_dir) is None) is known


async def test_what_cannot_be_remembered_is_said_and_signed_nevertheless(
    bus: Bus, runtime_on: Callable[[Bus], Runtime], tmp_path: Path
) -> None:
    signing.make_key(tmp_path / "key.pem")
    runtime = with_key(runtime_on(bus), tmp_path / "key.pem")
    async with jobs_actor(runtime) as jobs:
        await submitted(bus, jobs, 1, 1)
        (runtime.settings.state_dir / "checkpoint-keys").mkdir(parents=True)
        assert await ask(bus, 1) == Checkpoint(sequence=1, key=signing.load_signer(tmp_path / "key.pem").key)
        assert (await ask(bus, 1, anew=True)).sequence == 1
    assert signing.last_mark(runtime.settings.state_dir) is None


async def test_without_a_key_nothing_is_signed(bus: Bus, runtime: Runtime) -> None:
    async with jobs_actor(runtime) as jobs:
        await submitted(bus, jobs, 1, 2)
        assert await ask(bus, 2) == Checkpoint(sequence=0, key=None)
        reply = await bus.client.request(subjects.query("checkpoint"), b"what?", 20)
        assert reply.headers
        assert "400" in reply.headers.values()
    assert (await checked(bus)).covered.checkpoints == 0


async def test_a_key_that_cannot_be_used_stops_the_actor_at_its_start(
    bus: Bus, runtime: Runtime, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="there is no signing key"):
        async with jobs_actor(with_key(runtime, tmp_path / "none.pem")):
            pass
    write_private(tmp_path / "no.pem", b"not a key")
    with pytest.raises(UsageError, match="not a private key"):
        async with jobs_actor(with_key(runtime, tmp_path / "no.pem")):
            pass
