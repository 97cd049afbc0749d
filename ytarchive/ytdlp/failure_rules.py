"""The table of what yt-dlp's errors mean: ordered rows, of which the first that fits decides.

Measured with yt-dlp 2026.8.19 and 2026.10.26. The wording is YouTube's and changes: rows ask for little.
"""

from typing import Final

import msgspec

from schemas.common import Category


class Rule(msgspec.Struct, frozen=True):
    """One row: everything stated must fit. Texts are regular expressions, found anywhere, in any case.

    `error` is the name of a class somewhere in the chain of exceptions, bases included; `status` the first
    and last HTTP status; `said` is looked for in the message and `warned` in the warnings.
    """

    category: Category
    hint: str
    said: str = ""
    error: str = ""
    status: tuple[int, int] | None = None
    warned: str = ""


_COOKIES: Final = (
    "Give the cookies of an account that may watch it: YTARCHIVE_YTDLP_OPTIONS='--cookies FILE', then retry."
)
_COOKIES_OF: Final = "give its owner's cookies: YTARCHIVE_YTDLP_OPTIONS='--cookies FILE'"
_PAUSE: Final = "Requests from this address pause for a while and go on by themselves."
_NETWORK: Final = "Tried again by itself. If it stays, check the connection and the proxy."
_LATER: Final = "Looked at again by itself until it is there."
_ELSEWHERE: Final = "Retry by way of another country: YTARCHIVE_YTDLP_OPTIONS='--proxy URL'."
_TROUBLE: Final = "The site has trouble of its own; tried again by itself."
_UPGRADE: Final = "Upgrade yt-dlp (`uv lock --upgrade-package yt-dlp`), then retry."
_OPERATOR: Final = "Only the operator can mend this: reinstall ytarchive with its dependencies."

