"""What is said about logs as files, and about backups."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cli import render
from schemas.log_reports import (
    BackupReport,
    Coverage,
    ExportReport,
    ImportReport,
    KeyReport,
    LogProblem,
    LogReport,
    SignReport,
)
from schemas.reports import EventLine
from tests.unit.cli.shown import shown

KEY, ROOT = "ab" * 32, "cd" * 32
AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
NONE = Coverage(sequence=0, checkpoints=0, since=None, until=None, keys=(), checked=True)
COVERED = Coverage(sequence=5, checkpoints=2, since=AT, until=AT, keys=(KEY,), checked=True, known=True)
PROBLEM = LogProblem(file="log.zst", line=7, sequence=6, job_id="0" * 16, detail="not the line")
REPORT = LogReport(
    ok=True,
    files=("a.zst", "b.zst"),
    messages=6,
    events=9,
    aggregates=1,
    after=0,
    last=6,
    root=ROOT,
    unproven=0,
    covered=COVERED,
    problems=(),
)
BACKUP = BackupReport(
    file="all.tar",
    bytes=2_000_000,
    messages=6,
    last=6,
    root=ROOT,
    documents=1,
    logs=2,
    configuration="",
    secrets=False,
    problems=(),
)


def test_a_log_that_is_whole_is_said_to_be_and_how_far_it_is_covered() -> None:
    text = shown(render.log_verified(REPORT))
    assert "✓ a.zst, b.zst: 6 messages, 9 events, 1 chain: all as it was written" in text
    assert "covered up to message 5 by 2 checkpoints since 2026-11-25" in text
    assert f"key {KEY}" in text
    assert "proves" not in text


def test_where_no_key_is_known_a_log_is_said_to_be_consistent_and_no_more() -> None:
    live = shown(render.log_verified(msgspec.structs.replace(REPORT, files=(), covered=NONE)))
    assert "✓ the log: 6 messages, 9 events, 1 chain: consistent in itself" in live
    assert "no signed checkpoints" in live
    assert "nothing proves who wrote it" in live
    anybody = msgspec.structs.replace(COVERED, known=False)
    text = shown(render.log_verified(msgspec.structs.replace(REPORT, covered=anybody)))
    assert "consistent in itself" in text
    assert "signed up to message 5" in text
    assert "whoever wrote it may have made that key" in text
    unchecked = msgspec.structs.replace(NONE, checked=False, unchecked=2)
    text = shown(render.log_verified(msgspec.structs.replace(REPORT, covered=unchecked)))
    assert "2 checkpoints, not checked: `pip install 'ytarchive[signing]'`" in text
    assert "covered" not in text
    assert "as it was written" not in text


def test_a_key_nobody_named_is_said_to_be_unknown_and_how_to_name_it() -> None:
    some = msgspec.structs.replace(COVERED, unknown=("f" * 64,))
    told = f"not counted: checkpoints by a key nobody named\n  key {'f' * 64}"
    assert told in shown(render.log_verified(msgspec.structs.replace(REPORT, covered=some)))
    none = msgspec.structs.replace(NONE, unknown=("f" * 64,))
    text = shown(
        render.log_verified(msgspec.structs.replace(REPORT, ok=False, covered=none, problems=(PROBLEM,)))
    )
    assert "consistent in itself, but not signed to its end by a key that counts" in text
    assert "no signed checkpoints that count" in text
    assert told in text


def test_a_later_part_says_what_it_cannot_show() -> None:
    part = msgspec.structs.replace(REPORT, after=4, unproven=3)
    assert "behind message 4: 3 chains from before it can be checked" in shown(render.log_verified(part))
    part = msgspec.structs.replace(part, unproven=0)
    assert "behind message 4: what is before it can be checked" in shown(render.log_verified(part))


def test_every_problem_is_said_with_its_place_but_not_thousands_of_them() -> None:
    damaged = msgspec.structs.replace(REPORT, ok=False, whole=False, problems=(PROBLEM,) * 60)
    text = shown(render.log_verified(damaged))
    assert "✗ log.zst, line 7, message 6, job 0000000000000000: not the line" in text
    assert "✗ and 10 more" in text
    assert "all as it was written" not in text
    assert "root" not in text
    assert KEY in text
    uncovered = msgspec.structs.replace(damaged, covered=NONE, problems=(LogProblem(detail="gone"),))
    assert "✗ gone" in shown(render.log_verified(uncovered))


def test_an_export_says_what_it_has_and_what_the_log_lacks() -> None:
    report = ExportReport(
        file="a.zst", bytes=999, messages=1, after=5, last=6, root=ROOT, covered=5, problems=()
    )
    text = shown(render.log_exported(report))
    assert "✓ 1 message behind message 5 in a.zst, 999 bytes" in text
    assert "covered by signed checkpoints up to message 5" in text
    report = msgspec.structs.replace(
        report, after=0, covered=0, problems=(LogProblem(sequence=3, detail="messages 1 to 2 are missing"),)
    )
    text = shown(render.log_exported(report))
    assert "✗ message 3: messages 1 to 2 are missing" in text
    assert "✓" not in text
    assert "signed" not in text


def test_an_import_a_key_and_backups_say_what_was_done() -> None:
    report = ImportReport(messages=6, events=9, aggregates=1, last=6, root=ROOT, problems=())
    assert "✓ 6 messages, 9 events, in /state" in shown(render.log_imported(report, Path("/state")))
    assert "documents" not in shown(render.log_imported(report, Path("/state")))
    lacking = msgspec.structs.replace(report, without_documents=True)
    told = "without the metadata documents it refers to: a backup has them, an export has not"
    assert told in shown(render.log_imported(lacking, Path("/state")))
    key = shown(render.signing_key(KeyReport(file="/key.pem", key=KEY)))
    assert "YTARCHIVE_SIGNING_KEY_FILE=/key.pem" in key
    assert KEY in key
    signed = SignReport(sequence=6, key=KEY)
    assert f"✓ signed up to message 6\n  key {KEY}" in shown(render.log_signed(signed))
    text = shown(render.backed_up(BACKUP))
    assert (
        "all.tar, 2.0 MB: 6 messages, 1 document, 2 files of log lines, no configuration, no secrets" in text
    )
    full = msgspec.structs.replace(BACKUP, configuration="/etc/config.toml", secrets=True)
    text = shown(render.restored(full, Path("/state")))
    assert "configuration, secrets" in text
    assert "the configuration is in /etc/config.toml" in text
    assert "the configuration is" not in shown(render.restored(BACKUP, Path("/state")))


def test_a_checkpoint_in_the_log_says_how_far_it_reaches() -> None:
    line = EventLine(
        seq=6,
        aggregate="log",
        job_id="0" * 16,
        version=1,
        type="log.checkpointed",
        at=AT,
        data={"sequence": 5, "count": 5, "root": ROOT, "key": KEY, "signature": "0" * 128},
    )
    assert "up to message 5, signed with abababababab…" in shown(render.event(line))


def test_documents_that_are_not_there_are_counted_and_not_all_listed() -> None:
    lost = tuple(LogProblem(detail="gone", document=f"youtube/{number}") for number in range(60))
    text = shown(
        render.backed_up(msgspec.structs.replace(BACKUP, problems=(*lost, LogProblem(detail="odd"))))
    )
    assert "✗ 60 documents, which the log refers to, not there: youtube/0, …" in text
    assert "✗ odd" in text
    assert "youtube/1" not in text
    one = shown(render.restored(msgspec.structs.replace(BACKUP, problems=lost[:1]), Path("/state")))
    assert "✗ 1 document, which the log refers to, not there: youtube/0\n" in one
    assert "restored all the same" in one
