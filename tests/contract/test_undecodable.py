"""Whatever else arrives is refused in one way, with a reason, and breaks nothing."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import codec
from schemas.commands import CancelJob
from tests.contract import corpus

AnyCodec = codec.Codec[Any] | codec.CommitCodec[Any]
EVERY = pytest.mark.parametrize("tag", corpus.GOLDEN)
NESTED = 100_000


def refused(tag: str, payload: bytes, reason: str) -> None:
    with pytest.raises(codec.Undecodable, match=reason):
        corpus.BY_TAG[tag].decode(payload)


def put(payload: bytes, field: bytes, value: bytes) -> bytes:
    """Add a field in front; an equal one that follows counts more."""
    return b"{" + field + b":" + value + b"," + payload.lstrip()[1:]


@EVERY
@pytest.mark.parametrize("payload", [b"", b" ", b"{", b"hello", b"\xff\xfe", b"\x00" * 64, b"'{}'"])
def test_what_is_not_json_is_refused(tag: str, payload: bytes) -> None:
    refused(tag, payload, r"malformed|truncated")


@EVERY
@pytest.mark.parametrize("payload", [b"null", b"[]", b"{}", b'""', b"1", b"true", b"[{}]"])
def test_json_of_another_shape_is_refused(tag: str, payload: bytes) -> None:
    refused(tag, payload, r"Expected `object`|missing required field")


@EVERY
def test_anything_behind_the_message_is_refused(tag: str) -> None:
    refused(tag, corpus.GOLDEN[tag] + b"{}", "trailing characters")


@EVERY
def test_a_message_cut_short_is_refused(tag: str) -> None:
    golden = corpus.GOLDEN[tag].rstrip()
    for end in range(len(golden)):
        refused(tag, golden[:end], "truncated|malformed")


@EVERY
def test_an_unknown_tag_is_refused_and_named(tag: str) -> None:
    refused(tag, corpus.GOLDEN[tag].replace(f'"{tag}"'.encode(), b'"job.explode"'), r"job\.explode")


@EVERY
def test_a_message_without_a_tag_is_refused(tag: str) -> None:
    bare = corpus.GOLDEN[tag].replace(b'"type"', b'"kind"')
    if tag in {corpus.tag(body) for body in _alone()}:  # nothing else is said there: no tag is needed
        assert corpus.BY_TAG[tag].decode(bare) == corpus.BY_TAG[tag].decode(corpus.GOLDEN[tag])
    else:
        refused(tag, bare, "missing required field `type`")


def _alone() -> list[type]:
    return [bodies[0] for found in corpus.CODECS if len(bodies := corpus.bodies(found.shape)) == 1]


@EVERY
def test_a_message_too_large_is_refused_before_it_is_read(tag: str) -> None:
    golden = corpus.GOLDEN[tag]
    fits = golden + b" " * (codec.MAX_BYTES - len(golden))
    assert corpus.BY_TAG[tag].decode(fits)
    refused(tag, fits + b" ", f"{codec.MAX_BYTES + 1} bytes, more than the {codec.MAX_BYTES} allowed")


@EVERY
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["arrays", "objects"])
def test_nesting_without_end_is_refused(tag: str, opening: bytes, closing: bytes) -> None:
    nested = opening * NESTED + b"1" + closing * NESTED
    refused(tag, put(corpus.GOLDEN[tag], b'"unknown"', nested), "recursion")
    refused(tag, nested, "recursion|Expected `object`|missing required field")


def test_nesting_without_end_is_refused_where_anything_may_stand() -> None:
    nested = b"[" * NESTED + b"]" * NESTED
    refused("log", corpus.GOLDEN["log"].replace(b'"download"', nested), "recursion|Expected")
    refused("log", put(corpus.GOLDEN["log"], b'"context"', b'{"a":' + nested + b"}"), "recursion")


BAD_TEXT = [b'"\\ud800"', b'"\\ud800x"', b'"\\udc00"', b'"\xed\xa0\x80"', b'"\xff"', b'"\xc0\x80"', b'"\x00"']


@pytest.mark.parametrize("text", BAD_TEXT)
@pytest.mark.parametrize(
    ("tag", "field"),
    [
        ("job.submit", b'"url"'),
        ("job.submitted", b'"url"'),
        ("job.failed", b'"message"'),
        ("log", b'"event"'),
        ("log", b'"stage"'),
        ("metadata.fetched", b'"title"'),
    ],
)
def test_text_that_is_no_text_is_refused(tag: str, field: bytes, text: bytes) -> None:
    golden = corpus.GOLDEN[tag]
    start = golden.index(field) + len(field) + 2
    end = golden.index(b'"', start + 1) + 1
    refused(tag, golden[:start] + text + golden[end:], "surrogate|truncated|utf-8|malformed")


@EVERY
def test_a_wrong_type_is_refused_wherever_it_stands(tag: str) -> None:
    golden = json.loads(corpus.GOLDEN[tag])
    wrong = list(_misshapen(golden))
    assert wrong
    for payload in wrong:
        refused(tag, json.dumps(payload).encode(), r"Expected|Invalid")


def _misshapen(node: Any) -> list[Any]:
    """Give the document once for every value in it, with one of a wrong type in its place."""
    if isinstance(node, dict):
        return [
            {**node, key: wrong}
            for key, value in node.items()
            if key not in {"context", "headers"}
            for wrong in [*_misshapen(value), *([[[True]], 0.5] if not _numeric(value) else [[[True]], "1"])]
        ]
    if isinstance(node, list):
        return [[wrong, *node[1:]] for wrong in _misshapen(node[0])]
    return []


def _numeric(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@pytest.mark.parametrize(
    ("tag", "old", "new"),
    [
        ("progress", b"1048576", b"-1"),
        ("progress", b"1048576", b"1" + b"0" * 400),
        ("progress", b"1048576", b"9007199254740992"),
        ("progress", b"1048576", b"1048576.0"),
        ("progress", b"24.5", b"NaN"),
        ("progress", b"24.5", b"Infinity"),
        ("progress", b"24.5", b"1e999"),
        ("progress", b"24.5", b"1e300"),
        ("progress", b"24.5", b"-0.5"),
        ("metadata.fetch", b'"attempt": 2', b'"attempt": 0'),
        ("job.archived", b'"version": 4', b'"version": 0'),
        ("query.jobs", b"50", b"0"),
        ("query.jobs", b"50", b"1001"),
        ("job.archived", b'"at": "2026-11-25T09:30:05.000001Z"', b'"at": "2026-11-25T09:30:05"'),
        ("job.archived", b'"at": "2026-11-25T09:30:05.000001Z"', b'"at": "25.11.2026"'),
        ("job.archived", b'"at": "2026-11-25T09:30:05.000001Z"', b'"at": 1764063005'),
        ("dead_letter", b"eyJub3QiOiAib3VycyJ9/w==", b"not base64!"),
        ("job.submit", b'"1080"', b'"1081"'),
        ("query.jobs", b'"waiting"', b'"sleeping"'),
    ],
)
def test_a_value_out_of_bounds_is_refused(tag: str, old: bytes, new: bytes) -> None:
    assert old in corpus.GOLDEN[tag]
    refused(tag, corpus.GOLDEN[tag].replace(old, new), "Expected|Invalid|malformed|out of range")


def test_a_commit_of_nothing_is_refused() -> None:
    head = corpus.GOLDEN["job.cancelled"].partition(b'"events"')[0]
    refused("job.cancelled", head + b'"events": []}', "length >= 1")


def test_text_may_be_long_but_not_endless() -> None:
    golden = corpus.GOLDEN["job.cancel"]
    longest = golden.replace(b"wrong video", "é".encode() * 8192)
    command = codec.job_commands.decode(longest)
    assert isinstance(command.body, CancelJob)
    assert command.body.reason == "é" * 8192
    assert codec.job_commands.decode(codec.encode(command)) == command
    refused("job.cancel", golden.replace(b"wrong video", b"x" * 8193), "length <= 8192")


@EVERY
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_damaged_message_is_read_or_refused_and_nothing_else(tag: str, data: st.DataObject) -> None:
    payload = bytearray(corpus.GOLDEN[tag])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(payload)))
        payload[start : start + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    known: AnyCodec = corpus.BY_TAG[tag]
    with contextlib.suppress(codec.Undecodable):
        found = known.decode(bytes(payload))
        assert known.decode(codec.encode(found)) == found


@given(payload=st.binary(max_size=200))
def test_noise_is_refused(payload: bytes) -> None:
    for known in corpus.CODECS:
        with pytest.raises(codec.Undecodable):
            known.decode(payload)
