import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from schemas.common import Role
from schemas.fixity import Trouble
from tests.library import copy, put, row
from tests.permissions import held_by_permissions
from ytarchive.library.inventory import ROWS, SUMS, channels, enter
from ytarchive.library.rebuilt import Rebuilt, rebuild

INFO = (
    b'{"id": "video-7", "extractor_key": "Youtube", "title": "Seven", "duration": 12, "channel": "Channel",'
    b' "webpage_url": "https://www.youtube.com/watch?v=video-7", "upload_date": "20240506"}'
)
STEM = "Channel/2024/2024-05-06 - Seven [video-7]"


def test_what_a_library_lists_is_all_that_was_archived(tmp_path: Path) -> None:
    rows = [enter(tmp_path, copy(tmp_path, number)) for number in (1, 2)]
    (tmp_path / ".ytarchive" / "staging").mkdir(parents=True)

    assert channels(tmp_path) == ["Channel"]
    assert rebuild(tmp_path, "Channel") == Rebuilt(rows, [], [])


def test_what_cannot_be_what_is_listed_is_told_and_read(tmp_path: Path) -> None:
    """Given a file of another size, and one of which the lists say different things."""
    one = enter(tmp_path, copy(tmp_path, 1))
    media, info = one.files
    (tmp_path / media.path).write_bytes(b"longer than before")
    sums = tmp_path / "Channel" / SUMS
    sums.write_bytes(sums.read_bytes().replace(info.sha256.encode(), b"0" * 64))

    found = rebuild(tmp_path, "Channel")

    now = hashlib.sha256(b"longer than before").hexdigest()
    assert found.rows[0].files == (msgspec.structs.replace(media, bytes=18, sha256=now), info)
    assert found.unknown == []
    assert [(one.kind, one.path, one.detail) for one in found.found] == [
        (Trouble.ALTERED, media.path, f"18 bytes on disk, {media.bytes} in {ROWS}"),
        (Trouble.ALTERED, info.path, f"{SUMS} and {ROWS} have another SHA-256 of it"),
    ]
    (tmp_path / media.path).unlink()
    (tmp_path / info.path).unlink()
    none = rebuild(tmp_path, "Channel")
    assert (none.rows, none.unknown) == ([], [])
    assert {(one.kind, one.path) for one in none.found} == {
        (Trouble.MISSING, media.path),
        (Trouble.MISSING, info.path),
    }


def test_what_is_listed_and_not_there_is_told(tmp_path: Path) -> None:
    """Given a row, or a sum of which no row tells, whose file is gone, or is no file."""
    one, two, three = (enter(tmp_path, copy(tmp_path, number)) for number in (1, 2, 3))
    text = (tmp_path / "Channel" / ROWS).read_bytes().splitlines(keepends=True)
    (tmp_path / "Channel" / ROWS).write_bytes(text[0] + text[1])
    for file in (one.files[0], two.files[0], three.files[0]):
        (tmp_path / file.path).unlink()
    (tmp_path / two.files[0].path).symlink_to(two.files[1].path)

    told = {(one.kind, one.path) for one in rebuild(tmp_path, "Channel").found}

    assert told == {
        (Trouble.MISSING, one.files[0].path),
        (Trouble.ALTERED, two.files[0].path),
        (Trouble.MISSING, three.files[0].path),
    }


def test_what_cannot_be_listed_or_read_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    one, two = (enter(tmp_path, copy(tmp_path, number)) for number in (1, 2))
    put(tmp_path, {"Channel/2023/Other [x].mp4": b"media", "Channel/2023/Other [x].info.json": INFO})
    enter(tmp_path, row(3, put(tmp_path, {"Channel/2025/Third [y].mp4": b"third"})))
    (tmp_path / "Channel" / SUMS).chmod(0)
    (tmp_path / "Channel/2025").chmod(0)
    (tmp_path / "Channel/2023/Other [x].mp4").chmod(0)

    with held_by_permissions():
        found = rebuild(tmp_path, "Channel")

    assert {(one.kind, one.path) for one in found.found} == {
        (Trouble.UNREADABLE, f"Channel/{SUMS}"),
        (Trouble.UNREADABLE, "Channel/2025"),
        (Trouble.UNREADABLE, "Channel/2023/Other [x].mp4"),
    }
    assert found.rows[:2] == [one, two]
    assert [file.path for file in found.rows[2].files] == ["Channel/2023/Other [x].info.json"]
    assert found.unknown == []
    (tmp_path / "Channel/2025").chmod(0o755)


