"""What others can do with an archive, and what is left of it where we are not: coreutils and bagit judge."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import bagit
import pytest

from cli.__main__ import main
from tests.corruption.damage import KINDS, Library
from tests.corruption.library import round_of_files
from tests.e2e.home import Ended, Home, Json
from tests.permissions import held_by_permissions
from tests.ytsim.server import YtSim
from ytarchive.library.inventory import ROWS, SUMS


@pytest.fixture(scope="module")
def kept(shared_home: Home, ytsim: YtSim) -> Iterator[Home]:
    """A home with two videos in it, and everything running."""
    ytsim.reset()
    with shared_home.up():
        jobs = shared_home.submit(*map(ytsim.watch_url, ytsim.ids[:2]))
        for job in jobs:
            shared_home.until_ended(job)
        yield shared_home


Ask = Callable[..., Ended]


@pytest.fixture
def ask(kept: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Ask:
    """Run a command in this process, which must end with `code`: a program of its own would take a second."""

    def run(*words: object, code: int = 0, **environment: str) -> Ended:
        for name, value in (kept.environment | environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["ytarchive", *map(str, words)])
        ended = main()
        out, err = capfd.readouterr()
        assert ended == code, f"{words}: exit {ended}\n{out}\n{err}"
        return Ended(ended, out, err)

    return run


def channel(home: Home) -> Path:
    """Give the folder of the only channel."""
    (folder,) = (path for path in home.library.iterdir() if path.name != ".ytarchive")
    return folder


def verified(folder: Path) -> list[str]:
    """Have coreutils verify a folder, and give what they find whole."""
    judge = ["sha256sum", "--check", "--strict", SUMS]
    judged = subprocess.run(judge, cwd=folder, capture_output=True, text=True, check=True)
    return [line.removesuffix(": OK") for line in judged.stdout.splitlines()]


def in_order(ended: Ended) -> list[Json]:
    """Give the rows of a catalogue, oldest first."""
    return sorted(ended.lines, key=lambda row: str(row["archived_at"]))


def test_coreutils_verify_all_that_is_in_the_library(kept: Home, ask: Ask) -> None:
    folder = channel(kept)
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert sorted([*verified(folder), SUMS, ROWS]) == sorted(there)
    assert len(there) == 14
    ask("sums", "--check")


def test_the_catalogue_is_the_same_from_the_log_from_the_files_and_in_the_library(
    kept: Home, ask: Ask, tmp_path: Path
) -> None:
    rows = in_order(ask("catalogue", "export"))
    assert {file["path"]: file["bytes"] for row in rows for file in row["files"]} == kept.files()
    from_log = ask("rebuild", "--from-log", "--jsonl")
    assert in_order(from_log) == rows
    # neither log nor server
    alone = {"YTARCHIVE_STATE_DIR": str(tmp_path / "none")}
    assert ask("rebuild", "--from-library", **alone).out == from_log.out
    (tmp_path / "empty").mkdir()
    empty = ask("rebuild", "--from-library", code=1, **alone, YTARCHIVE_LIBRARY_DIR=str(tmp_path / "empty"))
    assert "holds nothing that was archived" in empty.err
    lost = ask("audit", code=3, **alone)
    assert "`ytarchive restore` brings it back" in lost.err
    assert list(map(json.loads, (channel(kept) / ROWS).read_bytes().splitlines())) == rows
    assert ask("rebuild", "--compare", "--json").document == {
        "ok": True,
        "log": 2,
        "library": 2,
        "differences": [],
        "unknown": [],
        "problems": [],
    }

    sheet = tmp_path / "catalogue.csv"
    told = ask("catalogue", "export", sheet, "--csv", "--json").document
    size = sum(file["bytes"] for row in rows for file in row["files"])
    assert told == {"path": str(sheet), "videos": 2, "files": 12, "bytes": size, "problems": []}
    with sheet.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["sha256"] for line in lines] == [
        file["sha256"] for row in ask("catalogue", "export").lines for file in row["files"]
    ]


def test_what_the_library_does_not_say_of_itself_any_more_is_told_and_written_from_the_log(
    kept: Home, ask: Ask
) -> None:
    folder = channel(kept)
    before = {name: (folder / name).read_bytes() for name in (SUMS, ROWS)}
    (folder / ROWS).unlink()
    (folder / SUMS).write_bytes(before[SUMS].partition(b"\n")[2])

    findings = ask("sums", "--check", "--json", code=1).document["findings"]
    assert [(one["kind"], one["path"]) for one in findings] == [
        ("altered", f"{folder.name}/{SUMS}"),
        ("missing", f"{folder.name}/{ROWS}"),
    ]
    differences = ask("rebuild", "--compare", "--json", code=1).document["differences"]
    assert {one["detail"] for one in differences} == {"log and library differ in archived_at, job_id"}

    assert ask("sums", "--json").document["written"] == [folder.name]
    for name, text in before.items():  # in an order of its own
        assert sorted((folder / name).read_bytes().splitlines()) == sorted(text.splitlines())
    ask("rebuild", "--compare")


def test_a_bag_passes_the_validator_of_the_library_of_congress(kept: Home, ask: Ask, tmp_path: Path) -> None:
    one = ask("catalogue", "export").lines[0]
    for name, words in {"all": (), "one": ("--job", one["job_id"], "--link")}.items():
        told = ask("export", "--bagit", tmp_path / name, *words, "--json").document
        bag = bagit.Bag(str(tmp_path / name))
        bag.validate()
        assert len(list(bag.payload_entries())) == told["files"] == (12 if name == "all" else 6)

    taken = ask("export", "--bagit", tmp_path / "all", "--channel", channel(kept).name, code=1)
    assert "is there already" in taken.err
    assert "nothing archived" in ask("export", "--bagit", tmp_path / "x", "--channel", "none", code=2).err
    assert {path.name for path in tmp_path.iterdir()} == {"all", "one"}


def test_what_makes_no_sense_is_refused(kept: Home, ask: Ask, tmp_path: Path) -> None:
    assert "rebuild from what?" in ask("rebuild", code=2).err
    assert "both CSV and JSON" in ask("catalogue", "export", "--csv", "--json", code=2).err
    ask("catalogue", "export", tmp_path / "no" / "folder", code=1)
    assert "there is no folder" in ask("export", "--bagit", tmp_path / "no" / "bag", code=2).err
    away = ask("rebuild", "--from-library", code=1, YTARCHIVE_STATE_DIR="/x", YTARCHIVE_LIBRARY_DIR="/y")
    assert "the library /y is not there" in away.err


def test_an_empty_mount_is_no_library_that_lost_everything(kept: Home, ask: Ask, tmp_path: Path) -> None:
    away = kept.library.rename(tmp_path / "away")
    kept.library.mkdir()
    try:
        (kept.library / "lost+found").mkdir()
        (kept.library / "README").write_text("the disk is not mounted")
        for words in (
            ["sums"],
            ["sums", "--check"],
            ["rebuild", "--compare"],
            ["rebuild", "--from-library"],
            ["export", "--bagit", tmp_path / "bag"],
        ):
            assert "holds no" in ask(*words, code=1).err
        assert {path.name for path in kept.library.iterdir()} == {"README", "lost+found"}
    finally:
        shutil.rmtree(kept.library)
        away.rename(kept.library)


def test_a_list_or_a_folder_that_may_not_be_read_is_named_and_all_else_is_done(kept: Home, ask: Ask) -> None:
    folder = channel(kept)
    (folder / "stray.txt").write_text("perhaps it is listed")
    (folder / SUMS).chmod(0)
    try:
        with held_by_permissions():
            told = [ask(*words, code=1) for words in _OVER_LISTS]
            hidden = next(path for path in folder.iterdir() if path.is_dir())
            hidden.chmod(0)
            rebuilt = ask("rebuild", "--from-library", code=1)
            hidden.chmod(0o755)
    finally:
        (folder / SUMS).chmod(0o644)
        (folder / "stray.txt").unlink()
    for one in told:
        assert f"{folder.name}/{SUMS}" in one.out + one.err
        assert "bug" not in one.out + one.err
    assert f"{folder.name}/{hidden.name}: the folder cannot be listed: Permission denied" in rebuilt.err
    ask("sums", "--check")


_OVER_LISTS: list[list[str]] = [
    ["sums"],
    ["sums", "--check"],
    ["quarantine", "--all"],
    ["rebuild", "--from-library"],
    ["repair", "--all"],
]


def test_an_audit_finds_what_was_done_to_the_files_and_nothing_else(kept: Home, tmp_path: Path) -> None:
    """Given one of everything to one file that `python -m tests.corruption library` does a thousand of."""
    library = Library(kept.library, tmp_path / "whole")
    kinds = set(KINDS) - {"unreadable list"}  # the two documents have enough to bear
    done, wrong = round_of_files(kept, library, "a slice", len(kinds), sorted(kinds))
    assert (set(done), wrong) == (kinds, "")
    assert kept.run("audit", "--deep", "--json").document["ok"]
