import asyncio

import pytest
from nats.js.errors import NotFoundError

from cli.submission import send
from schemas import codec
from schemas.commands import CancelJob
from tests.nats import NatsServer
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus

COMMAND = CancelJob(job_id="00000000000000aa")


async def commands(bus: Bus) -> list[bytes]:
    count = (await bus.js.stream_info(topology.COMMANDS)).state.messages
    return [(await bus.js.get_msg(topology.COMMANDS, number)).data or b"" for number in range(1, count + 1)]


async def test_a_command_is_sent_once(bus: Bus) -> None:
    await send(bus, COMMAND)
    (payload,) = await commands(bus)
    assert codec.job_commands.decode(payload).body == COMMAND


async def test_a_command_is_sent_again_where_the_server_was_away_and_is_there_once(
    nats_server: NatsServer, own_bus: Bus
) -> None:
    nats_server.kill()
    sending = asyncio.create_task(send(own_bus, COMMAND))
    await asyncio.sleep(0.5)
    assert not sending.done()

    nats_server.start()
    await asyncio.wait_for(sending, 60)
    assert len(await commands(own_bus)) == 1


async def test_a_server_that_takes_no_command_is_said(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.submission._PATIENCE", 1)
    await bus.js.delete_stream(topology.COMMANDS)
    with pytest.raises(ServerUnavailable, match="does not take the command") as refused:
        await send(bus, COMMAND)
    assert refused.value.hint
    with pytest.raises(NotFoundError):
        await bus.js.stream_info(topology.COMMANDS)
