"""The streams are made as declared, and what they promise is kept by the server itself."""

import pytest
from nats.js.errors import APIError

from schemas import codec, subjects
from schemas.common import Stage
from tests import nats
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus, SequenceConflict
from ytarchive.runtime.connection import connect
from ytarchive.runtime.permissions import STREAMS
from ytarchive.settings import Settings

JOB = "0123456789abcdef"


async def test_every_stream_is_made_as_declared(bus: Bus, settings: Settings) -> None:
    for declared in topology.streams(settings):
        made = (await bus.js.stream_info(str(declared.name))).config
        stated = {key: value for key, value in declared.as_dict().items() if value}
        assert {key: made.as_dict()[key] for key in stated} == stated


async def test_making_the_streams_again_changes_nothing(bus: Bus, settings: Settings) -> None:
    await bus.publish(subjects.event("job", JOB), b"kept", msg_id="kept")
    before = [(await bus.js.stream_info(name)).created for name in STREAMS]
    await topology.ensure(bus.js, settings)
    assert [(await bus.js.stream_info(name)).created for name in STREAMS] == before
    assert (await bus.js.stream_info(topology.EVENTS)).state.messages == 1


async def test_workers_see_whether_the_streams_are_there(bus: Bus) -> None:
    assert await topology.exists(bus.js)
    await bus.js.delete_stream(f"OBJ_{topology.EXTRACTIONS_BUCKET}")
    assert not await topology.exists(bus.js)
    await bus.js.delete_stream(topology.EVENTS)
    assert not await topology.exists(bus.js)


async def test_an_event_can_be_neither_deleted_nor_purged(bus: Bus) -> None:
    sequence = await bus.publish(subjects.event("job", JOB), b"fact", msg_id="fact")
    with pytest.raises(APIError, match="message delete not permitted") as deleted:
        await bus.js.delete_msg(topology.EVENTS, sequence)
    with pytest.raises(APIError, match="stream purge not permitted") as purged:
        await bus.js.purge_stream(topology.EVENTS)
    assert (deleted.value.err_code, purged.value.err_code) == (10057, 10110)
    assert (await bus.js.get_msg(topology.EVENTS, sequence)).data == b"fact"


@pytest.mark.parametrize("unset", ["deny_delete", "deny_purge"])
async def test_what_is_denied_for_the_event_log_stays_denied(bus: Bus, unset: str) -> None:
    config = (await bus.js.stream_info(topology.EVENTS)).config
    with pytest.raises(APIError) as refused:
        await bus.js.update_stream(config.evolve(**{unset: False}))
    assert refused.value.err_code == 10052


async def test_the_event_log_refuses_a_message_larger_than_the_contract(settings: Settings) -> None:
    with nats.NatsServer(max_payload=4 << 20) as server:
        async with connect(server.url, None, name="test") as roomy:
            await topology.ensure(roomy.js, settings)
            with pytest.raises(APIError) as refused:
                await roomy.publish(subjects.event("job", JOB), b"x" * (codec.MAX_BYTES + 1), msg_id="large")
    assert refused.value.err_code == 10054


async def test_a_task_is_gone_once_it_is_done_and_its_twin_is_refused_while_it_waits(bus: Bus) -> None:
    subject = subjects.task(Stage.METADATA, JOB, 3)
    await bus.publish(subject, b"task", msg_id="3", last_subject_sequence=0)
    with pytest.raises(SequenceConflict):
        await bus.publish(subject, b"task", msg_id="3 again", last_subject_sequence=0)
    consumer = topology.work_consumer("metadata", subjects.tasks(Stage.METADATA), slots=1, ack_wait=30)
    await bus.js.add_consumer(topology.COMMANDS, consumer)
    (message,) = await (await bus.js.pull_subscribe_bind("metadata", topology.COMMANDS)).fetch(1)
    await message.ack_sync()
    assert (await bus.js.stream_info(topology.COMMANDS)).state.messages == 0


async def test_the_last_word_on_progress_is_kept_and_nothing_before_it(bus: Bus) -> None:
    subject = subjects.progress(JOB, Stage.DOWNLOAD, "video 720p")
    for percent in range(100):
        await bus.js.publish(subject, b"%d" % percent)
    assert (await bus.js.stream_info(topology.PROGRESS)).state.messages == 1
    assert (await bus.js.get_last_msg(topology.PROGRESS, subject)).data == b"99"


async def test_logs_make_room_for_newer_ones(bus: Bus, settings: Settings) -> None:
    line = b"x" * 10_000
    written = 2 * settings.log_bytes // len(line)
    for _ in range(written):
        await bus.js.publish(subjects.log("jobs", "info"), line)
    state = (await bus.js.stream_info(topology.LOGS)).state
    assert state.bytes <= settings.log_bytes
    assert (state.last_seq, state.first_seq > 1) == (written, True)
