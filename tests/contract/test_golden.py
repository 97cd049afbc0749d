"""What was ever written can be read, and says what it said."""

import json
from typing import Any

import msgspec
import pytest

from schemas import codec
from schemas.common import State
from schemas.documents import REPORTS
from schemas.queries import JobView
from schemas.reports import Summary
from tests.contract import corpus


def kept(written: Any, golden: Any) -> bool:
    """Tell whether everything of the golden document is there. New fields with defaults may have come."""
    match golden, written:
        case dict(), dict():
            return all(key in written and kept(written[key], golden[key]) for key in golden)
        case list(), list():
            return len(golden) == len(written) and all(map(kept, written, golden))
        case _:
            return type(golden) is type(written) and bool(golden == written)


def test_every_tag_has_a_golden_document_and_none_is_left_over() -> None:
    assert corpus.GOLDEN.keys() == corpus.BY_TAG.keys()


def test_a_tag_means_one_thing() -> None:
    tags = [corpus.tag(body) for found in corpus.CODECS for body in corpus.bodies(found.shape)]
    assert len(tags) == len(set(tags))


@pytest.mark.parametrize("tag", corpus.GOLDEN)
def test_a_golden_document_is_of_its_tag(tag: str) -> None:
    document = json.loads(corpus.GOLDEN[tag])
    body = document.get("body") or document.get("events", [document])[0]
    assert body["type"] == tag


@pytest.mark.parametrize("tag", corpus.GOLDEN)
def test_a_golden_document_is_read(tag: str) -> None:
    assert corpus.BY_TAG[tag].decode(corpus.GOLDEN[tag])


@pytest.mark.parametrize("tag", corpus.GOLDEN)
def test_a_golden_document_is_written_again_as_it_was(tag: str) -> None:
    golden = corpus.GOLDEN[tag]
    # by the shape, which does not upcast: retired messages too come back as they were
    again = codec.encode(msgspec.json.decode(golden, type=corpus.BY_TAG[tag].shape))
    assert kept(json.loads(again), json.loads(golden))
    assert codec.encode(msgspec.json.decode(again, type=corpus.BY_TAG[tag].shape)) == again


@pytest.mark.parametrize("tag", corpus.GOLDEN)
def test_fields_that_are_not_known_are_ignored_at_every_depth(tag: str) -> None:
    known = corpus.BY_TAG[tag]
    extended = json.dumps(_extend(json.loads(corpus.GOLDEN[tag]))).encode()
    assert codec.encode(_forget(known.decode(extended))) == codec.encode(
        _forget(known.decode(corpus.GOLDEN[tag]))
    )


COUNTED = ("counts", "listings", "archived", "working", "found", "damaged", "context")
"""Mappings, whose keys are no fields: states, troubles, paths, the ids of videos, or whatever was logged."""


def _extend(document: Any) -> Any:
    match document:
        case dict():
            known = {key: value if key in COUNTED else _extend(value) for key, value in document.items()}
            return known | {"of_later": "a later version"}
        case list():
            return [_extend(item) for item in document]
        case _:
            return document


def _forget(message: Any) -> Any:
    """Open mappings keep what they are given."""
    open_fields: dict[str, Any] = {name: {} for name in ("context", "headers") if hasattr(message, name)}
    return msgspec.structs.replace(message, **open_fields)


def test_every_report_has_a_golden_document_and_none_is_left_over() -> None:
    assert corpus.REPORTS.keys() == REPORTS.keys()


@pytest.mark.parametrize("name", corpus.REPORTS)
def test_a_report_is_printed_as_it_always_was(name: str) -> None:
    golden = corpus.REPORTS[name]
    again = codec.encode(msgspec.json.decode(golden, type=REPORTS[name]))
    assert kept(json.loads(again), json.loads(golden))


def test_programs_find_every_key_of_a_job_whatever_became_of_it() -> None:
    job = JobView(job_id="0" * 16, url="", state=State.FAILED)
    printed = json.loads(codec.encode(Summary(ok=False, jobs=(job,))))
    assert (printed["type"], printed["ok"]) == ("summary", False)
    (shown,) = printed["jobs"]
    asked = ("job_id", "url", "state", "video_id", "title", "files", "error")
    assert {key: shown[key] for key in asked} == {
        "job_id": "0" * 16,
        "url": "",
        "state": "failed",
        "video_id": None,
        "title": None,
        "files": [],
        "error": None,
    }
