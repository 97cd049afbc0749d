"""Subjects are what they were built from, and nothing that comes from outside can widen one."""

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import subjects
from schemas.common import Stage
from tests.unit.schemas.matching import matches

JOB, OTHER = "0123456789abcdef", "fedcba9876543210"
TOKENS = st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True)
HOSTILE = [
    "",
    " ",
    "*",
    ">",
    "a.b",
    ".",
    "a b",
    "a*",
    "a\n",
    "\na",
    "a\r",
    "a\t",
    "a\0",
    "é",
    "٣",
    "a" * 129,
    "../x",
    "{job_id}",
]
BUILDERS: dict[str, Callable[[str], str]] = {
    "the aggregate of an event": lambda token: subjects.event(token, JOB),
    "the id of an event": lambda token: subjects.event("job", token),
    "a job's command": subjects.job_command,
    "a task's job": lambda token: subjects.task(Stage.METADATA, token, 1),
    "a task's node": lambda token: subjects.task(Stage.STORAGE, JOB, 1, node=token),
    "a filter's node": lambda token: subjects.tasks(Stage.STORAGE, node=token),
    "a discard's node": lambda token: subjects.discard(token, JOB, 1),
    "a discard's job": lambda token: subjects.discard("here", token, 1),
    "a filter of discards": subjects.discards,
    "what is withdrawn": lambda token: subjects.withdrawable(token)[0],
    "a schedule": subjects.schedule,
    "what is due": subjects.due,
    "a result": subjects.result,
    "a progress's job": lambda token: subjects.progress(token, Stage.DOWNLOAD, "all"),
    "a signal": subjects.cancel_signal,
    "a log's actor": lambda token: subjects.log(token, "info"),
    "a log's level": lambda token: subjects.log("jobs", token),
    "a dead letter": subjects.dead_letter,
    "a query": subjects.query,
}


@pytest.mark.parametrize("token", HOSTILE)
@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_a_hostile_token_is_refused(build: Callable[[str], str], token: str) -> None:
    with pytest.raises(ValueError, match="not a subject token"):
        build(token)


@pytest.mark.parametrize("token", [token for token in HOSTILE if token != "a.b"])
@pytest.mark.parametrize(
    "form", ["ytarchive.v1.{}.jobs.x", "ytarchive.v1.event.{}.x", "ytarchive.v1.event.job.{}"]
)
def test_a_subject_with_a_hostile_token_is_not_ours(form: str, token: str) -> None:
    with pytest.raises(ValueError, match=r"not a subject of ytarchive\.v1"):
        subjects.parse(form.format(token))


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "ytarchive",
        "ytarchive.v1",
        "ytarchive.v1.event",
        "ytarchive.v2.event.job.x",
        "other.v1.event.job.x",
        "x.ytarchive.v1.event.job",
        "YTARCHIVE.v1.event.job.x",
    ],
)
def test_another_grammar_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="not a subject of"):
        subjects.parse(subject)


@given(aggregate=TOKENS, aggregate_id=TOKENS)
def test_an_event_s_subject_is_what_it_was_built_from(aggregate: str, aggregate_id: str) -> None:
    assert subjects.parse(subjects.event(aggregate, aggregate_id)) == ("event", aggregate, (aggregate_id,))


@given(stage=st.sampled_from(Stage), job=TOKENS, version=st.integers(0), node=st.none() | TOKENS)
def test_a_task_s_subject_is_what_it_was_built_from(
    stage: Stage, job: str, version: int, node: str | None
) -> None:
    ids = (job, str(version)) if node is None else (node, job, str(version))
    if len(str(version)) <= 128:
        assert subjects.parse(subjects.task(stage, job, version, node=node)) == ("command", stage, ids)


@pytest.mark.parametrize(
    ("subject", "parsed"),
    [
        (subjects.job_command(JOB), ("command", "jobs", (JOB,))),
        (subjects.discard("here", JOB, 3), ("command", "discard", ("here", JOB, "3"))),
        (subjects.schedule(JOB), ("schedule", "jobs", (JOB,))),
        (subjects.due(JOB), ("due", "jobs", (JOB,))),
        (subjects.result(JOB), ("result", "jobs", (JOB,))),
        (subjects.progress(JOB, Stage.DOWNLOAD, "all"), ("progress", JOB, ("download", "all"))),
        (subjects.cancel_signal(JOB), ("signal", "cancel", (JOB,))),
        (subjects.log("jobs", "info"), ("log", "jobs", ("info",))),
        (subjects.dead_letter("jobs"), ("dead", "jobs", ())),
        (subjects.query("jobs"), ("query", "jobs", ())),
    ],
)
def test_every_subject_is_what_it_was_built_from(subject: str, parsed: tuple[object, ...]) -> None:
    assert subjects.parse(subject) == parsed


