import msgspec
import pytest

from actors.download.work import Order, expired, languages
from schemas.common import Category
from schemas.options import ArchiveOptions
from ytarchive.errors import StageFailed
from ytarchive.settings import Settings

NOON, HOUR = 1_769_860_800, 3600


def order(subtitles: tuple[str, ...] | None, settings: Settings) -> Order:
    return Order("/staging", b"{}", ArchiveOptions(subtitles=subtitles), settings)


@pytest.mark.parametrize(
    ("hours", "of_use"),
    [(0, True), (4, True), (5.5, False), (7, False), (-24, True)],
    ids=["at once", "later", "for less than an hour", "no more", "by a clock that was set back"],
)
def test_media_addresses_are_of_use_as_long_as_the_site_says(hours: float, of_use: bool) -> None:
    info = {"epoch": NOON, "url": f"https://media.example/?expire={NOON + 6 * HOUR}"}
    assert expired(info, NOON + hours * HOUR) is not of_use


def test_those_of_a_fresh_look_up_are_tried_though_our_clock_is_a_day_ahead_of_the_sites() -> None:
    tomorrow = NOON + 24 * HOUR
    info = {"epoch": tomorrow, "url": f"https://media.example/?expire={NOON + 6 * HOUR}"}
    assert not expired(info, tomorrow + 60)
    assert expired(info, tomorrow + HOUR)
    assert not expired({"url": "https://media.example/"}, tomorrow)


def test_without_a_wish_the_settings_say_which_subtitles(settings: Settings) -> None:
    chosen = msgspec.structs.replace(settings, subtitle_languages="de, fr.*")

    assert languages(order(None, chosen)) == ("de", "fr.*")
    assert languages(order((), chosen)) == ()
    assert languages(order(("en",), chosen)) == ("en",)


def test_languages_that_are_no_regular_expressions_are_the_askers_to_change(settings: Settings) -> None:
    with pytest.raises(StageFailed) as caught:
        languages(order(("en", "*"), settings))

    assert caught.value.failure.category is Category.REQUEST
    assert "'*'" in caught.value.failure.message
