import errno
import hashlib
import os
import platform
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path, PurePath, PurePosixPath

import pytest

from tests.disks import SMALL_BYTES, read_only_disk, small_disk
from tests.integration.transfer_target import LINK_CALLS
from ytarchive.library.atomic import sweep_temporaries
from ytarchive.library.hashing import Progress, hash_file
from ytarchive.library.transfer import Incoming, StoredFile, TransferError, store

__all__ = ["read_only_disk", "small_disk"]

ROOT = Path(__file__).parents[2]
CONTENT = random.Random(2).randbytes(3_500_000)
NAME = PurePosixPath("channel/2024/title [id].mp4")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "library"
    root.mkdir()
    return root


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return written(tmp_path / "source", CONTENT)


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def tree(root: Path) -> dict[str, bytes | None]:
    """Everything below `root`, hidden or not: a file's content, None for the rest."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in root.rglob("*")
    }


def store_one(
    source: Path, root: Path, path: PurePosixPath = NAME, progress: Progress | None = None
) -> StoredFile:
    (stored,) = store([Incoming(source, path, progress)], root)
    return stored


class Stop(Exception):
    pass


def stop_when(condition: Callable[[int], bool]) -> Progress:
    def progress(done: int) -> None:
        if condition(done):
            raise Stop

    return progress


def fail_at(call: int) -> Progress:
    calls = count(1)
    return stop_when(lambda _: next(calls) == call)


def test_a_file_is_stored_with_its_size_and_its_hash(source: Path, root: Path) -> None:
    stored = store_one(source, root)

    assert stored == StoredFile(str(NAME), len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert tree(root) == {"channel": None, "channel/2024": None, str(NAME): CONTENT}
    assert source.read_bytes() == CONTENT
    assert hash_file(root / NAME) == (stored.bytes, stored.sha256)


def test_an_empty_file_is_a_file(tmp_path: Path, root: Path) -> None:
    stored = store_one(written(tmp_path / "empty", b""), root)

    assert (stored.bytes, stored.sha256) == (0, hashlib.sha256().hexdigest())


def test_progress_begins_low_never_falls_and_ends_at_the_size(source: Path, root: Path) -> None:
    heard: list[int] = []

    store_one(source, root, progress=heard.append)

    assert heard == sorted(heard)
    assert 0 <= heard[0] <= 1 << 20
    assert len(set(heard)) >= 4
    assert heard[-1] == len(CONTENT)


def test_the_same_content_under_a_name_is_taken_as_stored(source: Path, root: Path) -> None:
    first = store_one(source, root)
    inode = (root / NAME).stat().st_ino
    heard: list[int] = []

    assert store_one(source, root, progress=heard.append) == first
    assert (root / NAME).stat().st_ino == inode
    assert tree(root).keys() == {"channel", "channel/2024", str(NAME)}
    assert heard[-1] == len(CONTENT)


@pytest.mark.parametrize("other", [b"", CONTENT[:-1], CONTENT[:-1] + b"x", CONTENT + b"x"])
def test_other_content_under_a_name_is_never_touched(source: Path, root: Path, other: bytes) -> None:
    written(root / NAME, other)

    assert store_one(source, root).path == "channel/2024/title [id] (2).mp4"
    assert (root / NAME).read_bytes() == other
    assert store_one(source, root).path == "channel/2024/title [id] (2).mp4"

    third = store_one(written(source, b"third"), root)

    assert third.path == "channel/2024/title [id] (3).mp4"


@pytest.mark.parametrize("target", ["nowhere", "../same", "."])
def test_a_link_in_the_way_is_neither_followed_nor_replaced(source: Path, root: Path, target: str) -> None:
    content = target.encode()  # as long as the link itself
    written(root / "channel/same", content)
    (root / NAME).parent.mkdir()
    (root / NAME).symlink_to(target)

    assert store_one(written(source, content), root).path == "channel/2024/title [id] (2).mp4"
    assert (root / NAME).readlink() == Path(target)


def test_a_folder_in_the_way_of_a_file_makes_it_the_second(source: Path, root: Path) -> None:
    (root / NAME).mkdir(parents=True)

    assert store_one(source, root).path == "channel/2024/title [id] (2).mp4"


def test_a_file_in_the_way_of_a_folder_is_an_error_and_stays(source: Path, root: Path) -> None:
    written(root / "channel", b"a file")

    with pytest.raises(NotADirectoryError):
        store_one(source, root)
    assert tree(root) == {"channel": b"a file"}


def test_a_link_that_leads_out_of_the_library_is_not_written_through(source: Path, root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "channel").symlink_to(outside)

    with pytest.raises(ValueError, match="leads out"):
        store_one(source, root)
    assert not tree(outside)


@pytest.mark.parametrize("path", ["../a.mp4", "/a.mp4", "a/../../b.mp4"])
def test_a_path_that_leads_out_of_the_library_is_refused(source: Path, root: Path, path: str) -> None:
    with pytest.raises(ValueError, match="not a path inside"):
        store_one(source, root, PurePosixPath(path))
    assert tree(root.parent) == {"library": None, "source": CONTENT}


def test_a_library_that_is_not_there_is_not_made(source: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store_one(source, tmp_path / "unmounted")
    assert not (tmp_path / "unmounted").exists()


def test_a_source_that_is_not_there_leaves_no_folder(tmp_path: Path, root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store_one(tmp_path / "missing", root)
    assert not tree(root)


def test_progress_that_raises_leaves_nothing_at_whatever_step(source: Path, root: Path) -> None:
    steps: list[int] = []
    store_one(source, root, PurePosixPath("elsewhere/a.mp4"), steps.append)
    before = tree(root)
    assert len(steps) == 10

    for last in range(1, len(steps) + 1):
        with pytest.raises(Stop):
            store_one(source, root, progress=fail_at(last))
        assert tree(root) == before


# Several at once


SIDECAR = PurePosixPath("channel/2024/title [id].info.json")


@pytest.fixture
def sidecar(tmp_path: Path) -> Path:
    return written(tmp_path / "sidecar", b"{}")


def test_files_that_belong_together_are_answered_in_their_order(
    source: Path, sidecar: Path, root: Path
) -> None:
    stored = store([Incoming(source, NAME), Incoming(sidecar, SIDECAR)], root)

    assert [one.path for one in stored] == [str(NAME), str(SIDECAR)]


def test_the_first_is_seen_last_and_none_before_all_are_written(
    source: Path, sidecar: Path, root: Path
) -> None:
    seen: list[frozenset[str]] = []

    def look(_done: int) -> None:
        seen.append(frozenset(path.name for path in root.rglob("title*")))

    store([Incoming(source, NAME, look), Incoming(sidecar, SIDECAR, look)], root)

    assert list(dict.fromkeys(seen)) == [
        frozenset(),
        frozenset({SIDECAR.name}),
        frozenset({SIDECAR.name, NAME.name}),
    ]


def test_where_one_fails_none_is_left(source: Path, sidecar: Path, root: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store([Incoming(sidecar, SIDECAR), Incoming(source.with_name("missing"), NAME)], root)
    assert not tree(root)


def test_names_that_were_given_are_taken_back_but_never_those_that_were_there(
    source: Path, sidecar: Path, root: Path
) -> None:
    written(root / SIDECAR, b"{}")
    written(root / NAME, b"other")
    before = tree(root)
    third = Incoming(sidecar, SIDECAR.with_suffix(".txt"))
    second = root / NAME.with_name("title [id] (2).mp4")

    with pytest.raises(Stop):
        store(
            [
                Incoming(source, NAME, stop_when(lambda _: second.exists())),
                Incoming(sidecar, SIDECAR),
                third,
            ],
            root,
        )
    assert tree(root) == before


def test_two_files_of_one_name_both_find_a_place(source: Path, sidecar: Path, root: Path) -> None:
    stored = store([Incoming(source, NAME), Incoming(sidecar, NAME), Incoming(sidecar, NAME)], root)

    assert [one.bytes for one in stored] == [len(CONTENT), 2, 2]
    assert stored[0].path == "channel/2024/title [id] (2).mp4"
    assert stored[1] == stored[2]
    assert len(tree(root)) == 4


# Transfers at the same time


def race(sources: Sequence[Path], root: Path) -> list[StoredFile]:
    """Store each under one name. All have found that free, and written their file, before any takes it."""
    start = threading.Barrier(len(sources))

    def run(source: Path) -> StoredFile:
        size, waited = source.stat().st_size, False

        def wait(done: int) -> None:
            nonlocal waited
            if done == size and not waited:
                waited = True
                start.wait(60)

        return store_one(source, root, progress=wait)

    with ThreadPoolExecutor(len(sources)) as pool:
        return list(pool.map(run, sources))


def test_transfers_that_race_for_one_name_each_get_their_own(tmp_path: Path, root: Path) -> None:
    contents = [bytes([number]) * 1000 for number in range(6)]
    sources = [written(tmp_path / f"source{number}", content) for number, content in enumerate(contents)]

    stored = race(sources, root)

    numbers = ["", *(f" ({number})" for number in range(2, 7))]
    assert {one.path for one in stored} == {f"channel/2024/title [id]{number}.mp4" for number in numbers}
    assert [(root / one.path).read_bytes() for one in stored] == contents
    assert len(tree(root)) == 8


def test_transfers_of_the_same_content_that_race_share_one_name(tmp_path: Path, root: Path) -> None:
    sources = [written(tmp_path / f"source{number}", CONTENT) for number in range(4)]

    assert {one.path for one in race(sources, root)} == {str(NAME)}
    assert tree(root) == {"channel": None, "channel/2024": None, str(NAME): CONTENT}


def test_a_transfer_that_fails_leaves_the_folder_to_the_one_that_does_not(source: Path, root: Path) -> None:
    def store_another(_done: int) -> None:
        store_one(source, root, NAME.with_name("another [id].mp4"))
        raise Stop

    with pytest.raises(Stop):
        store_one(source, root, progress=store_another)
    assert [path.name for path in root.rglob("*.mp4")] == ["another [id].mp4"]


# Disks and their faults


def test_a_disk_that_returns_something_else_is_found_out(source: Path, root: Path) -> None:
    def corrupt(done: int) -> None:
        if done == len(CONTENT):
            for temporary in root.rglob(".*"):
                with temporary.open("r+b") as file:
                    file.write(b"\0\0\0\0")

    with pytest.raises(TransferError, match="something else than was written"):
        store_one(source, root, progress=corrupt)
    assert not tree(root)


def test_content_and_names_are_on_the_disk_in_the_order_that_survives_a_power_cut(
    source: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, link = os.fsync, os.link

    def watch_fsync(descriptor: int) -> None:
        fsync(descriptor)
        folders = [root, root / "channel", root / NAME.parent]
        names = {path.stat().st_ino: str(path.relative_to(root)) for path in folders if path.exists()}
        done.append(f"sync {names.get(os.fstat(descriptor).st_ino, 'the content')}")

    def watch_link(here: Path, there: Path, **how: bool) -> None:
        link(here, there, **how)
        done.append(f"link {there.name}")

    monkeypatch.setattr(os, "fsync", watch_fsync)
    monkeypatch.setattr(os, "link", watch_link)

    store_one(source, root)

    assert list(dict.fromkeys(done)) == [
        "sync .",
        "sync channel",
        "sync the content",
        f"link {NAME.name}",
        "sync channel/2024",
    ]


def test_a_full_disk_gives_back_what_was_taken(source: Path, small_disk: Path) -> None:
    free = SMALL_BYTES - len(CONTENT) // 2
    written(small_disk / "filling", b"x" * free)

    with pytest.raises(OSError, match="No space left") as raised:
        store_one(source, small_disk)
    assert raised.value.errno == errno.ENOSPC
    assert tree(small_disk).keys() == {"filling"}

    (small_disk / "filling").unlink()
    assert store_one(source, small_disk).bytes == len(CONTENT)


def test_a_disk_that_fills_up_at_the_last_file_keeps_none(
    source: Path, sidecar: Path, small_disk: Path
) -> None:
    big = written(source, CONTENT * 3)

    with pytest.raises(OSError, match="No space left"):
        store([Incoming(sidecar, SIDECAR), Incoming(big, NAME)], small_disk)
    assert not tree(small_disk)


def test_a_read_only_disk_is_an_error_and_nothing_more(source: Path, read_only_disk: Path) -> None:
    with pytest.raises(OSError, match="Read-only file system"):
        store_one(source, read_only_disk)
    assert tree(read_only_disk) == {"there": b"there"}
    assert sweep_temporaries(read_only_disk, older_than=-1) == []


@pytest.mark.skipif(
    platform.machine() not in LINK_CALLS, reason="the numbers of its system calls are not known"
)
@pytest.mark.parametrize("taken", ["never", "before", "meanwhile"])
def test_where_there_are_no_hard_links_a_file_gets_its_name_all_the_same(
    source: Path, root: Path, taken: str
) -> None:
    if taken == "before":
        written(root / NAME, b"other")

    with target("without-links", source, root, NAME, taken) as process:
        path = process.communicate(timeout=60)[0].decode()

    assert path == str(NAME if taken == "never" else NAME.with_name("title [id] (2).mp4"))
    files = {path: CONTENT} if taken == "never" else {path: CONTENT, str(NAME): b"other"}
    assert tree(root) == {"channel": None, "channel/2024": None, **files}


# Kills


def target(*arguments: PurePath | str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.integration.transfer_target", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


@pytest.mark.parametrize("seed", range(10))
def test_a_kill_at_any_moment_leaves_whole_files_and_what_is_swept(
    source: Path, root: Path, seed: int
) -> None:
    with target("for-ever", source, root) as process:
        assert process.stdout
        process.stdout.read(random.Random(seed).randrange(1, 80))
        process.kill()

    left = tree(root)
    files = {path: content for path, content in left.items() if content is not None}
    whole = {path for path in files if not Path(path).name.startswith(".ytarchive-tmp-")}
    assert all(files[path] == CONTENT for path in whole)
    for path in whole:
        assert path.removesuffix(".mp4") + ".info.json" in whole or path.endswith(".info.json")

    swept = sweep_temporaries(root, older_than=-1)

    assert {str(path.relative_to(root)) for path in swept} == files.keys() - whole
    assert {path for path, content in tree(root).items() if content is not None} == whole
