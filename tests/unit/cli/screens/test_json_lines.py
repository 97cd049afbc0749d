import json
from typing import Any

import pytest

from cli.screens.json_lines import JsonLines
from schemas.common import BatchState, Category, State
from schemas.heartbeats import AbsentView
from tests.jobs import BATCH, MEDIA, failure
from tests.unit.cli.members import batch, line, member, stream
from ytarchive.settings import Settings

Lines = pytest.CaptureFixture[str]


@pytest.fixture
def screen(settings: Settings) -> JsonLines:
    return JsonLines(settings.library_dir)


def told(capsys: Lines) -> list[dict[str, Any]]:
    return [json.loads(row) for row in capsys.readouterr().out.splitlines()]


def test_how_the_batch_stands_is_written_when_that_has_changed(
    screen: JsonLines, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for counts in ({}, {}, {State.ARCHIVED: 1}):
        screen.batch(batch(counts=counts, queued=3))
    first, second = map(json.loads, capfdbinary.readouterr().out.splitlines())
    assert first["type"] == second["type"] == "batch"
    assert (first["batch"]["batch_id"], first["batch"]["queued"]) == (BATCH, 3)
    assert (first["batch"]["counts"], second["batch"]["counts"]) == ({}, {"archived": 1})
    assert (first["per_hour"], first["seconds"]) == (None, None)


def test_who_is_missed_is_written_when_that_has_changed(
    screen: JsonLines, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for seconds in (8.0, 9.0):
        screen.absent([AbsentView(actor="download", node="attic", seconds=seconds)])
    screen.absent([])
    screen.absent([])
    gone, back = map(json.loads, capfdbinary.readouterr().out.splitlines())
    assert gone["type"] == back["type"] == "absent"
    assert [(one["actor"], one["node"], one["seconds"]) for one in gone["absent"]] == [
        ("download", "attic", 8)
    ]
    assert back["absent"] == []


def test_progress_is_written_of_jobs_that_are_watched_as_long_as_they_go_on(
    screen: JsonLines, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    job = member(State.DOWNLOADING)
    screen.progress(stream())
    screen.event(job, [line(job)])
    screen.progress(stream())
    ended = member(State.ARCHIVED)
    screen.event(ended, [line(ended)])
    screen.progress(stream())
    written = [json.loads(row)["type"] for row in capfdbinary.readouterr().out.splitlines()]
    assert written == ["job.something", "progress", "job.something"]


@pytest.mark.parametrize("state", BatchState)
def test_the_summary_has_the_batch_and_those_of_its_jobs_that_did_not_end_well(
    screen: JsonLines, settings: Settings, capfdbinary: pytest.CaptureFixture[bytes], state: BatchState
) -> None:
    settings.library_dir.mkdir(parents=True, exist_ok=True)
    lost = member(State.DUPLICATE, 3, of="0" * 16, files=(MEDIA,))
    bad = member(State.FAILED, 2, failure=failure(Category.GONE))
    screen.finish([member(State.ARCHIVED, 1), bad, lost], batch(state))
    (summary,) = map(json.loads, capfdbinary.readouterr().out.splitlines())
    assert (summary["type"], summary["ok"], summary["batch"]["state"]) == ("summary", False, state)
    assert [job["job_id"] for job in summary["jobs"]] == [bad.job_id, lost.job_id]
    screen.finish([member(State.SKIPPED, 4)], batch(state))
    (summary,) = map(json.loads, capfdbinary.readouterr().out.splitlines())
    assert (summary["ok"], summary["jobs"]) == (state is BatchState.FINISHED, [])
