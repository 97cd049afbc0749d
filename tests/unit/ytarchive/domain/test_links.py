import msgspec
import pytest

from ytarchive.domain.links import BadLink, Link, is_list, link, video_id_of

ID = "jNQXAC9IVRw"
USUAL = Link(f"https://www.youtube.com/watch?v={ID}", ID)


def refused(text: str, *, youtube_only: bool = True) -> BadLink:
    with pytest.raises(BadLink) as error:
        link(text, youtube_only=youtube_only)
    assert error.value.hint
    return error.value


@pytest.mark.parametrize(
    "text",
    [
        f"https://www.youtube.com/watch?v={ID}",
        f"http://youtube.com/watch?v={ID}&list=PL123&t=10s#comments",
        f"https://m.youtube.com/watch?app=desktop&v={ID}",
        f"https://music.youtube.com/watch?v={ID}",
        f"https://youtu.be/{ID}?si=share",
        f"https://www.youtube.com/shorts/{ID}",
        f"https://www.youtube.com/live/{ID}/",
        f"https://www.youtube-nocookie.com/embed/{ID}?rel=0",
        f"https://www.youtube.com/v/{ID}",
        f"HTTPS://WWW.YOUTUBE.COM/watch?v={ID}",
        f"  https://youtu.be/{ID}\n",
    ],
)
@pytest.mark.parametrize("youtube_only", [True, False])
def test_all_addresses_of_a_video_are_the_same_link(text: str, youtube_only: bool) -> None:
    found = link(text, youtube_only=youtube_only)
    assert msgspec.structs.replace(found, beside="") == USUAL
    assert found.beside == ("PL123" if "list=" in text else "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cats",
        ID,
        "www.youtube.com/watch?v=" + ID,
        "file:///etc/passwd",
        "ftp://youtube.com/watch?v=" + ID,
        "javascript:alert(1)",
        "https://",
        "https://[::1",
        f"https://youtu.be/{ID}\x1b[31m",
        f"https://youtu.be/{ID}\nhttps://youtu.be/{ID}",
        f"https://youtu.be/{ID}?x=" + "x" * 2048,
    ],
)
def test_what_is_no_web_address_is_refused(text: str) -> None:
    said = str(refused(text))
    assert said.startswith("not a web address")
    assert said.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "https://www.youtube.com/playlist?list=PL123",
        "https://www.youtube.com/@someone/videos",
        "https://www.youtube.com/@someone/live",
        "https://www.youtube.com/channel/UC123",
        "https://www.youtube.com/watch?list=PL123",
        "https://www.youtube.com/shorts",
        "https://www.youtube.com/embed/videoseries?list=PL123",
        "https://www.youtube.com/embed/live_stream?channel=UC123",
        "https://www.youtube.com/feed/history",
    ],
)
def test_what_is_no_single_video_has_to_be_looked_at(text: str) -> None:
    assert link(text, youtube_only=True) == Link(text, None, list=True)
    assert video_id_of(text) is None


@pytest.mark.parametrize("text", ["https://www.youtube.com/", "https://youtu.be/", "http://m.youtube.com"])
def test_the_front_page_leads_to_nothing_in_particular(text: str) -> None:
    error = refused(text)
    assert str(error).startswith("neither a video nor a list")
    assert "playlist" in error.hint


@pytest.mark.parametrize(
    "text", ["ytsearch:cats", "ytsearch20:cats and dogs", "ytsearchdate5:x", "ytsearchall:x"]
)
def test_a_search_is_written_as_yt_dlp_has_it(text: str) -> None:
    assert link(f" {text}\n", youtube_only=True) == Link(text, list=True)


@pytest.mark.parametrize(
    "text",
    ["ytsearch", "ytsearch5", "ytsearch5:", "ytsearch5: ", "ytsearch5:a\nb", "ytsearchx:a", "ytsearch0:a"],
)
def test_what_only_looks_like_a_search_is_refused(text: str) -> None:
    assert str(refused(text)).startswith("not a web address")


def test_the_id_of_a_video_is_told_whatever_form_its_address_has() -> None:
    assert video_id_of(f"https://youtu.be/{ID}?si=share") == ID
    assert video_id_of("https://vimeo.com/1") is None


@pytest.mark.parametrize("video_id", [ID[:-1], ID + "x", "jNQXAC9IVR!", "é" * 11, "jNQXAC9 VRw"])
def test_what_cannot_be_a_video_id_is_refused(video_id: str) -> None:
    assert str(refused(f"https://www.youtube.com/watch?v={video_id}")).startswith("not a video id")


@pytest.mark.parametrize(
    "text",
    ["https://vimeo.com/1", "https://youtube.com.example.org/watch?v=" + ID, "https://notyoutube.com/x"],
)
def test_other_sites_pass_only_where_they_are_allowed(text: str) -> None:
    assert str(refused(text)).startswith("not a YouTube address")
    assert link(text, youtube_only=False) == Link(text, None)


def test_what_is_no_video_of_youtube_is_a_list_and_of_other_sites_nothing_is() -> None:
    assert [is_list(text) for text in ("https://www.youtube.com/@jawed", "ytsearch3:zoo")] == [True, True]
    others = (f"https://youtu.be/{ID}", "https://vimeo.com/76979871", "no address")
    assert not any(map(is_list, others))
