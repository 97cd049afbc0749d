"""How a message is replaced without a break, walked through with an event that was replaced twice."""

from typing import Annotated

import pytest
from msgspec import Meta, structs

from schemas import codec
from schemas.codec import CommitCodec
from schemas.envelope import Commit, Message, Text
from schemas.retired import RETIRED, Retired, upcast
from tests.contract import corpus


class LabelledV3(Message, frozen=True, kw_only=True, tag="example.labelled.v3"):
    """In use: any number of labels."""

    labels: tuple[Text, ...]


class LabelledV2(Message, frozen=True, kw_only=True, tag="example.labelled.v2"):
    """Retired second: `label` may be missing, where it used to be empty."""

    label: Text | None

    def upcast(self) -> LabelledV3:
        return LabelledV3(labels=() if self.label is None else (self.label,))


class LabelledV1(Message, frozen=True, kw_only=True, tag="example.labelled"):
    """Retired first."""

    label: Annotated[str, Meta(max_length=80)]

    def upcast(self) -> LabelledV2:
        return LabelledV2(label=self.label or None)


class Removed(Message, frozen=True, kw_only=True, tag="example.removed"):
    """Never replaced."""


COMMITS: CommitCodec[LabelledV3 | Removed] = CommitCodec(LabelledV3 | Removed, (LabelledV1, LabelledV2))


def read(*events: str) -> Commit[LabelledV3 | Removed]:
    golden = b"".join(corpus.GOLDEN["job.cancelled"].split())
    head = golden.partition(b'"events":')[0]
    return COMMITS.decode(head + b'"events":[' + ",".join(events).encode() + b"]}")


def test_a_retired_event_is_read_as_its_successor() -> None:
    assert read('{"type":"example.labelled.v2","label":"cats"}').events == (LabelledV3(labels=("cats",)),)
    assert read('{"type":"example.labelled.v2","label":null}').events == (LabelledV3(labels=()),)


def test_an_event_retired_twice_goes_through_both_versions() -> None:
    assert read('{"type":"example.labelled","label":"cats"}').events == (LabelledV3(labels=("cats",)),)
    assert read('{"type":"example.labelled","label":""}').events == (LabelledV3(labels=()),)


def test_one_commit_may_hold_events_of_several_versions_and_keeps_their_order() -> None:
    found = read(
        '{"type":"example.labelled","label":"a"}',
        '{"type":"example.removed"}',
        '{"type":"example.labelled.v3","labels":["b","c"]}',
        '{"type":"example.labelled.v2","label":"d"}',
    )
    assert found.events == (
        LabelledV3(labels=("a",)),
        Removed(),
        LabelledV3(labels=("b", "c")),
        LabelledV3(labels=("d",)),
    )


def test_upcasting_leaves_the_commit_itself_alone() -> None:
    old, new = read('{"type":"example.labelled","label":"a"}'), read('{"type":"example.removed"}')
    assert structs.replace(old, events=()) == structs.replace(new, events=())


def test_a_retired_event_is_held_to_its_own_rules() -> None:
    with pytest.raises(codec.Undecodable, match="length <= 80"):
        read(f'{{"type":"example.labelled","label":"{"x" * 81}"}}')


def test_a_version_of_the_future_is_refused() -> None:
    with pytest.raises(codec.Undecodable, match=r"example\.labelled\.v4"):
        read('{"type":"example.labelled.v4","labels":[]}')


def test_an_event_in_use_is_not_upcast() -> None:
    event = LabelledV3(labels=())
    assert upcast(event) is event


def test_every_retired_event_leads_to_one_in_use() -> None:
    in_use = set(corpus.bodies(codec.commits.shape)) - set(RETIRED)
    assert not any(issubclass(event, Retired) for event in in_use)
    for event in RETIRED:
        (found,) = codec.commits.decode(corpus.GOLDEN[corpus.tag(event)]).events
        assert type(found) in in_use
