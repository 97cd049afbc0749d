import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from schemas import codec
from schemas.catalogue import CatalogueRow
from schemas.fixity import Mended, Trouble
from tests.library import AT, copy, put, row
from tests.permissions import held_by_permissions
from ytarchive.library import sums
from ytarchive.library.due import faults, renew, vouched
from ytarchive.library.inventory import ROWS, SUMS, amend, enter, is_inventory, read
from ytarchive.library.regular import NotRegular

SUMS_PATH, ROWS_PATH = f"Channel/{SUMS}", f"Channel/{ROWS}"
ROOT = Path(__file__).parents[4]


def nobody(_job: str, _paths: Iterable[str]) -> bool:
    """Nothing is about to be archived."""
    return False


def unheard(name: str, error: OSError) -> None:
    """Both documents can be read."""
    raise AssertionError(f"{name}: {error}")


def verified(library: Path) -> bool:
    """Ask coreutils."""
    judge = ["sha256sum", "--check", "--strict", "--quiet", SUMS]
    return subprocess.run(judge, cwd=library / "Channel", capture_output=True, check=False).returncode == 0


def names(row: CatalogueRow) -> list[str]:
    return [file.path.partition("/")[2] for file in row.files]


def listed(library: Path) -> list[str]:
    return list(sums.parse((library / SUMS_PATH).read_bytes()))


def told(library: Path, rows: Iterable[CatalogueRow]) -> dict[str, tuple[Trouble, str]]:
    found = faults(library, "Channel", rows, nobody)
    return {one.path: (one.kind, one.detail.partition(";")[0]) for one in found}


def test_what_is_entered_can_be_verified_and_tells_what_it_is(tmp_path: Path) -> None:
    rows = [copy(tmp_path, number) for number in (2, 1)]

    assert [enter(tmp_path, one) for one in rows] == rows

    assert verified(tmp_path)
    assert listed(tmp_path) == [name for one in rows for name in sorted(names(one))]
    lines = (tmp_path / ROWS_PATH).read_bytes().splitlines()
    assert lines == [codec.encode(one) for one in rows]
    assert told(tmp_path, rows) == {}
    assert all(is_inventory(path) for path in (SUMS_PATH, ROWS_PATH))
    assert not any(is_inventory(path) for path in (SUMS, f"Channel/2024/{SUMS}", "Channel/x.mp4"))


def test_what_is_entered_again_keeps_its_time_and_writes_nothing(tmp_path: Path) -> None:
    first = enter(tmp_path, copy(tmp_path, 1))
    inodes = [(tmp_path / path).stat().st_ino for path in (SUMS_PATH, ROWS_PATH)]

    assert enter(tmp_path, msgspec.structs.replace(first, archived_at=AT + timedelta(hours=1))) == first
    assert [(tmp_path / path).stat().st_ino for path in (SUMS_PATH, ROWS_PATH)] == inodes


def test_what_lies_elsewhere_now_is_listed_there_alone_unless_another_copy_has_it(tmp_path: Path) -> None:
    first, other = copy(tmp_path, 1), copy(tmp_path, 2)
    shared = first.files[1]
    enter(tmp_path, first)
    enter(tmp_path, msgspec.structs.replace(other, files=(*other.files, shared)))
    (moved,) = put(tmp_path, {"Channel/2024/again.mp4": b"again"})

    enter(tmp_path, msgspec.structs.replace(first, files=(moved,)))

    assert set(listed(tmp_path)) == {file.path.partition("/")[2] for file in (moved, shared, *other.files)}
    assert verified(tmp_path)


def test_a_missing_document_is_written_with_what_comes_next_and_in_full_from_the_log(tmp_path: Path) -> None:
    """Given an archive from before there was such a thing."""
    old, new = copy(tmp_path, 1), copy(tmp_path, 2)
    enter(tmp_path, new)
    assert told(tmp_path, [old, new]) == {
        SUMS_PATH: (Trouble.ALTERED, "2 missing in it"),
        ROWS_PATH: (Trouble.ALTERED, "1 missing in it"),
    }

    assert renew(tmp_path, "Channel", [old, new], nobody) is True
    assert renew(tmp_path, "Channel", [old, new], nobody) is False

    assert verified(tmp_path)
    assert told(tmp_path, [old, new]) == {}


def test_what_is_about_to_be_archived_stays_listed_and_what_the_log_never_knew_does_not(
    tmp_path: Path,
) -> None:
    known, coming, strange = (copy(tmp_path, number) for number in (1, 2, 3))
    for one in (known, coming, strange):
        enter(tmp_path, one)

    def keep(job_id: str, _paths: Iterable[str]) -> bool:
        return job_id == coming.job_id

    found = {one.path: one.detail for one in faults(tmp_path, "Channel", [known], keep)}
    assert {path: detail.partition(";")[0] for path, detail in found.items()} == {
        SUMS_PATH: "2 unknown to the log",
        ROWS_PATH: "1 unknown to the log",
    }
    renew(tmp_path, "Channel", [known], keep)
    assert read(tmp_path / "Channel").rows.keys() == {known.job_id, coming.job_id}
    assert list(faults(tmp_path, "Channel", [known], keep)) == []
    assert told(tmp_path, [known]).keys() == {SUMS_PATH, ROWS_PATH}


