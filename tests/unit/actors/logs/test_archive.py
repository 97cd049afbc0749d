import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from actors.logs.archive import Archive
from schemas.codec import encode
from schemas.logs import KeptLine
from tests.disks import filled, small_disk

__all__ = ["small_disk"]

ROOT = Path(__file__).parents[4]
DAY = date(2026, 1, 31)
LARGE = 1 << 30


class Calendar:
    today = DAY

    def __call__(self) -> date:
        return self.today


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


def record(event: str, *, day: date = DAY, context: dict[str, object] | None = None) -> KeptLine:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return KeptLine(at=at, level="info", actor="jobs", node="here", event=event, context=context or {})


def events(folder: Path) -> list[str]:
    """The sentence of every line there is, oldest file first."""
    found: list[str] = []
    for path in sorted(folder.glob("*.jsonl*")):
        content = path.read_bytes()
        lines = gzip.decompress(content) if path.suffix == ".gz" else content
        found += [json.loads(line)["event"] for line in lines.splitlines()]
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def archive(tmp_path: Path, calendar: Calendar) -> Archive:
    return Archive(tmp_path / "logs", days=3, most_bytes=LARGE, today=calendar)


@pytest.fixture
def folder(archive: Archive, tmp_path: Path) -> Path:
    return tmp_path / "logs"


def test_a_line_is_the_record_as_json_in_the_file_of_its_day(archive: Archive, folder: Path) -> None:
    archive.add([record("one", context={"job": "a\nb"})])
    archive.add([record("two")])

    first, second = (folder / "2026-01-31.jsonl").read_text().splitlines()
    assert json.loads(first) == {
        "type": "log",
        "at": "2026-01-31T12:00:00Z",
        "level": "info",
        "actor": "jobs",
        "node": "here",
        "event": "one",
        "job_id": None,
        "context": {"job": "a\nb"},
        "video": "",
        "batch": "",
        "attempt": 0,
        "correlation": "",
        "stamp": 0,
        "seq": 0,
        "stored_at": None,
    }
    assert json.loads(second)["event"] == "two"


def test_lines_are_kept_all_or_none_and_in_their_order(archive: Archive, folder: Path) -> None:
    archive.add([record(f"{number}") for number in range(100)])
    assert events(folder) == [f"{number}" for number in range(100)]


def test_the_day_is_that_of_keeping_whatever_the_clock_of_a_node_shows(
    archive: Archive, folder: Path
) -> None:
    archive.add([record("from the past", day=date(1970, 1, 1)), record("to come", day=date(2099, 1, 1))])
    assert names(folder) == ["2026-01-31.jsonl"]


def test_lines_stay_in_their_order_though_our_own_clock_goes_back(
    archive: Archive, folder: Path, calendar: Calendar
) -> None:
    archive.add([record("one")])
    calendar.today -= timedelta(1)
    archive.add([record("two")])
    calendar.today += timedelta(2)
    archive.add([record("three")])
    assert names(folder) == ["2026-01-31.0001.jsonl.gz", "2026-02-01.jsonl"]
    assert events(folder) == ["one", "two", "three"]


def test_half_a_line_that_a_crash_of_the_machine_left_is_taken_away(
    archive: Archive, folder: Path, calendar: Calendar
) -> None:
    archive.add([record("whole")])
    with (folder / "2026-01-31.jsonl").open("ab") as file:
        file.write(encode(record("half"))[:20])
    archive = Archive(folder, days=3, most_bytes=LARGE, today=calendar)
    archive.add([record("next")])
    assert events(folder) == ["whole", "next"]


def test_a_day_that_is_over_is_compressed_with_the_first_line_of_the_next(
    archive: Archive, folder: Path, calendar: Calendar
) -> None:
    archive.add([record("before")])
    calendar.today += timedelta(1)
    archive.add([record("after", day=calendar.today)])

    assert names(folder) == ["2026-01-31.0001.jsonl.gz", "2026-02-01.jsonl"]
    assert events(folder) == ["before", "after"]


def test_days_that_are_too_old_are_removed_and_no_others(
    archive: Archive, folder: Path, calendar: Calendar
) -> None:
    for _ in range(6):
        archive.add([record(str(calendar.today), day=calendar.today)])
        calendar.today += timedelta(1)
    archive.tidy()

    assert events(folder) == ["2026-02-03", "2026-02-04", "2026-02-05"]


