"""What yt-dlp is told: the operator's options first, ours last, so that ours win.

The operator's words are parsed by yt-dlp itself; what they set is then compared with its defaults. Only
what is listed here may differ: how to reach the site, as whom, how fast, and a few preferences. Everything
else is refused, also what a later yt-dlp adds, because much of it runs programs, moves files, leaves videos
out or changes what is kept. What is written beside the media is ours to say, so ``--write-*`` is refused too.
"""

import contextlib
import copy
import functools
import io
import optparse
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from schemas.options import Container, Profile, Quality
from ytarchive.errors import UsageError
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.passwords import secrets_in, without_secrets
from ytarchive.small_file import content

if TYPE_CHECKING:
    from ytarchive.settings import Settings

_ALLOWED: Final = {
    "how the site is reached": "proxy socket_timeout source_address impersonate geo_verification_proxy "
    "geo_bypass headers user_agent referer legacy_server_connect no_check_certificate prefer_insecure "
    "extractor_args",
    "as whom": "username password twofactor videopassword usenetrc netrc_location ap_mso ap_username "
    "ap_password client_certificate client_certificate_key client_certificate_password cookiefile "
    "cookiesfrombrowser",
    "how fast, how stubbornly": "ratelimit throttledratelimit retries file_access_retries fragment_retries "
    "extractor_retries retry_sleep concurrent_fragment_downloads buffersize noresizebuffer http_chunk_size "
    "sleep_interval_requests sleep_interval max_sleep_interval sleep_interval_subtitles",
    "what is preferred, what is added": "format_sort format_sort_force prefer_free_formats check_formats "
    "merge_output_format getcomments addmetadata addchapters sponsorblock_mark sponsorblock_api "
    "sponsorblock_chapter_title",
    # What a preset sets is looked at like everything else.
    "its own matters": "compat_opts _triggered_aliases quiet noprogress color ignoreconfig",
}
"""Names of yt-dlp's parsed options, by what they are about."""

_EXTENSIONS: Final = {Container.MP4: "ext:mp4:m4a", Container.WEBM: "ext:webm:webm"}
"""Which streams go into a container as they are. Matroska holds anything."""

_COOKIES: Final = 16 << 20
"""Bytes of a file with cookies, at most: of a browser that was everywhere it has some."""
_UNSAFE_COMPAT: Final = "allow-unsafe-ext"

_OURS: Final = (
    *("--quiet", "--no-progress", "--color", "never", "--no-playlist", "--abort-on-error"),
    # A segment that is not there must not make a shorter video, nor a repair be left out of a resumed one.
    *("--abort-on-unavailable-fragments", "--fixup", "force", "--continue", "--part", "--no-mtime"),
    *("--output", "media.%(ext)s", "--concat-playlist", "never", "--sub-format", "vtt/best"),
)

SPONSORBLOCK: Final = ("sponsorblock_api", "sponsorblock_chapter_title")
"""Parameters that `YoutubeDL` does not know: where SponsorBlock is asked, and how its marks are called."""

_HINT: Final = "Change YTARCHIVE_YTDLP_OPTIONS (`ytarchive config show` tells where it was set)."


def base_params(settings: "Settings") -> dict[str, Any]:
    """Give fresh parameters for `YoutubeDL`: what every look-up and every download has in common.

    Raises `UsageError` naming the option that is not allowed or not understood.
    """
    sites = listed("YTARCHIVE_SITES", settings.sites)
    listed("YTARCHIVE_SUBTITLE_LANGUAGES", settings.subtitle_languages)
    params = copy.deepcopy(_parsed(settings.ytdlp_options))
    cache = settings.state_dir / "cache" / "yt-dlp"
    rate = {"ratelimit": settings.limit_rate} if settings.limit_rate else {}
    return (
        params
        | rate
        | {
            "allowed_extractors": sites,
            "cachedir": str(cache),
            "cookiefile": _cookies(params["cookiefile"]),
            "ffmpeg_location": ffmpeg_path(),
            "js_runtimes": {"deno": {"path": _deno()}},
            "warn_when_outdated": False,  # nothing here depends on the newest
        }
    )


