import msgspec
import pytest

from ytarchive.ytdlp.places import Place, read, written

PLACE = Place(
    lists=(("https://www.youtube.com/@x/videos", 1), ("https://www.youtube.com/@x/shorts", 1)),
    pages=3,
    entries=90,
    accepted=80,
    token="4qmFsgK",
    notes={"lists within it that were left out": 2},
)


def test_a_place_is_read_as_it_was_written() -> None:
    assert read(written(PLACE)) == PLACE
    assert read(written(Place())) == Place()


@pytest.mark.parametrize("text", ["", "x", "{", '{"lists":3}', '{"pages":"3"}', "[]"])
def test_what_was_not_written_here_is_no_place(text: str) -> None:
    assert read(text) is None


def test_where_a_token_is_too_long_the_place_goes_without() -> None:
    long = msgspec.structs.replace(PLACE, token="x" * 8100)

    assert read(written(long)) == msgspec.structs.replace(PLACE, token="")


def test_where_there_are_too_many_lists_there_is_no_place() -> None:
    lists = tuple((f"https://www.youtube.com/playlist?list={number:034}", 1) for number in range(200))

    assert written(msgspec.structs.replace(PLACE, lists=lists)) == ""
    assert len(written(msgspec.structs.replace(PLACE, lists=lists[:80]))) <= 8192


def test_a_list_without_an_address_cannot_be_gone_back_to() -> None:
    assert written(msgspec.structs.replace(PLACE, lists=(("", 1),))) == ""
