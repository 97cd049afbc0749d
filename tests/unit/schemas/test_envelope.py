"""What names may look like: they become subjects, paths and file names."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec
import pytest

import schemas
from schemas.common import Entry
from schemas.envelope import (
    ByteCount,
    Commit,
    Envelope,
    FileName,
    JobId,
    Message,
    Moment,
    NodeName,
    Sha256,
    Suffix,
    Text,
    Token,
    VideoId,
    Wire,
)
from schemas.log_file import LogMessage
from schemas.options import Choices, Profile
from schemas.reports import Keeps

MANY = (Profile, Choices, Entry, LogMessage)
"""What stands in very many messages: what nobody wished for, or nobody knows, takes no room there."""

GOOD = [
    (JobId, "0123456789abcdef"),
    (VideoId, "dQw4w9WgXcQ"),
    (VideoId, "-_-"),
    (VideoId, "x" * 64),
    (NodeName, "attic-2"),
    (Sha256, "0" * 64),
    (Token, "x" * 128),
    (FileName, "media.mp4"),
    (FileName, "_"),
    (FileName, "a..b"),
    (FileName, "x" * 128),
    (Suffix, ".mp4"),
    (Suffix, ".info.json"),
    (Suffix, ".zh-Hans.vtt"),
    (Suffix, ".a.b.c"),
    (Text, ""),
    (Text, "é" * 8192),
]
BAD = [
    (JobId, ["", "0123456789ABCDEF", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg"]),
    (VideoId, ["", "x" * 65, "a/b", "a.b", "é", "..", "a b"]),
    (NodeName, ["", "x" * 65, "a.b", "*", ">", "a/b"]),
    (Sha256, ["", "0" * 63, "0" * 65, "A" * 64]),
    (Token, ["", "x" * 129, "a.b", "*", ">", "a b"]),
    (FileName, ["", ".hidden", "..", ".", "-rf", "a/b", "a\\b", "/etc", "x" * 129, "a:b", "é.mp4"]),
    (Suffix, ["", "mp4", ".", "..", "./x", ".a.b.c.d", ".mp4/", ".m p4", "." + "x" * 25, "..mp4"]),
    (Text, ["x" * 8193]),
]
_BAD = [(kind, value) for kind, values in BAD for value in values]


def decode(value: object, kind: Any) -> object:
    return msgspec.json.decode(msgspec.json.encode(value), type=kind)


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_a_good_name_is_taken(kind: Any, value: str) -> None:
    assert decode(value, kind) == value


@pytest.mark.parametrize(("kind", "value"), _BAD)
def test_a_bad_name_is_refused(kind: Any, value: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(value, kind)


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, value in GOOD if kind is not Text])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\0", " ", "\u2028"])
def test_nothing_hides_behind_or_before_a_good_name(kind: Any, value: str, end: str) -> None:
    for hidden in (value + end, end + value, f"{value}{end}{value}"):
        with pytest.raises(msgspec.ValidationError):
            decode(hidden, kind)


def test_a_moment_has_a_time_zone() -> None:
    assert decode("2026-11-25T10:30:00+01:00", Moment) == decode("2026-11-25T09:30:00Z", Moment)
    with pytest.raises(msgspec.ValidationError, match="timezone"):
        decode("2026-11-25T09:30:00", Moment)


def test_a_number_of_bytes_is_one_that_every_reader_of_json_reads_exactly() -> None:
    assert decode((1 << 53) - 1, ByteCount) == (1 << 53) - 1
    for wrong in (-1, 1 << 53, 1.5):
        with pytest.raises(msgspec.ValidationError):
            decode(wrong, ByteCount)


@pytest.mark.parametrize("previous", ["0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", "\n", " "])
def test_a_commit_follows_a_hash_or_nothing(previous: str) -> None:
    commit = {
        "aggregate": "job",
        "aggregate_id": "x",
        "version": 1,
        "at": "2026-11-25T09:30:00Z",
        "correlation_id": "",
        "causation_id": "",
        "events": [1],
    }
    for good in ("", "0" * 64):
        assert msgspec.convert({**commit, "previous": good}, Commit[int]).previous == good
    with pytest.raises(msgspec.ValidationError, match="previous"):
        msgspec.convert({**commit, "previous": previous}, Commit[int])


STRUCTS = [
    value
    for name in sorted(module.name for module in iter_modules(schemas.__path__, "schemas."))
    for value in vars(import_module(name)).values()
    if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == name
]


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_struct_of_the_wire_is_immutable_named_and_tagged_by_hand(struct: type[msgspec.Struct]) -> None:
    config = struct.__struct_config__
    assert issubclass(struct, Wire)
    assert config.frozen
    assert not config.forbid_unknown_fields
    assert not config.array_like
    assert config.omit_defaults == (issubclass(struct, MANY) and struct is not Keeps), (
        "wishes that nobody has take no room"
    )
    if issubclass(struct, Message) and struct is not Message:
        assert config.tag_field == "type"
        assert isinstance(config.tag, str)
        assert config.tag != struct.__name__


def test_a_struct_cannot_be_changed() -> None:
    envelope = msgspec.convert(
        {"id": "a", "at": "2026-11-25T09:30:00Z", "correlation_id": "b", "body": 1}, Envelope[int]
    )
    with pytest.raises(AttributeError):
        envelope.id = "c"  # type: ignore[misc]  # that this is forbidden is what is tested
    assert envelope.causation_id == ""
