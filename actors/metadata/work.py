"""What a metadata worker process does: ask yt-dlp, and bring the answer into two documents."""

from collections.abc import Callable
from typing import Any

import msgspec

from schemas.common import Video
from ytarchive.settings import Settings, as_path
from ytarchive.ytdlp.extract import extract, fingerprint
from ytarchive.ytdlp.options import base_params


class Question(msgspec.Struct, frozen=True):
    """What the worker is asked."""

    url: str
    settings: Settings


class Answer(msgspec.Struct, frozen=True):
    """What it found. `document` keeps, under its fingerprint; `extraction` holds the media addresses."""

    video: Video
    fingerprint: str
    document: bytes
    extraction: bytes
    warnings: tuple[str, ...]


def work(argument: bytes, emit: Callable[[bytes], None]) -> bytes:  # noqa: ARG001 - the pool's signature
    """Answer one question. Raises `StageFailed`."""
    question = msgspec.json.decode(argument, type=Question, dec_hook=as_path)
    found = extract(question.url, base_params(question.settings))
    digest, document = fingerprint(found.info)
    return msgspec.json.encode(
        Answer(found.video, digest, _json(document), _json(found.info), found.warnings),
    )


def _json(document: dict[str, Any]) -> bytes:
    return msgspec.json.encode(document)
