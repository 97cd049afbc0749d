"""What a list was like the last time, and how much longer it is now."""

import msgspec
import pytest

from schemas.commands import CancelJob
from schemas.options import ArchiveOptions, Choices
from tests.jobs import BATCH, CHANNEL, JOB, OTHER, THIRD, Begin, Desk, listed, listing, page
from ytarchive.domain.lists import Known, Lists

ANY = Choices()


def lists(desk: Desk) -> Lists:
    return desk.catalogue.lists


def ids(first: int, last: int) -> list[str]:
    return [f"video{number}" for number in range(first, last + 1)]


def with_choices(begin: Begin, choices: Choices) -> Begin:
    options = ArchiveOptions(choices=choices)
    return Begin(begin.job_id, msgspec.structs.replace(begin.submitted, options=options))


def test_nothing_is_known_of_a_list_that_nobody_has_made() -> None:
    assert Lists().known(CHANNEL, ANY) == Known((), None)


def test_of_a_finished_list_the_top_is_known() -> None:
    desk = Desk(listing(), page(1, *ids(1, 30)), listed(1))
    assert lists(desk).known(CHANNEL, ANY) == Known(tuple(ids(1, 20)), JOB)


def test_the_top_may_be_spread_over_several_pages() -> None:
    desk = Desk(listing(), page(1, *ids(1, 3)), page(2), page(3, *ids(4, 30)), listed(3))
    assert lists(desk).known(CHANNEL, ANY).ids == tuple(ids(1, 20))


@pytest.mark.parametrize("end", [(), (CancelJob(job_id=JOB),)], ids=["goes on", "cancelled"])
def test_a_list_that_is_not_complete_is_not_known(end: tuple[CancelJob, ...]) -> None:
    assert lists(Desk(listing(), page(1, "one"), *end)).known(CHANNEL, ANY) == Known()


def test_a_list_without_entries_is_known_to_have_none() -> None:
    assert lists(Desk(listing(), listed(0))).known(CHANNEL, ANY) == Known((), JOB)


def test_the_latest_list_counts_and_goes_on_as_the_one_before_did() -> None:
    desk = Desk(listing(), page(1, *ids(1, 30)), listed(1))
    desk.when(listing(OTHER, previous=JOB), page(1, "new", "newer", job_id=OTHER))
    assert lists(desk).known(CHANNEL, ANY).job_id == JOB
    desk.when(listed(1, job_id=OTHER, met="video2", above=2))  # the first was removed since
    assert lists(desk).known(CHANNEL, ANY) == Known(("new", "newer", *ids(2, 19)), OTHER)


def test_what_a_channel_has_in_other_lists_is_no_part_of_the_top() -> None:
    """Given a look at which nothing was new but all streams were read again, then the next meets the same."""
    desk = Desk(listing(), page(1, *ids(1, 30)), listed(1))
    desk.when(listing(OTHER, previous=JOB), page(1, "stream", "another", job_id=OTHER))
    desk.when(listed(1, job_id=OTHER, met="video1", above=0))
    assert lists(desk).known(CHANNEL, ANY) == Known(tuple(ids(1, 20)), OTHER)


def test_what_was_met_is_looked_for_in_the_list_before_alone() -> None:
    desk = Desk(listing(), page(1, "one"), listed(1))
    desk.when(listing(OTHER, previous=JOB), page(1, "new", job_id=OTHER), listed(1, job_id=OTHER, met="gone"))
    assert lists(desk).known(CHANNEL, ANY).ids == ("new",)


def test_a_list_is_known_for_the_choices_it_was_made_with() -> None:
    since, other = Choices(since="20200101"), Choices(since="20210101")
    desk = Desk(with_choices(listing(), since), page(1, "one"), listed(1))
    assert lists(desk).known(CHANNEL, since).job_id == JOB
    for unknown in (ANY, other):
        assert lists(desk).known(CHANNEL, unknown) == Known()
    assert lists(desk).known("https://www.youtube.com/@other", since) == Known()


def test_of_a_list_that_is_cut_off_at_the_top_nothing_is_known() -> None:
    newest = Choices(newest=3)
    desk = Desk(with_choices(listing(), newest), page(1, "one"), listed(1))
    assert lists(desk).known(CHANNEL, newest) == Known()


def test_a_batch_has_as_many_entries_as_its_lists_with_what_they_left_to_those_before() -> None:
    desk = Desk(listing(batch=BATCH), page(1, *ids(1, 30)), page(2, *ids(31, 50)), listed(2))
    assert desk.catalogue.tally(BATCH).listed == 50
    second, third = "00000000000000bb", "00000000000000bc"
    desk.when(listing(OTHER, batch=second, previous=JOB), page(1, "new", job_id=OTHER))
    assert desk.catalogue.tally(second).listed == 1
    desk.when(listed(1, job_id=OTHER, met="video3", above=1))
    assert desk.catalogue.tally(second).listed == 1 + 48
    desk.when(listing(THIRD, batch=third, previous=OTHER), listed(0, job_id=THIRD, met="new"))
    assert desk.catalogue.tally(third).listed == 49