def test_an_info_document_that_cannot_be_read_tells_nothing(tmp_path: Path) -> None:
    put(tmp_path, {f"{STEM}.mp4": b"media", f"{STEM}.info.json": INFO})
    (tmp_path / f"{STEM}.info.json").chmod(0)
    with held_by_permissions():
        found = rebuild(tmp_path, "Channel")
    assert [one.path for one in found.found] == [f"{STEM}.info.json"]
    assert (found.rows, found.unknown) == ([], [f"{STEM}.mp4"])


def test_no_name_can_make_a_terminal_obey_or_a_catalogue_fail(tmp_path: Path) -> None:
    put(tmp_path, {"Channel/\x1b[2J\udcff [x].mp4": b"media", "Channel/\x1b[2J\udcff [x].info.json": INFO})
    assert rebuild(tmp_path, "Channel") == Rebuilt(
        [], [r"Channel/\x1b[2J\xff [x].info.json", r"Channel/\x1b[2J\xff [x].mp4"], []
    )


def test_without_a_catalogue_the_info_document_tells_what_a_video_is(tmp_path: Path) -> None:
    """Given what was archived before there was a catalogue, and archived again once."""
    old = put(
        tmp_path,
        {
            f"{STEM}.mp4": b"media",
            f"{STEM}.info.json": INFO.replace(b"Seven", b"Seventh"),
            f"{STEM} (2).info.json": INFO,
            f"{STEM}.en.vtt": b"words",
        },
    )
    for file in old:
        os.utime(tmp_path / file.path, (1e9, 1e9))
    listed = enter(tmp_path, copy(tmp_path, 1))

    found = rebuild(tmp_path, "Channel")

    assert found.unknown == []
    known, told = found.rows
    assert known == listed
    assert (told.site, told.video_id, told.title, told.duration) == ("youtube", "video-7", "Seven", 12.0)
    assert (told.job_id, told.archived_at) == (None, datetime.fromtimestamp(1e9, UTC))
    assert told.files[0].role is Role.MEDIA
    assert set(told.files) == set(old)


def test_an_info_document_that_is_not_as_it_is_listed_is_told(tmp_path: Path) -> None:
    """Given no catalogue: then what the video is would be believed of a forged document."""
    enter(tmp_path, row(1, put(tmp_path, {f"{STEM}.mp4": b"media", f"{STEM}.info.json": INFO})))
    (tmp_path / "Channel" / ROWS).unlink()
    forged = INFO.replace(b"Seven", b"Eight")
    (tmp_path / f"{STEM}.info.json").write_bytes(forged)

    found = rebuild(tmp_path, "Channel")

    assert [(one.kind, one.path) for one in found.found] == [(Trouble.ALTERED, f"{STEM}.info.json")]
    (told,) = found.rows
    assert told.title == "Eight"
    assert told.files[1].sha256 == hashlib.sha256(forged).hexdigest()


def test_of_what_nothing_tells_the_paths_are_told(tmp_path: Path) -> None:
    stray = {"Channel/notes.mp4": b"notes", f"{STEM}.mp4": b"media"}
    for number, info in enumerate((b"[]", b"{}", b"{", b'{"id": "\xe5"}', b"[" * 100_000, b"")):
        stray |= {f"Channel/2024/{number} [x].info.json": info, f"Channel/2024/{number} [x].mp4": b"media"}
    put(tmp_path, stray)

    assert rebuild(tmp_path, "Channel") == Rebuilt([], sorted(stray), [])


def test_a_damaged_catalogue_costs_only_what_it_told(tmp_path: Path) -> None:
    put(tmp_path, {f"{STEM}.mp4": b"media", f"{STEM}.info.json": INFO})
    whole = enter(tmp_path, copy(tmp_path, 1))
    path = tmp_path / "Channel" / ROWS
    path.write_bytes(b"{}\n" + path.read_bytes() + b'{"title": ')

    found = rebuild(tmp_path, "Channel")

    assert found.rows[0] == whole
    assert [one.title for one in found.rows] == ["Title", "Seven"]
    assert msgspec.structs.replace(found.rows[1], files=whole.files).job_id is None
