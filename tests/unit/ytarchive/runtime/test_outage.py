"""What is the same for a while is said once."""

import time
from itertools import chain, repeat

import nats.errors
import pytest

from ytarchive.runtime import outage


def test_the_same_is_no_news_until_it_was_not_said_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    times = chain([0, 10, 20, 30, 85, 86, 200], repeat(200))
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    is_news = outage.News()
    said = ["gone", "gone", "back", "gone", "gone", "gone", "gone"]
    assert [is_news(one) for one in said] == [True, False, True, True, False, False, True]


def test_an_outage_is_told_from_what_is_wrong_with_us() -> None:
    assert outage.is_outage(nats.errors.NoServersError())
    assert outage.is_outage(TimeoutError())
    assert not outage.is_outage(ValueError())
