"""Passwords out of what is shown: of settings, of lines of files, of what others say about an address.

A password is in an address (``socks5://user:password@host``), or is the value of an option of yt-dlp.
"""

import contextlib
import functools
import re
import shlex
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import unquote

STARS: Final = "***"

_OPTIONS: Final = (
    "--password",
    "--twofactor",
    "--video-password",
    "--ap-password",
    "--client-certificate-password",
    "--add-headers",
    "--extractor-args",
    "--netrc-cmd",
)
"""Of yt-dlp, which takes every beginning of them too. Headers carry logins, arguments tokens."""
_PROXIES: Final = ("--proxy", "--geo-verification-proxy", "--cn-verification-proxy")
_LIKE_THEM: Final = re.compile(r"(?i)pass?[wp]|pwd|secret|token|twofactor|headers?|args|ppa")
"""In the name of an option: who mistypes one, or gives what is refused, shows it to nobody either."""

_SHORT: Final = re.compile(r"-[A-Za-z0-9]*?[p2]")
_IN_ADDRESS: Final = re.compile(
    r"(?<=://)(?:[^\s\"'/:@\[]*:(?!\d*[/?#])(?:(?!://)[^\s\"'])*|[^/\s\"']+)(?=@)"
)
"""A login; whoever has not written / as %2F has it in the password."""
_IN_SERVER: Final = re.compile(
    r"(?i)((?:nats_url|proxy)[\"']?(?:\s*[=:]\s*|\s+)\\?[\"']?)(?!\w+://)[^\s\"'\\]+(?=@)"
)
_IN_HEADER: Final = re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)(['\"]?\s*[:=]\s*)[^\r\n]+")
_IN_ARGUMENTS: Final = re.compile(r"(?i)(?:token|visitor_data|password|secret)=([^;]+)")
_SHORTEST: Final = 4
"""Of a secret that is looked for by itself: stars for shorter ones would be everywhere."""


def without_passwords(text: str) -> str:
    """Give any text with stars where passwords stand."""
    return _IN_ADDRESS.sub(STARS, _beside().sub(rf"\1\2{STARS}", _IN_SERVER.sub(rf"\1{STARS}", text)))


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
    return without_passwords(" ".join(_shown(*part) for part in _parts(words)))


def option_names(options: str) -> list[str]:
    """Give the names of yt-dlp options, without their values; none where they cannot be taken apart."""
    try:
        return [name for name, _, _ in _parts(shlex.split(options)) if name]
    except ValueError:
        return []


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


def secrets_in(options: str, address: str = "") -> frozenset[str]:
    """Give the secrets among yt-dlp options, and in a server's address: as written, and as meant.

    Options that cannot be taken apart, which nobody takes, have none.
    """
    found = {*_of_login(address, bare=True)}
    with contextlib.suppress(ValueError):
        found |= {secret for part in _parts(shlex.split(options)) for secret in _of_option(*part)}
    return frozenset(secret for secret in found if len(secret) >= _SHORTEST)


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """Give what somebody said with stars for logins in addresses, what headers carry, and known `secrets`."""
    if "://" in text:  # every value of every log line comes by here, and few hold any
        text = _IN_ADDRESS.sub(STARS, text)
    if ":" in text or "=" in text:
        text = _IN_HEADER.sub(rf"\1\2{STARS}", text)
    for secret in sorted(secrets, key=len, reverse=True):  # one may be a part of another
        text = text.replace(secret, STARS)
    return text


def _parts(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Give each option, what stands between, and its value; no option where a word belongs to none."""
    waiting = deque(words)
    while waiting:
        word = waiting.popleft()
        if not word.startswith("-"):
            yield "", "", word
            continue
        name, joint, value = word.partition("=") if word.startswith("--") else _short(word)
        # a password may begin with a dash too
        if not (joint or value) and waiting and (_hides(name) or not waiting[0].startswith("-")):
            joint, value = " ", waiting.popleft()
        yield name, joint, value


def _short(word: str) -> tuple[str, str, str]:
    found = _SHORT.match(word)
    return (found[0], "", word.removeprefix(found[0])) if found else (word, "", "")


def _shown(name: str, joint: str, value: str) -> str:
    said = (name and shlex.quote(name)) + joint
    if _hides(name):
        return said + (STARS if joint or value else "")
    if _goes_through(name) and "@" in value:
        return said + address_without_login(value)
    return shlex.quote(f"{name}={value}") if joint == "=" else said + (value and shlex.quote(value))


def _of_option(name: str, _joint: str, value: str) -> Iterator[str]:
    yield from _of_login(value, bare=_goes_through(name))
    if name and _hides(name):
        behind = value.partition(":")[2].strip()  # of a header, what stands behind its name
        yield from (value, behind, behind.rpartition(" ")[2])
        for said in _IN_ARGUMENTS.findall(value):
            yield from (said, said.rpartition("+")[2])


def _of_login(address: str, *, bare: bool) -> Iterator[str]:
    """Give the password in an address, or the login if that is all; a `bare` one may lack its scheme."""
    for login in [address.rpartition("@")[0].rpartition("://")[2]] if bare else _IN_ADDRESS.findall(address):
        password = login.partition(":")[2] or login
        yield from (password, unquote(password))


def _hides(name: str) -> bool:
    """Tell whether nobody may see the value of an option, or of what is none."""
    if name.startswith("--") or not name.strip("-"):
        return any(option.startswith(name) for option in _OPTIONS) or bool(_LIKE_THEM.search(name))
    return _SHORT.fullmatch(name) is not None


def _goes_through(name: str) -> bool:
    return name.startswith("--") and any(option.startswith(name) for option in _PROXIES)


@functools.cache
def _beside() -> re.Pattern[str]:
    """Give what finds the value of an option in any text: 1 ms for those alone who need it."""
    beginnings = (
        option[:3] + functools.reduce(lambda rest, sign: f"(?:{sign}{rest})?", reversed(option[3:]), "")
        for option in _OPTIONS
    )
    names = "|".join(
        (r"--?[\w-]*(?:pass?w|twofactor|headers?|extractor-args)[\w-]*", *beginnings, "-p", "-2")
    )
    return re.compile(rf"(?<![\w-])({names})(=|\s+)(\\?\"[^\"]*\"|'[^']*'|[^\s\"']+)")
