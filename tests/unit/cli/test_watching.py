from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cli.screens.json_lines import JsonLines
from cli.screens.lines import Lines
from cli.watching import Watch
from schemas.common import State
from tests.jobs import JOB, URL
from tests.unit.cli.jobs import refusal
from ytarchive.domain.job import Job
from ytarchive.settings import Settings

SOON, LATE = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, 48))
DAY = timedelta(days=1).total_seconds()


def job(state: State, due: datetime | None = None) -> Job:
    return Job(job_id=JOB, version=1, url=URL, state=state, due=due)


@pytest.fixture
def patient(settings: Settings) -> Watch:
    return Watch(settings, JsonLines(Path()), {JOB: URL}, patience=DAY)


@pytest.mark.parametrize("state", [State.WAITING, State.PAUSED])
def test_what_rests_is_waited_for_no_longer_than_patience_lasts(patient: Watch, state: State) -> None:
    assert not patient._rests(job(state, SOON))
    assert patient._rests(job(state, LATE))


def test_what_a_person_paused_is_waited_for_until_it_is_resumed(patient: Watch) -> None:
    assert not patient._rests(job(State.PAUSED))


def test_what_may_not_be_begun_is_waited_for_like_what_rests(patient: Watch) -> None:
    ours = refusal(egress=patient._settings.egress, until=LATE)
    patient._refused = (msgspec.structs.replace(ours, egress="somebody else"),)
    assert not patient._rests(job(State.RESOLVING))
    patient._refused = (ours,)
    assert patient._rests(job(State.RESOLVING))
    assert not patient._rests(job(State.DOWNLOADING))
    patient._refused = (msgspec.structs.replace(ours, until=SOON),)
    assert not patient._rests(job(State.RESOLVING))


def test_without_a_limit_only_an_end_is_the_end(settings: Settings) -> None:
    watch = Watch(settings, JsonLines(Path()), {JOB: URL})
    watch._refused = (refusal(egress=settings.egress, until=LATE),)
    unended = [job(State.WAITING, LATE), job(State.PAUSED, LATE), job(State.RESOLVING)]
    assert not any(map(watch._rests, unended))


def test_who_is_refused_is_printed_once_for_each_refusal(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Lines(settings.library_dir)
    for until in (SOON, SOON, LATE):
        lines.refused([refusal(until=until)])
    lines.refused([])
    assert capsys.readouterr().out.count("here: paused until") == 2
