"""Dead letters on a real server: shown, sent again where they came from, thrown away."""

import asyncio
import base64
import json
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from cli import letters
from schemas import codec, subjects
from schemas.common import Stage
from schemas.dead_letters import DeadLetter
from tests import nats
from tests.jobs import AT, JOB
from ytarchive.domain import causality
from ytarchive.errors import ServerUnavailable, UsageError, YtarchiveError
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import FILE, ensure_credentials
from ytarchive.runtime.permissions import permissions
from ytarchive.runtime.private_file import write_private
from ytarchive.settings import Settings

COMMAND = subjects.job_command(JOB)
LETTER = DeadLetter(at=AT, actor="jobs", subject=COMMAND, reason="nobody knows it", payload=b'{"a":1}')
Bury = Callable[..., None]
Do = Callable[[Callable[[Bus], Coroutine[Any, Any, Any]]], Any]


@pytest.fixture
def here(settings: Settings, nats_url: str) -> Settings:
    """Settings of somebody whose server the shared one is, which asks for no login."""
    return msgspec.structs.replace(settings, nats_url=nats_url)


@pytest.fixture
def do(here: Settings) -> Do:
    """Do something on that server, the streams of which are made anew."""

    def do(work: Callable[[Bus], Coroutine[Any, Any, Any]]) -> Any:
        async def main() -> Any:
            async with connect(here.nats_url, None, name="test") as bus:
                return await work(bus)

        return asyncio.run(main())

    do(lambda bus: nats.clear(bus, here))
    return do


def bury(do: Do, *found: DeadLetter | bytes) -> None:
    async def publish(bus: Bus) -> None:
        for number, letter in enumerate(found):
            payload = letter if isinstance(letter, bytes) else codec.encode(letter)
            await bus.publish(subjects.dead_letter("jobs"), payload, msg_id=f"dead:{number}")

    do(publish)


def queued(do: Do, stream: str = topology.COMMANDS) -> list[tuple[str, bytes, dict[str, str]]]:
    """Give what waits in a stream: subject, payload, headers."""

    async def read(bus: Bus) -> list[tuple[str, bytes, dict[str, str]]]:
        state = (await bus.js.stream_info(stream)).state
        found = [await bus.js.get_msg(stream, seq) for seq in range(1, state.last_seq + 1)]
        return [(str(one.subject), one.data or b"", dict(one.headers or {})) for one in found]

    found: list[tuple[str, bytes, dict[str, str]]] = do(read)
    return found


def kept(do: Do) -> list[int]:
    """Give the numbers of the letters there are."""
    return [letter.number for letter in do(letters.read_letters)]


def test_letters_are_listed_without_and_shown_with_the_message(
    here: Settings, do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    bury(do, LETTER, msgspec.structs.replace(LETTER, payload=b"\xff", truncated=True, headers={"A": "b"}))
    assert letters.list_letters(here, as_json=True) == 0
    first, second = json.loads(capsys.readouterr().out)["letters"]
    assert first == {
        "number": 1,
        "at": "2026-01-02T03:04:05Z",
        "actor": "jobs",
        "subject": COMMAND,
        "reason": "nobody knows it",
        "bytes": 7,
        "truncated": False,
    }
    assert letters.show_letter(here, 2, as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == second | {"headers": {"A": "b"}, "payload": base64.b64encode(b"\xff").decode()}
    with pytest.raises(UsageError, match="there is no letter 3"):
        letters.show_letter(here, 3, as_json=True)


def test_what_is_no_letter_is_shown_and_can_be_thrown_away_only(
    here: Settings, do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    bury(do, b"no letter")
    letters.show_letter(here, 1, as_json=False)
    told = capsys.readouterr().out
    assert "no dead letter: " in told
    assert "6e 6f 20 6c" in told
    with pytest.raises(YtarchiveError, match="nobody knows where it came from"):
        letters.redrive(here, [1], everything=False, as_json=True)
    assert letters.discard(here, [1], everything=False, as_json=True) == 0
    assert kept(do) == []


def test_a_letter_is_sent_again_as_it_came_and_is_no_letter_any_more(here: Settings, do: Do) -> None:
    headers = {"Nats-Msg-Id": "of then", "Nats-Schedule-Next": "purge", "Origin": "elsewhere"}
    bury(do, LETTER, msgspec.structs.replace(LETTER, headers=headers, payload=b"\xff"))
    assert letters.redrive(here, [2], everything=False, as_json=True) == 0
    ((subject, payload, sent),) = queued(do)
    assert (subject, payload) == (COMMAND, b"\xff")
    assert sent.pop("Nats-Msg-Id").startswith("redrive:")
    assert int(sent.pop(causality.HEADER)) > 0
    assert sent == {"Origin": "elsewhere"}
    assert kept(do) == [1]


def test_stopped_between_sending_and_removing_it_is_sent_once(here: Settings, do: Do) -> None:
    bury(do, LETTER)

    async def half(bus: Bus) -> None:
        (letter,) = await letters.read_letters(bus)
        await letters.send_again(bus, letter)
        await bus.publish(subjects.dead_letter("jobs"), codec.encode(LETTER), msg_id="again")
        (back,) = await letters.read_letters(bus)
        await letters.send_again(bus, msgspec.structs.replace(back, number=letter.number))

    do(half)
    assert len(queued(do)) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"truncated": True}, "only the beginning of the message is kept"),
        ({"subject": subjects.event("job", JOB)}, "nothing is taken from ytarchive.v1.event.job"),
        ({"subject": "$JS.API.STREAM.DELETE.YTARCHIVE_EVENTS"}, "not a subject of ytarchive.v1"),
        ({"subject": "ytarchive.v1.command.jobs.*"}, "not a subject of ytarchive.v1"),
    ],
)
def test_what_must_not_be_sent_again_is_refused_before_anything_is_touched(
    here: Settings, do: Do, change: dict[str, Any], why: str
) -> None:
    bury(do, LETTER, msgspec.structs.replace(LETTER, **change))
    with pytest.raises(YtarchiveError) as refused:
        letters.redrive(here, [1, 2], everything=False, as_json=True)
    assert str(refused.value).startswith("letter 2 cannot be sent again: ")
    assert why in str(refused.value)
    assert (kept(do), queued(do), queued(do, topology.EVENTS)) == ([1, 2], [], [])


