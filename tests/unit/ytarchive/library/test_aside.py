import hashlib
import os
from pathlib import Path

import pytest

from schemas.common import ArchivedFile, Role
from ytarchive.library.aside import (
    EVIDENCE,
    QUARANTINE,
    evidence_of,
    give_back,
    is_double,
    kept,
    put_aside,
    put_back,
    remove_empty,
    sweep_evidence,
)
from ytarchive.library.transfer import TransferError

JOB = "0123456789abcdef"
FILE = ArchivedFile(
    path="Channel/2024/a [id].mp4", role=Role.MEDIA, bytes=4, sha256=hashlib.sha256(b"good").hexdigest()
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "Channel").mkdir()
    return tmp_path


def put(library: Path, path: str, content: bytes) -> Path:
    place = library / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def test_what_is_put_aside_takes_the_place_of_nothing(library: Path) -> None:
    for content in (b"one", b"two"):
        put(library, "Channel/a [id].mp4", content)
        put_aside(library, "Channel/a [id].mp4", QUARANTINE)
    there = {path: (library / path).read_bytes() for path in kept(library, QUARANTINE)}
    folder = f"{QUARANTINE}/Channel"
    assert there == {f"{folder}/a [id].mp4": b"one", f"{folder}/a [id] (2).mp4": b"two"}
    assert not [*(library / "Channel").iterdir()]


def test_a_link_is_moved_as_a_link_and_comes_back_as_one(library: Path, tmp_path: Path) -> None:
    (library / "Channel" / "link").symlink_to("/nowhere")
    at = put_aside(library, "Channel/link", QUARANTINE)
    assert (library / at).readlink() == Path("/nowhere")
    put_back(library, at, "Channel/link")
    assert (library / "Channel" / "link").readlink() == Path("/nowhere")
    assert [*kept(library, QUARANTINE)] == []


def test_nothing_comes_back_over_anything(library: Path) -> None:
    at = put_aside(library, put(library, "Channel/a", b"one").relative_to(library).as_posix(), QUARANTINE)
    there = put(library, "Channel/a", b"two")
    with pytest.raises(FileExistsError):
        put_back(library, at, "Channel/a")
    assert (there.read_bytes(), (library / at).read_bytes()) == (b"two", b"one")
    with pytest.raises(ValueError, match="not a path inside"):
        put_aside(library, "../a", QUARANTINE)


@pytest.mark.parametrize("keep", [True, False])
def test_a_file_comes_back_to_its_place_and_the_bad_one_makes_room(library: Path, keep: bool) -> None:
    put(library, FILE.path, b"bad!")
    put(library, "Channel/elsewhere.mp4", b"good")
    give_back(library, "Channel/elsewhere.mp4", FILE, JOB, keep=keep)
    assert (library / FILE.path).read_bytes() == b"good"
    assert not (library / "Channel" / "elsewhere.mp4").exists()
    assert [*kept(library, evidence_of(JOB))] == [f"{evidence_of(JOB)}/{FILE.path}"] * keep


def test_what_is_archived_in_two_places_is_copied_from_the_one_to_the_other(library: Path) -> None:
    put(library, FILE.path, b"bad!")
    twin = put(library, "Other/twin.mp4", b"good")
    give_back(library, "Other/twin.mp4", FILE, JOB, keep=False, shared=True)
    assert (library / FILE.path).read_bytes() == twin.read_bytes() == b"good"
    assert (library / FILE.path).stat().st_ino != twin.stat().st_ino
    assert [*kept(library, evidence_of(JOB))] == []


def test_a_copy_takes_no_other_name_than_the_one_that_is_missed(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(library, "Other/twin.mp4", b"good")
    real = os.path.lexists

    def lexists(path: Path) -> bool:
        there = real(path)
        if path == library / FILE.path and not there:  # somebody puts another there a moment later
            put(library, FILE.path, b"mine")
        return there

    monkeypatch.setattr(os.path, "lexists", lexists)
    with pytest.raises(FileExistsError):
        give_back(library, "Other/twin.mp4", FILE, JOB, keep=False, shared=True)
    assert (library / FILE.path).read_bytes() == b"mine"
    assert [path.name for path in (library / FILE.path).parent.iterdir()] == ["a [id].mp4"]


def test_a_folder_that_is_gone_is_made_again(library: Path) -> None:
    put(library, "elsewhere.mp4", b"good")
    give_back(library, "elsewhere.mp4", FILE, JOB, keep=False)
    assert (library / FILE.path).read_bytes() == b"good"


def test_what_turns_out_not_to_be_the_file_stays_where_it_is(library: Path) -> None:
    put(library, FILE.path, b"bad!")
    put(library, "elsewhere.mp4", b"rot!")
    with pytest.raises(TransferError):
        give_back(library, "elsewhere.mp4", FILE, JOB, keep=False)
    assert (library / FILE.path).read_bytes() == b"bad!"
    assert (library / "elsewhere.mp4").read_bytes() == b"rot!"


def test_where_it_cannot_come_back_everything_is_as_it_was(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(library, FILE.path, b"bad!")
    put(library, "elsewhere.mp4", b"good")
    real, failed = os.link, list[object]()

    def link(source: Path, target: Path, **options: bool) -> None:
        if not failed:
            failed.append(target)
            raise OSError(5, "Input/output error")
        real(source, target, **options)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(OSError, match="Input/output error"):
        give_back(library, "elsewhere.mp4", FILE, JOB, keep=False)
    assert (library / FILE.path).read_bytes() == b"bad!"
    assert (library / "elsewhere.mp4").read_bytes() == b"good"


def test_who_was_stopped_between_both_names_is_known_by_the_one_file_they_name(library: Path) -> None:
    one = put(library, FILE.path, b"good")
    os.link(one, library / "other")
    put(library, "copy", b"good")
    assert is_double(library, "other", FILE.path)
    assert not is_double(library, "copy", FILE.path)
    assert not is_double(library, "nothing", FILE.path)


def test_empty_folders_of_the_evidence_go_but_those_into_which_something_may_come(library: Path) -> None:
    for name in ("ours", "busy", "new", "old", "full"):
        (library / EVIDENCE / name / "Channel").mkdir(parents=True)
    put(library, f"{EVIDENCE}/full/bad", b"")
    for name in ("old", "full"):
        os.utime(library / EVIDENCE / name, (0, 0))
    sweep_evidence(library, {"ours", "busy"}, {"busy"})
    assert {path.name for path in (library / EVIDENCE).iterdir()} == {"busy", "new", "full"}
    sweep_evidence(library / "Channel", {"ours"}, ())  # nothing was ever kept there


def test_folders_are_removed_as_far_as_nothing_is_in_them(library: Path) -> None:
    put(library, f"{evidence_of(JOB)}/a/b", b"")
    (library / evidence_of(JOB) / "c" / "d").mkdir(parents=True)
    remove_empty(library, evidence_of(JOB))
    assert [*kept(library, evidence_of(JOB))] == [f"{evidence_of(JOB)}/a/b"]
    assert not (library / evidence_of(JOB) / "c").exists()
