"""The Library of Congress's validator is the judge."""

from datetime import date
from pathlib import Path

import bagit
import msgspec
import pytest

from schemas.catalogue import CatalogueRow
from tests.library import copy
from ytarchive.errors import YtarchiveError
from ytarchive.library import bag
from ytarchive.library.bag import Bagged
from ytarchive.library.documents import held

TODAY = date(2026, 1, 2)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


def made(library: Path, *rows: CatalogueRow, link: bool = False) -> Path:
    place = library.parent / "bag"
    done = bag.write(rows, library, place, link=link, agent="ytarchive 1", today=TODAY)
    files = {file.path: file.bytes for row in rows for file in row.files}
    assert done == Bagged(len(rows), len(files), sum(files.values()))
    return place


@pytest.mark.parametrize("link", [False, True])
def test_a_bag_is_valid_and_holds_what_was_archived_and_nothing_else(library: Path, *, link: bool) -> None:
    rows = [copy(library, 1), copy(library, 2, title="ünïcödé 動画")]
    shared = msgspec.structs.replace(rows[0], job_id="f" * 16)
    copy(library, 3)

    place = made(library, *rows, shared, link=link)

    judged = bagit.Bag(str(place))
    judged.validate()
    assert judged.version_info == (1, 0)
    assert set(judged.payload_entries()) == {f"data/{file.path}" for row in rows for file in row.files}
    assert judged.info["Bagging-Date"] == "2026-01-02"
    assert (place / "data" / rows[0].files[0].path).samefile(library / rows[0].files[0].path) is link
    text = (place / "catalogue.jsonl").read_bytes()
    assert [msgspec.json.decode(line, type=CatalogueRow) for line in text.splitlines()] == [*rows, shared]


def test_what_somebody_left_who_was_killed_goes_with_the_next_and_what_is_being_made_does_not(
    library: Path,
) -> None:
    row = copy(library, 1)
    left, busy, other = (library.parent / name for name in (".bag.bag-left", ".bag.bag-busy", ".bags.bag-x"))
    for folder in (left, busy, other):
        (folder / "data").mkdir(parents=True)

    with held(busy):
        made(library, row)

    assert (left.exists(), busy.exists(), other.exists()) == (False, True, True)
    assert {path.name for path in library.parent.glob(".bag.*")} == {busy.name}


def test_what_is_changed_in_a_bag_is_found(library: Path) -> None:
    place = made(library, one := copy(library, 1))
    (place / "data" / one.files[0].path).write_bytes(b"other")

    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(place)).validate()


@pytest.mark.parametrize(
    ("title", "version", "written"),
    [("100% real", "0.97", "100% real"), ("%0d", "1.0", "%250d"), ("100 %0A %", "1.0", "100 %250A %25")],
)
def test_a_per_cent_sign_means_the_same_to_every_reader(
    library: Path, title: str, version: str, written: str
) -> None:
    place = made(library, copy(library, 1, title=title))

    assert (place / "bagit.txt").read_text().startswith(f"BagIt-Version: {version}\n")
    assert f"data/Channel/2024/{written} [video-1].mp4\n" in (place / "manifest-sha256.txt").read_text()
    if version == "0.97":
        bagit.Bag(str(place)).validate()


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("damage", ["altered", "missing", "a link out of the library"])
def test_what_is_not_as_it_was_archived_is_put_into_no_bag(library: Path, damage: str, *, link: bool) -> None:
    one = copy(library, 1)
    path = library / one.files[1].path
    content = path.read_bytes()
    path.unlink()
    if damage == "altered":
        path.write_bytes(content[:-1] + b"x")
    elif damage != "missing":
        (library.parent / "secret").write_bytes(content)
        path.symlink_to(library.parent / "secret")

    with pytest.raises(YtarchiveError, match="is not as it was archived"):
        made(library, one, link=link)

    assert {path.name for path in library.parent.iterdir()} <= {"library", "secret"}


def test_nothing_is_written_where_something_is(library: Path) -> None:
    (library.parent / "bag").mkdir(parents=True)

    with pytest.raises(FileExistsError):
        made(library, copy(library, 1))

    assert not any((library.parent / "bag").iterdir())
