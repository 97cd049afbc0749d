import pytest

from cli import render
from cli.render import recovery as render_recovery
from schemas.common import Category, Severity, Stage, State
from schemas.recovery_reports import (
    FailedTry,
    JobRecovery,
    LetterReport,
    RecoveryCount,
    RecoverySummary,
    RetryReport,
)
from tests.jobs import AT, JOB, failure
from tests.unit.cli.jobs import job
from tests.unit.cli.shown import shown

UNTIL = render.clock(AT)


def test_a_job_says_its_kind_of_failure_its_attempts_and_its_next_try() -> None:
    (row,) = (
        line
        for line in shown(
            render_recovery.jobs_table([job(State.WAITING, Category.NETWORK, due=AT, attempts=3)])
        ).splitlines()
        if JOB[:8] in line
    )
    told = ["network", "3", *UNTIL[:-3].split(), "it", "was", "the", "network"]
    assert row.split("waiting")[1].split() == told


@pytest.mark.parametrize(("state", "said"), [(State.PAUSED, "when resumed"), (State.FAILED, "never")])
def test_what_has_no_time_says_what_it_waits_for(state: State, said: str) -> None:
    assert said in shown(render_recovery.jobs_table([job(state)]))


def test_every_attempt_is_shown_and_the_site_s_own_words_once() -> None:
    def tried(attempt: int, *, blocked: bool) -> FailedTry:
        why = failure(Category.BOT_CHECK)
        worded = type(why)(category=why.category, message=why.message, wording=f"wording {attempt}")
        return FailedTry(
            at=AT,
            stage=Stage.METADATA,
            attempt=attempt,
            failure=worded,
            node=None,
            egress="me",
            blocked=blocked,
        )

    report = JobRecovery(
        job_id=JOB,
        url="",
        state=State.FAILED,
        error=failure(Category.BOT_CHECK),
        severity=Severity.ERROR,
        tried=(tried(1, blocked=False), tried(2, blocked=True)),
        advice=("Wait.", "Ask again."),
    )
    told = shown(render_recovery.job(report))
    assert "2 attempts failed:" in told
    assert "nothing, by itself" in told
    assert "severity    error" in told
    assert ("wording 1" in told, "wording 2" in told) == (False, True)
    first, second = (line for line in told.splitlines() if line.startswith(UNTIL))
    assert "metadata 1  bot_check " in first
    assert "metadata 2  bot_check (not counted)  me" in second
    assert told.index("Wait.") < told.index("Ask again.")


def test_a_summary_counts_jobs_and_letters() -> None:
    counts = (
        RecoveryCount(state=State.WAITING, category=Category.NETWORK, jobs=12),
        RecoveryCount(state=State.PAUSED, category=None, jobs=1),
    )
    letters = {"metadata": 1, "jobs": 2}
    told = shown(render_recovery.summary(RecoverySummary(counts=counts, blocked=(), letters=letters)))
    assert [line.split()[1:] for line in told.splitlines() if "waiting" in line or "paused" in line] == [
        ["waiting", "network", "12"],
        ["paused", "by", "hand", "1"],
    ]
    assert "dead letters: 2 of jobs, 1 of metadata" in told


def test_where_nothing_is_wrong_that_is_said() -> None:
    told = shown(render_recovery.summary(RecoverySummary(counts=(), blocked=(), letters={})))
    assert told.split("\n")[:2] == ["no job waits, rests or failed", "no dead letters"]


def test_a_bulk_retry_counts_before_and_after() -> None:
    report = RetryReport(
        before={State.WAITING: 2, State.FAILED: 1}, after={State.RESOLVING: 3}, jobs=(), blocked=()
    )
    assert str(render_recovery.retried(report)) == "before: 2 waiting, 1 failed; now: 3 resolving"


def test_json_is_shown_indented_and_anything_else_as_a_hex_dump() -> None:
    assert render_recovery.content('{"a":["é"]}'.encode()) == '{\n  "a": [\n    "é"\n  ]\n}'
    assert render_recovery.content(b"\xff~\x00") == f"00000000  {'ff 7e 00':<47}  .~."
    assert render_recovery.content(b"") == "(empty)"
    assert render_recovery.content(b"[" * 100_000).startswith("00000000  5b 5b")


def test_of_a_long_message_the_beginning_is_dumped() -> None:
    lines = render_recovery.content(b"\xff" * 1000).splitlines()
    assert len(lines) == 33
    assert lines[31].startswith("000001f0")
    assert lines[32] == "… and 488 bytes more"


def test_a_letter_brings_nothing_that_a_terminal_would_obey() -> None:
    letter = LetterReport(
        number=7,
        at=AT,
        actor="jobs",
        subject="ytarchive.v1.\x1b[2J",
        reason="\x1b]0;title\x07\x9b",
        bytes=20,
        truncated=True,
        headers={"Name\x1b": "value\r"},
        payload='{"a":"\u009b31m\\u001b"}'.encode(),
    )
    told = shown(render_recovery.letter(letter)) + shown(render_recovery.letters_table([letter]))
    assert all(char.isprintable() or char == "\n" for char in told)
    assert "\\x1b[2J" in told
    assert "20 bytes, only its beginning" in told
