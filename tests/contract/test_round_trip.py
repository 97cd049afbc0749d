"""Whatever is sent arrives as it was sent, and is what the published schemas say it is."""

import json
from functools import lru_cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas import codec
from schemas.documents import MESSAGES, REPORTS
from schemas.jsonschema import schema
from tests.contract import corpus
from tests.contract.strategies import messages

IDS = [corpus.tag(corpus.bodies(known.shape)[0]) for known in corpus.CODECS]


def valid(name: str, shape: Any, payload: bytes) -> None:
    _validator(name, shape).validate(json.loads(payload))


@lru_cache
def _validator(name: str, shape: Any) -> Draft202012Validator:
    return Draft202012Validator(schema(name, shape))


@pytest.mark.parametrize("known", corpus.CODECS, ids=IDS)
@given(data=st.data())
@settings(deadline=None)
def test_every_message_arrives_as_it_was_sent(
    known: codec.Codec[Any] | codec.CommitCodec[Any], data: st.DataObject
) -> None:
    message = data.draw(messages(known.shape))
    payload = codec.encode(message)
    assert known.decode(payload) == message
    assert codec.encode(known.decode(payload)) == payload


@pytest.mark.parametrize("name", MESSAGES)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_message_is_valid_by_its_schema(name: str, data: st.DataObject) -> None:
    valid(name, MESSAGES[name], codec.encode(data.draw(messages(MESSAGES[name]))))


@pytest.mark.parametrize("name", REPORTS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_report_is_read_as_it_was_printed_and_is_valid_by_its_schema(
    name: str, data: st.DataObject
) -> None:
    report = data.draw(messages(REPORTS[name]))
    printed = codec.encode(report)
    assert msgspec.json.decode(printed, type=REPORTS[name]) == report
    valid(name, REPORTS[name], printed)