def test_a_sum_of_which_no_row_tells_stays_while_its_file_is_there(tmp_path: Path) -> None:
    """Given a row with a flipped bit, of a job that the log does not know, then the sums are all there is."""
    known, newer, gone = (copy(tmp_path, number) for number in (1, 2, 3))
    for one in (known, newer, gone):
        enter(tmp_path, one)
    text = (tmp_path / ROWS_PATH).read_bytes().splitlines(keepends=True)
    (tmp_path / ROWS_PATH).write_bytes(text[0] + b"#" + text[1] + b"#" + text[2])
    for file in gone.files:
        (tmp_path / file.path).unlink()

    assert set(vouched(tmp_path, "Channel", [known], nobody, unheard)) == {file.path for file in newer.files}
    renew(tmp_path, "Channel", [known], nobody)

    assert set(listed(tmp_path)) == {*names(known), *names(newer)}
    assert verified(tmp_path)
    assert told(tmp_path, [known]) == {}


def test_a_row_whose_files_are_all_of_other_jobs_is_asked_for_without_any(tmp_path: Path) -> None:
    """Given a job's id with a flipped bit, then nothing of it is unknown."""
    one = copy(tmp_path, 1)
    enter(tmp_path, one)
    enter(tmp_path, msgspec.structs.replace(one, job_id="f" * 16))
    asked: list[tuple[str, list[str]]] = []

    def keep(job_id: str, paths: Iterable[str]) -> bool:
        asked.append((job_id, list(paths)))
        return False

    renew(tmp_path, "Channel", [one], keep)
    assert asked == [("f" * 16, [])]
    assert read(tmp_path / "Channel").rows.keys() == {one.job_id}


Damage = Callable[[Path], object]


def edited(old: bytes, new: bytes) -> Damage:
    def edit(path: Path) -> None:
        text = path.read_bytes()
        assert old in text
        path.write_bytes(text.replace(old, new, 1))

    return edit


@pytest.mark.parametrize(
    ("name", "damage", "kind", "detail"),
    [
        (SUMS, Path.unlink, Trouble.MISSING, "not on disk"),
        (ROWS, Path.unlink, Trouble.MISSING, "not on disk"),
        (SUMS, lambda path: path.write_bytes(b""), Trouble.ALTERED, "2 missing in it"),
        (SUMS, edited(b"  2024", b" *2024"), Trouble.ALTERED, "not as it was written"),
        (ROWS, edited(b'"Title"', b'"Other"'), Trouble.ALTERED, "1 not as in the log"),
        (ROWS, edited(b"{", b"["), Trouble.ALTERED, "1 missing in it"),
        (ROWS, edited(b"Title", b"T\xe5tle"), Trouble.ALTERED, "1 missing in it"),
        (
            ROWS,
            edited(b'{"site"', b'{"x":' + b"[" * 100_000 + b'{"site"'),
            Trouble.ALTERED,
            "1 missing in it",
        ),
        (SUMS, edited(b"Title", b"T\xe5tle"), Trouble.ALTERED, "1 missing in it, 1 unknown to the log"),
        (ROWS, edited(b"\n", b"\n\n"), Trouble.ALTERED, "not as it was written"),
        (
            ROWS,
            edited(b'"job_id":"0', b'"job_id":"f'),
            Trouble.ALTERED,
            "1 missing in it, 1 unknown to the log",
        ),
    ],
)
def test_whatever_is_done_to_a_document_is_found_and_made_good(
    tmp_path: Path, name: str, damage: Damage, kind: Trouble, detail: str
) -> None:
    one = copy(tmp_path, 1)
    enter(tmp_path, one)
    before = (tmp_path / "Channel" / name).read_bytes()

    damage(tmp_path / "Channel" / name)

    assert told(tmp_path, [one]) == {f"Channel/{name}": (kind, detail)}
    renew(tmp_path, "Channel", [one], nobody)
    assert (tmp_path / "Channel" / name).read_bytes() == before


