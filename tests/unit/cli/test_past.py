from datetime import UTC, datetime, timedelta, timezone

import pytest

from cli.past import place
from ytarchive.domain.past import Place
from ytarchive.errors import UsageError

NOW = datetime(2026, 11, 25, 12, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("120", Place(sequence=120)),
        ("3d", Place(moment=NOW - timedelta(days=3))),
        ("5m", Place(moment=NOW - timedelta(minutes=5))),
        ("5min", Place(moment=NOW - timedelta(minutes=5))),
        ("2mo", Place(moment=NOW - timedelta(days=60))),
        ("12h", Place(moment=NOW - timedelta(hours=12))),
        ("2026-11-01T09:30:00Z", Place(moment=datetime(2026, 11, 1, 9, 30, tzinfo=UTC))),
        ("2026-11-01T09:30:00+01:00", Place(moment=datetime(2026, 11, 1, 8, 30, tzinfo=UTC))),
        ("2026-11-01T09:30", Place(moment=datetime(2026, 11, 1, 9, 30).astimezone())),
        (
            "2026-11-01",
            Place(moment=datetime(2026, 11, 1, 23, 59, 59, 999999).astimezone()),
        ),
    ],
)
def test_a_time_is_a_number_a_span_a_moment_or_the_end_of_a_day(text: str, meant: Place) -> None:
    assert place(text, NOW) == meant


@pytest.mark.parametrize("text", ["", "0", "-1", "yesterday", "3x", "99999y", "2026-13-01", "9" * 30])
def test_what_is_no_time_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(UsageError, match="neither a time nor a message") as refused:
        place(text, NOW)
    assert "2026-11-25" in refused.value.hint
