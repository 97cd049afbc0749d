from pathlib import Path

import msgspec
import pytest

from schemas.catalogue import CatalogueRow
from schemas.fixity import Trouble
from schemas.results import MediaStored
from tests.jobs import JOB, OTHER, VERIFIED, VIDEO, Desk, downloaded, fetched, submit
from tests.library import AT, put
from ytarchive.library.inventories import faults, noted, renew
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


def test_what_is_listed_a_moment_before_the_log_has_it_is_no_fault(tmp_path: Path, desk: Desk) -> None:
    stored, _ = arrive(tmp_path, JOB)
    assert list(faults(tmp_path, desk.catalogue)) == []

    desk.when(stored)
    assert list(faults(tmp_path, desk.catalogue)) == []

    (tmp_path / "Channel" / SUMS).unlink()
    assert [one.path for one in faults(tmp_path, desk.catalogue)] == [f"Channel/{SUMS}"]
    assert list(faults(tmp_path / "unmounted", desk.catalogue)) == []


def test_what_the_log_never_knew_is_listed_no_more_but_what_came_since_it_was_read(
    tmp_path: Path, desk: Desk
) -> None:
    arrive(tmp_path, OTHER)
    before = noted(tmp_path)
    assert before == {OTHER}
    desk.when(arrive(tmp_path, JOB)[0])
    assert len(list(faults(tmp_path, desk.catalogue))) == 2
    arrive(tmp_path, late := "f" * 16)

    assert list(renew(tmp_path, desk.catalogue, before)) == [("Channel", True)]
    assert list(renew(tmp_path, desk.catalogue, before)) == [("Channel", False)]

    assert noted(tmp_path) == {JOB, late}


def test_a_folder_that_is_gone_is_not_made_and_one_that_nobody_knows_is_left_as_it_is(
    tmp_path: Path, desk: Desk
) -> None:
    desk.when(arrive(tmp_path, JOB)[0])
    (tmp_path / "Channel").rename(tmp_path / "Elsewhere")

    assert list(renew(tmp_path, desk.catalogue, {JOB})) == []

    assert not (tmp_path / "Channel").exists()
    assert [(one.kind, one.path) for one in faults(tmp_path, desk.catalogue)] == [
        (kind, f"{folder}/{name}")
        for folder, kind in (("Channel", Trouble.MISSING), ("Elsewhere", Trouble.UNEXPECTED))
        for name in (SUMS, ROWS)
    ]
