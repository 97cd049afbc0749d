"""Pages that lead elsewhere, as yt-dlp's generic extractor meets them."""

from pathlib import Path

import msgspec
import pytest
from yt_dlp.networking.exceptions import HTTPError

from schemas.common import Category
from schemas.options import ArchiveOptions
from tests.integration.elsewhere import Site, anywhere, refusing_proxy, site
from ytarchive.settings import Settings
from ytarchive.ytdlp.download import download
from ytarchive.ytdlp.extract import extract
from ytarchive.ytdlp.failures import YtdlpFailure, _chain
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
