import msgspec
import pytest

from cli import render
from cli.screens import lines as module
from cli.screens.lines import Lines
from schemas.common import Category, Entry, State
from schemas.events import PageRecorded
from schemas.heartbeats import AbsentView
from schemas.reports import EventLine
from tests.jobs import AT, failure
from tests.unit.cli.members import batch, line, member
from ytarchive.domain.job import Job
from ytarchive.settings import Settings

UNTIL = render.clock(AT)


@pytest.fixture
def lines(settings: Settings) -> Lines:
    return Lines(settings.library_dir)


def tell(lines: Lines, *jobs: Job) -> None:
    for job in jobs:
        lines.event(job, [line(job)])


def test_of_a_batch_s_jobs_only_the_end_is_told_and_until_when_one_rests(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    waits = member(State.WAITING, due=AT, failure=failure(Category.NETWORK))
    tell(lines, member(State.RESOLVING), waits, waits, member(State.DOWNLOADING), member(State.ARCHIVED))
    tell(lines, member(State.WAITING, 2, of="0" * 16), member(State.PAUSED, 2), member(State.CANCELLED, 2))
    assert capsys.readouterr().out.splitlines() == [
        f"{UNTIL}  … waiting  Video 1  until {UNTIL} because: it was the network",
        "✓ archived  Video 1  7 bytes, 0:19 verified",
        "- cancelled  Video 2",
    ]


def test_what_a_list_names_and_nobody_can_have_is_told_with_its_id(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = Entry(video_id="gone", title="[Deleted video]", skip="the video is deleted", unavailable=True)
    unwanted = Entry(video_id="other", title="Another", skip="a short")
    page = PageRecorded(page=1, entries=(lost, unwanted))
    data = msgspec.to_builtins(page)
    told = EventLine(seq=1, job_id="0" * 16, version=3, type=data.pop("type"), at=AT, data=data)

    lines.event(member(State.LISTING, lists=True), [told])

    assert capsys.readouterr().out == "- left out  [Deleted video] gone: the video is deleted\n"


def test_of_a_job_by_itself_every_state_is_told_once(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = [member(state, batch="") for state in (State.RESOLVING, State.RESOLVING, State.DOWNLOADING)]
    tell(lines, *alone)
    assert [row.split("  ")[1] for row in capsys.readouterr().out.splitlines()] == [
        "› resolving",
        "› downloading",
    ]


def test_a_long_title_is_neither_cut_nor_broken(lines: Lines, capsys: pytest.CaptureFixture[str]) -> None:
    tell(lines, member(State.ARCHIVED, title="word " * 200 + "end"))
    assert capsys.readouterr().out == f"✓ archived  {'word ' * 200}end  7 bytes, 0:19 verified\n"


def test_how_all_of_it_stands_is_told_now_and_then(
    lines: Lines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines.batch(batch(counts={State.ARCHIVED: 1}))
    lines.batch(batch(counts={State.ARCHIVED: 2}))
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(module, "_EVERY", 0.0)
    lines.batch(batch(counts={State.ARCHIVED: 3}, queued=2))
    assert capsys.readouterr().out.endswith("  3 archived, 2 to come\n")


def test_in_the_end_a_batch_is_summed_up_and_jobs_by_themselves_are_counted(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    waits = member(State.WAITING, due=AT, failure=failure(Category.NETWORK))
    lines.finish([waits], batch(counts={State.ARCHIVED: 3, State.WAITING: 1}))
    assert capsys.readouterr().out == "3 archived, 1 waiting · batch 00000000\n"
    lines.finish([msgspec.structs.replace(waits, batch=""), member(State.ARCHIVED, 2, batch="")], None)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "… waiting  Video 1"
    assert told[-1] == "1 waiting, 1 archived"


def test_an_actor_that_is_missed_is_said_once_and_so_is_that_it_is_back(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    for seconds in (12.0, 13.0):
        lines.absent([AbsentView(actor="storage", node="attic", seconds=seconds)])
    lines.absent([])
    lines.absent([AbsentView(actor="download", node="attic", seconds=7200, stopped=True)])
    lines.absent([AbsentView(actor="metadata", node="attic", seconds=0, rests="only 2.5 MB free")])
    assert capsys.readouterr().out.splitlines() == [
        "! storage on node attic has not been heard of for 12 s: `ytarchive diagnostics actors`",
        "storage on node attic is back, or waited for no longer",
        "! download on node attic stopped 2 h ago: `ytarchive diagnostics actors`",
        "! waiting: metadata on node attic rests: only 2.5 MB free",
        "download on node attic is back, or waited for no longer",
    ]
