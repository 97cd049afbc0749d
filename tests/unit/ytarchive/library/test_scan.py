import os
from pathlib import Path

import pytest

from tests.permissions import held_by_permissions
from ytarchive.library.scan import LibraryAway, Place, Seen, scan, written


def names(library: Path) -> list[Seen]:
    def unlisted(folder: str, error: OSError) -> None:
        raise AssertionError(f"{folder}: {error}")

    return sorted(scan(library, unlisted))


def test_every_file_is_given_once_but_what_we_keep_there_ourselves(tmp_path: Path) -> None:
    for path in (
        "stray",
        "Channel/2024/a.mp4",
        "Channel/SHA256SUMS",
        "Channel/2024/SHA256SUMS",
        "SHA256SUMS",
        "Channel/2024/.ytarchive-tmp-0123",
        ".ytarchive/evidence/x",
        "Channel/.ytarchive/x",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"123")
    assert names(tmp_path) == [
        Seen("Channel/.ytarchive/x", 3),
        Seen("Channel/2024/SHA256SUMS", 3),
        Seen("Channel/2024/a.mp4", 3),
        Seen("SHA256SUMS", 3),
        Seen("stray", 3),
    ]


def test_folders_that_may_not_be_listed_are_told_but_the_file_systems_own(tmp_path: Path) -> None:
    told: list[str] = []
    for folder, mode in (("hidden", 0), ("lost+found", 0), ("names only", 0o444)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").touch()
        (tmp_path / folder).chmod(mode)
    with held_by_permissions():
        seen = list(scan(tmp_path, lambda folder, _error: told.append(folder)))
    assert (seen, told) == ([Seen("names only/a", None)], ["hidden"])
    for folder in ("hidden", "lost+found", "names only"):
        (tmp_path / folder).chmod(0o755)


def test_links_are_given_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert names(tmp_path) == [Seen("loop", None), Seen("pipe", None)]


def test_a_name_that_is_no_text_can_be_written_down(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.mp4")).touch()
    ((path, _),) = names(tmp_path)
    assert written(path) == "\\xff.mp4"
    assert written("Ein „Titel“ 🎬") == "Ein „Titel“ 🎬"
    assert written("new\nline\x1b[31mred") == "new\\nline\\x1b[31mred"


def test_a_folder_that_cannot_be_listed_is_told_of(tmp_path: Path) -> None:
    told: list[str] = []
    assert (
        list(scan(tmp_path / "gone", lambda folder, error: told.append(f"{folder} {error.strerror}"))) == []
    )
    assert told == [" No such file or directory"]


def test_a_library_that_goes_or_becomes_another_is_away(tmp_path: Path) -> None:
    library = tmp_path / "library"
    with pytest.raises(LibraryAway, match="is not there"):
        Place(library)
    library.mkdir()
    place = Place(library)
    place.check()
    library.rename(tmp_path / "unmounted")
    with pytest.raises(LibraryAway, match="is not there"):
        place.check()
    library.mkdir()
    with pytest.raises(LibraryAway, match="is another than before"):
        place.check()
