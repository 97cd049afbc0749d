"""Which of the files that were downloaded again takes the place of which damaged one."""

from pathlib import PurePosixPath

import pytest

from schemas.common import ArchivedFile, Role, StagedFile
from ytarchive.library.layout import suffix_of
from ytarchive.library.mending import pieces

STEM = "Channel/2024/2024-05-06 - A [b] [id]"


def due(suffix: str, role: Role, number: str = "") -> ArchivedFile:
    return ArchivedFile(path=f"{STEM}{number}{suffix}", role=role, bytes=1, sha256="0" * 64)


def staged(suffix: str, role: Role) -> StagedFile:
    return StagedFile(name=f"media{suffix}", suffix=suffix, role=role, bytes=1)


STAGED = (
    staged(".info.json", Role.INFO),
    staged(".webm", Role.MEDIA),
    staged(".webp", Role.THUMBNAIL),
    staged(".en.vtt", Role.SUBTITLES),
)


def test_each_file_is_replaced_by_the_one_of_its_role_and_suffix_media_first() -> None:
    found = pieces([due(".info.json", Role.INFO), due(".webm", Role.MEDIA)], STAGED)
    assert [(piece.staged.suffix, piece.path.as_posix()) for piece in found] == [
        (".webm", f"{STEM}.webm"),
        (".info.json", f"{STEM}.info.json"),
    ]


@pytest.mark.parametrize("number", ["", " (2)"])
def test_another_format_is_named_after_the_old_one(number: str) -> None:
    found = pieces([due(".mp4", Role.MEDIA, number), due(".jpg", Role.THUMBNAIL, number)], STAGED)
    assert [piece.path.as_posix() for piece in found] == [f"{STEM}{number}.webm", f"{STEM}{number}.webp"]


def test_subtitles_of_another_language_are_no_replacement_nor_is_anything_for_what_we_did_not_name() -> None:
    strange = ArchivedFile(path="Channel/movie.mp4", role=Role.MEDIA, bytes=1, sha256="0" * 64)
    assert pieces([due(".de.vtt", Role.SUBTITLES), due(".txt", Role.DESCRIPTION), strange], STAGED) == []


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("A [id].mp4", ".mp4"),
        ("A [id] (2).mp4", ".mp4"),
        ("A [id].en-orig.vtt", ".en-orig.vtt"),
        ("A.B [c].d [id].info.json", ".info.json"),
        ("notes.txt", ""),
    ],
)
def test_a_suffix_follows_the_id(name: str, suffix: str) -> None:
    assert suffix_of(PurePosixPath("Channel", name)) == suffix
