from schemas.fixity import Finding, Trouble
from tests.jobs import JOB, MEDIA, OTHER
from ytarchive.domain import findings
from ytarchive.domain.replay import Break


def test_what_is_wrong_with_a_file_is_told_with_what_was_found_there() -> None:
    told = [
        findings.absent(JOB, MEDIA),
        findings.no_file(JOB, MEDIA),
        findings.other_size(JOB, MEDIA, 9),
        findings.other_content(JOB, MEDIA, 7, "c" * 64),
        findings.arriving(JOB, MEDIA, 5),
        findings.known(findings.absent(JOB, MEDIA), "then"),
        findings.unreadable(JOB, MEDIA, "Input/output error"),
        findings.renamed(JOB, MEDIA, "x.mp4"),
    ]
    assert {(one.path, one.job_id) for one in told} == {(MEDIA.path, JOB)}
    assert [(one.kind, one.detail, one.bytes, (one.sha256 or "")[:1], one.at) for one in told] == [
        (Trouble.MISSING, "not on disk", None, "", ""),
        (Trouble.ALTERED, "not a regular file", None, "", ""),
        (Trouble.ALTERED, "9 bytes on disk, 7 in the log", 9, "", ""),
        (Trouble.ALTERED, "SHA-256 is cccccccccccc…, aaaaaaaaaaaa… in the log", 7, "c", ""),
        (Trouble.ALTERED, "somebody is writing it: 5 bytes by now, 7 in the log", 5, "", ""),
        (Trouble.MISSING, "not on disk: known since then, and not read now", None, "", ""),
        (Trouble.UNREADABLE, "Input/output error", None, "", ""),
        (Trouble.RENAMED, "it is x.mp4", 7, "a", "x.mp4"),
    ]


def test_a_file_in_the_place_of_another_is_told_with_what_lies_in_its_own() -> None:
    told = [findings.astray(JOB, MEDIA, "x.mp4", here) for here in ("", "y.mp4", "x.mp4")]
    assert {(one.kind, one.at, one.sha256) for one in told} == {(Trouble.RENAMED, "x.mp4", MEDIA.sha256)}
    assert [one.detail for one in told] == [
        "it is x.mp4",
        "it is x.mp4, and here is y.mp4",
        "it has changed places with x.mp4",
    ]
    other = findings.another(findings.other_size(JOB, MEDIA, 9), "y.mp4")
    assert (other.kind, other.bytes, other.detail) == (
        Trouble.ALTERED,
        9,
        "here is what was archived as y.mp4",
    )


def test_a_file_that_two_jobs_share_is_damaged_for_both_and_is_found_once_of_each() -> None:
    shared = [findings.absent(JOB, MEDIA), findings.absent(OTHER, MEDIA)]
    again = findings.unreadable(JOB, MEDIA, "Input/output error")
    others = [
        findings.unexpected("x", 1),
        findings.broken_log(Break(job_id=JOB, sequence=7, detail="x")),
    ]
    assert findings.damaged([*shared, again, *others]) == 2


def test_what_is_no_jobs_is_told_without_one() -> None:
    assert findings.unexpected("x", 1) == Finding(
        kind=Trouble.UNEXPECTED, path="x", bytes=1, detail="no job archived this file"
    )
    assert findings.unexpected("x", 1, listed=True).detail == "SHA256SUMS lists it, the log does not"
    assert findings.unlisted("a", "Permission denied") == Finding(
        kind=Trouble.UNREADABLE, path="a", detail="the folder cannot be listed: Permission denied"
    )


def test_a_break_of_the_log_and_another_state_are_told_with_their_job() -> None:
    assert findings.broken_log(Break(job_id=JOB, sequence=7, detail="unreadable: no JSON")) == Finding(
        kind=Trouble.LOG, job_id=JOB, detail="message 7: unreadable: no JSON"
    )
    for name in (None, "nobody"):
        assert findings.broken_log(Break(job_id=name, sequence=7, detail="x")).job_id is None
    assert findings.other_state(JOB, "it differs") == Finding(
        kind=Trouble.READ_MODEL, job_id=JOB, detail="it differs"
    )
