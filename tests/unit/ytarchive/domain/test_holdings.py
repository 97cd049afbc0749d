from datetime import UTC, datetime

import msgspec

from schemas.catalogue import CatalogueRow
from schemas.common import ArchivedFile, Role
from schemas.results import MediaStored
from tests.jobs import JOB, MEDIA, OTHER, VERIFIED, VIDEO, Desk, downloaded, fetched, stored, submit
from ytarchive.domain.holdings import by_channel, differences, holdings

STORED_AT = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 1, 3, tzinfo=UTC)
ROW = CatalogueRow(**msgspec.structs.asdict(VIDEO), archived_at=STORED_AT, job_id=JOB, files=(MEDIA,))


def told(ours: list[CatalogueRow], theirs: list[CatalogueRow]) -> list[str]:
    return [one.detail for one in differences(ours, theirs)]


def test_what_is_archived_is_held_since_its_node_says_and_nothing_else_is() -> None:
    at = MediaStored(
        job_id=JOB, attempt=1, node="here", files=(MEDIA,), verified=VERIFIED, stored_at=STORED_AT
    )
    desk = Desk(submit(), fetched(), downloaded(), at, submit(OTHER), fetched(job_id=OTHER))

    assert list(holdings(desk.catalogue)) == [ROW]
    assert by_channel(desk.catalogue) == {MEDIA.path.split("/")[0]: [JOB]}


def test_where_the_node_did_not_say_the_time_of_the_record_counts() -> None:
    desk = Desk(submit(), fetched(), downloaded(), stored())

    (row,) = holdings(desk.catalogue)
    assert row.archived_at == desk.catalogue.job(JOB).updated_at


def test_accounts_that_say_the_same_do_not_differ_in_whatever_order() -> None:
    other = msgspec.structs.replace(ROW, job_id=OTHER)
    assert told([ROW, other], [other, ROW]) == []


def test_a_copy_that_one_account_lacks_is_told() -> None:
    assert told([ROW], []) == ["only in the log"]
    assert told([], [ROW]) == ["only in the library"]
    assert told([], [msgspec.structs.replace(ROW, job_id=None)]) == ["only in the library"]


def test_a_copy_of_which_the_files_do_not_tell_the_job_is_the_one_of_its_video() -> None:
    unknown = msgspec.structs.replace(ROW, job_id=None, archived_at=LATER)
    assert told([ROW], [unknown]) == ["log and library differ in archived_at, job_id"]
    assert told([ROW], [unknown, ROW]) == ["only in the library"]


def test_what_differs_in_a_copy_is_named() -> None:
    info = ArchivedFile(path="a/b.info.json", role=Role.INFO, bytes=1, sha256="b" * 64)
    changed = msgspec.structs.replace(
        ROW, title="?", archived_at=LATER, files=(msgspec.structs.replace(MEDIA, bytes=1), info)
    )
    assert told([ROW], [changed]) == [
        f"log and library differ in title, archived_at, a/b.info.json, {MEDIA.path}"
    ]
