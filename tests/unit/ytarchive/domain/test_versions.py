from datetime import timedelta

import msgspec

from schemas.common import ArchivedFile, Category, MetadataRef, Role, Stage
from schemas.envelope import Commit
from schemas.events import AttemptFailed, Event, JobFailed, MetadataRecorded, VideoArchived
from schemas.past import Change, Picture
from tests.jobs import AT, JOB, MEDIA, VERIFIED, VIDEO, failure
from ytarchive.domain.past import END, Place
from ytarchive.domain.versions import Looks, changes, unified

BESIDE = ArchivedFile(path="jawed/2005/zoo.jpg", role=Role.THUMBNAIL, bytes=3, sha256="b" * 64)
ARCHIVED = VideoArchived(node="here", files=(MEDIA, BESIDE), verified=VERIFIED)


def look(document: str, picture: str = "") -> MetadataRecorded:
    thumbnail = MetadataRef(name=f"{picture}.jpg", fingerprint=picture * 64, stored=True) if picture else None
    metadata = MetadataRef(name=document, fingerprint=document * 64, stored=True)
    return MetadataRecorded(video=VIDEO, metadata=metadata, thumbnail=thumbnail)


def looks(*events: tuple[Event, ...]) -> Looks:
    """Give what was heard, a message a minute."""
    found = Looks()
    for number, said in enumerate(events, 1):
        commit = Commit(
            aggregate="job",
            aggregate_id=JOB,
            version=1,
            previous="",
            at=AT + timedelta(minutes=number),
            correlation_id="",
            causation_id="",
            events=said,
        )
        found.hear(number, commit)
    return found


def seen(found: Looks, place: Place = END) -> list[tuple[str, str, int, int]]:
    """Give the document and the picture of each version, the message it came in, how often it was seen."""
    return [
        (one.metadata.name, one.picture.sha256[0] if one.picture else "", one.sequence, one.looks)
        for one in found.until(place)
    ]


def test_what_is_found_again_is_the_same_version_and_what_comes_back_is_a_new_one() -> None:
    found = looks((look("1"),), (look("1"),), (look("2"),), (look("1"),))
    assert seen(found) == [("1", "", 1, 2), ("2", "", 3, 1), ("1", "", 4, 1)]
    assert [one.number for one in found.versions] == [1, 2, 3]
    assert found.versions[0].last == AT + timedelta(minutes=2)


def test_the_first_picture_is_the_one_in_the_library_and_another_is_a_version() -> None:
    found = looks((look("1"),), (ARCHIVED,), (look("1", "b"),), (look("1", "c"),), (look("2"),))
    assert seen(found) == [("1", "b", 1, 2), ("1", "c", 4, 1), ("2", "c", 5, 1)]
    assert found.versions[0].picture == Picture(sha256="b" * 64, path=BESIDE.path, bytes=BESIDE.bytes)
    assert found.versions[1].picture == Picture(sha256="c" * 64, name="c.jpg")


def test_archived_again_with_another_picture_is_a_version_too() -> None:
    another = msgspec.structs.replace(BESIDE, sha256="d" * 64)
    again = msgspec.structs.replace(ARCHIVED, files=(another,))
    assert seen(looks((look("1"),), (ARCHIVED,), (again,))) == [("1", "b", 1, 1), ("1", "d", 3, 0)]


def test_at_a_place_in_the_log_there_is_what_had_been_seen_by_then() -> None:
    found = looks((look("1"),), (look("2"),))
    assert seen(found, Place(sequence=1)) == [("1", "", 1, 1)]
    assert seen(found, Place(moment=AT + timedelta(minutes=2))) == seen(found)
    assert seen(found, Place(moment=AT)) == []


def test_a_look_that_found_nothing_is_told_and_a_download_that_failed_is_not() -> None:
    gone = failure(Category.GONE)

    def given_up(stage: Stage) -> tuple[Event, ...]:
        return AttemptFailed(stage=stage, attempt=1, failure=gone), JobFailed(failure=gone)

    found = looks((look("1"),), given_up(Stage.DOWNLOAD), given_up(Stage.METADATA))
    assert [(one.sequence, one.failure) for one in found.missed] == [(3, gone)]
    assert seen(found) == [("1", "", 1, 1)]


def test_changes_are_told_field_by_field_those_first_that_people_ask_about() -> None:
    before = {"tags": ["a"], "age_limit": 0, "title": "old", "same": 1}
    now = {"tags": ["a", "b"], "title": "new", "same": 1, "zoo": True}
    assert list(changes(before, now)) == [
        Change(field="title", before="old", now="new"),
        Change(field="tags", before=["a"], now=["a", "b"]),
        Change(field="age_limit", before=0, now=None),
        Change(field="zoo", before=None, now=True),
    ]


def test_a_change_is_shown_as_a_unified_diff_of_lines_or_of_json() -> None:
    text = Change(field="description", before="one\ntwo\n", now="one\n2\n")
    assert unified(text, 1, 2) == [
        "--- description (version 1)",
        "+++ description (version 2)",
        "@@ -1,2 +1,2 @@",
        " one",
        "-two",
        "+2",
    ]
    assert unified(Change(field="tags", before=None, now=["a"]), 1, 2)[-3:] == ["+[", '+  "a"', "+]"]
