"""What may be changed while everything runs, by whom it is obeyed, and that nothing is changed twice."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import Commit
from schemas.events import Event, JobCancelled
from schemas.limits import LIMITS, ChangedLimit, ChangeLimits, Limit, LimitsChanged
from ytarchive.domain.catalogue import Catalogue
from ytarchive.domain.limits import CHANGEABLE, EVERYWHERE, Limits, decide_limits, in_force, refusal
from ytarchive.reference import described
from ytarchive.settings import Settings

AT = datetime(2026, 11, 26, 4, 30, tzinfo=UTC)
ATTIC = Settings(node="attic", library_dir=Path("/library"), state_dir=Path("/state"))


class Log:
    """Limits as a log folds into them."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()

    @property
    def limits(self) -> Limits:
        return self.catalogue.limits

    def hear(self, *changes: Limit, reason: str = "") -> tuple[LimitsChanged, ...]:
        events = decide_limits(self.limits, ask(*changes, reason=reason))
        if events:
            self.record(events)
        return events

    def record(self, events: tuple[Event, ...]) -> None:
        commit = Commit(
            aggregate="limits",
            aggregate_id=LIMITS,
            version=self.limits.version + 1,
            previous="",
            at=AT,
            correlation_id="asked",
            causation_id="",
            events=events,
        )
        assert self.catalogue.apply(commit) is self.limits


def ask(*changes: Limit, reason: str = "") -> ChangeLimits:
    return ChangeLimits(limits_id=LIMITS, changes=changes, reason=reason)


def limit(name: str, value: object, node: str = "") -> Limit:
    return Limit(name=name, value=None if value is None else str(value), node=node)


def test_what_is_asked_for_is_recorded_and_in_force() -> None:
    log = Log()
    asked = (limit("videos_per_hour", 100), limit("download_workers", 4, "attic"))
    assert log.hear(*asked, reason="night") == (LimitsChanged(changes=asked, reason="night"),)
    assert log.limits == Limits(
        version=1,
        changed=tuple(
            ChangedLimit(name=one.name, value=one.value, node=one.node, at=AT, version=1, reason="night")
            for one in asked
        ),
        correlation_id="asked",
    )
    now = in_force(ATTIC, log.limits.changed)
    assert now == msgspec.structs.replace(ATTIC, videos_per_hour=100, download_workers=4)


def test_asking_again_changes_nothing() -> None:
    log = Log()
    log.hear(limit("videos_per_hour", 100))
    assert log.hear(limit("videos_per_hour", 100)) == ()
    (event,) = log.hear(limit("videos_per_hour", 100), limit("retry_pace", 2.0))
    assert event.changes == (limit("retry_pace", 2.0),)


def test_of_two_wishes_in_one_the_last_counts() -> None:
    (event,) = Log().hear(limit("retry_pace", 2.0), limit("retry_pace", 3.0))
    assert event.changes == (limit("retry_pace", 3.0),)


def test_what_is_said_of_a_node_counts_more_there_whatever_came_first() -> None:
    log = Log()
    log.hear(limit("download_workers", 1, "attic"))
    log.hear(limit("download_workers", 8))
    assert in_force(ATTIC, log.limits.changed).download_workers == 1
    cellar = msgspec.structs.replace(ATTIC, node="cellar")
    assert in_force(cellar, log.limits.changed).download_workers == 8


def test_what_is_reset_is_as_configured_and_that_once() -> None:
    log = Log()
    log.hear(limit("download_workers", 8))
    assert log.hear(limit("download_workers", None, "attic")) == ()
    assert log.hear(limit("download_workers", None))
    assert log.hear(limit("download_workers", None)) == ()
    assert log.limits.changed == ()
    assert log.limits.version == 2
    assert in_force(ATTIC, log.limits.changed) == ATTIC


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (limit("download_workers", 0), "download_workers cannot be '0': 1 to 64 is allowed"),
        (limit("download_workers", ""), "download_workers cannot be '': 1 to 64 is allowed"),
        (limit("download_workers", 2.5), "download_workers cannot be '2.5': 1 to 64 is allowed"),
        (limit("log_level", "loud"), "log_level cannot be 'loud': debug, info, warning, error is allowed"),
        (limit("retry_pace", 101), "retry_pace cannot be '101': 0 to 100 is allowed"),
        (limit("retry_pace", 1.0, "attic"), "retry_pace is the same on all nodes"),
        (limit("node", "cellar"), f"node is none of {', '.join(CHANGEABLE)}"),
        (limit("zeal", 1), f"zeal is none of {', '.join(CHANGEABLE)}"),
        (limit("retry_pace", 2), ""),
        (limit("retry_pace", None), ""),
        (limit("log_level", "debug", "attic"), ""),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(asked: Limit, said: str) -> None:
    log = Log()
    assert refusal(asked) == said
    if said:
        assert log.hear(asked) == ()
        assert log.hear(asked, limit("videos_per_hour", 1)) == (
            LimitsChanged(changes=(limit("videos_per_hour", 1),)),
        )


def test_what_a_newer_version_has_recorded_is_kept_and_not_obeyed() -> None:
    log = Log()
    log.record((LimitsChanged(changes=(limit("zeal", 9), limit("log_level", "loud"))), JobCancelled()))
    assert [one.name for one in log.limits.changed] == ["zeal", "log_level"]
    assert log.limits.version == 2
    assert in_force(ATTIC, log.limits.changed) == ATTIC


def test_every_limit_is_a_setting_that_says_what_is_allowed() -> None:
    known = {one.name: one for one in described()}
    assert all(known[name].allowed for name in CHANGEABLE)
    assert set(CHANGEABLE) >= EVERYWHERE


NAMES = st.sampled_from([*CHANGEABLE, "node", "zeal"])
VALUES = st.none() | st.integers(-1, 100) | st.floats(0, 5) | st.sampled_from(["info", "loud"])
WISHES = st.lists(st.builds(limit, NAMES, VALUES, st.sampled_from(["", "attic"])), min_size=1, max_size=4)


@given(st.lists(WISHES, max_size=6))
def test_whatever_is_asked_for_a_second_time_nothing_is_new_and_what_is_in_force_is_allowed(
    wishes: list[list[Limit]],
) -> None:
    log = Log()
    for changes in wishes:
        log.hear(*changes)
        assert log.hear(*changes) == ()
        now = in_force(ATTIC, log.limits.changed)
        msgspec.convert(msgspec.structs.asdict(now), Settings, dec_hook=lambda _kind, value: value)