def format_for(profile: Profile, most: int | None = None) -> dict[str, Any]:
    """Give the parameters that choose formats of a quality, in `most` lines, and what holds them.

    Lines are counted along the shorter side, so that upright videos count the same. Where nothing is that
    small, the smallest there is. Sorting does both; conditions in a format string can do neither.

    Codecs and container decide between formats that are alike in language, lines and frames a second. What
    the container cannot hold goes into Matroska.
    """
    quality, container = profile.quality, profile.container
    limits = [most] if most else []
    limits += [] if quality in (Quality.BEST, Quality.AUDIO) else [int(quality)]
    lines = [f"res:{min(limits)}"] if limits else []
    preferred = [
        *([f"vcodec:{profile.video_codec.value}"] if profile.video_codec else []),
        *([f"acodec:{profile.audio_codec.value}"] if profile.audio_codec else []),
        *([_EXTENSIONS[container]] if container in _EXTENSIONS else []),
    ]
    return {
        "format": "ba/ba*" if quality is Quality.AUDIO else "bv*+ba/b",
        "format_sort": ["lang", *(lines or ["res"]), "fps", *preferred] if preferred else lines,
        **({"merge_output_format": f"{container.value}/mkv"} if container else {}),
    }


def listed(name: str, value: str) -> list[str]:
    """Take a comma-separated list of regular expressions apart. Raises `UsageError` if one is not."""
    found = [one.strip() for one in value.split(",") if one.strip()]
    for one in found:
        try:
            re.compile(one)
        except re.error as error:
            raise UsageError(f"{name}: not a regular expression: {one!r}", hint=str(error)) from error
    return found


@functools.cache
def _parsed(options: str) -> dict[str, Any]:
    """Give the parameters that the operator's options and ours make; parsing takes yt-dlp 10 ms."""
    import yt_dlp  # noqa: PLC0415 - 1 s, in worker processes only

    try:
        words = shlex.split(options)
        with contextlib.redirect_stdout(io.StringIO()):  # --help and --version print
            _check(*yt_dlp.parseOpts(words), given=words)
            parsed = yt_dlp.parse_options([*words, *_OURS])
    except (optparse.OptParseError, ValueError, OSError, SystemExit) as error:
        reason = "they make it exit" if isinstance(error, SystemExit) else str(error).strip().splitlines()[-1]
        told = without_secrets(reason, secrets_in(options))
        raise UsageError(f"yt-dlp does not take its options: {told}", hint=_HINT) from error
    # yt-dlp hands these on only where its own command line asks for SponsorBlock
    asides = {name: getattr(parsed.options, name) for name in SPONSORBLOCK}
    params: dict[str, Any] = {**parsed.ydl_opts, **asides}
    return params


def _check(
    parser: optparse.OptionParser, found: optparse.Values, words: list[str], *, given: list[str]
) -> None:
    if words:
        # not the word itself, which may be what is left of a password
        where = f"word {given.index(words[0]) + 1} of {len(given)}"
        raise UsageError(f"not an option of yt-dlp: {where}", hint=_HINT)
    defaults, allowed = parser.get_default_values(), " ".join(_ALLOWED.values()).split()
    for name, value in vars(found).items():
        if value != getattr(defaults, name, None) and name not in allowed:
            raise UsageError(f"yt-dlp option {_spelled(parser, name, given)} is not allowed", hint=_HINT)
    if _UNSAFE_COMPAT in found.compat_opts:
        raise UsageError(f"yt-dlp option --compat-options {_UNSAFE_COMPAT} is not allowed", hint=_HINT)
    for name in ("proxy", "geo_verification_proxy"):
        if re.search("[/?#].*@", (getattr(found, name) or "").rpartition("://")[2]):
            # yt-dlp would take what is before it for the host, and name that wherever it is not found
            what = f"yt-dlp option {_spelled(parser, name, given)} has /, ? or # in its login"
            raise UsageError(what, hint=f"Write %2F, %3F and %23 there. {_HINT}")
    for name, secret in (("username", "password"), ("ap_username", "ap_password")):
        if getattr(found, name) is not None and getattr(found, secret) is None:
            # yt-dlp would ask for it at a terminal
            raise UsageError(f"yt-dlp option {_spelled(parser, name, given)} lacks its password", hint=_HINT)


def _spelled(parser: optparse.OptionParser, name: str, given: list[str]) -> str:
    """Give the option that set `name` as it was given, or in its usual spelling."""
    options: Any = [option for group in parser.option_groups for option in group.option_list]
    spellings = [str(option).split("/") for option in options if option.dest == name] or [[name]]
    words = {word.partition("=")[0] for word in given}
    return next((one for each in spellings for one in each if one in words), spellings[0][-1])


def _cookies(path: str | None) -> io.StringIO | None:
    """Read the cookies into a copy of this worker: yt-dlp writes back what it was given."""
    if path is None:
        return None
    try:
        return io.StringIO(content(Path(path).expanduser(), _COOKIES).decode(), newline=None)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the cookies cannot be read: {error}", hint=_HINT) from error


def _deno() -> str | None:
    import deno  # noqa: PLC0415 - beside yt_dlp

    with contextlib.suppress(FileNotFoundError):
        found: str = deno.find_deno_bin()
        return found
    return None