def test_all_sends_what_can_be_sent_and_says_what_has_to_stay(
    here: Settings, do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    result = msgspec.structs.replace(LETTER, subject=subjects.result(JOB))
    task = msgspec.structs.replace(LETTER, subject=subjects.task(Stage.DOWNLOAD, JOB, 4))
    bury(do, LETTER, msgspec.structs.replace(LETTER, truncated=True), result, task)
    assert letters.redrive(here, [], everything=True, as_json=True) == 1
    told = capsys.readouterr()
    assert [letter["number"] for letter in json.loads(told.out)["letters"]] == [1, 3, 4]
    assert told.err.startswith("✗ letter 2 cannot be sent again")
    assert [subject for subject, *_ in queued(do)] == [COMMAND, task.subject]
    assert [subject for subject, *_ in queued(do, topology.RESULTS)] == [result.subject]
    assert kept(do) == [2]


def test_a_letter_whose_queue_is_gone_stays(here: Settings, do: Do) -> None:
    bury(do, LETTER)
    do(lambda bus: bus.js.delete_stream(topology.COMMANDS))
    with pytest.raises(YtarchiveError, match="letter 1: there is no queue at"):
        letters.redrive(here, [1], everything=False, as_json=True)
    assert kept(do) == [1]


def test_all_are_thrown_away_or_those_named(here: Settings, do: Do) -> None:
    bury(do, *[LETTER] * 4)
    assert letters.discard(here, [3, 1, 3], everything=False, as_json=True) == 0
    assert kept(do) == [2, 4]
    with pytest.raises(UsageError, match="there is no letter 3"):
        letters.discard(here, [2, 3], everything=False, as_json=True)
    assert kept(do) == [2, 4]
    assert letters.discard(here, [], everything=True, as_json=True) == 0
    assert (kept(do), queued(do)) == ([], [])


@pytest.mark.parametrize(("numbers", "everything"), [([], False), ([1], True)])
def test_it_must_be_said_which_letters_are_meant(
    here: Settings, numbers: list[int], *, everything: bool
) -> None:
    for deal in (letters.redrive, letters.discard):
        with pytest.raises(UsageError, match="name letters by their numbers"):
            deal(here, numbers, everything=everything, as_json=True)


@pytest.fixture
def guarded(settings: Settings, tmp_path: Path) -> Iterator[tuple[Settings, Bury]]:
    """Settings for a server that knows who may do what, and a way to put letters there."""
    logins = ensure_credentials(tmp_path)
    users: list[dict[str, Any]] = [msgspec.structs.asdict(logins[role]) for role in ("admin", "cli")]
    users[1]["permissions"] = permissions("cli", settings.node)
    with nats.NatsServer(authorization={"users": users}) as server:
        here = msgspec.structs.replace(settings, nats_url=server.url, nats_credentials=tmp_path / FILE)

        async def main(*found: DeadLetter) -> None:
            async with connect(server.url, logins["admin"], name="test") as bus:
                await topology.ensure(bus.js, here)
                for number, letter in enumerate(found):
                    payload = codec.encode(letter)
                    await bus.publish(subjects.dead_letter("jobs"), payload, msg_id=f"dead:{number}")

        yield here, lambda *found: asyncio.run(main(*found))


def test_everybody_may_read_and_who_has_the_administrator_s_login_may_deal(
    guarded: tuple[Settings, Bury], capsys: pytest.CaptureFixture[str]
) -> None:
    here, put = guarded
    put(LETTER, LETTER)
    assert letters.list_letters(here, as_json=False) == 0
    assert letters.redrive(here, [1], everything=False, as_json=False) == 0
    assert letters.discard(here, [2], everything=False, as_json=False) == 0
    capsys.readouterr()
    letters.list_letters(here, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"letters": []}


def test_without_the_administrator_s_login_nothing_is_touched_and_one_line_says_why(
    guarded: tuple[Settings, Bury], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, put = guarded
    put(LETTER)
    file = tmp_path / FILE
    cli = ensure_credentials(tmp_path)["cli"]
    for logins, raised, why in _LOGINS:
        write_private(file, msgspec.json.encode(dict.fromkeys(logins, cli)))
        with pytest.raises(raised, match=why):
            letters.discard(here, [1], everything=False, as_json=True)
    letters.list_letters(here, as_json=True)
    assert len(json.loads(capsys.readouterr().out)["letters"]) == 1


_LOGINS: Final = (
    (("cli",), UsageError, "has no login for the role 'admin'"),
    (("cli", "admin"), ServerUnavailable, "does not let us touch dead letters"),
)
