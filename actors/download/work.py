"""What a download worker process does: bring one video into its staging folder."""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.common import Category, Failure, StagedFile
from schemas.options import ArchiveOptions
from ytarchive.errors import StageFailed
from ytarchive.settings import Settings, as_path
from ytarchive.ytdlp.download import download, expires_in
from ytarchive.ytdlp.options import base_params, listed

_LEAST_SECONDS: Final = 3600.0
"""What media addresses must still be good for: a long download outlives the last hour."""
_FRESH_SECONDS: Final = 900.0
"""Age of a look-up whose addresses are tried whatever they say: our clock may be hours ahead of theirs."""
_AGAIN: Final = "The video is looked up again."


class Order(msgspec.Struct, frozen=True):
    """What the worker is to do. `info` is the extraction as JSON."""

    staging: str
    info: bytes
    options: ArchiveOptions
    settings: Settings


class Fetched(msgspec.Struct, frozen=True):
    """What is in staging now, which streams the source offered, and what could not be had beside them.

    `duration` is in seconds, where parts were cut out.
    """

    files: tuple[StagedFile, ...]
    video: bool
    audio: bool
    warnings: tuple[str, ...]
    duration: float | None = None


def work(argument: bytes, emit: Callable[[bytes], None]) -> bytes:
    """Carry out one order. Raises `StageFailed`."""
    order = msgspec.json.decode(argument, type=Order, dec_hook=as_path)
    info = msgspec.json.decode(order.info)
    warnings: list[str] = []
    if expired(info, time.time()):
        raise StageFailed(
            Failure(category=Category.URL_EXPIRED, message="the media addresses expire too soon", hint=_AGAIN)
        )
    done = download(
        info,
        Path(order.staging),
        msgspec.structs.replace(order.options, subtitles=languages(order)),
        base_params(order.settings),
        lambda progress: emit(msgspec.json.encode(progress)),
        warnings.append,
    )
    offered = _offers(info, "vcodec"), _offers(info, "acodec")
    return msgspec.json.encode(Fetched(done.files, *offered, tuple(warnings), done.duration))


def expired(info: Mapping[str, Any], now: float) -> bool:
    """Tell whether media addresses are of no use any more, or soon; those of a fresh look-up are."""
    left = expires_in(info, now)
    fresh = 0 <= now - info.get("epoch", 0) < _FRESH_SECONDS
    return left is not None and left < _LEAST_SECONDS and not fresh


def languages(order: Order) -> tuple[str, ...]:
    """Give the subtitles that were asked for, else those of the settings. Raises `StageFailed`."""
    if order.options.subtitles is None:
        return tuple(listed("YTARCHIVE_SUBTITLE_LANGUAGES", order.settings.subtitle_languages))
    for language in order.options.subtitles:
        try:
            re.compile(language)
        except re.error as error:
            raise StageFailed(
                Failure(
                    category=Category.REQUEST,
                    message=f"not a regular expression of subtitle languages: {language!r} ({error})",
                    hint="Ask again, with languages such as en or de.*",
                )
            ) from error
    return order.options.subtitles


def _offers(info: dict[str, Any], codec: str) -> bool:
    """Tell whether any format has such a stream; a codec that is not stated may be there."""
    return any(known.get(codec) != "none" for known in info.get("formats") or [{}])
