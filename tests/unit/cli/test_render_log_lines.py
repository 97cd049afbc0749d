"""A log line is short, says who and what, and shows a trace below itself."""

import msgspec
from rich.text import Text

from cli import render
from schemas.logs import KeptLine
from tests.jobs import AT, JOB
from tests.unit.cli.shown import shown

LINE = KeptLine(
    at=AT,
    level="warning",
    actor="download",
    node="here",
    event="task failed",
    job_id=JOB,
    attempt=2,
    batch="b" * 16,
    context={"stage": "download", "delivery": 1, "error": "HTTP Error 500: Internal Server Error"},
)
TOLD = "warn  download task failed error=HTTP Error 500: Internal Server Error attempt=2"
CLOCK = f"{AT.astimezone():%m-%d %H:%M:%S} "


def test_a_line_is_time_level_actor_sentence_values_and_job() -> None:
    assert render.log_line(LINE, node="here") == f"{CLOCK}{TOLD} job={JOB[:8]}"
    assert render.log_line(LINE, node="here", single=True) == f"{CLOCK}{TOLD}"


def test_a_line_of_another_node_names_it() -> None:
    assert "download@here task failed" in render.log_line(LINE, node="attic")


def test_a_line_about_a_batch_alone_names_that() -> None:
    line = msgspec.structs.replace(LINE, job_id=None)
    assert render.log_line(line, node="here").endswith("attempt=2 batch=bbbbbbbb")


def test_on_a_terminal_a_long_line_goes_on_below_itself() -> None:
    lines = shown(render.styled_log_line(LINE, node="here", width=60), width=60).splitlines()
    assert lines[0].startswith(f"{CLOCK}warn  download task failed")
    assert all(line.startswith(" " * 30) for line in lines[1:])
    assert len(lines) > 1


def test_a_line_that_fits_is_the_same_with_styles() -> None:
    told = render.log_line(LINE, node="here")
    for room in (0, 1):
        drawn = render.styled_log_line(LINE, node="here", width=len(told) + room)
        assert isinstance(drawn, Text)
        assert str(drawn) == told
    assert not isinstance(render.styled_log_line(LINE, node="here", width=len(told) - 1), Text)


def test_what_was_recorded_is_said_without_ado_and_of_a_trace_the_end() -> None:
    trace = "Traceback\n  File\nKeyError\n\nThe above\n\nTraceback:\n  File\nOSError: it broke\n"
    line = msgspec.structs.replace(LINE, event="recorded", context={"events": "archived", "exception": trace})
    assert render.log_line(line, node="here") == (
        f"{CLOCK}warn  download recorded: OSError: it broke archived attempt=2 job={JOB[:8]}"
    )
    assert render.said(line) == f"recorded archived attempt=2 job={JOB[:8]} {trace}"
    group = "  | ExceptionGroup: two\n  +-+---\n    | TimeoutError: late\n    +------\n"
    line = msgspec.structs.replace(line, context={"exception": group})
    assert ": TimeoutError: late attempt" in render.log_line(line, node="here")


def test_no_line_can_be_forged_within_another_and_no_terminal_obeys_one() -> None:
    evil = "x\n11-26 05:00:00 info  jobs archived \x1b[2J\u202e"
    line = msgspec.structs.replace(LINE, event=evil, actor=evil, level=evil, context={"error": evil, evil: 1})
    for node in ("here", "attic"):
        told = render.log_line(line, node=node)
        assert "\n" not in told
        assert told.replace("\n", "").isprintable()
