"""Publishing so that nothing is stored twice, on a real server."""

import asyncio
from typing import Any

import nats.errors
import pytest
from nats.js.errors import APIError, NoStreamResponseError

from schemas import subjects
from tests.nats import NatsServer
from ytarchive.runtime import bus as bus_module
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus, Outgoing, SequenceConflict

SUBJECT = subjects.event("job", "0123456789abcdef")


async def test_the_same_message_id_is_stored_once(bus: Bus) -> None:
    sequences = [await bus.publish(SUBJECT, b"fact", msg_id="the same") for _ in range(3)]
    assert sequences == [1, 1, 1]
    assert (await bus.js.stream_info(topology.EVENTS)).state.messages == 1


async def test_publishing_behind_a_sequence_that_has_passed_is_a_conflict(bus: Bus) -> None:
    await bus.publish(SUBJECT, b"1", msg_id="1", last_sequence=0)
    with pytest.raises(SequenceConflict, match=SUBJECT):
        await bus.publish(SUBJECT, b"2", msg_id="2", last_sequence=0)
    with pytest.raises(SequenceConflict, match=SUBJECT):
        await bus.publish(SUBJECT, b"2", msg_id="2", last_subject_sequence=0)
    assert await bus.publish(SUBJECT, b"2", msg_id="2", last_sequence=1, last_subject_sequence=1) == 2


async def test_another_error_of_the_server_is_not_taken_for_a_conflict(bus: Bus) -> None:
    with pytest.raises(APIError) as refused:
        await bus.publish(SUBJECT, b"x", msg_id="x", headers={"Nats-TTL": "5"})
    assert refused.value.err_code == 10166


async def test_what_was_published_into_a_crash_and_published_again_is_stored_once(
    nats_server: NatsServer, own_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "_ANSWER_SECONDS", 0.5)
    nats_server.kill()
    with pytest.raises(nats.errors.TimeoutError):
        await own_bus.publish(SUBJECT, b"fact", msg_id="fact")
    nats_server.start()
    monkeypatch.setattr(bus_module, "_ANSWER_SECONDS", 20.0)
    await own_bus.publish(SUBJECT, b"fact", msg_id="fact")
    assert (await own_bus.js.stream_info(topology.EVENTS)).state.messages == 1


def outgoing(number: int, **expected: Any) -> Outgoing:
    return Outgoing(SUBJECT, b"fact", f"message {number}", **expected)


async def test_many_are_stored_in_their_order_and_each_is_told_its_place(bus: Bus) -> None:
    assert await bus.publish_all([outgoing(number) for number in range(500)]) == list(range(1, 501))
    assert await bus.publish_all([]) == []


async def test_of_many_each_is_told_whether_the_stream_was_where_it_had_to_be(bus: Bus) -> None:
    answers = await bus.publish_all(
        [
            outgoing(1, last_sequence=0),
            outgoing(2, last_sequence=0),
            outgoing(3, behind="message 1"),
            outgoing(4, behind="message 1"),
            outgoing(5, last_subject_sequence=2),
        ]
    )
    assert [answer if isinstance(answer, int) else "conflict" for answer in answers] == [
        1,
        "conflict",
        2,
        "conflict",
        3,
    ]


async def test_an_error_among_many_is_raised_and_the_next_ones_are_answered(bus: Bus) -> None:
    with pytest.raises(APIError) as refused:
        await bus.publish_all([outgoing(1), outgoing(2, headers={"Nats-TTL": "5"}), outgoing(3)])
    assert refused.value.err_code == 10166
    assert await bus.publish_all([outgoing(4)]) == [3]


async def test_a_subject_that_no_stream_has_is_said_at_once(bus: Bus) -> None:
    with pytest.raises(NoStreamResponseError):
        await bus.publish_all([Outgoing("ytarchive.v1.nowhere.at.all", b"", "message")])


async def test_many_that_were_published_to_a_dead_server_are_unanswered_and_nobody_waits_for_ever(
    nats_server: NatsServer, own_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "_ANSWER_SECONDS", 0.5)
    await own_bus.publish_all([outgoing(0)])
    nats_server.kill()
    with pytest.raises(nats.errors.TimeoutError):
        await own_bus.publish_all([outgoing(number) for number in range(1, 50)])
    assert own_bus._unanswered == {}
    nats_server.start()
    monkeypatch.setattr(bus_module, "_ANSWER_SECONDS", 20.0)
    await own_bus.publish_all([outgoing(number) for number in range(50)])
    assert (await own_bus.js.stream_info(topology.EVENTS)).state.messages == 50


async def test_those_who_publish_at_once_each_have_their_own_answers(bus: Bus) -> None:
    groups = [[outgoing(10 * group + number) for number in range(10)] for group in range(20)]
    answers = await asyncio.gather(*map(bus.publish_all, groups))
    assert all(sorted(found) == found for found in map(_numbers, answers))
    assert sorted(number for found in answers for number in _numbers(found)) == list(range(1, 201))


def _numbers(answers: list[int | SequenceConflict]) -> list[int]:
    return [answer for answer in answers if isinstance(answer, int)]
