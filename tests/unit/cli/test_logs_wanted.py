"""Which lines are wanted, in words of the command line; and expressions that would take for ever."""

import time

import msgspec
import pytest

from cli.grep import Grep
from cli.logs_wanted import Wanted, check, only
from tests.unit.cli.test_render_log_lines import LINE
from ytarchive.errors import UsageError


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(level="loud"), "unknown level"),
        (Wanted(job="nonsense"), "not a job or a batch"),
        (Wanted(batch="nonsense"), "not a job or a batch"),
        (Wanted(since="42"), "not a time"),
        (Wanted(until="yesterday"), "not a time"),
        (Wanted(actor="dowload"), "unknown actor"),
        (Wanted(job=""), "--job is empty"),
        (Wanted(video=" "), "--video is empty"),
        (Wanted(grep=""), "--grep is empty"),
        (Wanted(actor=""), "--actor is empty"),
        (Wanted(since="1h", until="2h"), "--since is after --until"),
    ],
)
def test_what_makes_no_sense_is_said(wanted: Wanted, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        check(wanted)


def test_levels_are_taken_as_people_and_the_log_itself_write_them() -> None:
    assert [check(Wanted(level=one)).level for one in ("warn", "WARNING", "Error", "debug")] == [
        "warning",
        "warning",
        "error",
        "debug",
    ]


def test_who_is_probably_meant_is_named() -> None:
    with pytest.raises(UsageError) as refused:
        check(Wanted(actor="dowload"))
    assert (
        refused.value.hint == "Did you mean `download`? There are: jobs, metadata, download, storage, logs."
    )
    with pytest.raises(UsageError, match="--actor takes one name"):
        only("--actor", ["jobs", "logs"])
    assert [only("--actor", None), only("--actor", ["jobs"])] == [None, "jobs"]


def test_what_comes_has_no_end() -> None:
    with pytest.raises(UsageError, match="-f shows what comes"):
        check(Wanted(until="1h"), follow=True)
    assert check(Wanted(since="1h"), follow=True).since == "1h"


def test_an_expression_is_looked_for_in_all_that_a_line_says() -> None:
    assert Grep(None)(LINE)
    assert Grep(r"Error \d+")(LINE)
    assert not Grep("error 404")(LINE)
    with pytest.raises(UsageError, match="not a regular expression"):
        Grep("(")


def test_an_expression_that_takes_for_ever_is_given_up() -> None:
    line = msgspec.structs.replace(LINE, event="a" * 40)
    began = time.monotonic()
    with pytest.raises(UsageError, match="takes too long"):
        Grep("(a+)+$x")(line)
    assert time.monotonic() - began < 30
