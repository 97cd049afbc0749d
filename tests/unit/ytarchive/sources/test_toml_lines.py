import time
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytarchive.sources.toml_lines import Fault, read

WHOLE = '''\
# what a person may write
node = "attic"   # in the house

sites = """
youtube,
vimeo"""
log_days = 7
[profiles.tv]
subtitles = [
  "en", # the first
  "de",
]
quality = 1080
[profiles]
talk = {quality = "audio"}
[[others]]
name = 'a'
[[others]]
name = 'b'
'''


def test_everything_has_the_line_in_which_its_statement_begins() -> None:
    document = read(WHOLE)
    assert document.values == tomllib.loads(WHOLE)
    assert document.faults == ()
    assert document.lines == {
        ("node",): 2,
        ("sites",): 4,
        ("log_days",): 7,
        ("profiles",): 8,
        ("profiles", "tv"): 8,
        ("profiles", "tv", "subtitles"): 9,
        ("profiles", "tv", "quality"): 13,
        ("profiles", "talk"): 15,
        ("profiles", "talk", "quality"): 15,
        ("others",): 16,
        ("others", "name"): 17,
    }


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_end_as_on_any_system(ending: str) -> None:
    assert read(WHOLE.replace("\n", ending)).lines == read(WHOLE).lines


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("node = ", Fault(1, 8, "Invalid value")),
        ("\n\nnode attic\n", Fault(3, 6, "Expected '=' after a key in a key/value pair")),
        ('node = "attic\n', Fault(1, 14, "Illegal character '\\n'")),
        ("a = 1\na = 2\n", Fault(2, 6, "this was said in line 1 already")),
        ("a.b = 1\na = 2", Fault(2, 6, "this was said in line 1 already")),
        ("[a]\nb = 1\n[a]\n", Fault(3, 3, "this was said in line 1 already")),
        ("a = 1\nb = [1,\nc = 2\n", Fault(2, 0, "Invalid value: what begins here has no end")),
        ("a = '''\nb = 1\n", Fault(1, 0, "Expected \"'''\": what begins here has no end")),
        ("a = [\n1,\n2 3,\n]\nb = 1", Fault(3, 3, "Unclosed array")),
        ("a = 1\nb = " + "[" * 5000, Fault(2, 0, "nested too deeply")),
        ("\x00", Fault(1, 1, "Invalid statement")),
        ("a = [1,\nb = 2\nc = [3]\n", Fault(1, 0, "Invalid value: what begins here has no end")),
        ("a = 1\n" + "a." * 5000 + "b = 1\n", Fault(2, 0, "nested too deeply")),
        ("a = [ # ]\n'''x]', ]\n\\]\n''',\n]\nb = no", Fault(6, 5, "Invalid value")),
        ("a = [\n'x', '''\n", Fault(1, 0, "Invalid value: what begins here has no end")),
    ],
)
def test_what_cannot_be_read_has_its_line_and_column(text: str, fault: Fault) -> None:
    assert read(text).faults == (fault,)


def test_a_number_that_is_too_long_has_its_line() -> None:
    (fault,) = read("a = 1\nb = " + "9" * 5000).faults
    assert (fault.line, fault.column) == (2, 0)


LARGE = 1 << 18


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("x = [\n" + '["a"],\n' * (LARGE // 7), 1),
        ("bad line\n" * (LARGE // 9), 100),
        ("x = [\n]\n]\n" * (LARGE // 10), 100),
        ('x = """\n' * (LARGE // 8), 1),
        ("[" + "a." * (LARGE // 2) + "a]\n", 1),
        ("x = {" + "a." * (LARGE // 2) + "a = 1}\n", 1),
    ],
    ids=["no end", "no line", "no begin", "texts", "a header", "a table"],
)
def test_a_large_file_takes_no_minutes(text: str, faults: int) -> None:
    begun = time.process_time()
    assert len(read(text).faults) == faults
    assert time.process_time() - begun < 10


def test_every_fault_is_told_and_the_rest_is_read() -> None:
    document = read('a = 1\nb = no\nc = 2\n[d]\ne 3\nf.g = "x"\nf.h = "y"\n[[i]]\n[i.j]\nk = 1\n')
    assert [fault.line for fault in document.faults] == [2, 5]
    assert document.values["a"], document.values["c"] == (1, 2)
    assert document.values["d"] == {"f": {"g": "x", "h": "y"}}


def test_what_is_said_twice_in_a_broken_file_breaks_nothing_more() -> None:
    deep = "a." * 90 + "b = 1\n"
    assert [fault.line for fault in read(deep + deep + "c =\n").faults] == [3]
    assert read("a = 1\na.b = 2\n[a]\nc = 3\nd = no\n").faults[0].line == 5


MANGLED = st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 12), st.text(max_size=8)).map(
    lambda how: WHOLE[: how[0]] + how[2] + WHOLE[how[0] + how[1] :]
)
TOML = st.lists(st.sampled_from([*"abn=\"[]{}.\n#'\\,1 -", '"""', "'''", "\r\n", "[[", "true"])).map("".join)


@given(MANGLED | TOML | st.text())
def test_whatever_a_file_holds_is_read_or_has_a_fault_with_a_line(text: str) -> None:
    document = read(text)
    count = text.replace("\r\n", "\n").count("\n") + 1
    try:
        values: dict[str, Any] | None = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        values = None
    if document.faults:
        assert all(1 <= fault.line <= count and fault.reason for fault in document.faults)
        assert values is None
    else:
        assert document.values == values
        assert all((key,) in document.lines for key in document.values)
    assert all(1 <= line <= count for line in document.lines.values())
