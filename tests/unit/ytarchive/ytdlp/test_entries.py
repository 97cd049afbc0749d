from typing import Any

import pytest

from schemas.common import Entry
from ytarchive.ytdlp.entries import address, asked_for, endless, entry, identity, nested, newest_first, tab

ID = "dQw4w9WgXcQ"
WEB = "https://www.youtube.com"
FOUND: dict[str, Any] = {"_type": "url", "ie_key": "Youtube", "id": ID, "url": f"{WEB}/watch?v={ID}"}
ELSEWHERE: dict[str, Any] = {"_type": "url", "ie_key": "Vimeo", "id": "1/2", "url": "https://vimeo.com/1"}


def test_a_video_of_youtube_is_its_id() -> None:
    found = entry({**FOUND, "title": "A title", "duration": 12})

    assert found == Entry(video_id=ID, title="A title", duration=12)


def test_a_video_of_another_site_has_its_address_and_an_id_of_ours() -> None:
    found = entry(ELSEWHERE)

    assert found is not None
    assert (found.site, found.url, found.video_id[:4]) == ("vimeo", "https://vimeo.com/1", "1-2-")


def test_an_address_alone_is_an_entry_and_different_ones_are_different() -> None:
    one, other = (entry({"_type": "url", "url": f"https://example.org/{name}"}) for name in "ab")

    assert one is not None
    assert other is not None
    assert one.site == "generic"
    assert one.video_id != other.video_id


@pytest.mark.parametrize(
    "found",
    [
        {},
        {**FOUND, "id": None},
        {**FOUND, "id": 12345678901},
        {**FOUND, "id": "../../../.."},
        {**ELSEWHERE, "url": None},
        {**ELSEWHERE, "url": "file:///etc/passwd"},
        {**ELSEWHERE, "url": f"https://vimeo.com/{'1' * 2048}"},
        {"_type": "video", "extractor_key": "Generic", "id": "x", "formats": [{"url": "https://x.org/x"}]},
    ],
    ids=str,
)
def test_what_names_no_video_that_can_be_asked_for_is_no_entry(found: dict[str, Any]) -> None:
    assert entry(found) is None


def test_what_is_no_text_or_no_length_is_made_readable_or_left_out() -> None:
    found = entry({**FOUND, "title": "half a pair \ud83d" + "x" * 1000, "duration": "12"})

    assert found is not None
    assert found.title.startswith("half a pair ?xxx")
    assert (len(found.title), found.duration) == (300, None)


@pytest.mark.parametrize("duration", [None, 0, -1, 1e300, float("nan"), float("inf")])
def test_a_length_that_cannot_be_is_not_known(duration: float | None) -> None:
    found = entry({**FOUND, "duration": duration})

    assert found == Entry(video_id=ID)


@pytest.mark.parametrize(
    ("found", "is_list"),
    [
        ({"_type": "playlist", "entries": []}, True),
        ({"_type": "multi_video", "entries": []}, True),
        ({"_type": "url", "ie_key": "YoutubeTab", "url": f"{WEB}/playlist?list=PLx"}, True),
        ({"_type": "url", "ie_key": "VimeoChannel", "url": "https://vimeo.com/channels/x"}, True),
        ({"_type": "url_transparent", "ie_key": "YoutubePlaylist", "url": "PLx"}, True),
        (FOUND, False),
        (ELSEWHERE, False),
        ({"_type": "url", "url": "https://example.org/"}, False),
        ({"_type": "url", "ie_key": "NoSuchThing", "url": "https://example.org/"}, False),
        ({"id": "x"}, False),
    ],
    ids=str,
)
def test_a_list_is_told_from_a_video(found: dict[str, Any], is_list: bool) -> None:
    assert nested(found) is is_list


def test_an_address_is_plain_whatever_yt_dlp_has_hidden_in_it() -> None:
    hidden = "https://example.org/x#__youtubedl_smuggle=%7B%22a%22%3A+1%7D"

    assert address({"_type": "url", "url": hidden}) == "https://example.org/x"
    assert address({"webpage_url": "https://example.org/y"}) == "https://example.org/y"
    assert address({"original_url": "https://example.org/z"}) == "https://example.org/z"


@pytest.mark.parametrize(
    ("url", "expected", "first"),
    [
        (f"{WEB}/@some.one/videos", ("@some.one", "videos"), True),
        (f"{WEB}/channel/UCx/shorts/", ("channel/UCx", "shorts"), True),
        (f"{WEB}/c/x/streams", ("c/x", "streams"), True),
        (f"{WEB}/@x/videos?view=0&sort=p", ("@x", "videos"), False),
        (f"{WEB}/@x/playlists", ("@x", "playlists"), False),
        (f"{WEB}/@x", ("@x", ""), False),
        (f"{WEB}/playlist?list=PLx", ("", ""), False),
        ("https://example.org/@x/videos", ("", ""), False),
    ],
)
def test_the_tabs_of_a_channel_have_the_newest_on_top(
    url: str, expected: tuple[str, str], first: bool
) -> None:
    assert tab(url) == expected
    assert newest_first(url) == (expected[1] if first else "")


@pytest.mark.parametrize(
    ("url", "has_none"),
    [
        ("ytsearchall:words", True),
        ("ytsearchdateall:words", True),
        ("ytsearch10:words", False),
        (f"{WEB}/results?search_query=words", True),
        ("https://music.youtube.com/search?q=words", True),
        (f"{WEB}/watch?v={ID}&list=RD{ID}", True),
        (f"{WEB}/playlist?list=RDCLAK5uy", True),
        (f"{WEB}/hashtag/cats", True),
        (f"{WEB}/feed/trending", True),
        (WEB + "/", True),
        (f"{WEB}/playlist?list=PLRDx", False),
        (f"{WEB}/@x/videos", False),
        ("https://example.org/?list=RDx", False),
    ],
)
def test_what_may_have_no_end_is_known_by_its_address(url: str, has_none: bool) -> None:
    assert endless(url) is has_none


@pytest.mark.parametrize(
    ("url", "count"), [("ytsearch10:x", 10), ("ytsearchdate5:x", 5), ("ytsearchall:x", None), (WEB, None)]
)
def test_a_search_may_say_how_many(url: str, count: int | None) -> None:
    assert asked_for(url) == count


def test_one_list_has_many_spellings() -> None:
    same = [
        f"{WEB}/playlist?list=PLx&si=y",
        f"{WEB}/watch?v={ID}&list=PLx",
        "https://m.youtube.com/?list=PLx",
    ]

    assert {identity(url) for url in same} == {"PLx"}
    assert identity(f"{WEB}/@x/videos/") == identity(f"{WEB}/@x/videos#top")
    assert identity(f"{WEB}/@x/videos") != identity(f"{WEB}/@x/shorts")
