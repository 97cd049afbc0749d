"""Who is there, by what is heard; the hearer is the jobs actor called `me`."""

from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.heartbeats import ActorState, Heartbeat
from ytarchive.domain import registry
from ytarchive.domain.registry import INTERVAL, REMEMBERED, SILENCE, Change, Registry

NOW: Final = datetime(2026, 11, 26, tzinfo=UTC)
NOTICED: Final = 10.0
"""Seconds within which it has to be said that an actor is gone."""


def beat(
    instance: str,
    actor: str = "storage",
    node: str = "here",
    state: ActorState = ActorState.READY,
) -> Heartbeat:
    return Heartbeat(
        actor=actor,
        node=node,
        instance=instance,
        pid=int(instance[1:] or 0),
        version="1",
        started=NOW,
        state=state,
    )


ME: Final = beat("m0", "jobs")


class Ear:
    """A registry, and the heartbeats of those who are alive."""

    def __init__(self, *alive: Heartbeat) -> None:
        self.registry = Registry(ME.instance)
        self.alive = [ME, *alive]
        self.at = 100.0
        self.news: list[tuple[str, str]] = []

    def hear(self, *beats: Heartbeat) -> None:
        for one in beats:
            self.news += [
                (str(news.change), news.actor.instance) for news in self.registry.heard(one, self.at)
            ]

    def listen(self, seconds: float) -> None:
        """Hear everybody who is alive, again and again."""
        until = self.at + seconds
        while self.at < until:
            self.hear(*self.alive)
            self.at += INTERVAL

    def said(self) -> list[tuple[str, str]]:
        """What is new since this was last asked."""
        found, self.news = self.news, []
        return found

    def here(self) -> dict[str, bool]:
        return {one.instance: one.here for one in self.registry.actors(self.at)}


def test_everybody_who_is_heard_has_come_once() -> None:
    ear = Ear(beat("a1"), beat("b2", "download"))
    ear.listen(60)
    assert ear.said() == [("came", "m0"), ("came", "a1"), ("came", "b2")]
    assert ear.here() == {"b2": True, "m0": True, "a1": True}  # by node and name


def test_who_falls_silent_is_noticed_in_time_and_who_is_back_is_said_to_be() -> None:
    gone = beat("a1")
    ear = Ear(gone)
    ear.listen(20)
    ear.said()
    # When it dies
    ear.alive.remove(gone)
    died = ear.at
    while not (said := ear.said()):
        ear.listen(INTERVAL)
    # Then that is known within ten seconds, once
    assert said == [("silent", "a1")]
    assert ear.at - died <= NOTICED
    ear.listen(60)
    assert ear.said() == []
    (_, view) = ear.registry.actors(ear.at)
    assert not view.here
    assert view.silent > 60
    # And when it goes on, that is said too
    ear.alive.append(gone)
    ear.listen(INTERVAL)
    assert ear.said() == [("back", "a1")]
    assert ear.here()["a1"]


def test_another_process_in_its_place_is_its_coming_back() -> None:
    ear = Ear(beat("a1"))
    ear.listen(20)
    del ear.alive[1:]
    ear.listen(20)
    ear.said()
    news = ear.registry.heard(beat("a2"), ear.at)
    assert [(one.change, one.actor.instance) for one in news] == [(Change.BACK, "a2")]
    assert news[0].seconds == pytest.approx(22)
    assert ear.here() == {"m0": True, "a2": True}


def test_one_that_is_started_again_at_once_is_no_twin_and_its_first_process_is_forgotten() -> None:
    ear = Ear(beat("a1"))
    ear.listen(20)
    ear.alive[1:] = [beat("a2")]
    ear.listen(20)
    assert ear.said()[2:] == [("came", "a2")]
    assert ear.here() == {"m0": True, "a2": True}


def test_a_goodbye_is_believed_at_once() -> None:
    ear = Ear(beat("a1"))
    ear.listen(4)
    del ear.alive[1:]
    ear.hear(beat("a1", state=ActorState.STOPPED), beat("a1", state=ActorState.STOPPED))
    assert ear.said()[2:] == [("stopped", "a1")]
    assert not ear.here()["a1"]
    ear.listen(60)
    assert ear.said() == []
    ear.hear(beat("a2"))
    assert ear.said() == [("came", "a2")]
    assert "a1" not in ear.here()


def test_one_that_stopped_is_not_shown_while_another_is_at_work_in_its_place() -> None:
    ear = Ear()
    ear.hear(beat("m", "jobs"))
    ear.hear(beat("a1", "storage"))
    ear.hear(beat("a2", "storage"))  # started again before the last word of the first was heard
    ear.hear(beat("a1", "storage", state=ActorState.STOPPED))
    shown = [(one.instance, one.here) for one in ear.registry.actors(ear.at) if one.actor == "storage"]
    assert shown == [("a2", True)]


