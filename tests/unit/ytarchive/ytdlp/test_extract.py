import hashlib
from typing import Any

import msgspec
import pytest

from ytarchive.ytdlp.download import expires_in
from ytarchive.ytdlp.extract import _readable, fingerprint, id_token, video_of

INFO: dict[str, Any] = {
    "id": "dQw4w9WgXcQ",
    "title": "A title",
    "description": "What it is about",
    "extractor_key": "Youtube",
    "duration": 12,
    "chapters": [{"title": "Intro", "start_time": 0, "end_time": 4}],
    "tags": ["one", "two"],
    "subtitles": {"en": [{"url": "https://www.youtube.com/api/timedtext?signature=1"}]},
    "thumbnail": "https://i.ytimg.com/vi/x/hq.jpg?sqp=1",
    "thumbnails": [{"id": "0", "url": "https://i.ytimg.com/vi/x/hq.jpg?sqp=1"}],
    "formats": [{"url": "https://rr1.googlevideo.com/videoplayback?expire=1000"}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"view_count": 7},
        {"like_count": 7, "comment_count": 2, "channel_follower_count": 9, "average_rating": 4.9},
        {"heatmap": [{"start_time": 0, "end_time": 1, "value": 0.5}]},
        {"epoch": 1795500000, "_version": {"version": "2026.10.26"}},
        {"formats": [], "url": "x", "format_id": "137+140", "width": 1920, "tbr": 3000.1},
        {"automatic_captions": {"de": [{"url": "x"}]}},
        {"subtitles": {"en": [{"url": "https://www.youtube.com/api/timedtext?signature=2"}]}},
        {"thumbnail": "https://i.ytimg.com/vi/x/hq.jpg?sqp=2"},
        {"thumbnails": [{"id": "0", "url": "https://i.ytimg.com/vi/x/hq.jpg?sqp=2"}]},
        {"comments": [{"text": "first"}]},
    ],
)
def test_what_changes_by_itself_does_not_change_the_fingerprint(change: dict[str, Any]) -> None:
    assert fingerprint({**INFO, **change}) == fingerprint(INFO)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title"},
        {"description": ""},
        {"chapters": []},
        {"tags": ["two", "one"]},
        {"duration": 13},
        {"subtitles": {"en": [], "de": []}},
        {"thumbnail": "https://i.ytimg.com/vi/x/other.jpg"},
        {"availability": "unlisted"},
        {"license": "Creative Commons"},
    ],
)
def test_what_people_change_changes_the_fingerprint(change: dict[str, Any]) -> None:
    assert fingerprint({**INFO, **change})[0] != fingerprint(INFO)[0]


def test_the_order_of_fields_does_not_matter_and_the_digest_is_of_the_documents_json() -> None:
    digest, document = fingerprint(dict(reversed(INFO.items())))

    assert digest == fingerprint(INFO)[0]
    assert digest == hashlib.sha256(msgspec.json.encode(document)).hexdigest()
    assert "formats" not in document


def test_ids_of_other_sites_come_into_our_alphabet_and_stay_different() -> None:
    assert id_token("dQw4w9WgXcQ") == "dQw4w9WgXcQ"
    assert id_token("a/b") != id_token("a.b")
    assert id_token("../../etc/passwd").startswith("-etc-passwd-")
    assert len(id_token("x" * 500)) <= 64


def test_little_is_enough_for_a_video() -> None:
    video = video_of({"id": "x/1", "extractor_key": "Generic", "title": None, "duration": -1})

    assert msgspec.json.decode(msgspec.json.encode(video), type=type(video)) == video
    assert (video.site, video.title, video.duration) == ("generic", "x/1", None)


@pytest.mark.parametrize(
    ("info", "seconds"),
    [
        ({"formats": [{"url": "https://x/?expire=1500"}, {"url": "https://x/?expire=1200&id=1"}]}, 200),
        ({"formats": [{"manifest_url": "https://x/api/expire/900/ip/127.0.0.1", "url": "https://x/"}]}, -100),
        ({"url": "https://x/?expire=2000"}, 1000),
        ({"formats": [{"url": "https://x/?expire=soon"}]}, None),
        ({"formats": []}, None),
    ],
)
def test_media_addresses_say_how_long_they_live(info: dict[str, Any], seconds: float | None) -> None:
    assert expires_in(info, now=1000) == seconds


def test_a_title_with_half_a_surrogate_pair_can_still_be_written() -> None:
    info = {"title": "a \ud83d b", "chapters": [{"title": "\udc00"}], "height": 360, "fps": None}

    assert _readable(info) == {"title": "a ? b", "chapters": [{"title": "?"}], "height": 360, "fps": None}
