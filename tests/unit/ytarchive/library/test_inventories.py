import os
from pathlib import Path

import msgspec
import pytest

from schemas.catalogue import CatalogueRow
from schemas.commands import CancelJob
from schemas.fixity import Trouble
from schemas.results import MediaStored
from tests.jobs import JOB, OTHER, VERIFIED, VIDEO, Desk, downloaded, fetched, submit
from tests.library import AT, put
from tests.permissions import held_by_permissions
from ytarchive.library.aside import LISTINGS
from ytarchive.library.inventories import Inventories, noted
from ytarchive.library.inventory import ROWS, SUMS, enter


def arrive(library: Path, job_id: str) -> tuple[MediaStored, CatalogueRow]:
    """Store a video, and give what a storage actor would report."""
    files = put(library, {f"Channel/2024/Title [{job_id}].mp4": job_id.encode()})
    video = msgspec.structs.asdict(VIDEO)
    row = enter(library, CatalogueRow(**video, archived_at=AT, job_id=job_id, files=files))
    return MediaStored(
        job_id=job_id, attempt=1, node="here", files=files, verified=VERIFIED, stored_at=AT
    ), row


@pytest.fixture
def desk() -> Desk:
    """One job that stores, and one that was never asked for."""
    return Desk(submit(), fetched(), downloaded())


def here(library: Path, desk: Desk, node: str = "here") -> Inventories:
    return Inventories(library, desk.catalogue, node)


def test_what_is_listed_a_moment_before_the_log_has_it_is_no_fault(tmp_path: Path, desk: Desk) -> None:
    stored, _ = arrive(tmp_path, JOB)
    assert list(here(tmp_path, desk).faults()) == []

    desk.when(stored)
    assert list(here(tmp_path, desk).faults()) == []

    (tmp_path / "Channel" / SUMS).unlink()
    assert [one.path for one in here(tmp_path, desk).faults()] == [f"Channel/{SUMS}"]
    assert list(here(tmp_path / "unmounted", desk).faults()) == []


def test_what_only_a_newer_log_knows_stays_listed_and_nobody_takes_it_for_a_stray(
    tmp_path: Path, desk: Desk
) -> None:
    _, newer = arrive(tmp_path, OTHER)
    desk.when(arrive(tmp_path, JOB)[0])
    put(tmp_path, {"Channel/2024/stray.mp4": b"?"})

    assert list(here(tmp_path, desk).renew(noted(tmp_path))) == [("Channel", False)]

    assert noted(tmp_path) == {JOB, OTHER}
    assert here(tmp_path, desk).vouched() == {file.path for file in newer.files}
    assert here(tmp_path / "unmounted", desk).vouched() == set()


def test_what_a_job_did_not_archive_in_the_end_is_listed_no_more(tmp_path: Path, desk: Desk) -> None:
    arrive(tmp_path, JOB)
    desk.when(CancelJob(job_id=JOB))
    assert here(tmp_path, desk).vouched() == set()
    assert len(list(here(tmp_path, desk).faults())) == 2


def test_what_is_neither_in_the_log_nor_there_is_listed_no_more_but_what_came_since_it_was_read(
    tmp_path: Path, desk: Desk
) -> None:
    arrive(tmp_path, OTHER)
    before = noted(tmp_path)
    assert before == {OTHER}
    desk.when(arrive(tmp_path, JOB)[0])
    assert list(here(tmp_path, desk).faults()) == []
    (tmp_path / f"Channel/2024/Title [{OTHER}].mp4").unlink()
    assert len(list(here(tmp_path, desk).faults())) == 2
    arrive(tmp_path, late := "f" * 16)

    assert list(here(tmp_path, desk).renew(before)) == [("Channel", True)]
    assert list(here(tmp_path, desk).renew(before)) == [("Channel", False)]

    assert noted(tmp_path) == {JOB, late}
    kept = [tmp_path / LISTINGS / "Channel" / name for name in (SUMS, ROWS)]
    assert all(OTHER in path.read_text() for path in kept)
    assert sorted(kept[0].parent.iterdir()) == sorted(kept)  # once: the second time nothing was left out


