from datetime import UTC, datetime, timedelta

import pytest

from cli import amounts
from ytarchive.amounts import size
from ytarchive.errors import UsageError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_amounts_are_read_as_people_write_them() -> None:
    assert [amounts.seconds(text) for text in ("90s", "1.5h", "30d", "2W")] == [90, 5400, 2592000, 1209600]
    assert [size(text) for text in ("500", "500K", "20MB", "1.5 GiB".replace(" ", ""))] == [
        500,
        500_000,
        20_000_000,
        1.5 * (1 << 30),
    ]
    assert [amounts.per_cent(text) for text in ("5%", "12.5 %", "100")] == [5, 12.5, 100]


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("10min", timedelta(minutes=10)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(days=7)),
        ("2mo", timedelta(days=60)),
        ("1y", timedelta(days=365)),
    ],
)
def test_a_time_may_be_so_long_ago(text: str, ago: timedelta) -> None:
    assert amounts.moment(text, NOW) == amounts.moment(text, NOW, end=True) == NOW - ago


def test_a_time_may_be_a_moment_or_a_day_which_begins_and_ends() -> None:
    assert amounts.moment("2026-11-01T12:30Z", NOW) == datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
    began, ended = (amounts.moment("2026-11-01", NOW, end=end) for end in (False, True))
    assert began == datetime(2026, 11, 1).astimezone(UTC)
    assert ended - began == timedelta(days=1) - timedelta(microseconds=1)


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "0s", "1x", "30 days", "1e9d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a duration"):
        amounts.seconds(text)


@pytest.mark.parametrize("text", ["", "M", "0", "-5K", "5X", "5 apples"])
def test_what_is_no_amount_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not an amount of bytes"):
        size(text)


@pytest.mark.parametrize("text", ["", "0%", "101%", "x", "-5%", "%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a share"):
        amounts.per_cent(text)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "999999999d", "0001-01-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a time"):
        amounts.moment(text, NOW)
