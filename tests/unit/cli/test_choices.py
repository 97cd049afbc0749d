from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.choices import choices
from schemas.options import Choices
from ytarchive.errors import UsageError


def test_what_is_chosen_in_a_person_s_words_is_what_the_wire_has() -> None:
    chosen = {
        "since": "2024-01-31",
        "until": "20241231",
        "shortest": "1:30",
        "longest": "2h",
        "title": "cats?",
        "title_not": "dog",
        "shorts": False,
        "live": True,
        "newest": 5,
        "least_height": 720,
    }
    assert choices(chosen) == Choices(
        since="20240131",
        until="20241231",
        shortest=90,
        longest=7200,
        title="cats?",
        title_not="dog",
        shorts=False,
        live=True,
        newest=5,
        least_height=720,
    )
    assert choices({}) == Choices()


@pytest.mark.parametrize(("text", "days"), [("0d", 0), ("30d", 30), ("2w", 14), ("6mo", 180), ("2y", 730)])
def test_a_time_ago_is_counted_from_today(text: str, days: int) -> None:
    before, found, after = _today(days), choices({"since": text}).since, _today(days)
    assert found in {before, after}


def _today(days: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=days):%Y%m%d}"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("45s", 45), ("20m", 1200), ("1.5h", 5400), ("1:30", 90), ("1:02:03", 3723)],
)
def test_a_time_is_written_as_people_do(text: str, seconds: float) -> None:
    assert choices({"longest": text}).longest == seconds


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("since", "yesterday", "--since yesterday: not a day"),
        ("since", "6m", "--since 6m: not a day such as 2024-01-31, nor days ago such as 30d, 2w, 6mo"),
        ("since", "2024-02-30", "--since 2024-02-30: not a day"),
        ("since", "2024-1-11", "--since 2024-1-11: not a day"),
        ("until", "99999y", "--until 99999y: not a day"),
        ("shortest", "1:99", "--min-duration 1:99: not a time"),
        ("shortest", "9" * 500, "--min-duration 9999"),
        ("longest", "-5", "--max-duration -5: not a time"),
        ("longest", "", "--max-duration : not a time"),
        ("title", "(", "--match (: not a regular expression"),
        ("title", "a{99999999999}", "--match a{99999999999}: not a regular expression"),
        ("title_not", "x" * 201, "--reject xxx"),
        ("newest", 0, "--newest 0: Expected `int` >= 1"),
        ("most_height", 0, "--max-height 0: Expected `int` >= 1"),
        ("least_height", -1, "--min-height -1: Expected `int` >= 1"),
    ],
)
def test_what_is_not_understood_names_the_option_and_what_is_wrong(name: str, value: Any, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        choices({name: value})
    assert str(raised.value).startswith(said)
    assert len(str(raised.value)) < 400
    assert " - at " not in str(raised.value)


@pytest.mark.parametrize(
    "chosen", [{"since": "2024-02-01", "until": "2024-01-01"}, {"shortest": "2h", "longest": "30m"}]
)
def test_bounds_between_which_nothing_lies_are_refused(chosen: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="nothing lies between --"):
        choices(chosen)
    assert choices(dict(zip(chosen, reversed(chosen.values()), strict=True))) != Choices()
