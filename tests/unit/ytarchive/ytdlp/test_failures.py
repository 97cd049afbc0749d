from typing import Any

import pytest
from yt_dlp.cookies import CookieLoadError
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    IncompleteRead,
    ProxyError,
    TransportError,
)
from yt_dlp.postprocessor.ffmpeg import FFmpegPostProcessorError
from yt_dlp.utils import (
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    PostProcessingError,
    UnavailableVideoError,
    UnsupportedError,
    UserNotLive,
)

from schemas.common import Category
from ytarchive.ytdlp.failure_rules import RULES, UNFORESEEN
from ytarchive.ytdlp.failures import classify, message_of, rule_for


class Answer:
    """As much of a response as an `HTTPError` looks at."""

    def __init__(self, status: int) -> None:
        self.status, self.reason = status, "Reason"
        self.url = "https://rr1.googlevideo.com/videoplayback"

    def close(self) -> None:
        """Nothing is open."""


def http(status: int) -> HTTPError:
    return HTTPError(Answer(status))


def extracted(message: str, cause: Any = None, *, expected: bool = True) -> DownloadError:
    error = ExtractorError(message, expected=expected, video_id="aaaaaaaaaaa", ie="youtube", cause=cause)
    return DownloadError(f"ERROR: {error}", (ExtractorError, error, None))


def downloaded(message: str, cause: BaseException | None = None) -> DownloadError:
    return DownloadError(f"ERROR: {message}", (type(cause), cause, None) if cause else None)


FULL = OSError(28, "No space left on device")
CASES: list[tuple[BaseException, list[str], Category]] = [
    (downloaded(f"unable to write data: {FULL}", FULL), [], Category.DISK),
    (UnavailableVideoError(OSError(122, "Disk quota exceeded")), [], Category.DISK),
    (extracted("Unable to download API page", CertificateVerifyError("no")), [], Category.ENVIRONMENT),
    (CookieLoadError("could not find firefox cookies database"), [], Category.ENVIRONMENT),
    (FFmpegPostProcessorError("ffmpeg not found. Please install"), [], Category.ENVIRONMENT),
    (
        PostProcessingError("Unable to communicate with SponsorBlock API: HTTP Error 429: Too Many Requests"),
        [],
        Category.NETWORK,
    ),
    (downloaded("You have requested merging but ffmpeg is not installed"), [], Category.ENVIRONMENT),
    (
        extracted("No video formats found!", expected=False),
        ["No supported JavaScript runtime could be found"],
        Category.ENVIRONMENT,
    ),
    (
        extracted("x", ProxyError("Tunnel connection failed: 407 Proxy Authentication Required")),
        [],
        Category.ENVIRONMENT,
    ),
    (downloaded("unable to open for writing: [Errno 13] Permission denied"), [], Category.ENVIRONMENT),
    (
        downloaded("unable to download video data: HTTP Error 403: Forbidden", http(403)),
        [],
        Category.URL_EXPIRED,
    ),
    (downloaded("unable to download video data: HTTP Error 404", http(404)), [], Category.URL_EXPIRED),
    (downloaded("\r[download] Got error: HTTP Error 403: Forbidden"), [], Category.URL_EXPIRED),
    (downloaded("\r[download] Got error: HTTP Error 404: Not Found"), [], Category.MEDIA),
    (extracted("Sign in to confirm you\u2019re not a bot. Use --cookies"), [], Category.BOT_CHECK),
    (extracted("Sign in to confirm you're not a bot"), [], Category.BOT_CHECK),
    (extracted("This content isn\u2019t available, try again later."), [], Category.RATE_LIMIT),
    (extracted("All player responses are invalid"), [], Category.RATE_LIMIT),
    (extracted("Unable to download webpage: HTTP Error 429", http(429)), [], Category.RATE_LIMIT),
    (
        extracted("Failed to extract any player response", expected=False),
        ["Unable to download API page: HTTP Error 429: Too Many Requests"],
        Category.RATE_LIMIT,
    ),
    (extracted("Unable to download webpage: HTTP Error 403", http(403)), [], Category.RATE_LIMIT),
    (downloaded("unable to download video data: HTTP Error 416", http(416)), [], Category.MEDIA),
    (extracted("This video is DRM protected"), [], Category.DRM),
    (extracted("Premieres in 4 hours"), [], Category.NOT_YET),
    (extracted("This live event will begin in a few moments."), [], Category.NOT_YET),
    (extracted("We\u2019re processing this video. Check back later."), [], Category.NOT_YET),
    (UserNotLive(video_id="someone"), [], Category.NOT_YET),
    (DownloadError("x", (UserNotLive, _ := UserNotLive("gone fishing"), None)), [], Category.NOT_YET),
    (extracted("The uploader has not made this video available in your country"), [], Category.GEO),
    (DownloadError("x", (GeoRestrictedError, GeoRestrictedError("not here"), None)), [], Category.GEO),
    (extracted("Unable to download webpage", http(451)), [], Category.GEO),
    (extracted("Private video. Sign in if you've been granted access"), [], Category.NEEDS_AUTH),
    (extracted("Join this channel to get access to members-only content"), [], Category.NEEDS_AUTH),
    (extracted("Sign in to confirm your age"), [], Category.NEEDS_AUTH),
    (extracted("This video requires payment to watch."), [], Category.NEEDS_AUTH),
    (extracted("This video is only available for registered users"), [], Category.NEEDS_AUTH),
    (extracted("Unable to download webpage", http(401)), [], Category.NEEDS_AUTH),
    (extracted("Video unavailable. This video has been removed by the uploader"), [], Category.GONE),
    (extracted("This live stream recording is not available."), [], Category.GONE),
    (extracted("Video unavailable. This video is not available"), [], Category.UNAVAILABLE),
    (extracted("Unable to download webpage", http(404)), [], Category.GONE),
    (extracted("Unable to download webpage", http(410)), [], Category.GONE),
    (extracted("Requested format is not available. Use --list-formats"), [], Category.REQUEST),
    (downloaded("No suitable extractor found for URL x"), [], Category.REQUEST),
    (extracted("YouTube said: The playlist does not exist."), [], Category.REQUEST),
    (extracted("Failed to resolve url (does the playlist exist?)"), [], Category.REQUEST),
    (extracted("This channel does not have a podcasts tab"), [], Category.REQUEST),
    (extracted("YouTube said: This channel does not exist."), [], Category.GONE),
    (extracted("The channel/playlist does not exist and the URL redirected"), [], Category.GONE),
    (extracted("YouTube said: This account has been terminated for violating"), [], Category.GONE),
    (extracted("Incomplete data received. Giving up after 3 retries"), [], Category.NETWORK),
    (DownloadError("x", (UnsupportedError, UnsupportedError("http://x"), None)), [], Category.REQUEST),
    (UnsupportedError("http://x"), [], Category.REQUEST),
    (downloaded("fragment 3 not found, unable to continue"), [], Category.MEDIA),
    (downloaded("The downloaded file is empty"), [], Category.MEDIA),
    (
        downloaded("Postprocessing: Conversion failed!", FFmpegPostProcessorError("Conversion failed!")),
        [],
        Category.MEDIA,
    ),
    (FFmpegPostProcessorError("Invalid data found when processing input"), [], Category.MEDIA),
    (downloaded("[download] Got error: 100 bytes read, 900 more expected"), [], Category.NETWORK),
    (downloaded("x", IncompleteRead(partial=100, expected=900)), [], Category.NETWORK),
    (extracted("Unable to download API page", http(503)), [], Category.SERVER_ERROR),
    (downloaded("[download] Got error: HTTP Error 502: Bad Gateway"), [], Category.SERVER_ERROR),
    (
        extracted("Unable to download API page", TransportError("Name not known")),
        [],
        Category.NETWORK,
    ),
    (
        extracted("Failed to extract any player response", expected=False),
        ["Unable to download API page: HTTP Error 503: Service Unavailable"],
        Category.SERVER_ERROR,
    ),
    (
        extracted("Failed to extract any player response", expected=False),
        ["Unable to download API page: The read operation timed out"],
        Category.NETWORK,
    ),
    (extracted("No video formats found!", expected=False), [], Category.EXTRACTOR),
    (extracted("The page needs to be reloaded."), [], Category.EXTRACTOR),
    (extracted("Something new", expected=False), [], Category.BUG),
    (KeyError("formats"), [], Category.BUG),
]