RULES: Final[tuple[Rule, ...]] = (
    # this machine
    Rule(
        Category.DISK,
        "Free some space; downloads wait until there is.",
        said=r"errno 28\b|no space left|errno 122\b|disk quota",
    ),
    Rule(
        Category.ENVIRONMENT,
        "The certificate of the site, or of a proxy between, is not trusted here.",
        error="CertificateVerifyError",
    ),
    Rule(
        Category.ENVIRONMENT,
        "Check the cookies in YTARCHIVE_YTDLP_OPTIONS: the file, or the browser they are read from.",
        error="CookieLoadError",
    ),
    Rule(Category.ENVIRONMENT, _OPERATOR, said=r"ff(mpeg|probe)( and ffmpeg)? (is )?not (found|installed)"),
    Rule(
        Category.ENVIRONMENT,
        "deno, the JavaScript runtime, is missing. Reinstall ytarchive with its dependencies.",
        said=r"no video formats|challenge|player response",
        warned=r"no supported javascript runtime",
    ),
    Rule(Category.ENVIRONMENT, "The proxy wants a user and password.", said=r"407 proxy auth"),
    Rule(
        Category.ENVIRONMENT,
        "Check the permissions of the library folder.",
        said=r"errno (13|30)\b|permission denied|read-only file system",
    ),
    # what is asked of somebody else than the site
    Rule(
        Category.NETWORK,
        "SponsorBlock does not answer; tried again by itself. Without marks and cuts it is not asked.",
        said=r"sponsorblock api",
    ),
    # media addresses
    Rule(
        Category.URL_EXPIRED,
        "Media addresses live a few hours; the video is looked up again.",
        said=r"unable to download video data",
        status=(403, 410),
    ),
    Rule(Category.URL_EXPIRED, "The video is looked up again.", said=r"got error", status=(403, 403)),
    Rule(Category.MEDIA, "Fetched again by itself.", said=r"got error", status=(404, 410)),
    Rule(Category.MEDIA, "What was there is longer than what the site has: fetched anew.", status=(416, 416)),
    # the egress identity
    Rule(
        Category.BOT_CHECK,
        f"The site takes us for a robot. {_PAUSE} Cookies of an account may help.",
        said=r"not a bot|captcha|unusual traffic",
    ),
    Rule(Category.RATE_LIMIT, _PAUSE, status=(429, 429)),
    Rule(
        Category.RATE_LIMIT,
        _PAUSE,
        said=r"try again later|rate.?limited|too many requests|player responses are invalid",
    ),
    Rule(
        Category.RATE_LIMIT,
        _PAUSE,
        said=r"player response|no video formats",
        warned=r"http error 429|too many requests",
    ),
    # the list
    Rule(
        Category.GONE,
        "Check its address: the site leads from there to its own front page.",
        said=r"channel/playlist does not exist",
    ),
    Rule(
        Category.REQUEST,
        f"Check its address. A private playlist is said not to exist, too: if it is one, {_COOKIES_OF}.",
        said=r"playlist (type is unviewable|does not exist)|does the playlist exist",
    ),
    Rule(Category.GONE, "Check its address; the site knows no such channel.", said=r"channel does not exist"),
    Rule(
        Category.REQUEST,
        "Give the address of the channel itself: all its lists of videos are archived then.",
        said=r"does not have an? .*tab",
    ),
    Rule(
        Category.NETWORK,
        "The site sent half of what was asked for; tried again by itself.",
        said=r"incomplete data received",
    ),
    # the video
    Rule(Category.DRM, "Videos under DRM cannot be archived.", said=r"\bDRM\b"),
    Rule(
        Category.NOT_YET,
        _LATER,
        said=r"premieres in|will begin (in|shortly)|processing this video|live event has ended|"
        r"\bis (currently )?live\b|is offline",
    ),
    Rule(Category.NOT_YET, _LATER, error="UserNotLive"),
    Rule(Category.GEO, _ELSEWHERE, error="GeoRestrictedError"),
    Rule(Category.GEO, _ELSEWHERE, said=r"(in|from) your (country|location|region)|geo.?restrict"),
    Rule(
        Category.GEO, "Refused for legal reasons at this place; retry by way of another.", status=(451, 451)
    ),
    Rule(Category.NEEDS_AUTH, f"The video is private. {_COOKIES}", said=r"private video|video is private"),
    Rule(
        Category.NEEDS_AUTH,
        f"The video is for members of the channel. {_COOKIES}",
        said=r"join this channel|members.only|members on level",
    ),
    Rule(
        Category.NEEDS_AUTH,
        f"The site wants to know the viewer's age. {_COOKIES}",
        said=r"confirm your age|age.restricted|inappropriate for some users",
    ),
    Rule(Category.NEEDS_AUTH, f"The video has to be bought. {_COOKIES}", said=r"requires? payment"),
    Rule(
        Category.NEEDS_AUTH,
        f"The site wants a login. {_COOKIES}",
        said=r"log ?in required|sign in|registered users|account credentials",
    ),
    Rule(Category.NEEDS_AUTH, f"The site wants a login. {_COOKIES}", status=(401, 401)),
    Rule(
        Category.GONE,
        "Nothing can be fetched any more.",
        said=r"removed by the uploader|has been removed|been terminated|copyright claim|terms of service|"
        r"recording is not available|no longer (available|exists)|been deleted|account .* closed",
    ),
    Rule(
        Category.UNAVAILABLE,
        "The site does not say why. It is tried a few more times, days apart.",
        said=r"video is (not available|unavailable)|video unavailable|content is not available",
    ),
    Rule(Category.GONE, "The site does not know this address (any more).", status=(404, 404)),
    Rule(Category.GONE, "The site says that it is gone.", status=(410, 410)),
    # the request
    Rule(
        Category.REQUEST,
        "Ask for another quality: no format fits this one.",
        said=r"requested format is not available",
    ),
    Rule(
        Category.REQUEST,
        "Give the address of a video, a playlist or a channel.",
        said=r"no suitable extractor|unsupported url|not a valid url|"
        r"file:// urls|incomplete youtube id|truncated",
    ),
    # files
    Rule(
        Category.MEDIA,
        "Fetched again by itself.",
        said=r"fragment.*not found|downloaded file is empty|did not get any data|content too short|"
        r"giving up after.*fragment|fragments? .*skipp",
    ),
    Rule(
        Category.MEDIA,
        "ffmpeg could not put the streams together; they are fetched again.",
        error="PostProcessingError",
    ),
    # the network
    Rule(
        Category.NETWORK, _NETWORK, said=r"bytes read, \d+ more expected|timed out|connection (reset|refused)"
    ),
    Rule(Category.RATE_LIMIT, _PAUSE, status=(403, 403)),
    Rule(Category.SERVER_ERROR, _TROUBLE, status=(500, 599)),
    Rule(Category.NETWORK, _NETWORK, error="TransportError"),
    Rule(Category.SERVER_ERROR, _TROUBLE, said=r"player response", warned=r"http error 5\d\d"),
    Rule(Category.NETWORK, _NETWORK, said=r"player response", warned=r"timed out|unable to connect"),
    # yt-dlp does not understand the site any more
    Rule(
        Category.EXTRACTOR,
        _UPGRADE,
        said=r"no video formats found|page needs to be reloaded|failed to extract|unable to extract|"
        r"player response",
    ),
)
UNFORESEEN: Final = Rule(
    Category.BUG, "Not foreseen: `ytarchive logs` has the whole story. It is tried again twice."
)
