"""Whose turn it is."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from schemas.common import Priority
from ytarchive.domain.turns import Turns


def taken(turns: Turns) -> list[str]:
    return [name for _ in range(len(turns)) if (name := turns.take())]


def test_nobody_waits_at_first() -> None:
    assert (len(Turns()), Turns().take()) == (0, None)


def test_who_comes_first_goes_first() -> None:
    turns = Turns()
    for name in "bca":
        turns.put(name, Priority.NORMAL, "batch")
    assert taken(turns) == ["b", "c", "a"]
    assert (len(turns), turns.take()) == (0, None)


def test_priority_goes_before_all_else() -> None:
    turns = Turns()
    for priority in (Priority.LOW, Priority.NORMAL, Priority.HIGH):
        turns.put(priority, priority, "batch")
    assert taken(turns) == ["high", "normal", "low"]


def test_batches_take_turns_however_large_they_are() -> None:
    turns = Turns()
    for number in range(100):
        turns.put(f"large {number}", Priority.NORMAL, "large")
    turns.put("small 0", Priority.NORMAL, "small")
    turns.put("small 1", Priority.NORMAL, "small")
    turns.put("single", Priority.NORMAL, "")
    order = ["large 0", "small 0", "single", "large 1", "small 1", "large 2"]
    assert taken(turns)[: len(order)] == order


def test_who_waits_already_keeps_the_place() -> None:
    turns = Turns()
    turns.put("one", Priority.NORMAL, "batch")
    turns.put("two", Priority.NORMAL, "batch")
    turns.put("one", Priority.HIGH, "other")
    assert taken(turns) == ["one", "two"]


def test_who_waits_no_longer_is_passed_over_and_may_come_again() -> None:
    turns = Turns()
    turns.put("one", Priority.NORMAL, "batch")
    turns.drop("one")
    turns.drop("never")
    assert (len(turns), turns.take()) == (0, None)
    turns.put("one", Priority.NORMAL, "batch")
    turns.put("two", Priority.NORMAL, "batch")
    turns.drop("one")
    assert taken(turns) == ["two"]


@given(
    steps=st.lists(st.tuples(st.sampled_from("pd"), st.integers(0, 15)), max_size=60),
    taking=st.integers(0, 16),
)
def test_whatever_came_before_each_batch_has_its_turn_within_a_round(
    steps: list[tuple[str, int]], taking: int
) -> None:
    """Given names of four batches put and dropped, then no batch goes twice before each that waits has."""
    turns, waiting = Turns(), dict[str, str]()
    for step, number in steps:
        name, batch = str(number), str(number % 4)
        if step == "p":
            turns.put(name, Priority.NORMAL, batch)
            waiting.setdefault(name, batch)
        else:
            turns.drop(name)
            waiting.pop(name, None)
    for _ in range(min(taking, len(waiting))):
        waiting.pop(str(turns.take()))
    assert len(turns) == len(waiting)
    passed: Counter[str] = Counter()
    while waiting:
        batch = waiting.pop(str(turns.take()))
        passed[batch] += 1
        assert passed[batch] <= 1 + min(passed[other] for other in waiting.values()) if waiting else True
    assert turns.take() is None
