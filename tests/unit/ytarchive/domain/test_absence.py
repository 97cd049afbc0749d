"""Who is missed: an actor that is gone, whose work nobody does, and that a job waits for."""

from typing import Any

import pytest

from schemas.common import Staging, State
from schemas.heartbeats import AbsentView, ActorState, ActorView, InFlight
from ytarchive.domain.absence import missed
from ytarchive.domain.job import Job


def actor(name: str, node: str = "attic", **more: Any) -> ActorView:
    fields: dict[str, Any] = {
        "instance": "1",
        "pid": 1,
        "version": "1",
        "state": ActorState.READY,
        "here": False,
        "silent": 12.34,
    }
    return ActorView(actor=name, node=node, **fields | more)


def job(state: State, node: str = "attic") -> Job:
    staging = Staging(node=node, files=()) if state is State.STORING else None
    return Job(job_id="0" * 16, state=state, staging=staging)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("metadata", State.RESOLVING),
        ("metadata", State.LISTING),
        ("download", State.DOWNLOADING),
        ("storage", State.STORING),
    ],
)
def test_whoever_a_job_waits_for_is_missed(name: str, state: State) -> None:
    jobs = [job(State.WAITING), job(state), job(state)]
    assert missed([actor(name)], jobs) == (AbsentView(actor=name, node="attic", seconds=12.3),)
    assert missed([actor(name)], [job(State.WAITING)]) == ()
    assert missed([actor(name, here=True)], jobs) == ()


def test_one_that_stopped_is_missed_too() -> None:
    (found,) = missed([actor("download", state=ActorState.STOPPED)], [job(State.DOWNLOADING)])
    assert found.stopped


def test_what_is_done_on_another_node_is_not_missed_but_storage_is() -> None:
    gone_and_there = [actor("download"), actor("download", "barn", here=True)]
    assert missed(gone_and_there, [job(State.DOWNLOADING)]) == ()
    gone_and_there = [actor("storage"), actor("storage", "barn", here=True)]
    assert [one.node for one in missed(gone_and_there, [job(State.STORING)])] == ["attic"]
    assert missed(gone_and_there, [job(State.STORING, "barn")]) == ()


def test_who_stands_by_does_nothing() -> None:
    there = [actor("download"), actor("download", "barn", here=True, state=ActorState.STANDBY)]
    assert missed(there, [job(State.DOWNLOADING)])


FULL = "only 2.5 MB free in /library, 1.07 GB are kept free (min_free_bytes)"


def test_one_that_is_there_and_rests_is_waited_for_by_what_it_has_not_in_hand() -> None:
    resting, waiting = actor("download", here=True, silent=0.5, rests=FULL), job(State.DOWNLOADING)
    (found,) = missed([resting], [waiting])
    assert (found.actor, found.rests, found.stopped) == ("download", FULL, False)
    assert missed([resting, actor("download", "barn", here=True)], [waiting]) == ()
    in_hand = (InFlight(what="download", about=waiting.job_id),)
    assert missed([actor("download", here=True, rests=FULL, in_flight=in_hand)], [waiting]) == ()
    (gone,) = missed([actor("download", rests=FULL)], [waiting])  # its last word says nothing of now
    assert gone.rests == ""


def test_nobody_waits_for_logs() -> None:
    assert missed([actor("logs")], [job(state) for state in State]) == ()


def test_two_are_missed_by_different_jobs() -> None:
    found = missed([actor("metadata"), actor("download")], [job(State.DOWNLOADING), job(State.RESOLVING)])
    assert {one.actor for one in found} == {"metadata", "download"}
