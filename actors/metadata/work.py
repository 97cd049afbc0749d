"""What the metadata actor's worker processes do: ask yt-dlp, and bring the answer into documents or pages."""

from collections.abc import Callable
from typing import Any

import msgspec

from schemas.common import Video
from schemas.options import Choices
from ytarchive.settings import Settings, as_path
from ytarchive.ytdlp.extract import extract, fingerprint
from ytarchive.ytdlp.listing import list_collection
from ytarchive.ytdlp.options import base_params
from ytarchive.ytdlp.sidecars import picture


class Question(msgspec.Struct, frozen=True):
    """What the worker is asked."""

    url: str
    choices: Choices
    settings: Settings
    thumbnail: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What it found. `document` keeps, under its fingerprint; `extraction` holds the media addresses.

    Both are empty where the video is `unwanted`, for that reason. So is `thumbnail`, where it was not asked
    for or could not be had.
    """

    video: Video
    warnings: tuple[str, ...]
    fingerprint: str = ""
    document: bytes = b""
    extraction: bytes = b""
    unwanted: str = ""
    thumbnail: bytes = b""


class Collection(msgspec.Struct, frozen=True):
    """What the worker is to list, from the page after `pages` on."""

    url: str
    choices: Choices
    known: tuple[str, ...]
    pages: int
    resume: str
    settings: Settings


def work(argument: bytes, emit: Callable[[bytes], None]) -> bytes:  # noqa: ARG001 - the pool's signature
    """Answer one question. Raises `StageFailed`."""
    question = msgspec.json.decode(argument, type=Question, dec_hook=as_path)
    params = base_params(question.settings)
    found = extract(question.url, params, question.choices)
    if found.unwanted:
        return msgspec.json.encode(Answer(found.video, found.warnings, unwanted=found.unwanted))
    digest, document = fingerprint(found.info)
    warnings = list(found.warnings)
    thumbnail = picture(found.info, params, warnings.append) if question.thumbnail else b""
    return msgspec.json.encode(
        Answer(
            found.video,
            tuple(warnings),
            digest,
            _json(document),
            _json(found.info),
            thumbnail=thumbnail,
        ),
    )


def list_pages(argument: bytes, emit: Callable[[bytes], None]) -> bytes:
    """List a collection, and emit each `Page`. Gives the `Listed`. Raises `StageFailed`."""
    asked = msgspec.json.decode(argument, type=Collection, dec_hook=as_path)
    listed = list_collection(
        asked.url,
        base_params(asked.settings),
        lambda page: emit(msgspec.json.encode(page)),
        choices=asked.choices,
        known=asked.known,
        pages=asked.pages,
        resume=asked.resume,
    )
    return msgspec.json.encode(listed)


def _json(document: dict[str, Any]) -> bytes:
    return msgspec.json.encode(document)