@given(stream=st.text())
def test_any_name_of_a_stream_gives_a_subject(stream: str) -> None:
    parsed = subjects.parse(subjects.progress(JOB, Stage.DOWNLOAD, stream))
    assert parsed[:2] == ("progress", JOB)
    assert len(parsed.ids) == 2


@pytest.mark.parametrize(
    ("stream", "token"),
    [
        ("video 720p avc1+mp4a", "video-720p-avc1-mp4a"),
        ("", "all"),
        (" > * ", "-"),
        ("é" * 99, "-"),
        ("x" * 99, "x" * 64),
    ],
)
def test_what_a_stream_s_name_may_not_hold_becomes_a_dash(stream: str, token: str) -> None:
    assert subjects.progress(JOB, Stage.DOWNLOAD, stream).rpartition(".")[2] == token


ALL = {
    "event": subjects.event("job", JOB),
    "event of another kind": subjects.event("batch", JOB),
    "job command": subjects.job_command(JOB),
    "metadata task": subjects.task(Stage.METADATA, JOB, 3),
    "listing task": subjects.task(Stage.LISTING, JOB, 3),
    "download task": subjects.task(Stage.DOWNLOAD, JOB, 3),
    "storage task here": subjects.task(Stage.STORAGE, JOB, 3, node="here"),
    "storage task there": subjects.task(Stage.STORAGE, JOB, 3, node="there"),
    "discard here": subjects.discard("here", JOB, 3),
    "discard there": subjects.discard("there", JOB, 3),
    "schedule": subjects.schedule(JOB),
    "due": subjects.due(JOB),
    "result": subjects.result(JOB),
    "progress": subjects.progress(JOB, Stage.DOWNLOAD, "all"),
    "cancel": subjects.cancel_signal(JOB),
    "log": subjects.log("jobs", "info"),
    "dead letter": subjects.dead_letter("jobs"),
    "query": subjects.query("jobs"),
}
_COMMANDS = {
    "job command",
    "metadata task",
    "listing task",
    "download task",
    "storage task here",
    "storage task there",
    "discard here",
    "discard there",
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (subjects.EVENTS, {"event", "event of another kind"}),
        (subjects.COMMANDS, _COMMANDS),
        (subjects.JOB_COMMANDS, {"job command"}),
        (subjects.SCHEDULES, {"schedule"}),
        (subjects.DUE, {"due"}),
        (subjects.JOBS_DUE, {"due"}),
        (subjects.RESULTS, {"result"}),
        (subjects.JOB_RESULTS, {"result"}),
        (subjects.PROGRESS, {"progress"}),
        (subjects.LOGS, {"log"}),
        (subjects.DEAD_LETTERS, {"dead letter"}),
        (subjects.CANCELLATIONS, {"cancel"}),
        (subjects.tasks(Stage.METADATA), {"metadata task"}),
        (subjects.tasks(Stage.LISTING), {"listing task"}),
        (subjects.tasks(Stage.DOWNLOAD), {"download task"}),
        (subjects.tasks(Stage.STORAGE, node="here"), {"storage task here"}),
        (subjects.tasks(Stage.STORAGE), set()),
        (subjects.discards("there"), {"discard there"}),
    ],
)
def test_a_filter_finds_what_it_is_for_and_nothing_else(pattern: str, expected: set[str]) -> None:
    assert {name for name, subject in ALL.items() if matches(pattern, subject)} == expected


def test_what_waits_for_a_job_is_withdrawn_and_nothing_of_another_job() -> None:
    patterns = subjects.withdrawable(JOB)
    found = {name for name, subject in ALL.items() if any(matches(pattern, subject) for pattern in patterns)}
    assert found == {
        "metadata task",
        "listing task",
        "download task",
        "storage task here",
        "storage task there",
    }
    for subject in ALL.values():
        assert not any(matches(pattern, subject.replace(JOB, OTHER)) for pattern in patterns)


def test_no_two_conversations_share_a_subject_and_no_two_streams_a_filter() -> None:
    assert len(set(ALL.values())) == len(ALL)
    streams = [
        subjects.EVENTS,
        subjects.COMMANDS,
        subjects.SCHEDULES,
        subjects.DUE,
        subjects.RESULTS,
        subjects.PROGRESS,
        subjects.LOGS,
        subjects.DEAD_LETTERS,
    ]
    for one, other in permutations(streams, 2):
        assert not any(matches(one, subject) and matches(other, subject) for subject in ALL.values())
