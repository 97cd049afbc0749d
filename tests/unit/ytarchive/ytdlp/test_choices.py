from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from yt_dlp.extractor.youtube import YoutubeTabIE

from schemas.common import Category
from schemas.options import Choices
from ytarchive.domain.choosing import Kind, Sighting
from ytarchive.ytdlp.choices import chooser, glimpse, patience, sighting
from ytarchive.ytdlp.failures import YtdlpFailure

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
SHORT, LIVE, PREMIERE = ({kind} for kind in Kind)


@pytest.mark.parametrize(
    ("known", "kinds"),
    [
        ({}, set()),
        ({"live_status": "not_live", "media_type": "video"}, set()),
        ({"live_status": "not_live", "media_type": "short"}, SHORT),
        ({"live_status": "was_live"}, LIVE),
        ({"live_status": "post_live"}, LIVE),
        ({"live_status": "is_live", "media_type": "livestream"}, LIVE),
        ({"live_status": "is_upcoming", "media_type": "livestream"}, LIVE),
        ({"live_status": "is_upcoming", "media_type": "video"}, PREMIERE),
        ({"live_status": "is_live", "media_type": "video"}, PREMIERE),
        ({"live_status": "is_upcoming"}, LIVE | PREMIERE),
    ],
)
def test_what_a_video_is_follows_from_its_metadata(known: dict[str, Any], kinds: set[Kind]) -> None:
    assert sighting(known).kinds == kinds


@pytest.mark.parametrize(
    ("tab", "entry", "kinds"),
    [
        ("", {}, set()),
        ("videos", {}, set()),
        ("shorts", {}, SHORT),
        ("", {"url": "https://www.youtube.com/shorts/dQw4w9WgXcQ"}, SHORT),
        ("streams", {}, LIVE),
        ("", {"live_status": "was_live"}, LIVE),
        ("streams", {"live_status": "is_upcoming"}, LIVE),
        ("videos", {"live_status": "is_upcoming"}, PREMIERE),
        ("", {"live_status": "is_upcoming"}, LIVE | PREMIERE),
    ],
)
def test_what_a_video_is_follows_from_the_list_it_is_in(
    tab: str, entry: dict[str, Any], kinds: set[Kind]
) -> None:
    assert glimpse(entry, tab, NOW).kinds == kinds


@pytest.mark.parametrize(
    ("formats", "lines"),
    [
        ([], None),
        ([{"vcodec": "none", "acodec": "opus"}], None),
        ([{"vcodec": "none"}, {"vcodec": "av01", "width": 1920, "height": 1080}], 1080),
        ([{"vcodec": "av01", "width": 608, "height": 1080}, {"vcodec": "h264", "height": 360}], 608),
        ([{"vcodec": "av01", "height": 1080}, {"vcodec": "h264"}], None),
    ],
)
def test_the_lines_are_those_of_the_best_picture_if_all_are_known(
    formats: list[dict[str, Any]], lines: int | None
) -> None:
    assert sighting({"formats": formats}).lines == lines


def test_the_lines_are_from_the_smallest_picture_to_the_largest() -> None:
    sizes = ((360, 640), (144, 256))
    formats = [{"vcodec": "av01", "width": width, "height": height} for width, height in sizes]
    seen = sighting({"formats": formats})
    assert (seen.fewest, seen.lines) == (144, 360)


def test_the_metadata_says_the_day_and_the_length() -> None:
    known = {"title": "A title", "upload_date": "20240229", "duration": 12}

    assert sighting(known) == Sighting(title="A title", earliest="20240229", latest="20240229", duration=12)


UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
}


@pytest.mark.parametrize(("count", "unit"), [(count, unit) for unit in UNITS for count in (1, 2, 3, 11, 30)])
@pytest.mark.parametrize("words", ["{} ago", "streamed {} ago"])
def test_what_a_list_says_of_the_day_in_yt_dlps_reading_rules_out_no_day_that_it_can_be(
    count: int, unit: str, words: str
) -> None:
    """On any day, given a site that leaves out what is less than a unit, and time zones of half a day."""
    shortest = {"month": timedelta(days=30), "year": timedelta(days=365)}.get(unit, UNITS[unit])
    half_a_day = timedelta(hours=12)
    for now in (NOW + timedelta(days=days, hours=days) for days in range(0, 1461, 5)):
        with time_machine.travel(now, tick=False):
            read = YoutubeTabIE.extract_relative_time(words.format(f"{count} {unit}{'s' * (count > 1)}"))

        seen = glimpse({"timestamp": read.replace(tzinfo=UTC).timestamp()}, "videos", now)

        newest, oldest = now - count * shortest, now - (count + 1) * UNITS[unit]
        assert seen.earliest is not None
        assert seen.latest is not None
        assert seen.latest >= f"{newest + half_a_day:%Y%m%d}"
        assert seen.earliest <= f"{oldest - half_a_day:%Y%m%d}"


def test_a_year_in_a_list_rules_out_other_years() -> None:
    seen = glimpse({"timestamp": (NOW - timedelta(days=730)).timestamp()}, "videos", NOW)

    assert "20230301" < str(seen.earliest) < "20230328"
    assert "20240328" < str(seen.latest) < "20240501"


@pytest.mark.parametrize("stated", [None, "yesterday", 1e30, -1e30, float("nan"), -62_135_596_800])
def test_a_day_that_cannot_be_understood_is_not_known(stated: object) -> None:
    assert glimpse({"timestamp": stated}, "", NOW) == Sighting()


def test_another_sites_list_may_know_the_day() -> None:
    assert glimpse({"upload_date": "20240229"}, "", NOW) == Sighting(earliest="20240229", latest="20240229")


@pytest.mark.parametrize(("stated", "known"), [(0, None), (-5, None), ("5", None), (12, 12), (1.5, 1.5)])
def test_a_length_of_nothing_is_not_known(stated: object, known: float | None) -> None:
    assert glimpse({"duration": stated}, "", NOW).duration == known


def test_a_pattern_that_is_none_is_the_requests_fault() -> None:
    with pytest.raises(YtdlpFailure) as raised:
        chooser(Choices(title="("))

    failure = raised.value.failure
    assert failure.category is Category.REQUEST
    assert "not a regular expression: '('" in failure.message
    assert "title pattern" in failure.hint


def test_a_pattern_that_takes_for_ever_on_a_title_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ytarchive.ytdlp.choices.PATIENCE", 0.2)
    choose = chooser(Choices(title="(a+)+$"))

    with pytest.raises(YtdlpFailure) as raised, patience():
        choose.why_not(Sighting(title="a" * 99 + "b"))

    assert raised.value.failure.category is Category.REQUEST
    assert "too long" in raised.value.failure.message
