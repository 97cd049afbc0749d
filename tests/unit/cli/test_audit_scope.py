from datetime import UTC, datetime

import pytest

from cli.audit_scope import Asked, check, scope_of
from schemas.fixity import Depth, Scope
from tests.jobs import JOB, OTHER, Desk, downloaded, fetched, stored, submit
from ytarchive.errors import UsageError

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_what_was_asked_for_becomes_a_scope() -> None:
    desk = Desk(submit(), fetched(), downloaded(), stored(), submit(OTHER))
    asked = Asked(deep=True, since="1d", channel="Jawed", jobs=(JOB[:5], JOB), sample="5%")
    check(asked)
    assert scope_of(desk.catalogue, asked, NOW) == Scope(
        depth=Depth.CONTENT,
        since=datetime(2026, 11, 24, 12, tzinfo=UTC),
        channel="Jawed",
        jobs=(JOB,),
        sample=5,
    )
    assert [Asked().depth, Asked(probe=True).depth, Asked(every="30d").depth] == [
        Depth.NAMES,
        Depth.PACKETS,
        Depth.CONTENT,
    ]


@pytest.mark.parametrize("asked", [Asked(jobs=("abc",)), Asked(channel="nobody")], ids=["job", "channel"])
def test_what_is_not_known_is_refused(asked: Asked) -> None:
    desk = Desk(submit(), fetched(), downloaded(), stored())
    with pytest.raises(UsageError):
        scope_of(desk.catalogue, asked, NOW)


@pytest.mark.parametrize(
    "asked",
    [
        Asked(since="soon"),
        Asked(sample="many"),
        Asked(jobs=("../x",)),
        Asked(resume=True, history=True),
        Asked(resume=True, every="30d"),
        Asked(resume=True, deep=True),
        Asked(resume=True, channel="c"),
        Asked(every="30d", sample="5%"),
        Asked(history=True, jobs=("ab",)),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_started(asked: Asked) -> None:
    with pytest.raises(UsageError):
        check(asked)
