import msgspec
import pytest

from actors.download.work import Order, languages
from schemas.common import Category
from schemas.options import ArchiveOptions
from ytarchive.errors import StageFailed
from ytarchive.settings import Settings


def order(subtitles: tuple[str, ...] | None, settings: Settings) -> Order:
    return Order("/staging", b"{}", ArchiveOptions(subtitles=subtitles), settings)


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
