import tracemalloc
from pathlib import Path

import msgspec
import pytest

from cli.sources import Bad, Sources, complaints, read_sources
from cli.submission import submission
from ytarchive.errors import UsageError
from ytarchive.settings import Settings

ZOO, OTHER = (f"https://www.youtube.com/watch?v={id_}" for id_ in ("jNQXAC9IVRw", "dQw4w9WgXcQ"))
CHANNEL = "https://www.youtube.com/@jawed"
MEGABYTE = 1 << 20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "urls.txt"


def test_each_address_is_asked_for_once_however_it_is_written(settings: Settings, file: Path) -> None:
    file.write_text(f"https://youtu.be/jNQXAC9IVRw\n{CHANNEL}\n{ZOO}&t=4\n{OTHER}\n")
    found = read_sources(settings, [ZOO, CHANNEL], [str(file), str(file)])
    assert found.urls == (ZOO, CHANNEL, OTHER)
    assert found.videos == {ZOO, OTHER}
    assert found.title == f"{ZOO} and 2 more"


def test_comments_empty_lines_remarks_and_a_byte_order_mark_are_no_addresses(
    settings: Settings, file: Path
) -> None:
    lines = f"\ufeff # mine\r\n\r\n; and\r\n] so\r\n\t{ZOO}  # the first\r\n{OTHER}#t=4\r\n".encode()
    file.write_bytes(lines)
    assert read_sources(settings, [], [str(file)]) == Sources((ZOO, OTHER), frozenset({ZOO, OTHER}), True)
    file.write_bytes(f"\ufeff{ZOO}".encode())
    assert read_sources(settings, [], [str(file)]).urls == (ZOO,)


def test_a_bad_line_is_left_out_and_named_and_the_rest_goes_on(settings: Settings, file: Path) -> None:
    file.write_text(f"nothing\n{ZOO}\nhttps://example.org/\n")
    found = read_sources(settings, [], [str(file)])
    assert (found.urls, found.left_out) == ((ZOO,), 2)
    assert found.bad == (
        Bad(f"{file}, line 1", "not a web address: 'nothing'"),
        Bad(f"{file}, line 3", "not a YouTube address: https://example.org/"),
    )
    assert list(complaints(found)) == [f"left out: {where}: {why}" for where, why in found.bad]


def test_a_list_beside_a_video_is_not_meant_and_that_is_said(settings: Settings) -> None:
    found = read_sources(settings, [f"{ZOO}&list=RDzoo", f"{OTHER}&list=<>"], [])
    assert found.urls == (ZOO, OTHER)
    (told,) = complaints(found)
    assert told.startswith("left out: the list beside a video")
    assert told.endswith("https://www.youtube.com/playlist?list=RDzoo")


def test_of_many_bad_lines_the_first_are_named_and_the_others_counted(settings: Settings, file: Path) -> None:
    file.write_text("junk\n" * 11 + f"https:{'x' * 9000}\n" * 1000 + ZOO)
    *named, last = complaints(read_sources(settings, [], [str(file)]))
    assert named == [f"left out: {file}, line {line}: not a web address: 'junk'" for line in range(1, 11)]
    assert last == "left out: 1,001 more lines that are no addresses"
    file.write_text("junk\n" * 11 + ZOO)
    assert [*complaints(read_sources(settings, [], [str(file)]))][-1].endswith(
        "1 more line that is no address"
    )


@pytest.mark.parametrize(
    "junk",
    [
        b"x" * 10 * MEGABYTE,
        b"https://" + b"y" * 10 * MEGABYTE,
        b"\xff\x00\r" * (MEGABYTE // 8),
        b"ab\n" * (MEGABYTE // 8),
    ],
    ids=["one line", "one address", "no text", "many lines"],
)
def test_megabytes_of_junk_are_passed_over_and_not_kept(settings: Settings, file: Path, junk: bytes) -> None:
    file.write_bytes(junk + b"\n" + ZOO.encode() + b"\n")
    tracemalloc.start()
    try:
        found = read_sources(settings, [], [str(file)])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.urls == (ZOO,)
    assert len(found.bad) <= 10
    assert most < MEGABYTE


def test_a_bad_address_on_the_command_line_is_told_before_anything_is_asked_for(settings: Settings) -> None:
    with pytest.raises(UsageError, match="not a YouTube address"):
        read_sources(settings, [ZOO, "https://example.org/"], [])
    elsewhere = msgspec.structs.replace(settings, sites="all")
    assert read_sources(elsewhere, ["https://example.org/"], []).urls == ("https://example.org/",)


@pytest.mark.parametrize(
    ("name", "why"), [("missing", "No such file"), (".", "Is a directory"), ("\0", "null")]
)
def test_a_file_that_cannot_be_read_is_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=why) as raised:
        read_sources(settings, [ZOO], [name])
    assert str(raised.value).startswith(f"{name}: ")


def test_where_no_address_is_left_the_first_line_says_why(settings: Settings, file: Path) -> None:
    file.write_text("# only\nthis\nand that\n")
    with pytest.raises(UsageError) as raised:
        read_sources(settings, [], [str(file)])
    lines = f"of 2 lines none is one; {file}, line 2: not a web address: 'this'"
    assert str(raised.value) == f"no address was given; {lines}"
    with pytest.raises(UsageError, match=r"^no address was given$"):
        read_sources(settings, [], [])


def test_videos_are_jobs_by_themselves_and_anything_else_makes_a_batch(
    settings: Settings, file: Path
) -> None:
    alone = submission(read_sources(settings, [ZOO, OTHER], []))
    assert (list(alone.jobs.values()), alone.batch_id) == ([ZOO, OTHER], "")
    assert len(set(alone.jobs)) == 2
    file.write_text(ZOO)
    for urls, files in (([ZOO, CHANNEL], []), ([], [str(file)])):
        together = submission(read_sources(settings, urls, files))
        assert not together.jobs
        assert len(together.batch_id) == 16