@pytest.mark.parametrize(
    ("error", "warnings", "category"), CASES, ids=[f"{i}-{case[2]}" for i, case in enumerate(CASES)]
)
def test_an_error_of_yt_dlp_has_its_category(
    error: BaseException, warnings: list[str], category: Category
) -> None:
    failure = classify(error, warnings)

    assert failure.category is category
    assert failure.hint.endswith((".", ")"))


def test_every_row_of_the_table_decides_something() -> None:
    deciding = {id(rule_for(error, warnings)) for error, warnings, _ in CASES}

    assert [rule for rule in (*RULES, UNFORESEEN) if id(rule) not in deciding] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ERROR: [youtube] dQw4w9WgXcQ: Private video. Sign in. Use --cookies for",
            "Private video. Sign in.",
        ),
        ("ERROR: [youtube:tab] @some.one: This channel", "This channel"),
        ("ERROR: [youtube:tab] PLx: No!; please report this issue on  https://github.com/x", "No!"),
        ("\x1b[0;31mERROR:\x1b[0m \x1b[0;32m[x]\x1b[0m broken", "broken"),
        ("one\ntwo\r\n  three (caused by <HTTPError 503: X>)", "one two three"),
        ("you\u2019re", "you're"),
        ("Postprocessing: Conversion failed!", "Postprocessing: Conversion failed!"),
        ("", "Exception"),
    ],
)
def test_a_message_is_one_line_without_what_is_meant_for_others(text: str, message: str) -> None:
    assert message_of(Exception(text)) == message


def test_a_long_message_is_cut() -> None:
    message = message_of(Exception("word " * 1000))

    assert len(message) == 500
    assert message.endswith("\u2026")


def test_errors_that_wrap_each_other_in_a_circle_come_to_an_end() -> None:
    one, two = ExtractorError("one"), ExtractorError("two")
    one.cause, two.cause = two, one

    assert classify(one).category is Category.BUG


def test_what_is_no_text_is_replaced() -> None:
    assert message_of(Exception("half a pair \ud83d of it")) == "half a pair ? of it"
