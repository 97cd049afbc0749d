import io
import math
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from cli import render
from cli.screens.board import Board
from schemas.common import BatchState, Category, Stage, State
from schemas.heartbeats import AbsentView
from schemas.queries import PaceView
from tests.jobs import AT, BATCH, failure
from tests.unit.cli.jobs import refusal
from tests.unit.cli.members import batch, line, member, stream
from ytarchive.domain.job import Job

UNTIL = render.clock(AT)
New = Callable[..., "Window"]


class Window:
    """A board, and the terminal it draws on."""

    def __init__(self, folder: Path, width: int, height: int) -> None:
        self._file = io.StringIO()
        terminal = Console(
            file=self._file,
            force_terminal=True,
            color_system=None,
            width=width,
            height=height,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self.board = Board(folder, terminal)

    def tell(self, *jobs: Job) -> None:
        for job in jobs:
            self.board.event(job, [line(job)])

    def rows(self) -> list[str]:
        """Give what was drawn since the last look, one frame after the other."""
        drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "\n", self._file.getvalue())
        self._file.truncate(0)
        self._file.seek(0)
        return [row.rstrip() for row in drawn.splitlines() if row.strip()]

    def frame(self) -> list[str]:
        """Draw now, and give that."""
        with self.board:
            self.rows()
            self.board._due = 0
            self.board.tick()
            return self.rows()


@pytest.fixture
def new(tmp_path: Path) -> New:
    return lambda width=80, height=24: Window(tmp_path, width, height)


def test_a_batch_has_one_line_for_each_download_and_one_for_all_of_it(new: New) -> None:
    window = new()
    window.tell(member(State.RESOLVING, 1), member(State.DOWNLOADING, 2), member(State.STORING, 3))
    window.board.progress(stream(2, "video", bytes=3_000_000, total=4_000_000))
    window.board.progress(stream(2, "audio", bytes=1_000_000, total=1_000_000, done=True, speed=None))
    window.board.batch(
        batch(
            counts={State.ARCHIVED: 4, State.DOWNLOADING: 1, State.STORING: 1, State.RESOLVING: 1},
            queued=1200,
        )
    )
    assert window.frame() == [
        "› downloading Video 2                   ━━━━━━━━━╸     5.0 MB 500.0 kB/s    0:06",
        "› storing     Video 3",
        "› resolving   Video 1",
        "4 archived, 1 storing, 1 downloading, 1 resolving, 1,200 to come · 500.0 kB/s",
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_window_whatever_the_title(new: New, width: int) -> None:
    window = new(width)
    long = "[b]Wort/" * 40
    waits = member(State.WAITING, 2, title=long, due=AT, failure=failure(Category.NETWORK))
    window.tell(member(State.DOWNLOADING, 1, title=long), waits, member(State.PAUSED, 3, title=long))
    window.board.progress(stream(1))
    shown = window.frame()
    assert shown.pop() == "1 downloading, 1 waiting, 1 paused · 500.0 kB/s"
    assert len(shown) == 3
    assert all(len(row) <= width for row in shown)
    assert sum("…" in row and "[b]Wort" in row for row in shown) == 3
    assert f"until {UNTIL}"[:20] in shown[2]


def test_what_ends_is_printed_once_above_what_goes_on(new: New) -> None:
    window = new()
    with window.board:
        window.tell(member(State.DOWNLOADING, 1), member(State.DOWNLOADING, 2), member(State.ARCHIVED, 1))
        window.board.tick()
        assert window.rows()[-2:] == [
            "✓ archived  Video 1  7 bytes, 0:19 verified",
            "› downloading Video 2",
        ]
        window.tell(member(State.DUPLICATE, 2), member(State.FAILED, 3))
    assert [row.strip() for row in window.rows()] == [
        "= duplicate  Video 2",
        "✗ failed  Video 3",
        "it was the gone",
        "Wait.",
    ]


def test_between_two_drawings_nothing_is_written_and_nothing_is_lost(new: New) -> None:
    window = new()
    with window.board:
        before = time.monotonic()
        window.board.tick()
        assert window.board._due > before
        window.board._due = math.inf
        window.rows()
        for number in range(100):
            window.tell(member(State.ARCHIVED, number))
            window.board.tick()
        assert window.rows() == []
    assert [row.split()[2:4] for row in window.rows()] == [["Video", str(number)] for number in range(100)]


def test_more_jobs_than_fit_are_counted_or_in_the_total(new: New) -> None:
    window = new(height=24)
    window.tell(*(member(State.DOWNLOADING, number) for number in range(30)))
    *rows, more, total = window.frame()
    assert (len(rows), more, total) == (12, "and 18 more", "30 downloading")
    window.board.batch(batch(counts={State.DOWNLOADING: 30}))
    assert window.frame()[-1] == "30 downloading"


def test_jobs_by_themselves_have_a_line_for_each_stream_as_long_as_there_is_room(new: New) -> None:
    window = new(height=14)
    alone = [member(State.DOWNLOADING, number, batch="") for number in (1, 2, 3, 4)]
    window.tell(*alone)
    for number in (1, 2):
        for name in ("video", "audio"):
            window.board.progress(stream(number, name))
    assert [row.split("━")[0].strip() for row in window.frame()] == [
        "› downloading  Video 1",
        "video",
        "audio",
        "› downloading  Video 2",
        "video",
        "audio",
        "and 2 more",
        "4 downloading · 2.0 MB/s",
    ]


def test_progress_of_a_stage_that_is_over_or_of_a_job_that_rests_is_not_shown(new: New) -> None:
    window = new()
    window.tell(member(State.STORING, 1, stage=Stage.STORAGE), member(State.PAUSED, 2))
    for number in (1, 2, 3):
        window.board.progress(stream(number))
    window.board.batch(batch(BatchState.PAUSED, counts={State.PAUSED: 1}))
    assert window.frame() == [
        "› storing     Video 1",
        "… paused      Video 2",
        f"1 paused · paused: `ytarchive resume {BATCH[:8]}` goes on",
    ]


def test_a_new_stage_begins_without_the_streams_of_the_one_before(new: New) -> None:
    window = new()
    window.tell(member(State.DOWNLOADING))
    window.board.progress(stream())
    window.tell(member(State.STORING, stage=Stage.STORAGE))
    assert window.frame() == ["› storing     Video 1"]


def test_while_the_server_is_away_that_is_said_and_whom_the_site_refuses_after_that(new: New) -> None:
    window = new()
    window.tell(member(State.DOWNLOADING))
    window.board.refused([refusal(until=AT - timedelta(days=1))])
    window.board.away("the server is away")
    assert window.frame()[1:] == ["the server is away"]
    window.board.away("")
    assert window.frame()[1].startswith("… here: was paused until")


def test_who_waits_for_the_videos_of_the_next_hour_is_said_below(new: New) -> None:
    window = new()
    window.tell(member(State.RESOLVING))
    window.board.paced([PaceView(egress="here", until=AT, per_hour=1)])
    assert window.frame()[1].startswith("… here: 1 video an hour at most")
    window.board.paced([])
    assert len(window.frame()) == 1


def test_an_actor_that_is_missed_is_said_below(new: New) -> None:
    window = new()
    window.tell(member(State.STORING))
    window.board.absent([AbsentView(actor="storage", node="here", seconds=12)])
    assert window.frame()[1].startswith("! storage on node here has not been heard of for 12 s")
    window.board.absent([])
    assert len(window.frame()) == 1