def test_a_folder_that_is_gone_is_not_made_and_one_that_nobody_knows_is_left_as_it_is(
    tmp_path: Path, desk: Desk
) -> None:
    desk.when(arrive(tmp_path, JOB)[0])
    (tmp_path / "Channel").rename(elsewhere := tmp_path / "Elsewhere")

    assert list(here(tmp_path, desk).renew({JOB})) == []

    assert not (tmp_path / "Channel").exists()
    missing = [(Trouble.MISSING, f"Channel/{name}") for name in (SUMS, ROWS)]
    # the sums are still true of what lies there
    assert [(one.kind, one.path) for one in here(tmp_path, desk).faults()] == [
        *missing,
        (Trouble.UNEXPECTED, f"Elsewhere/{ROWS}"),
    ]
    assert here(tmp_path, desk).orphans() == []

    (elsewhere / "2024" / f"Title [{JOB}].mp4").unlink()  # it went back
    assert [(one.kind, one.path) for one in here(tmp_path, desk).faults()] == [
        *missing,
        *((Trouble.UNEXPECTED, f"Elsewhere/{name}") for name in (SUMS, ROWS)),
    ]
    assert sorted(here(tmp_path, desk).orphans()) == sorted(f"Elsewhere/{name}" for name in (SUMS, ROWS))
    assert here(tmp_path / "none", desk).orphans() == []


def test_what_is_no_list_is_kept_and_a_list_takes_its_place(tmp_path: Path, desk: Desk) -> None:
    desk.when(arrive(tmp_path, JOB)[0])
    before = (tmp_path / "Channel" / SUMS).read_bytes()
    for name, make in ((SUMS, os.mkfifo), (ROWS, Path.mkdir)):
        (tmp_path / "Channel" / name).unlink()
        make(tmp_path / "Channel" / name)
    (tmp_path / "Channel" / ROWS / "notes.txt").write_text("mine")

    assert noted(tmp_path) == set()
    due = here(tmp_path, desk)
    assert list(due.renew(noted(tmp_path))) == [("Channel", True)]

    assert due.kept == [f"{LISTINGS}/Channel/{name}" for name in (SUMS, ROWS)]
    assert (tmp_path / due.kept[1] / "notes.txt").read_text() == "mine"
    assert (tmp_path / "Channel" / SUMS).read_bytes() == before
    assert list(here(tmp_path, desk).faults()) == []


def test_what_is_no_list_can_be_put_aside_before_anything_is_listed(tmp_path: Path, desk: Desk) -> None:
    desk.when(arrive(tmp_path, JOB)[0])
    (tmp_path / "Channel" / SUMS).unlink()
    os.mkfifo(tmp_path / "Channel" / SUMS)
    (due := here(tmp_path, desk)).clear()
    assert due.kept == [f"{LISTINGS}/Channel/{SUMS}"]
    arrive(tmp_path, OTHER)  # nobody waits, and nothing is refused


def test_a_list_that_may_not_be_read_or_written_is_told_and_the_others_are_written(
    tmp_path: Path, desk: Desk
) -> None:
    desk.when(arrive(tmp_path, JOB)[0])
    newer = arrive(tmp_path, OTHER)[1]
    (tmp_path / "Channel" / SUMS).chmod(0)
    due = here(tmp_path, desk)

    with held_by_permissions():
        assert due.vouched() == {file.path for file in newer.files}  # the catalogue still tells
        assert list(due.renew(noted(tmp_path))) == []
        (tmp_path / "Channel").chmod(0)
        assert list(here(tmp_path, desk).renew(noted(tmp_path))) == []
        assert here(tmp_path, desk).orphans() == []
        (tmp_path / "Channel").chmod(0o755)

    assert [(one.path, one.detail) for one in due.failed] == [
        (f"Channel/{SUMS}", "cannot be read: Permission denied"),
        (f"Channel/{SUMS}", "could not be written anew: Permission denied"),
    ]


def test_what_another_node_keeps_in_a_library_of_its_own_is_left_to_that(tmp_path: Path, desk: Desk) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    stored = arrive(ours, JOB)[0]
    desk.when(stored)
    there, _ = arrive(theirs, OTHER)
    for message in (submit(OTHER, force=True), fetched(job_id=OTHER), downloaded(job_id=OTHER, node="there")):
        desk.when(message)
    desk.when(msgspec.structs.replace(there, node="there"))

    assert [row.job_id for row in here(ours, desk).rows()] == [JOB]
    assert [row.job_id for row in here(theirs, desk, "there").rows()] == [OTHER]
    assert list(here(ours, desk).faults()) == list(here(theirs, desk, "there").faults()) == []
    # a node that got another name keeps what it has, and so do nodes that share a library
    assert len(list(here(ours, desk, "renamed").rows())) == 2
    put(ours, {there.files[0].path: OTHER.encode()})
    assert len(list(here(ours, desk).rows())) == 2
