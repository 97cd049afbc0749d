"""What led to something comes before it, whatever the clocks of the machines say."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from schemas.logs import KeptLine
from ytarchive.domain.causality import (
    FARTHEST,
    CausalOrder,
    microseconds,
    next_stamp,
    stamp_in,
    stamp_of,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def line(event: str, stamp: int = 0, at: datetime = NOON, seq: int = 0) -> KeptLine:
    return KeptLine(at=at, level="info", actor="jobs", node="here", event=event, stamp=stamp, seq=seq)


def test_a_stamp_is_the_time_of_day_where_nothing_else_is_known() -> None:
    assert next_stamp(0, microseconds(NOON)) == 1_769_860_800_000_000 == microseconds(NOON)
    assert microseconds(datetime(1960, 1, 1, tzinfo=UTC)) == 0


def test_a_stamp_is_above_the_last_one_and_above_what_was_heard_though_the_clock_is_behind() -> None:
    assert next_stamp(100, 50) == 101
    assert next_stamp(100, 50, heard=500) == 501
    assert next_stamp(100, 700, heard=500) == 700


@given(
    steps=some.lists(some.tuples(some.integers(0, 3), some.integers(0, 3)), max_size=60),
    clocks=some.lists(some.integers(0, 10**15), min_size=4, max_size=4),
    seed=some.integers(0, 999),
)
def test_whoever_talks_to_whom_with_whatever_clocks_what_led_to_something_has_the_smaller_stamp(
    steps: list[tuple[int, int]], clocks: list[int], seed: int
) -> None:
    """Each step one of four processes says something and sends it to another, which then says something.

    Their clocks are apart, and jump.
    """
    chance, last = Random(seed), [0] * 4
    chains: list[list[int]] = [[], [], [], []]

    def says(who: int, heard: int = 0) -> int:
        clocks[who] += chance.randrange(-(10**9), 10**9)
        last[who] = next_stamp(last[who], max(0, clocks[who]), heard)
        chains[who].append(last[who])
        return last[who]

    for sender, receiver in steps:
        sent = says(sender)
        assert says(receiver, sent) > sent
    assert all(first < second for said in chains for first, second in pairwise(said))


@pytest.mark.parametrize("text", [None, "", "-5", "1e9", "٣", str(FARTHEST + 1), "9" * 400, " 5"])
def test_what_is_no_stamp_is_not_followed(text: str | None) -> None:
    assert stamp_in(text) == 0


def test_a_stamp_travels_as_text() -> None:
    assert stamp_in(str(FARTHEST)) == FARTHEST


def test_a_line_of_before_there_were_stamps_goes_by_its_clock() -> None:
    assert stamp_of(line("old")) == microseconds(NOON)
    assert stamp_of(line("new", stamp=7)) == 7


def test_lines_stream_in_causal_order_as_long_as_none_is_later_than_so_many_others() -> None:
    said = [line(f"{number}", stamp=number + 1) for number in range(4)]
    for arrived in permutations(said):
        order = CausalOrder(3)
        shown = [shown for each in arrived for shown in order.push(each)]
        assert [*shown, *order.rest()] == said
    order = CausalOrder(1)
    late = [shown for each in reversed(said) for shown in order.push(each)]
    assert [one.event for one in late] == ["2", "1", "0"]


def test_lines_with_one_stamp_stay_as_they_came() -> None:
    order = CausalOrder(9)
    said = [line("a", 5, seq=2), line("b", 5, seq=2), line("c", 5, seq=1)]
    assert [shown for each in said for shown in order.push(each)] == []
    assert [one.event for one in order.rest()] == ["c", "a", "b"]
    assert stamp_of(line("d", at=NOON + timedelta(seconds=1))) - microseconds(NOON) == 1_000_000
