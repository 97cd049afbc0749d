"""Everything that is shown of how all is fits a narrow terminal, and says what matters."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest
from rich.console import Console, RenderableType

from cli.diagnostics import exit_code
from cli.render import diagnostics as render
from schemas.diagnostics_reports import (
    ActorsReport,
    BreakersReport,
    DiskReport,
    DoctorReport,
    HealthReport,
    QueuesReport,
    StoreReport,
    StreamsReport,
    Verdict,
)
from schemas.heartbeats import ActorState
from tests.contract import corpus

NOW: Final = datetime(2026, 11, 26, 4, 30, tzinfo=UTC)
LATER: Final = NOW + timedelta(hours=3)


def report(kind: Any, name: str) -> Any:
    return msgspec.json.decode(corpus.REPORTS[f"diagnostics_{name}"], type=kind)


ACTORS: Final[ActorsReport] = report(ActorsReport, "actors")
QUEUES: Final[QueuesReport] = report(QueuesReport, "queues")
STREAMS: Final[StreamsReport] = report(StreamsReport, "streams")
BREAKERS: Final[BreakersReport] = report(BreakersReport, "breakers")
DISK: Final[DiskReport] = report(DiskReport, "disk")
DOCTOR: Final[DoctorReport] = report(DoctorReport, "doctor")
HEALTH: Final[HealthReport] = report(HealthReport, "health")
SHOWN: Final[dict[str, RenderableType]] = {
    "actors": render.actors(ACTORS, NOW),
    "queues": render.queues(QUEUES, NOW),
    "streams": render.streams(STREAMS, NOW),
    "disk": render.disk(DISK),
    "doctor": render.doctor(DOCTOR),
    "health": render.health(HEALTH),
}


def text(renderable: RenderableType, width: int = 100) -> str:
    out = Console(width=width, color_system=None, highlight=False, markup=False, emoji=False)
    with out.capture() as capture:
        out.print(renderable)
    return capture.get()


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_and_nothing_is_cut(name: str, width: int) -> None:
    shown = text(SHOWN[name], width)
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= width
    assert "…" not in shown


def test_an_actor_is_shown_with_its_work_its_error_its_twins_and_lost_lines() -> None:
    shown = text(SHOWN["actors"])
    assert "› download on node attic: download 67911595, 12 s" in shown
    assert "KeyError: 'x'" in shown
    assert "is there more than once" in shown
    assert "✗ no storage actor is at work" in shown
    later = render.actors(
        msgspec.convert(json.loads(corpus.REPORTS["diagnostics_actors"]), ActorsReport), LATER
    )
    assert "(no error since)" in text(later)
    changed = json.loads(corpus.REPORTS["diagnostics_actors"])
    changed["actors"][0] |= {"here": False, "silent": 12.0, "dropped": 1200}
    changed["registry"] = False
    shown = text(render.actors(msgspec.convert(changed, ActorsReport), NOW))
    assert "✗ silent" in shown
    assert "✗ download on node attic has not been heard of for 12 s" in shown
    assert "lost 1,200 log lines" in shown
    assert "without a jobs actor" in shown
    changed["actors"][0]["state"] = ActorState.STOPPED
    shown = text(render.actors(msgspec.convert(changed, ActorsReport), NOW))
    assert "- download on node attic stopped 12 s ago" in shown  # on purpose
    changed["missing"] = ["download"]
    shown = text(render.actors(msgspec.convert(changed, ActorsReport), NOW))
    assert "✗ download on node attic stopped 12 s ago" in shown


def test_queues_without_ages_say_why() -> None:
    assert "only a jobs actor can tell" in text(
        render.queues(msgspec.structs.replace(QUEUES, ages=False), NOW)
    )
    assert "nobody has served a queue" in text(render.queues(QueuesReport(queues=(), ages=True), NOW))


def test_breakers_are_told_or_that_there_are_none() -> None:
    assert "429" in text(render.breakers(BREAKERS, NOW))
    assert "no site refuses us" in text(render.breakers(BreakersReport(blocked=()), NOW))


def test_a_disk_without_room_says_that_downloads_rest() -> None:
    assert "✗ downloads rest" in text(render.disk(msgspec.structs.replace(DISK, resting=True)))


def test_what_the_server_keeps_is_told_and_what_one_elsewhere_does_not_tell() -> None:
    def shown(**store: Any) -> str:
        return text(render.disk(msgspec.structs.replace(DISK, store=StoreReport(**store))))

    ours = shown(used=20_000, reserved=68_000_000, limit=10**9, pid=7)
    assert "keeps 20.0 kB of ours, and at most 1.0 GB until it is started anew; 68.0 MB are reserved" in ours
    assert "elsewhere" not in ours
    stuck = shown(used=1, fault="write error", pid=7)
    assert "✗ the server keeps nothing new: write error" in stuck
    elsewhere = shown(used=1)
    assert "keeps 1 byte of ours, and tells no limit\n" in elsewhere
    assert "what room its disk has, and that a write failed, it does not tell" in elsewhere
    judged = text(render.health(HealthReport(verdict=Verdict.OK, at=NOW, unjudged=("its disk",))))
    assert judged == "✓ ok\n- not judged: its disk\n"


@pytest.mark.parametrize(("verdict", "code", "only_down"), [("ok", 0, 0), ("degraded", 1, 0), ("down", 3, 3)])
def test_monitoring_is_told_by_the_exit_code(verdict: str, code: int, only_down: int) -> None:
    found = HealthReport(verdict=Verdict(verdict), at=NOW)
    assert (exit_code(found), exit_code(found, only_down=True)) == (code, only_down)


def test_each_finding_has_its_command_below_it() -> None:
    lines = text(SHOWN["doctor"]).splitlines()
    (place,) = (number for number, line in enumerate(lines) if line.startswith("✗ yt-dlp "))
    assert lines[place + 1].strip().startswith("→ cd ")
    assert lines[-1].startswith("1 to be mended")
    assert text(render.doctor(DoctorReport(ok=True, findings=()))).strip() == "nothing is wrong"
