"""A log that was tampered with says so. One thing no chain can show: that its newest message is another."""

from collections.abc import Callable
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.commands import SubmitVideo
from schemas.common import Category
from tests.jobs import JOB, OTHER, URL
from tests.property.world import Stored, World
from ytarchive.domain.replay import Break, Chains

quickly = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def log(seed: int) -> list[Stored]:
    """Give the log of two jobs with some failures on the way."""
    world, chance = World(), Random(seed)
    world.send(SubmitVideo(job_id=JOB, url=URL))
    world.send(SubmitVideo(job_id=OTHER, url=URL))
    for _ in range(30):
        if world.running and chance.random() < 0.3:
            world.finish(0, Category.NETWORK)
        elif world.tasks and chance.random() < 0.5:
            world.start(chance.randrange(len(world.tasks)))
        else:
            world.go_on()
    world.settle()
    return world.log


LOGS = st.builds(log, st.integers(0, 1 << 16))


def faults(stored: list[Stored]) -> list[Break]:
    chains = Chains()
    found = [chains.follow(entry.subject, entry.sequence, entry.payload)[1] for entry in stored]
    return [*filter(None, found), *chains.holes]


def pick(data: st.DataObject, stored: list[Stored], fits: Callable[[Stored], bool]) -> int:
    return data.draw(st.sampled_from([at for at, entry in enumerate(stored) if fits(entry)]))


def newest(stored: list[Stored]) -> dict[str, int]:
    return {entry.subject: entry.sequence for entry in stored}


@quickly
@given(LOGS, st.data())
def test_a_message_that_was_dropped_is_reported(stored: list[Stored], data: st.DataObject) -> None:
    at = pick(data, stored, lambda entry: entry is not stored[-1])
    assert faults(stored) == []
    assert faults([*stored[:at], *stored[at + 1 :]])


@quickly
@given(LOGS, st.data())
def test_a_log_that_was_closed_up_behind_a_dropped_message_is_reported(
    stored: list[Stored], data: st.DataObject
) -> None:
    """Given a message that is not the newest of its job, when the rest is numbered anew, then it shows."""
    last = newest(stored)
    at = pick(data, stored, lambda entry: entry.sequence < last[entry.subject])
    rest = [*stored[:at], *stored[at + 1 :]]
    assert faults([entry._replace(sequence=number) for number, entry in enumerate(rest, 1)])


@quickly
@given(LOGS, st.data())
def test_messages_of_a_job_that_were_swapped_are_reported(stored: list[Stored], data: st.DataObject) -> None:
    last = newest(stored)
    one = pick(data, stored, lambda entry: entry.sequence < last[entry.subject])
    other = pick(
        data, stored, lambda entry: entry.subject == stored[one].subject and entry is not stored[one]
    )
    swapped = list(stored)
    swapped[one] = stored[one]._replace(payload=stored[other].payload)
    swapped[other] = stored[other]._replace(payload=stored[one].payload)
    assert faults(swapped)


@quickly
@given(LOGS, st.data(), st.integers(0, 1 << 16), st.integers(1, 255))
def test_a_byte_that_was_altered_is_reported_unless_in_the_newest_message_of_its_job(
    stored: list[Stored], data: st.DataObject, place: int, change: int
) -> None:
    last = newest(stored)
    at = pick(data, stored, lambda entry: entry.sequence < last[entry.subject])
    payload = bytearray(stored[at].payload)
    payload[place % len(payload)] ^= change
    assert faults([*stored[:at], stored[at]._replace(payload=bytes(payload)), *stored[at + 1 :]])


@quickly
@given(LOGS, st.data(), st.data())
def test_a_message_that_was_slipped_in_is_reported_and_the_true_ones_are_believed(
    stored: list[Stored], data: st.DataObject, place: st.DataObject
) -> None:
    """Given a copy of any message anywhere behind it, then it alone is refused."""
    at = pick(data, stored, lambda _: True)
    behind = place.draw(st.integers(at + 1, len(stored)))
    mixed = [*stored[:behind], stored[at], *stored[behind:]]
    numbered = [entry._replace(sequence=number) for number, entry in enumerate(mixed, 1)]
    assert [fault.sequence for fault in faults(numbered)] == [behind + 1]