def test_the_newest_lines_are_kept_as_far_as_there_is_room_within_a_day_too(
    tmp_path: Path, calendar: Calendar
) -> None:
    archive = Archive(tmp_path, days=3, most_bytes=100_000, today=calendar)

    for number in range(3000):
        archive.add([record(f"{number:04}", context={"noise": os.urandom(50).hex()})])
        if number % 100 == 0:
            used = sum(path.stat().st_size for path in tmp_path.iterdir())
            assert used <= 100_000 + 100_000 // 16

    kept = [int(event) for event in events(tmp_path)]
    assert kept == list(range(kept[0], 3000))
    assert 500 < len(kept) < 3000
    assert all(path.stat().st_size <= 100_000 // 16 for path in tmp_path.glob("*.jsonl"))


def test_another_file_in_the_folder_is_let_alone(archive: Archive, folder: Path, calendar: Calendar) -> None:
    others = [
        "notes.jsonl",
        "2026.jsonl.gz",
        "1999-01-01.txt",
        "1999-01-01.jsonl.gz.mine",
        "x2026-01-31.jsonl",
    ]
    for name in others:
        (folder / name).write_text("mine")
    calendar.today += timedelta(1000)

    archive.tidy()

    assert names(folder) == sorted(others)


TIDY_AND_DIE = """
import os, signal, sys
from datetime import date
from pathlib import Path
from actors.logs.archive import Archive

archive = Archive(Path(sys.argv[1]), days=3, most_bytes=1 << 30, today=lambda: date(2026, 2, 1))
left = int(sys.argv[2])

def watch(event, arguments):
    global left
    if event in ("open", "os.rename", "os.remove") and sys.argv[1] in str(arguments[0]):
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

sys.addaudithook(watch)
archive.tidy()
"""


def test_a_kill_before_any_step_of_tidying_neither_loses_nor_doubles_a_line(
    archive: Archive, folder: Path, calendar: Calendar
) -> None:
    told = ["one", "two"]
    for event in told:
        archive.add([record(event)])
    calendar.today += timedelta(1)
    kills = 0
    for step in count():
        command = [sys.executable, "-c", TIDY_AND_DIE, str(folder), str(step)]
        if subprocess.run(command, cwd=ROOT, check=False).returncode == 0:
            break
        kills += 1
        told.append(f"late {step}")
        archive.tidy()
        assert sorted(events(folder)) == sorted(told[:-1])
        with (folder / "2026-01-31.jsonl").open("ab") as file:
            file.write(encode(record(told[-1])) + b"\n")

    assert kills == 5  # before the rename, two files opened, the pack named, the part removed
    assert sorted(events(folder)) == sorted(told)
    assert not list(folder.glob("*.new"))
    assert not list(folder.glob("*.jsonl"))


def test_a_part_that_was_half_compressed_is_compressed_again(
    archive: Archive, folder: Path, calendar: Calendar
) -> None:
    archive.add([record("one")])
    (folder / "2026-01-31.jsonl").rename(folder / "2026-01-31.0001.jsonl")
    (folder / "2026-01-31.0001.jsonl.gz.new").write_bytes(b"\x1f\x8b half of it")

    archive.tidy()

    assert names(folder) == ["2026-01-31.0001.jsonl.gz"]
    assert events(folder) == ["one"]


def test_a_line_for_which_there_is_no_room_leaves_no_half_of_itself(
    small_disk: Path, calendar: Calendar
) -> None:
    archive = Archive(small_disk, days=3, most_bytes=LARGE, today=calendar)
    archive.add([record("first")])
    wide = record("too much", context={"noise": "x" * (9 << 20)})

    with pytest.raises(OSError, match="No space left"):
        archive.add([wide])
    archive.add([record("second")])

    assert events(small_disk) == ["first", "second"]


def test_lines_for_which_there_is_room_are_kept_once_though_there_is_none_to_compress_them(
    small_disk: Path, calendar: Calendar
) -> None:
    archive = Archive(small_disk / "logs", days=3, most_bytes=16 << 20, today=calendar)
    told = [f"{number}" for number in range(1100)]
    lines = [record(event, context={"noise": os.urandom(500).hex()}) for event in told]
    with filled(small_disk, left=6 << 18):
        untidy = archive.add(lines)
        assert untidy
        assert "No space left" in str(untidy)
        assert archive.add([record("next")]) is None
        assert events(small_disk / "logs") == [*told, "next"]
        assert names(small_disk / "logs") == ["2026-01-31.0001.jsonl", "2026-01-31.jsonl"]
    archive.tidy()
    assert names(small_disk / "logs") == ["2026-01-31.0001.jsonl.gz", "2026-01-31.jsonl"]
    assert events(small_disk / "logs") == [*told, "next"]


def test_what_is_too_old_is_removed_though_there_is_no_room_to_compress(
    small_disk: Path, calendar: Calendar
) -> None:
    folder = small_disk / "logs"
    archive = Archive(folder, days=3, most_bytes=16 << 20, today=calendar)
    archive.add([record("old")])
    calendar.today += timedelta(1)
    archive.add([record("new")])
    calendar.today += timedelta(3)
    with filled(small_disk, left=4096):
        assert archive.add([record("newest")])
    assert events(folder) == ["new", "newest"]


def test_the_calendar_is_the_worlds_unless_told_otherwise(tmp_path: Path) -> None:
    archive = Archive(tmp_path, days=1, most_bytes=LARGE)
    before = datetime.now(UTC).date()

    archive.add([record("now")])

    (name,) = names(tmp_path)
    assert f"{before}.jsonl" <= name <= f"{datetime.now(UTC).date()}.jsonl"
