"""Every role on a real server: what it needs works, and what it must not do is refused."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import nats.errors
import pytest
import pytest_asyncio
from nats.js.api import ConsumerConfig
from nats.js.errors import APIError
from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import ServiceConfig

from schemas import subjects
from schemas.common import Stage
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime import documents, event_log, topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import Login, load_credentials
from ytarchive.runtime.permissions import STREAMS
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

NODE = "here"
JOB = "01J0000000000000000000JOB1"
STAGES = {
    "metadata": (Stage.METADATA, Stage.LISTING),
    "download": (Stage.DOWNLOAD,),
    "storage": (Stage.STORAGE,),
}
WORKERS = tuple(STAGES)
ACTORS = (*WORKERS, "jobs", "logs")
EVERYBODY = (*ACTORS, "cli")

As = Callable[[str], AbstractAsyncContextManager[Bus]]


class Queue(NamedTuple):
    """A consumer, the stream it is on, and a subject of which it is given the messages."""

    stream: str
    consumer: ConsumerConfig
    subject: str


def queue(stream: str, name: str, filter_subject: str, subject: str) -> Queue:
    consumer = topology.work_consumer(name, filter_subject, slots=1, ack_wait=30).evolve(name=name)
    return Queue(stream, consumer, subject)


QUEUES = {
    "metadata": queue(
        topology.COMMANDS,
        "metadata",
        subjects.tasks(Stage.METADATA),
        subjects.task(Stage.METADATA, JOB, 1),
    ),
    "metadata's lists": queue(
        topology.COMMANDS,
        "listing",
        subjects.tasks(Stage.LISTING),
        subjects.task(Stage.LISTING, JOB, 1),
    ),
    "download": queue(
        topology.COMMANDS,
        "download",
        subjects.tasks(Stage.DOWNLOAD),
        subjects.task(Stage.DOWNLOAD, JOB, 1),
    ),
    "storage": queue(
        topology.COMMANDS,
        f"storage-{NODE}",
        subjects.tasks(Stage.STORAGE, node=NODE),
        subjects.task(Stage.STORAGE, JOB, 1, node=NODE),
    ),
    "storage's checks": queue(
        topology.COMMANDS, f"check-{NODE}", subjects.checks(NODE), subjects.check(NODE, JOB, 1)
    ),
    "storage's discards": queue(
        topology.COMMANDS, f"discard-{NODE}", subjects.discards(NODE), subjects.discard(NODE, JOB, 1)
    ),
    "jobs": queue(topology.COMMANDS, "jobs", subjects.JOB_COMMANDS, subjects.job_command(JOB)),
    "jobs' results": queue(topology.RESULTS, "results", subjects.JOB_RESULTS, subjects.result(JOB)),
    "jobs' timers": queue(topology.TIMERS, "due", subjects.JOBS_DUE, subjects.due(JOB)),
    "logs": queue(topology.LOGS, f"logs-{NODE}", subjects.LOGS, subjects.log("jobs", "info")),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def as_role(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[As]:
    folder = tmp_path_factory.mktemp("permissions")
    settings = Settings(state_dir=folder, library_dir=folder / "library", node=NODE)
    with open_state_dir(folder) as state:
        async with embedded_server(state, settings) as server:

            @contextlib.asynccontextmanager
            async def connected(role: str) -> AsyncIterator[Bus]:
                login = load_credentials(folder / "credentials.json", "admin" if role == "system" else role)
                login = Login(role, login.password)
                async with connect(server.info.url, login, name=role) as bus:
                    if role != "system":
                        bus.js = bus.client.jetstream(timeout=20)
                    yield bus

            async with connected("jobs") as jobs:
                await topology.ensure(jobs.js, settings)
            yield connected


async def publish_refused(bus: Bus, subject: str, payload: bytes = b"") -> bool:
    await bus.client.publish(subject, payload, reply=bus.client.new_inbox())
    return await refused(bus, f'publish to "{subject}"')


async def subscribe_refused(bus: Bus, subject: str) -> bool:
    await bus.client.subscribe(subject)
    return await refused(bus, f'subscription to "{subject}"')


async def refused(bus: Bus, what: str) -> bool:
    """Tell whether the server complained of `what`, once it has come to complain of what we do next."""
    after = f"refused.{bus.client.new_inbox().rpartition('.')[2]}"
    await bus.client.publish(after, b"")
    seen: list[str] = []
    while not seen or after.lower() not in seen[-1]:
        seen.append((await asyncio.wait_for(bus.problems.get(), 20)).lower())
    return any(what.lower() in line for line in seen)


def complaints(bus: Bus) -> list[str]:
    return [bus.problems.get_nowait() for _ in range(bus.problems.qsize())]


@pytest.mark.parametrize("name", QUEUES)
async def test_each_queue_can_be_made_fetched_from_and_acknowledged_by_its_own_role(
    as_role: As, name: str
) -> None:
    stream, consumer, subject = QUEUES[name]
    role = name.partition("'")[0]
    async with as_role("admin") as admin, as_role(role) as bus:
        # Given a message in the queue
        await admin.js.publish(subject, b"work")
        # When its own role makes the consumer and fetches
        await bus.js.add_consumer(stream, consumer)
        subscription = await bus.js.pull_subscribe_bind(consumer.durable_name, stream)
        (message,) = await subscription.fetch(1, timeout=20)
        await message.in_progress()
        await message.in_progress()
        await message.ack_sync(timeout=20)
        # Then nothing is left to do
        info = await bus.js.consumer_info(stream, str(consumer.durable_name))
        assert message.data == b"work"
        assert (info.num_pending, info.num_ack_pending) == (0, 0)
        assert complaints(bus) == []


@pytest.mark.parametrize("role", EVERYBODY)
async def test_no_queue_of_another_can_be_made_fetched_from_acknowledged_or_removed(
    as_role: As, role: str
) -> None:
    async with as_role(role) as bus:
        for owner, (stream, consumer, _) in QUEUES.items():
            name, filter_subject = consumer.durable_name, consumer.filter_subject
            api = "$JS.API.CONSUMER"
            assert await publish_refused(bus, f"{api}.DELETE.{stream}.{name}")
            assert await publish_refused(bus, f"{api}.PAUSE.{stream}.{name}")
            assert await publish_refused(bus, f"{api}.DURABLE.CREATE.{stream}.{name}")
            if owner.partition("'")[0] == role:
                continue
            assert await publish_refused(bus, f"{api}.CREATE.{stream}.{name}.{filter_subject}")
            assert await publish_refused(bus, f"{api}.MSG.NEXT.{stream}.{name}")
            assert await publish_refused(bus, f"$JS.ACK.{stream}.{name}.1.1.1.1.1")


@pytest.mark.parametrize("role", WORKERS)
async def test_a_worker_cannot_widen_the_filter_of_its_consumer_or_have_its_tasks_sent_elsewhere(
    as_role: As, role: str
) -> None:
    stream, consumer, _ = QUEUES[role]
    async with as_role(role) as bus:
        await bus.js.add_consumer(stream, consumer)
        request = f"$JS.API.CONSUMER.CREATE.{stream}.{consumer.name}.{consumer.filter_subject}"
        for change in ({"filter_subject": subjects.COMMANDS}, {"deliver_subject": subjects.job_command(JOB)}):
            config = consumer.as_dict() | change
            payload = json.dumps({"stream_name": stream, "config": config}).encode()
            answer = json.loads((await bus.client.request(request, payload, timeout=20)).data)
            assert answer["error"]["code"] == 400


@pytest.mark.parametrize("role", EVERYBODY)
async def test_only_jobs_can_write_events_tasks_timers_and_signals(as_role: As, role: str) -> None:
    guarded = (
        subjects.event("job", JOB),
        subjects.schedule(JOB),
        subjects.due(JOB),
        subjects.cancel_signal(JOB),
        subjects.egress_signal(NODE),
        subjects.LIMITS,
        subjects.discard(NODE, JOB, 1),
        subjects.check(NODE, JOB, 1),
        *(subjects.task(stage, JOB, 1) for stage in Stage),
    )
    async with as_role(role) as bus:
        refusals = [await publish_refused(bus, subject, b"{}") for subject in guarded]
    assert refusals == [role != "jobs"] * len(guarded)


@pytest.mark.parametrize("role", ACTORS)
async def test_every_actor_can_read_the_limits_and_hears_of_them(as_role: As, role: str) -> None:
    async with as_role("jobs") as jobs, as_role(role) as bus:
        await bus.client.subscribe(subjects.LIMITS)
        await jobs.publish(subjects.LIMITS, b"limits", msg_id=f"limits for {role}")
        found = await bus.js.get_last_msg(topology.LIMITS, subjects.LIMITS, direct=True)
        assert found.data == b"limits"
        assert complaints(bus) == []


async def test_jobs_can_append_to_the_log_and_read_it(as_role: As) -> None:
    async with as_role("jobs") as bus:
        last = await event_log.last_sequence(bus)
        await bus.publish(subjects.event("job", JOB), b"commit", msg_id="commit", last_sequence=last)
        entries = [entry async for entry in event_log.read(bus, after=last)]
        assert [entry.payload for entry in entries] == [b"commit"]
        assert complaints(bus) == []


async def test_jobs_can_set_a_timer_and_withdraw_waiting_tasks(as_role: As) -> None:
    async with as_role("jobs") as bus:
        schedule = {
            "Nats-Schedule": "@at 2099-01-01T00:00:00Z",
            "Nats-Schedule-Target": subjects.due(JOB),
        }
        await bus.publish(subjects.schedule(JOB), b"wake", msg_id="wake", headers=schedule)
        for stage in (Stage.METADATA, Stage.LISTING):
            await bus.publish(subjects.task(stage, JOB, 7), b"task", msg_id=f"task of {stage}")
        waiting = [(topology.COMMANDS, tasks) for tasks in subjects.withdrawable(JOB)]
        for stream, filter_subject in (*waiting, (topology.TIMERS, subjects.schedule(JOB))):
            await bus.js.purge_stream(stream, subject=filter_subject)
            assert not (await bus.js.stream_info(stream, filter_subject)).state.subjects


@pytest.mark.parametrize("what", ["all", "sub"])
async def test_the_command_line_cannot_empty_the_queue_it_writes_to(as_role: As, what: str) -> None:
    async with as_role("jobs") as jobs, as_role("cli") as cli:
        await jobs.publish(subjects.task(Stage.DOWNLOAD, JOB, 7), b"task", msg_id=f"before {what}")
        before = (await jobs.js.stream_info(topology.COMMANDS)).state.messages
        with pytest.raises(APIError) as refused:
            await cli.publish(
                subjects.job_command(JOB), b"", msg_id=f"wipe {what}", headers={"Nats-Rollup": what}
            )
        assert "rollup" in str(refused.value.description)
        assert (await jobs.js.stream_info(topology.COMMANDS)).state.messages == before


@pytest.mark.parametrize("role", EVERYBODY)
async def test_nobody_can_delete_change_restore_or_purge_a_stream(as_role: As, role: str) -> None:
    purging = {
        ("jobs", topology.COMMANDS),
        ("jobs", topology.TIMERS),
        ("jobs", "OBJ_ytarchive-metadata"),
        ("metadata", "OBJ_ytarchive-extractions"),
    }
    async with as_role(role) as bus:
        for stream in STREAMS:
            api = "$JS.API.STREAM"
            assert await publish_refused(bus, f"{api}.DELETE.{stream}")
            assert await publish_refused(bus, f"{api}.UPDATE.{stream}")
            assert await publish_refused(bus, f"{api}.RESTORE.{stream}")
            assert await publish_refused(bus, f"{api}.MSG.DELETE.{stream}")
            assert (role, stream) in purging or await publish_refused(bus, f"{api}.PURGE.{stream}")
            assert role == "jobs" or await publish_refused(bus, f"{api}.CREATE.{stream}")
        assert await publish_refused(bus, "$JS.API.STREAM.CREATE.ANOTHER")


@pytest.mark.parametrize("role", WORKERS)
async def test_a_worker_can_report_tell_progress_log_complain_and_hear_what_is_called_off(
    as_role: As, role: str
) -> None:
    async with as_role(role) as bus, as_role("jobs") as jobs:
        await bus.publish(subjects.result(JOB), b"result", msg_id=f"{role}:result")
        for stage in STAGES[role]:
            await bus.js.publish(subjects.progress(JOB, stage, "video"), b"progress")
        await bus.js.publish(subjects.log(role, "info"), b"line")
        await bus.js.publish(subjects.dead_letter(role), b"letter")
        called_off = await bus.client.subscribe(subjects.CANCELLATIONS)
        await bus.client.flush()
        await jobs.client.publish(subjects.cancel_signal(JOB), b"")
        assert (await called_off.next_msg(timeout=20)).subject == subjects.cancel_signal(JOB)
        assert await topology.exists(bus.js)
        assert complaints(bus) == []


@pytest.mark.parametrize("role", ["metadata", "download"])
async def test_who_asks_sites_is_given_leave_by_jobs_and_hears_when_to_ask_again(
    as_role: As, role: str
) -> None:
    async with as_role(role) as bus, as_role("jobs") as jobs:
        config = ServiceConfig(name="ytarchive-jobs", version="1.0.0")
        async with await add_service(jobs.client, config) as service:

            async def echo(request: Request) -> None:
                await request.respond(request.data)

            await service.add_endpoint(name="leave", subject=subjects.query("leave"), handler=echo)
            news = await bus.client.subscribe(subjects.egress_signal(NODE))
            await asyncio.gather(bus.client.flush(), jobs.client.flush())
            reply = await bus.client.request(subjects.query("leave"), b"may I?", timeout=20)
            assert reply.data == b"may I?"
            await jobs.client.publish(subjects.egress_signal(NODE), b"")
            assert (await news.next_msg(timeout=20)).subject == subjects.egress_signal(NODE)
            assert complaints(bus) == complaints(jobs) == []


@pytest.mark.parametrize("role", EVERYBODY)
async def test_no_other_asks_for_leave_hears_of_it_or_gives_it(as_role: As, role: str) -> None:
    asks = role in ("metadata", "download")
    async with as_role(role) as bus:
        assert await publish_refused(bus, subjects.query("leave")) is not asks
        assert await subscribe_refused(bus, subjects.egress_signal(NODE)) is not asks
        assert await subscribe_refused(bus, subjects.query("leave")) is (role != "jobs")
        assert await publish_refused(bus, subjects.query("jobs")) is (role not in ("cli", "storage"))
        assert await publish_refused(bus, subjects.query("checkpoint")) is (role != "cli")
        assert await subscribe_refused(bus, subjects.query("checkpoint")) is (role != "jobs")
        assert await subscribe_refused(bus, subjects.HEARTBEATS) is (role not in ("cli", "jobs"))


@pytest.mark.parametrize("role", ACTORS)
async def test_an_actor_speaks_in_its_own_name_only(as_role: As, role: str) -> None:
    async with as_role(role) as bus:
        for other in ACTORS:
            mine = other == role
            assert await publish_refused(bus, subjects.log(other, "info")) is not mine
            assert await publish_refused(bus, subjects.dead_letter(other)) is not mine
            assert await publish_refused(bus, subjects.heartbeat(other, NODE, "1")) is not mine
            assert await publish_refused(bus, f"$SRV.INFO.ytarchive-{other}") is not (mine or role == "jobs")
            for stage in STAGES.get(other, ()):
                progress = subjects.progress(JOB, stage, "video")
                assert await publish_refused(bus, progress) is not mine
        assert await publish_refused(bus, subjects.result(JOB)) is (role not in WORKERS)
        assert await publish_refused(bus, subjects.job_command(JOB)) is (role != "jobs")


@pytest.mark.parametrize("role", ACTORS)
async def test_an_actor_is_discovered_and_answers_the_command_line(as_role: As, role: str) -> None:
    async with as_role(role) as bus, as_role("cli") as cli:
        config = ServiceConfig(name=f"ytarchive-{role}", version="1.0.0")
        async with await add_service(bus.client, config) as service:

            async def echo(request: Request) -> None:
                await request.respond(request.data)

            if role == "jobs":
                await service.add_endpoint(name="jobs", subject=subjects.query("jobs"), handler=echo)
            await bus.client.flush()
            pong = await cli.client.request(f"$SRV.PING.ytarchive-{role}", timeout=20)
            assert json.loads(pong.data)["name"] == f"ytarchive-{role}"
            if role == "jobs":
                answer = await cli.client.request(subjects.query("jobs"), b"list", timeout=20)
                assert answer.data == b"list"
            assert complaints(bus) == complaints(cli) == []


async def test_only_the_command_line_and_jobs_hear_events_and_only_jobs_hears_queries(as_role: As) -> None:
    for role in EVERYBODY:
        async with as_role(role) as bus:
            assert await subscribe_refused(bus, subjects.EVENTS) is (role != "cli")
            assert await subscribe_refused(bus, subjects.query("jobs")) is (role != "jobs")
            assert await subscribe_refused(bus, subjects.COMMANDS)
            assert await subscribe_refused(bus, subjects.RESULTS)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_nobody_hears_what_is_answered_to_another(as_role: As, role: str) -> None:
    async with as_role(role) as bus:
        assert not await subscribe_refused(bus, f"_INBOX.{role}.something")
        for other in {*EVERYBODY, "admin"} - {role}:
            assert await subscribe_refused(bus, f"_INBOX.{other}.>")
        for everything in (">", "_INBOX.>", "$JS.>", "$SYS.>"):
            assert await subscribe_refused(bus, everything)


async def test_the_command_line_can_submit_and_read_the_logs_but_not_the_queues(as_role: As) -> None:
    async with as_role("admin") as admin, as_role("cli") as cli:
        await admin.js.publish(subjects.progress(JOB, Stage.DOWNLOAD, "video"), b"half")
        await admin.js.publish(subjects.dead_letter("jobs"), b"letter")
        await admin.js.publish(subjects.log("jobs", "info"), b"line")
        await admin.js.publish(subjects.event("job", JOB), b"commit")
        await cli.js.publish(subjects.job_command(JOB), b"command")
        for stream in (topology.EVENTS, topology.PROGRESS, topology.LOGS, topology.DEAD_LETTERS):
            # by direct gets, one by one and in batches
            last = (await cli.js.stream_info(stream)).state.last_seq
            found = await cli.js.get_msg(stream, last, direct=True)
            batch = [entry async for entry in event_log.read(cli, after=last - 1, stream=stream, subject=">")]
            assert [entry.payload for entry in batch] == [found.data]
            assert (await cli.js.get_last_msg(stream, str(found.subject))).data == found.data
            if stream == topology.LOGS:  # where an ordered consumer could take the place of a durable one
                assert await publish_refused(cli, f"$JS.API.CONSUMER.CREATE.{stream}")
                continue
            # and by an ordered consumer
            ordered = await cli.js.subscribe(str(found.subject), stream=stream, ordered_consumer=True)
            assert (await ordered.next_msg(timeout=20)).subject == found.subject
            await ordered.unsubscribe()
        assert complaints(cli) == []
        for stream in (topology.COMMANDS, topology.RESULTS, topology.TIMERS):
            assert (await cli.js.stream_info(stream)).config.name == stream
            assert await publish_refused(cli, f"$JS.API.STREAM.MSG.GET.{stream}")
            assert await publish_refused(cli, f"$JS.API.DIRECT.GET.{stream}")
            assert await publish_refused(cli, f"$JS.API.CONSUMER.CREATE.{stream}")


async def test_metadata_puts_objects_and_puts_them_again_and_cannot_read_them_back(as_role: As) -> None:
    async with as_role("metadata") as bus:
        for bucket in (topology.METADATA_BUCKET, topology.EXTRACTIONS_BUCKET):
            store = await bus.js.object_store(bucket)
            await store.put("put/1", b"x" * 300_000)
            assert (await store.get_info("put/1")).size == 300_000
        await store.put("put/1", b"y")
        assert complaints(bus) == []
        for bucket in (topology.METADATA_BUCKET, topology.EXTRACTIONS_BUCKET):
            assert await publish_refused(bus, f"$JS.API.CONSUMER.CREATE.OBJ_{bucket}")
            assert await publish_refused(bus, f"$JS.API.DIRECT.GET.OBJ_{bucket}")
        bus.js = bus.client.jetstream(timeout=0.2)
        with pytest.raises(nats.errors.TimeoutError):
            await (await bus.js.object_store(topology.METADATA_BUCKET)).get("put/1")


async def test_metadata_keeps_documents_and_jobs_removes_them_but_puts_none(as_role: As) -> None:
    async with as_role("metadata") as metadata, as_role("jobs") as jobs:
        assert [await documents.keep(metadata, "kept/1", bytes(300_000)) for _ in range(2)] == [True, False]
        since, until = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-1, 1))
        removed = await documents.remove(jobs, (), since=since, until=until)
        assert "kept/1" in removed.names
        assert complaints(metadata) == complaints(jobs) == []
        for bucket in (topology.METADATA_BUCKET, topology.EXTRACTIONS_BUCKET):
            assert await publish_refused(jobs, f"$O.{bucket}.C.chunk")
            assert await publish_refused(jobs, f"$O.{bucket}.M.name")
        assert await publish_refused(jobs, f"$JS.API.STREAM.PURGE.OBJ_{topology.EXTRACTIONS_BUCKET}")
        assert await publish_refused(jobs, f"$JS.API.DIRECT.GET.OBJ_{topology.EXTRACTIONS_BUCKET}")


async def test_download_reads_extractions_and_nothing_else_and_puts_nothing(as_role: As) -> None:
    async with as_role("metadata") as metadata, as_role("download") as bus:
        for bucket in (topology.METADATA_BUCKET, topology.EXTRACTIONS_BUCKET):
            await (await metadata.js.object_store(bucket)).put("read/1", b"x" * 300_000)
        extractions = await bus.js.object_store(topology.EXTRACTIONS_BUCKET)
        assert (await extractions.get("read/1")).data == b"x" * 300_000
        assert complaints(bus) == []
        for bucket in (topology.METADATA_BUCKET, topology.EXTRACTIONS_BUCKET):
            assert await publish_refused(bus, f"$O.{bucket}.C.chunk")
            assert await publish_refused(bus, f"$O.{bucket}.M.name")
        assert await publish_refused(bus, f"$JS.API.STREAM.MSG.GET.OBJ_{topology.METADATA_BUCKET}")


@pytest.mark.parametrize("role", ["storage", "logs", "cli"])
async def test_the_others_neither_put_objects_nor_read_extractions(as_role: As, role: str) -> None:
    async with as_role(role) as bus:
        for bucket in (topology.METADATA_BUCKET, topology.EXTRACTIONS_BUCKET):
            assert await publish_refused(bus, f"$O.{bucket}.C.chunk")
            assert await publish_refused(bus, f"$O.{bucket}.M.name")
            readable = (role, bucket) == ("cli", topology.METADATA_BUCKET)
            for request in (f"STREAM.MSG.GET.OBJ_{bucket}", f"CONSUMER.CREATE.OBJ_{bucket}"):
                assert await publish_refused(bus, f"$JS.API.{request}") is not readable


async def test_the_command_line_reads_metadata(as_role: As) -> None:
    async with as_role("metadata") as metadata, as_role("cli") as cli:
        await (await metadata.js.object_store(topology.METADATA_BUCKET)).put("read/2", b"{}")
        assert (await (await cli.js.object_store(topology.METADATA_BUCKET)).get("read/2")).data == b"{}"


async def test_a_wrong_password_and_no_password_are_refused(as_role: As) -> None:
    async with as_role("cli") as bus:
        url = str(bus.client.connected_url and bus.client.connected_url.geturl())
    for login in (Login("cli", "wrong"), Login("admin", ""), None):
        with pytest.raises(ServerUnavailable, match="refuses"):
            async with connect(url, login, name="intruder"):
                pass


async def test_the_system_account_is_apart_and_opens_to_the_administrator(as_role: As) -> None:
    async with as_role("system") as system:
        answer = await system.client.request("$SYS.REQ.SERVER.PING", timeout=20)
        assert json.loads(answer.data)["server"]["jetstream"] is True
        with pytest.raises((nats.errors.NoRespondersError, APIError, nats.errors.TimeoutError)):
            await asyncio.wait_for(system.client.jetstream(timeout=1).stream_info(topology.EVENTS), 2)
    async with as_role("admin") as admin:
        with pytest.raises((nats.errors.NoRespondersError, nats.errors.TimeoutError)):
            await admin.client.request("$SYS.REQ.SERVER.PING", timeout=0.3)


async def test_the_administrator_can_repair_what_others_must_not_touch(as_role: As) -> None:
    async with as_role("admin") as admin:
        await admin.js.add_stream(name="SPARE", subjects=["spare"])
        await admin.js.publish("spare", b"x")
        await admin.js.purge_stream("SPARE")
        assert await admin.js.delete_stream("SPARE")