def test_the_last_word_of_one_unheard_of_is_nothing() -> None:
    ear = Ear()
    ear.hear(beat("a1", state=ActorState.STOPPED))
    assert ear.said() == []
    assert ear.here() == {}


def test_two_of_a_name_on_one_node_are_twins_which_is_said_of_the_second_once() -> None:
    ear = Ear(beat("a1"))
    ear.listen(4)
    ear.alive.append(beat("a2"))
    ear.listen(60)
    assert ear.said()[2:] == [("came", "a2"), ("twin", "a2")]
    twins = {one.instance: one.twins for one in ear.registry.actors(ear.at)}
    assert twins == {"m0": (), "a1": (2,), "a2": (1,)}
    # and when it has ended there is one
    del ear.alive[-1]
    ear.listen(20)
    assert ear.said() == []
    assert [one.twins for one in ear.registry.actors(ear.at)] == [(), ()]


@pytest.mark.parametrize("state", [ActorState.STANDBY, ActorState.DRAINING])
def test_who_waits_or_drains_is_nobodys_twin(state: ActorState) -> None:
    ear = Ear(beat("a1"), beat("a2", state=state))
    ear.listen(20)
    assert not any(one.twins for one in ear.registry.actors(ear.at))


def test_the_same_name_on_another_node_is_another_actor() -> None:
    ear = Ear(beat("a1"), beat("a2", node="there"))
    ear.listen(20)
    assert not any(one.twins for one in ear.registry.actors(ear.at))
    assert len(ear.here()) == 3


def test_of_jobs_there_is_to_be_one_on_all_nodes() -> None:
    ear = Ear(beat("j1", "jobs", node="there"))
    ear.listen(20)
    assert ("twin", "j1") in ear.said()
    assert {one.instance: one.twins for one in ear.registry.actors(ear.at)} == {"m0": (1,), "j1": (0,)}
    # one that was at work on another node and is gone is still shown
    del ear.alive[-1]
    ear.listen(20)
    assert ear.here() == {"m0": True, "j1": False}


def test_who_is_gone_for_a_day_is_forgotten() -> None:
    ear = Ear(beat("a1"))
    ear.listen(4)
    del ear.alive[1:]
    ear.listen(REMEMBERED - 100)
    assert ear.here() == {"m0": True, "a1": False}
    ear.listen(200)
    assert ear.here() == {"m0": True}


def test_names_without_end_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_MOST", 10)
    ear = Ear()
    for number in range(30):
        ear.at += 0.001
        ear.hear(beat(f"a{number}", node=f"n{number}"))
    assert list(ear.here()) == [f"a{number}" for number in range(20, 30)]


@given(
    pause=st.floats(0, 10_000),
    order=st.permutations([0, 1, 2]),
    phases=st.lists(st.floats(0, INTERVAL), min_size=3, max_size=3),
)
@settings(deadline=None)
def test_nobody_looks_dead_because_the_hearer_did_not_hear(
    pause: float, order: list[int], phases: list[float]
) -> None:
    """Given a server that was away, or a hearer that was busy, then whoever beats on is here."""
    ear = Ear(beat("a1"), beat("b2", "download"))
    beats = [(phases[number], ear.alive[number]) for number in order]
    for start in (0.0, 2 * INTERVAL + pause):
        for turn in range(10):
            for phase, one in sorted(beats, key=lambda pair: pair[0]):
                ear.at = 100 + start + turn * INTERVAL + phase
                ear.hear(one)
    assert all(ear.here().values())
    assert {change for change, _ in ear.said()} == {"came"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["m0", "a1", "a2", "b3"]),
            st.sampled_from(list(ActorState)),
            st.floats(0, 3 * SILENCE),
        ),
        max_size=60,
    )
)
def test_whatever_is_heard_the_news_and_the_picture_agree(
    heard: list[tuple[str, ActorState, float]],
) -> None:
    """Who came or is back is here until it stops, falls silent or is replaced; twins see each other."""
    ear = Ear()
    here: set[str] = set()
    for instance, state, wait in heard:
        ear.at += wait
        actor = {"m": "jobs", "a": "storage", "b": "download"}[instance[0]]
        ear.hear(beat(instance, actor, state=state))
        for change, about in ear.said():
            if change in ("came", "back"):
                here.add(about)
            elif change in ("silent", "stopped"):
                assert about in here
                here.discard(about)
        views = {one.instance: one for one in ear.registry.actors(ear.at)}
        assert {name for name, one in views.items() if one.here} <= here
        here &= views.keys()
        for one in views.values():
            assert one.silent >= 0
            for pid in one.twins:
                (twin,) = (other for other in views.values() if other.pid == pid)
                assert one.pid in twin.twins
                assert (twin.actor, twin.node) == (one.actor, one.node)
