import pytest

from cli.finding import check_prefix, only
from schemas.common import State
from tests.jobs import BATCH, JOB
from tests.unit.cli.jobs import job
from tests.unit.cli.members import batch
from ytarchive.errors import UsageError


@pytest.mark.parametrize("prefix", ["0", "abc", "0123456789abcdef"])
def test_the_beginning_of_an_id_may_name_it(prefix: str) -> None:
    assert check_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["", "x", "ABC", "0" * 17, "a\n", "a*", "../a"])
def test_what_no_id_begins_with_names_nothing(prefix: str) -> None:
    with pytest.raises(UsageError, match="not a job or a batch"):
        check_prefix(prefix)


def test_the_only_one_there_is_is_meant_be_it_a_job_or_a_batch() -> None:
    assert only("0", [job(State.ARCHIVED)]) == job(State.ARCHIVED)
    assert only("0", [batch()]) == batch()


def test_none_and_several_are_told() -> None:
    with pytest.raises(UsageError, match="there is no job or batch '0'"):
        only("0", [])
    with pytest.raises(UsageError, match=f"'0' may be any of: {JOB}, {BATCH}"):
        only("0", [job(State.ARCHIVED), batch()])
