from pathlib import Path

import pytest

from tests.ytsim.reply import FileBody, file_reply


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(bytes(100))
    return path


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=90-", 90, 100), ("bytes=90-500", 90, 100), ("bytes=99-99", 99, 100)],
)
def test_a_range_is_the_part_of_the_file_it_names(file: Path, wanted: str, start: int, end: int) -> None:
    reply = file_reply(file, "video/mp4", wanted)

    assert (reply.status, reply.body) == (206, FileBody(file, start, end))
    assert reply.headers["Content-Range"] == f"bytes {start}-{end - 1}/100"
    assert reply.length == end - start


@pytest.mark.parametrize("wanted", [None, "", "bytes=-5", "lines=1-2", "bytes=1-2,4-5"])
def test_a_file_is_sent_whole_without_a_range_that_is_understood(file: Path, wanted: str | None) -> None:
    reply = file_reply(file, "video/mp4", wanted)

    assert (reply.status, reply.body) == (200, FileBody(file, 0, 100))


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=60-50"])
def test_a_range_outside_the_file_cannot_be_satisfied(file: Path, wanted: str) -> None:
    reply = file_reply(file, "video/mp4", wanted)

    assert (reply.status, reply.length) == (416, 0)
    assert reply.headers == {"Content-Range": "bytes */100"}


def test_what_is_missing_of_a_file_is_nowhere_promised(file: Path) -> None:
    assert file_reply(file, "video/mp4", missing=0.3).length == 70
    assert (
        file_reply(file, "video/mp4", "bytes=60-", missing=0.3).headers["Content-Range"] == "bytes 60-69/70"
    )
    assert file_reply(file, "video/mp4", "bytes=70-", missing=0.3).status == 416
