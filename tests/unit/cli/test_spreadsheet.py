import csv
import io
from datetime import UTC, datetime

import pytest

from cli import spreadsheet
from schemas.catalogue import CatalogueRow
from schemas.common import ArchivedFile, Role

FILES = tuple(
    ArchivedFile(path=f"=1+1/x{suffix}", role=role, bytes=5, sha256="a" * 64)
    for suffix, role in ((".mp4", Role.MEDIA), (".jpg", Role.THUMBNAIL))
)


def row(title: str) -> CatalogueRow:
    return CatalogueRow(
        site="youtube",
        video_id="-dQw4w9WgXc",
        title=title,
        url="https://www.youtube.com/watch?v=-dQw4w9WgXc",
        channel="=1+1",
        duration=12.5,
        archived_at=datetime(2026, 1, 2, tzinfo=UTC),
        job_id="0" * 16,
        files=FILES,
    )


def read(*rows: CatalogueRow) -> list[dict[str, str]]:
    text = b"".join(spreadsheet.lines(rows)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_there_is_a_line_for_each_file_and_a_column_for_whatever_is_known() -> None:
    first, second = read(row('a, "b"\nc'))

    assert tuple(first) == spreadsheet.COLUMNS
    assert first == {
        "site": "youtube",
        "video_id": "-dQw4w9WgXc",
        "title": 'a, "b"\nc',
        "url": "https://www.youtube.com/watch?v=-dQw4w9WgXc",
        "channel": "'=1+1",
        "channel_id": "",
        "upload_date": "",
        "duration": "12.5",
        "live_status": "",
        "archived_at": "2026-01-02T00:00:00Z",
        "job_id": "0" * 16,
        "path": "./=1+1/x.mp4",
        "role": "media",
        "bytes": "5",
        "sha256": "a" * 64,
    }
    assert (second["path"], second["title"]) == ("./=1+1/x.jpg", first["title"])


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_title_is_a_formula(sign: str) -> None:
    title = f'{sign}cmd|" /C calc"!A0'
    assert {one["title"] for one in read(row(title))} == {f"'{title}"}


@pytest.mark.parametrize("title", ["1+1=2", "a-b", "", "'quoted'", " = spaced"])
def test_any_other_title_stays_as_it_is(title: str) -> None:
    assert {one["title"] for one in read(row(title))} == {title}
