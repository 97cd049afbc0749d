"""Passwords out of what is shown: of settings, of lines of files, of what others say about an address.

A password is in an address (``socks5://user:password@host``), or is the value of an option of yt-dlp.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final
from urllib.parse import unquote, urlsplit

STARS: Final = "***"

_OPTIONS: Final = (
    "--password",
    "--twofactor",
    "--video-password",
    "--ap-password",
    "--client-certificate-password",
    "--add-headers",
    "--extractor-args",
)
"""Of yt-dlp, which takes every beginning of them too. Headers carry logins, arguments tokens."""

_SHORT: Final = re.compile(r"-[A-Za-z0-9]*?[p2]")
_LEAST: Final = 3
_IN_ADDRESS: Final = re.compile(r"(?<=://)[^/\s\"']+(?=@)")
_IN_SERVER: Final = re.compile(r"(?i)(nats_url[\"']?\s*[=:]\s*[\"']?)(?!\w+://)[^\s\"']+(?=@)")
_BESIDE: Final = re.compile(
    r"(?<![\w-])(--?[\w-]*(?:password|twofactor|headers?|extractor-args)|-p|-2)"
    r"(=|\s+)(\\?\"[^\"]*\"|'[^']*'|[^\s\"']+)"
)
_IN_HEADER: Final = re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(['\"]?\s*[:=]\s*)[^\r\n]+")
_SHORTEST: Final = 4
"""Of a secret that is looked for by itself: stars for shorter ones would be everywhere."""


def without_passwords(text: str) -> str:
    """Give any text with stars where passwords stand."""
    return _IN_ADDRESS.sub(STARS, _BESIDE.sub(rf"\1\2{STARS}", _IN_SERVER.sub(rf"\1{STARS}", text)))


def address_without_login(address: str) -> str:
    """Give a server's address without whatever stands before its host, be it as wrong as it may."""
    before, at, host = address.rpartition("@")
    scheme, beside, _ = before.partition("://")
    return f"{scheme}{beside}{STARS}@{host}" if beside else f"{STARS}@{host}" if at else host


def options_without_passwords(options: str) -> str:
    """Give yt-dlp options, as a shell would have them, likewise.

    What belongs to no option is stars, and so is all that cannot be taken apart.
    """
    try:
        words = shlex.split(options)
    except ValueError:
        return STARS
    shown: list[str] = []
    follows = hides = False  # whether the next word is an option's value, and not to be seen
    for word in words:
        name, equals, _ = word.partition("=")
        if word.startswith("--"):
            secret = len(name) >= _LEAST and any(option.startswith(name) for option in _OPTIONS)
            shown.append(f"{name}={STARS}" if secret and equals else shlex.quote(word))
            follows, hides = not equals, secret
        elif word.startswith("-"):
            short = _SHORT.match(word)
            shown.append(short[0] + STARS * (word != short[0]) if short else shlex.quote(word))
            follows, hides = not short or word == short[0], bool(short)
        else:
            shown.append(shlex.quote(word) if follows and not hides else STARS)
            follows = False
    return _IN_ADDRESS.sub(STARS, " ".join(shown))


def value_without_passwords(name: str, value: object) -> str:
    """Give the value of a setting as it may be shown; nothing where there is none."""
    if value is None:
        return ""
    if name == "nats_url":
        return address_without_login(str(value))
    return options_without_passwords(str(value)) if name == "ytdlp_options" else without_passwords(str(value))


def holds_password(name: str, value: object) -> bool:
    """Tell whether a password is in the value of a setting."""
    return STARS in value_without_passwords(name, value)


def secrets_in(options: str) -> frozenset[str]:
    """Give the secrets among yt-dlp options, as far as they can be taken apart: as written, and as meant."""
    try:
        words = shlex.split(options)
    except ValueError:
        return frozenset()
    found = {*_in_addresses(words), *_of_options(words)}
    return frozenset(secret for secret in found if len(secret) >= _SHORTEST)


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """Give what somebody said with stars for logins in addresses, what headers carry, and known `secrets`."""
    if "://" in text:  # every value of every log line comes by here, and few hold any
        text = _IN_ADDRESS.sub(STARS, text)
    if ":" in text or "=" in text:
        text = _IN_HEADER.sub(rf"\1\2{STARS}", text)
    for secret in secrets:
        text = text.replace(secret, STARS)
    return text


def _in_addresses(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        try:
            password = urlsplit(word.rpartition("=")[2] if word.startswith("-") else word).password
        except ValueError:
            continue
        if password:
            yield from (password, unquote(password))


def _of_options(words: list[str]) -> Iterator[str]:
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        name, equals, value = word.partition("=")
        if name.startswith("--") and len(name) >= _LEAST and any(one.startswith(name) for one in _OPTIONS):
            given = value if equals else following
        elif not word.startswith("--") and (short := _SHORT.match(word)):
            given = word.removeprefix(short[0]) or following
        else:
            continue
        yield given
        yield given.partition(":")[2].strip()  # of a header, what stands behind its name