ODD: dict[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a FIFO": os.mkfifo,
    "a link to a list": lambda path: path.symlink_to(path.rename(path.with_name("list"))),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("name", [SUMS, ROWS])
@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_what_has_the_name_of_a_list_and_is_none_is_told_and_nobody_waits_for_it(
    tmp_path: Path, name: str, make: Callable[[Path], object]
) -> None:
    one = enter(tmp_path, copy(tmp_path, 1))
    path = tmp_path / "Channel" / name
    if make is not ODD["a link to a list"]:
        path.unlink()
    make(path)

    assert told(tmp_path, [one]) == {f"Channel/{name}": (Trouble.ALTERED, "not a regular file")}
    for attempt in (
        lambda: renew(tmp_path, "Channel", [one], nobody),
        lambda: enter(tmp_path, copy(tmp_path, 2)),
        lambda: amend(tmp_path, one.job_id or "", [Mended(path=one.files[0].path, file=one.files[0])]),
    ):
        with pytest.raises(NotRegular, match="not a regular file"):
            attempt()


def test_a_list_that_may_not_be_read_is_told_and_the_other_is_compared(tmp_path: Path) -> None:
    one = enter(tmp_path, copy(tmp_path, 1))
    (tmp_path / SUMS_PATH).chmod(0)
    (tmp_path / ROWS_PATH).write_bytes(b"")
    with held_by_permissions():
        found = told(tmp_path, [one])
    assert found == {
        SUMS_PATH: (Trouble.UNREADABLE, "cannot be read: Permission denied"),
        ROWS_PATH: (Trouble.ALTERED, "1 missing in it"),
    }


def test_what_is_larger_than_any_list_is_not_read(tmp_path: Path) -> None:
    one = enter(tmp_path, copy(tmp_path, 1))
    os.truncate(tmp_path / SUMS_PATH, 2 << 30)  # of which the disk has next to nothing
    assert told(tmp_path, [one]) == {SUMS_PATH: (Trouble.UNREADABLE, "cannot be read: File too large")}


def test_a_folder_that_is_gone_lacks_both_and_is_not_made(tmp_path: Path) -> None:
    assert told(tmp_path, [row(1, copy(tmp_path / "elsewhere", 1).files)]).keys() == {SUMS_PATH, ROWS_PATH}
    with pytest.raises(FileNotFoundError):
        renew(tmp_path, "Channel", [], nobody)


def test_a_folder_without_anything_archived_needs_no_documents(tmp_path: Path) -> None:
    (tmp_path / "Channel").mkdir()
    assert told(tmp_path, []) == {}


def test_who_enters_at_the_same_time_loses_nothing(tmp_path: Path) -> None:
    rows = [copy(tmp_path, number) for number in range(40)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: enter(tmp_path, one), rows))

    assert told(tmp_path, rows) == {}
    assert verified(tmp_path)


_ENTERING = """
import sys
from pathlib import Path
from tests.library import copy
from ytarchive.library.inventory import enter
library, first = Path(sys.argv[1]), int(sys.argv[2])
for number in range(first, first + 10_000):
    enter(library, copy(library, number))
    print(number, flush=True)
"""


def test_processes_that_are_killed_over_it_leave_whole_documents(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _ENTERING, tmp_path, str(first)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in (1, 100_001)
    ]
    entered = []
    for process in processes:
        with process:
            assert process.stdout
            entered += [int(process.stdout.readline()) for _ in range(8)]
            process.send_signal(signal.SIGKILL)
            entered += [int(line) for line in process.stdout.read().split("\n")[:-1]]

    rows = read(tmp_path / "Channel").rows
    assert {f"{number:016x}" for number in entered} <= rows.keys()
    assert verified(tmp_path)
    # who was killed does it again, and nothing shows that there was a crash between the two documents
    begun = {int(path.stem.rpartition("-")[2].rstrip("]")) for path in tmp_path.rglob("*.mp4")}
    assert begun >= set(entered)
    assert told(tmp_path, [enter(tmp_path, copy(tmp_path, number)) for number in begun]) == {}
    assert verified(tmp_path)


def test_what_is_entered_stands_behind_what_was_there_which_stays_where_it_is(tmp_path: Path) -> None:
    """Given many copies in a folder, one more costs no more than the first."""
    enter(tmp_path, copy(tmp_path, 1))
    before = {path: (path.stat().st_ino, path.read_bytes()) for path in _documents(tmp_path)}

    second = enter(tmp_path, copy(tmp_path, 2))

    for path, (inode, text) in before.items():
        assert path.stat().st_ino == inode
        assert path.read_bytes().startswith(text)
    assert verified(tmp_path)
    assert second.job_id in read(tmp_path / "Channel").rows


def test_what_a_crash_left_half_written_is_written_anew_with_the_next(tmp_path: Path) -> None:
    rows = [enter(tmp_path, copy(tmp_path, 1)), copy(tmp_path, 2), copy(tmp_path, 3)]
    for path in _documents(tmp_path):  # killed in the middle of its last line
        with path.open("ab") as file:
            file.write(b"f" * 40)

    assert set(told(tmp_path, rows[:1])) == {SUMS_PATH, ROWS_PATH}
    for one in rows[1:]:
        enter(tmp_path, one)

    assert told(tmp_path, rows) == {}
    assert verified(tmp_path)


def _documents(library: Path) -> list[Path]:
    return [library / SUMS_PATH, library / ROWS_PATH]


def test_a_full_disk_leaves_the_old_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a disk that is full when the second document is written, none of both is replaced."""
    enter(tmp_path, copy(tmp_path, 1))
    before = {path: path.read_bytes() for path in (tmp_path / SUMS_PATH, tmp_path / ROWS_PATH)}
    real, calls = os.fsync, iter([None, OSError(28, "No space left on device")])

    def fsync(descriptor: int) -> None:
        if error := next(calls):
            raise error
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left"):
        enter(tmp_path, copy(tmp_path, 2))

    assert {path: path.read_bytes() for path in before} == before
    assert {path.name for path in (tmp_path / "Channel").iterdir()} == {SUMS, ROWS, "2024"}
