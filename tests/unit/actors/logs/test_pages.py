"""The archive is read a page at a time: every line once, forward and back, whatever becomes of its files."""

import gzip
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from actors.logs import pages as paging
from actors.logs.archive import Archive
from actors.logs.pages import Pages
from schemas.logs import AskLogs, KeptLine, LogPage

ask = partial(AskLogs, limit=1000)
DAY = date(2026, 1, 31)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
JOB, OTHER = "0123456789abcdef", "fedcba9876543210"


class Kept:
    """An archive with `lines` in it, and its pages."""

    def __init__(self, folder: Path, *, most_bytes: int = 1 << 30) -> None:
        self.today = DAY
        self.folder = folder
        self.archive = Archive(folder, days=30, most_bytes=most_bytes, today=lambda: self.today)
        self.pages = Pages(self.archive, "nas")
        self.number = 0

    def say(self, count: int, *, job: str = JOB, wide: int = 1) -> None:
        lines = []
        for _ in range(count):
            self.number += 1
            at = NOON + timedelta(days=(self.today - DAY).days, seconds=self.number)
            lines.append(
                KeptLine(
                    at=at,
                    stored_at=at,
                    level="info",
                    actor="download",
                    node="nas",
                    event=f"{self.number} ".ljust(wide, "."),
                    job_id=job,
                    seq=self.number,
                )
            )
        self.archive.add(lines)

    def read(self, asked: AskLogs) -> list[LogPage]:
        """Give all pages there are."""
        found = [self.pages.page(asked, self.number)]
        while found[-1].place:
            asked = ask(
                jobs=asked.jobs,
                newest=asked.newest,
                limit=asked.limit,
                since=asked.since,
                place=found[-1].place,
            )
            found.append(self.pages.page(asked, self.number))
        return found


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a page end where it is full, however slow the machine."""
    monkeypatch.setattr(paging, "_SECONDS", 600)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """Three days, the first two compressed."""
    kept = Kept(tmp_path)
    for _ in range(3):
        kept.say(50)
        kept.say(10, job=OTHER)
        kept.today += timedelta(days=1)
    kept.today -= timedelta(days=1)
    return kept


def numbers(found: list[LogPage]) -> list[int]:
    return [line.seq for page in found for line in page.lines]


def test_pages_go_forward_over_all_files_without_losing_or_doubling_a_line(kept: Kept) -> None:
    found = kept.read(ask(limit=7))
    assert numbers(found) == list(range(1, 181))
    assert {len(page.lines) for page in found[:-1]} == {7}
    assert {(page.last, page.node) for page in found} == {(180, "nas")}


def test_pages_go_back_from_the_newest_each_with_its_oldest_first(kept: Kept) -> None:
    found = kept.read(ask(limit=7, newest=True))
    assert numbers(found[:1]) == list(range(174, 181))
    assert numbers(found[::-1]) == list(range(1, 181))


@pytest.mark.parametrize("newest", [False, True])
def test_only_lines_that_fit_are_given(kept: Kept, newest: bool) -> None:
    found = kept.read(ask(jobs=(OTHER,), limit=4, newest=newest))
    assert sorted(numbers(found)) == [*range(51, 61), *range(111, 121), *range(171, 181)]


@pytest.mark.parametrize("newest", [False, True])
def test_a_page_ends_where_a_message_would_be_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, newest: bool
) -> None:
    monkeypatch.setattr(paging, "_BYTES", 10_000)
    kept = Kept(tmp_path)
    kept.say(20, wide=3000)
    kept.say(1, wide=4000)
    found = kept.read(ask(newest=newest))
    assert sorted(numbers(found)) == list(range(1, 22))
    assert all(1 <= len(page.lines) <= 3 for page in found if page.lines)


@pytest.mark.parametrize("newest", [False, True])
def test_a_page_ends_when_it_takes_too_long_and_the_next_goes_on(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, newest: bool
) -> None:
    monkeypatch.setattr(paging, "_SECONDS", -1)
    monkeypatch.setattr(paging, "_LOOK_EVERY", 16)
    found = kept.read(ask(jobs=(OTHER,), newest=newest))
    assert sorted(numbers(found)) == [*range(51, 61), *range(111, 121), *range(171, 181)]
    assert len(found) > 3


def test_a_part_that_gets_its_name_and_is_compressed_between_two_pages_is_gone_on_with(kept: Kept) -> None:
    first = kept.pages.page(ask(limit=130), 180)
    assert first.place == "2026-02-02.0001:10"
    kept.today += timedelta(days=1)
    kept.say(5)
    assert (kept.folder / "2026-02-02.0001.jsonl.gz").exists()
    second = kept.pages.page(ask(place=first.place), 185)
    assert numbers([first, second]) == list(range(1, 186))


def test_a_part_that_was_removed_between_two_pages_is_passed_over(kept: Kept) -> None:
    first = kept.pages.page(ask(limit=70), 180)
    (kept.folder / "2026-02-01.0001.jsonl.gz").unlink()
    assert numbers([kept.pages.page(ask(place=first.place), 180)]) == list(range(121, 181))


def test_a_part_of_which_both_forms_are_there_is_read_once(kept: Kept) -> None:
    """As after a kill between the two."""
    packed = kept.folder / "2026-01-31.0001.jsonl.gz"
    (kept.folder / "2026-01-31.0001.jsonl").write_bytes(gzip.decompress(packed.read_bytes()))
    assert numbers(kept.read(ask())) == list(range(1, 181))


def test_days_that_cannot_have_lines_of_that_time_are_not_even_opened(kept: Kept) -> None:
    (kept.folder / "2026-01-31.0001.jsonl.gz").write_bytes(b"damaged")
    (page,) = kept.read(ask(since=NOON + timedelta(days=2)))
    assert (numbers([page]), page.damaged) == (list(range(121, 181)), ())
    until = kept.pages.page(ask(until=NOON - timedelta(days=2)), 180)
    assert until.lines == ()


def test_a_damaged_part_is_named_and_what_can_be_read_of_it_is_given(kept: Kept) -> None:
    packed = kept.folder / "2026-02-01.0001.jsonl.gz"
    packed.write_bytes(packed.read_bytes()[:-12])
    with (kept.folder / "2026-02-02.jsonl").open("ab") as file:
        file.write(b"no line\n\xff\xfe\nand a half")
    found = kept.read(ask())
    assert {*numbers(found)} >= {*range(1, 61), *range(121, 181)}
    assert found[-1].damaged == ("2026-02-01.0001",)


def test_the_newest_line_is_found_behind_files_that_have_none(kept: Kept) -> None:
    newest = kept.pages.newest()
    assert newest
    assert newest.seq == 180
    (kept.folder / "2026-02-02.jsonl").write_bytes(b"no line\n")
    newest = kept.pages.newest()
    assert newest
    assert newest.seq == 120


def test_an_empty_archive_has_no_lines(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    assert kept.pages.newest() is None
    assert kept.pages.page(ask(), 0) == LogPage(lines=(), place="", last=0, node="nas")
