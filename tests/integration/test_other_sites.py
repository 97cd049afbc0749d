"""Pages that lead elsewhere, as yt-dlp's generic extractor meets them."""

from pathlib import Path

import msgspec
import pytest
from yt_dlp.networking.exceptions import HTTPError

from schemas.common import Category
from schemas.options import ArchiveOptions, Choices
from tests.integration.elsewhere import Site, anywhere, refusing_proxy, site
from ytarchive.settings import Settings
from ytarchive.ytdlp.download import download
from ytarchive.ytdlp.extract import extract
from ytarchive.ytdlp.failures import YtdlpFailure, _chain
from ytarchive.ytdlp.listing import Listed, Page, list_collection
from ytarchive.ytdlp.options import base_params

__all__ = ["anywhere", "site"]


def test_a_redirect_to_a_video_is_followed(site: Site, anywhere: Settings) -> None:
    found = extract(f"{site.origin}/moved/media/a.mp4", base_params(anywhere))

    assert (found.video.video_id, found.info["url"]) == ("a", f"{site.origin}/media/a.mp4")


def test_a_redirect_to_several_videos_is_refused_without_visiting_them(
    site: Site, anywhere: Settings
) -> None:
    with pytest.raises(YtdlpFailure) as caught:
        extract(f"{site.origin}/moved/feed", base_params(anywhere))

    assert caught.value.failure.category is Category.REQUEST
    assert "several videos" in caught.value.failure.message
    assert [path for path in site.asked if path.startswith("/media/")] == []


@pytest.mark.parametrize(
    ("path", "category", "hint"),
    [
        ("/status/401", Category.NEEDS_AUTH, "wants a login"),
        ("/status/403", Category.RATE_LIMIT, "pause for a while"),
        ("/status/404", Category.GONE, "does not know this address"),
        ("/status/410", Category.GONE, "says that it is gone"),
        ("/status/429", Category.RATE_LIMIT, "pause for a while"),
        ("/status/451", Category.GEO, "legal reasons"),
        ("/status/500", Category.SERVER_ERROR, "trouble of its own"),
        ("/page", Category.REQUEST, "address of a video"),
    ],
)
def test_what_a_site_answers_has_a_category_and_a_hint(
    site: Site, anywhere: Settings, path: str, category: Category, hint: str
) -> None:
    with pytest.raises(YtdlpFailure) as caught:
        extract(site.origin + path, base_params(anywhere))

    for error in _chain(caught.value):
        if isinstance(error, HTTPError):
            error.close()  # yt-dlp leaves that to the garbage collector
    failure = caught.value.failure
    assert (failure.category, hint in failure.hint) == (category, True), failure


def listed(url: str, settings: Settings, pages: list[Page], resume: str = "") -> Listed:
    return list_collection(
        url, base_params(settings), pages.append, choices=Choices(), pages=len(pages), resume=resume
    )


def test_a_list_is_listed_without_visiting_what_is_in_it(site: Site, anywhere: Settings) -> None:
    pages: list[Page] = []

    found = listed(f"{site.origin}/moved/feed", anywhere, pages)

    assert found == Listed(1, "Feed")
    assert [(entry.title, entry.url) for entry in pages[0].entries] == [
        (name, f"{site.origin}/media/{name}.mp4") for name in "abc"
    ]
    assert len({entry.video_id for entry in pages[0].entries}) == 3
    assert [path for path in site.asked if path.startswith("/media/")] == []


def test_a_list_that_comes_in_one_piece_is_cut_and_can_be_gone_on_with(
    site: Site, anywhere: Settings
) -> None:
    pages: list[Page] = []
    listed(f"{site.origin}/long/500", anywhere, pages)
    assert [len(page.entries) for page in pages] == [200, 200, 100]

    again = pages[:2]
    listed(f"{site.origin}/long/500", anywhere, again, pages[1].resume)

    assert [page.number for page in again] == [1, 2, 3, 4]
    assert (again[2].entries, again[3].entries) == (pages[1].entries, pages[2].entries)


def test_what_cannot_be_asked_for_one_by_one_is_left_out_and_that_is_said(
    site: Site, anywhere: Settings
) -> None:
    pages: list[Page] = []

    found = listed(f"{site.origin}/two", msgspec.structs.replace(anywhere, sites="generic,html5"), pages)

    assert (pages, found.note) == ([], "entries without an address that were left out: 2")


def test_a_site_that_does_not_answer_is_no_list(site: Site, anywhere: Settings) -> None:
    with pytest.raises(YtdlpFailure) as caught:
        listed(f"{site.origin}/status/404", anywhere, [])

    for error in _chain(caught.value):
        if isinstance(error, HTTPError):
            error.close()
    assert caught.value.failure.category is Category.GONE


def test_media_without_a_byte_is_fetched_again(site: Site, anywhere: Settings, tmp_path: Path) -> None:
    params = base_params(anywhere)
    info = extract(f"{site.origin}/media/empty.mp4", params).info
    staging = tmp_path / "staging"
    staging.mkdir()

    with pytest.raises(YtdlpFailure) as caught:
        download(info, staging, ArchiveOptions(), params, lambda _: None)

    assert caught.value.failure.category is Category.MEDIA


def test_a_proxy_that_wants_a_password_is_for_the_operator(anywhere: Settings) -> None:
    with refusing_proxy() as proxy:
        options = f"--proxy {proxy} --extractor-retries 0"
        with pytest.raises(YtdlpFailure) as caught:
            extract(
                "https://example.org/x", base_params(msgspec.structs.replace(anywhere, ytdlp_options=options))
            )

    failure = caught.value.failure
    assert (failure.category, failure.hint) == (
        Category.ENVIRONMENT,
        "The proxy wants a user and password.",
    ), failure
