"""One word for all of it, and the reasons."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest

from schemas.common import Category, Failure
from schemas.diagnostics_reports import DiskReport, HealthReport, PlaceLine, StoreReport, Verdict
from schemas.heartbeats import ActorState, ActorView
from schemas.queries import EgressView, QueueView
from ytarchive.domain.verdict import LITTLE, NAMES, ROOM, STUCK, Seen, health, missing, spoken

NOW: Final = datetime(2026, 11, 26, 4, tzinfo=UTC)
REFUSED: Final = EgressView(
    egress="attic",
    until=NOW,
    refusals=1,
    failure=Failure(category=Category.RATE_LIMIT, message="HTTP Error 429: Too Many Requests"),
)


def actor(name: str, **more: Any) -> ActorView:
    fields: dict[str, Any] = {
        "node": "attic",
        "instance": "1",
        "pid": 1,
        "version": "1",
        "state": ActorState.READY,
        "here": True,
        "silent": 1.0,
    }
    return ActorView(actor=name, **fields | more)


ALL: Final = tuple(map(actor, NAMES))


def disk(
    *, resting: bool = False, state: int = 1 << 40, store: StoreReport | None = None, full: bool = False
) -> DiskReport:
    places = (
        PlaceLine(what="library", path="/", there=True, free=1, total=1),
        PlaceLine(what="state", path="/state", there=True, free=state, total=1 << 40),
    )
    return DiskReport(min_free_bytes=1, resting=resting, places=places, kept=(), store=store, full=full)


def judged(*actors: ActorView, resting: bool = False, **more: Any) -> HealthReport:
    seen: dict[str, Any] = {"actors": actors, "registry": True} | more
    return health(NOW, disk(resting=resting), Seen(**seen))


def without(name: str, *others: ActorView) -> tuple[ActorView, ...]:
    return (*(one for one in ALL if one.actor != name), *others)


def texts(report: HealthReport) -> list[str]:
    return [reason.text for reason in report.reasons]


def test_where_everybody_is_at_work_all_is_well() -> None:
    report = judged(*ALL)
    assert (report.verdict, report.reasons, report.at) == (Verdict.OK, (), NOW)


def test_without_a_server_it_is_down_and_the_disk_is_looked_at_all_the_same() -> None:
    report = health(NOW, disk(resting=True), None, "nothing runs")
    assert report.verdict is Verdict.DOWN
    assert [(reason.verdict, reason.command) for reason in report.reasons] == [
        (Verdict.DOWN, "ytarchive up"),
        (Verdict.DEGRADED, "ytarchive diagnostics disk"),
    ]


def test_a_server_whose_disk_is_full_is_down_though_everybody_is_at_work() -> None:
    state = PlaceLine(what="state", path="/var/lib/ytarchive", there=True, free=0, total=1)
    for places in ((state,), ()):
        full = DiskReport(min_free_bytes=1, resting=False, places=places, kept=(), full=True)
        report = health(NOW, full, Seen(ALL, registry=True))
        assert report.verdict is Verdict.DOWN
        assert ("/var/lib/ytarchive" if places else "the state directory") in report.reasons[0].text


def stored(report: DiskReport) -> list[tuple[Verdict, str, str]]:
    found = health(NOW, report, Seen(ALL, registry=True))
    return [(reason.verdict, reason.text, reason.command) for reason in found.reasons]


def test_a_server_of_ours_that_keeps_nothing_new_is_down_and_the_command_that_mends_it_is_told() -> None:
    stuck = StoreReport(used=1, fault="write error: no space left on device", pid=77)
    assert stored(disk(store=stuck)) == [
        (
            Verdict.DOWN,
            "the server keeps nothing new, it must be started anew: write error: no space left on device",
            "kill 77",
        )
    ]
    # while the disk is full, to free some is what helps
    (full,) = stored(disk(store=stuck, full=True))
    assert full[1].startswith("the disk of /state is full")


def test_a_disk_of_the_server_that_is_nearly_full_will_not_do_for_long() -> None:
    small = "20.0 MB are left on the disk of /state: soon the server keeps nothing new"
    degraded = [(Verdict.DEGRADED, small, "ytarchive diagnostics disk")]
    assert stored(disk(state=20_000_000)) == degraded
    assert stored(disk(state=20_000_000, store=StoreReport(used=1, pid=77))) == degraded
    # of a server elsewhere it is not the disk
    assert stored(disk(state=20_000_000, store=StoreReport(used=1))) == []


LEFT: Final = "are left of the 1.0 TB that we may keep on the server"


@pytest.mark.parametrize(
    ("left", "verdict", "text"),
    [
        (LITTLE, None, ""),
        (LITTLE - 1, Verdict.DEGRADED, f"268.4 MB {LEFT}: soon it keeps nothing new"),
        (ROOM - 1, Verdict.DOWN, f"16.8 MB {LEFT}: it keeps nothing new"),
        (-5, Verdict.DOWN, f"0 bytes {LEFT}: it keeps nothing new"),
    ],
)
def test_what_an_account_elsewhere_may_keep_is_judged(left: int, verdict: Verdict | None, text: str) -> None:
    limit = 10**12
    found = stored(disk(store=StoreReport(used=limit - left, limit=limit)))
    assert found == ([(verdict, text, "ytarchive diagnostics disk")] if verdict else [])
    # ours is started anew with what room there is
    assert stored(disk(store=StoreReport(used=limit - left, limit=limit, pid=77))) == []


def test_what_a_server_elsewhere_does_not_tell_is_said_and_no_fault() -> None:
    elsewhere = StoreReport(used=1)
    report = health(NOW, disk(store=elsewhere), Seen(ALL, registry=True))
    assert report.verdict is Verdict.OK
    assert [text.partition(":")[0] for text in report.unjudged] == ["the disk of the server"]
    assert health(NOW, disk(store=StoreReport(used=1, pid=7)), Seen(ALL, registry=True)).unjudged == ()
    refused = msgspec.structs.replace(elsewhere, fault="it has no JetStream")
    text = "the server keeps nothing new, who runs it must mend that: it has no JetStream"
    assert stored(disk(store=refused)) == [(Verdict.DOWN, text, "ytarchive diagnostics disk")]
    # that nobody could be asked follows from it
    assert texts(health(NOW, disk(store=refused), None, "no answer")) == [text]


def test_a_jobs_actor_that_stands_by_beside_one_at_work_is_nothing_wrong() -> None:
    assert judged(*ALL, actor("jobs", node="barn", state=ActorState.STANDBY)).verdict is Verdict.OK
    alone = judged(*without("jobs", actor("jobs", state=ActorState.STANDBY)), registry=False)
    assert alone.verdict is Verdict.DOWN


def test_of_several_things_that_are_wrong_the_worst_counts_and_comes_first() -> None:
    old = tuple(actor("storage", version="0") if one.actor == "storage" else one for one in without("logs"))
    report = judged(*old, resting=True, blocked=(REFUSED,), queues=(queue("results"),))
    assert report.verdict is Verdict.DEGRADED
    assert texts(report) == [
        "the library's disk has less room than is kept free: downloads rest",
        "no logs actor is at work",
        "the actors are of different versions: 0, 1",
        "the site refuses attic: HTTP Error 429: Too Many Requests",
        "nobody takes the 3 waiting in the queue results, for 2 min now",
    ]
    report = health(NOW, disk(resting=True, full=True), Seen(without("logs"), registry=True))
    assert [reason.verdict for reason in report.reasons] == [
        Verdict.DOWN,
        Verdict.DEGRADED,
        Verdict.DEGRADED,
    ]


def test_what_an_actor_has_to_do_without_is_said() -> None:
    report = judged(*without("jobs", actor("jobs", trouble="metrics are not served at port 9: in use")))
    assert report.verdict is Verdict.DEGRADED
    assert texts(report) == ["jobs on node attic: metrics are not served at port 9: in use"]
    assert report.reasons[0].command == "ytarchive logs --actor jobs"


def test_a_library_that_cannot_be_written_is_said_once_for_each_node() -> None:
    barred = [
        actor(name, node=node, barred=f"/{node} cannot be written: it is read-only")
        for node in ("attic", "barn")
        for name in ("download", "storage")
    ]
    report = judged(*without("download", *barred))
    assert report.verdict is Verdict.DEGRADED
    assert texts(report) == [
        "node attic archives nothing: /attic cannot be written: it is read-only",
        "node barn archives nothing: /barn cannot be written: it is read-only",
    ]
    assert {reason.command for reason in report.reasons} == {"ytarchive diagnostics doctor"}


def test_without_a_jobs_actor_it_is_down() -> None:
    report = judged(*without("jobs"), registry=False)
    assert report.verdict is Verdict.DOWN
    assert texts(report) == ["no jobs actor answers: nothing is decided"]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "jobs"])
def test_an_actor_of_which_there_is_none_is_missed(name: str) -> None:
    report = judged(*without(name))
    assert report.verdict is Verdict.DEGRADED
    assert texts(report) == [f"no {name} actor is at work"]
    assert report.reasons[0].command == f"ytarchive actor {name}"


def test_an_actor_that_is_silent_is_named_with_its_node() -> None:
    report = judged(*without("storage", actor("storage", here=False, silent=12.9)))
    assert texts(report) == ["storage on node attic has not been heard of for 12 s"]


def test_one_that_is_silent_matters_also_where_another_works() -> None:
    report = judged(*ALL, actor("storage", node="barn", here=False, silent=180))
    assert texts(report) == ["storage on node barn has not been heard of for 3 min"]


def test_one_that_stopped_matters_only_where_no_other_works() -> None:
    stopped = actor("storage", node="barn", here=False, silent=7300, state=ActorState.STOPPED)
    assert judged(*ALL, stopped).verdict is Verdict.OK
    assert texts(judged(*without("storage", stopped))) == ["storage on node barn stopped 2 h ago"]


def test_who_stands_by_is_not_at_work() -> None:
    assert missing([*without("jobs"), actor("jobs", state=ActorState.STANDBY)]) == ("jobs",)
    assert missing([*without("jobs"), actor("jobs", state=ActorState.DRAINING)]) == ()


def test_two_of_a_name_are_told_once() -> None:
    twins = (actor("storage", pid=7, twins=(9,)), actor("storage", pid=9, twins=(7,)))
    report = judged(*without("storage", *twins))
    assert texts(report) == ["storage runs more than once on node attic: processes 7, 9"]
    assert report.reasons[0].command == "kill 9"


def test_two_of_a_name_in_two_containers_have_the_same_number() -> None:
    report = judged(*without("storage", actor("storage", twins=(1,)), actor("storage", twins=(1,))))
    assert [(reason.text, reason.command) for reason in report.reasons] == [
        ("storage runs more than once on node attic: processes 1, 1", "ytarchive diagnostics actors")
    ]


def test_two_that_decide_on_two_nodes_are_told() -> None:
    twins = (actor("jobs", pid=7, twins=(9,)), actor("jobs", node="barn", pid=9, twins=(7,)))
    (reason,) = judged(*without("jobs", *twins)).reasons
    assert reason.text == (
        "jobs is at work more than once, and each keeps the pace by itself: processes 7 on node attic, "
        "9 on node barn; one is to go, such as that on node barn"
    )
    assert reason.command == "kill 9"


def test_actors_of_different_versions_are_told() -> None:
    report = judged(*without("storage", actor("storage", version="2")))
    assert texts(report) == ["the actors are of different versions: 1, 2"]


def test_whom_the_site_refuses_and_letters_are_told() -> None:
    report = judged(*ALL, blocked=(REFUSED,), letters=1)
    assert texts(report) == [
        "the site refuses attic: HTTP Error 429: Too Many Requests",
        "1 dead letter: messages that nobody could handle",
    ]
    assert texts(judged(*ALL, letters=2)) == ["2 dead letters: messages that nobody could handle"]


def queue(name: str = "download", age: float | None = 2 * STUCK, **more: Any) -> QueueView:
    since = None if age is None else NOW - timedelta(seconds=age)
    fields: dict[str, Any] = {"stream": "YTARCHIVE_COMMANDS", "waiting": 3, "in_hand": 0, "since": since}
    return QueueView(name=name, **fields | more)


def test_a_queue_of_which_nobody_takes_is_stuck() -> None:
    report = judged(*ALL, queues=(queue(),))
    assert texts(report) == ["nobody takes the 3 waiting in the queue download, for 2 min now"]


@pytest.mark.parametrize(
    "moving", [queue(in_hand=1), queue(waiting=0), queue(age=1), queue(age=None)], ids=repr
)
def test_a_queue_that_moves_or_is_young_is_not(moving: QueueView) -> None:
    assert judged(*ALL, queues=(moving,)).verdict is Verdict.OK


def test_who_rests_for_the_site_or_for_room_is_not_stuck_but_others_are() -> None:
    stuck = "nobody takes the 3 waiting in the queue results, for 2 min now"
    found = (queue("metadata"), queue("results"))
    assert stuck in texts(judged(*ALL, queues=found, blocked=(REFUSED,)))
    assert len(judged(*ALL, queues=found, blocked=(REFUSED,)).reasons) == 2
    assert len(judged(*ALL, queues=found, resting=True).reasons) == 2
    assert len(judged(*ALL, queues=found).reasons) == 2


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "1 h"), (86400 * 3, "3 d")],
)
def test_durations_are_told_in_one_unit(seconds: float, told: str) -> None:
    assert spoken(seconds) == told
