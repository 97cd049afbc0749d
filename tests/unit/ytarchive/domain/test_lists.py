"""What a list was like the last time, and how much longer it is now."""

import msgspec
import pytest

from schemas.commands import CancelJob
from schemas.options import ArchiveOptions, Choices
from tests.jobs import BATCH, CHANNEL, JOB, OTHER, THIRD, Begin, Desk, listed, listing, page
from ytarchive.domain.lists import Known, Lists, meets

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
    # the first was removed since
    desk.when(listing(OTHER, previous=JOB), page(1, "new", "newer", job_id=OTHER, met="video2"))
    assert lists(desk).known(CHANNEL, ANY).job_id == JOB
    desk.when(listed(1, job_id=OTHER))
    assert lists(desk).known(CHANNEL, ANY) == Known(("new", "newer", *ids(2, 19)), OTHER)


THREE_TABS = (page(1, *"abc", tab="videos"), page(2, *"xyz", tab="streams"), page(3, *"lm", tab="shorts"))


def test_of_each_tab_the_top_is_known_also_where_a_look_found_nothing_new() -> None:
    desk = Desk(listing(), *THREE_TABS, listed(3), listing(OTHER, previous=JOB))
    desk.when(
        page(1, job_id=OTHER, tab="videos", met="a"), page(2, "new", job_id=OTHER, tab="streams", met="y")
    )
    desk.when(page(3, job_id=OTHER, tab="shorts", met="l"), listed(3, job_id=OTHER))
    assert lists(desk).known(CHANNEL, ANY) == Known((*"abc", "new", *"yzlm"), OTHER)


def test_no_more_than_eight_tabs_are_known_again() -> None:
    desk = Desk(listing(), *(page(n, str(n), tab=f"tab {n}") for n in range(1, 11)), listed(10))
    assert lists(desk).known(CHANNEL, ANY).ids == tuple("12345678")


def test_a_tab_goes_on_as_the_tab_of_its_name_or_as_what_told_no_tabs() -> None:
    desk = Desk(listing(), *THREE_TABS, page(4, *"xq", tab="", job_id=JOB), listed(4))
    assert lists(desk).tab(JOB, "streams", "x") == "streams"
    assert lists(desk).tab(JOB, "videos", "x") == "streams"  # which was there under another name
    assert lists(desk).tab(JOB, "videos", "q") == ""
    assert lists(desk).tab(JOB, "videos", "gone") is None
    assert lists(desk).tab(None, "videos", "x") is None


def test_a_list_of_which_the_end_told_where_it_was_known_is_read() -> None:
    """Given a look at which nothing was new but all streams were read again, then the next meets the same."""
    desk = Desk(listing(), page(1, *ids(1, 30)), listed(1))
    desk.when(listing(OTHER, previous=JOB), page(1, "new", "stream", "another", job_id=OTHER))
    desk.when(listed(1, job_id=OTHER, met="video1", above=1))
    assert lists(desk).known(CHANNEL, ANY) == Known(("new", *ids(1, 19)), OTHER)


def test_what_was_met_is_looked_for_in_the_list_before_alone() -> None:
    desk = Desk(listing(), page(1, "one"), listed(1), listing(OTHER, previous=JOB))
    desk.when(page(1, "new", job_id=OTHER, met="gone"), listed(1, job_id=OTHER))
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
    desk.when(listing(OTHER, batch=second, previous=JOB), page(1, "new", job_id=OTHER, met="video3"))
    assert desk.catalogue.tally(second).listed == 1 + 48
    desk.when(listed(1, job_id=OTHER), listing(THIRD, batch=third, previous=OTHER))
    desk.when(page(1, job_id=THIRD, met="new"), listed(1, job_id=THIRD))
    assert desk.catalogue.tally(third).listed == 49


def test_what_other_tabs_have_is_counted_once() -> None:
    desk = Desk(listing(), *THREE_TABS, listed(3), listing(OTHER, batch="00000000000000bb", previous=JOB))
    for number, (tab, met) in enumerate([("videos", "a"), ("streams", "x"), ("shorts", "l")], 1):
        desk.when(page(number, job_id=OTHER, tab=tab, met=met))
    assert desk.catalogue.tally("00000000000000bb").listed == 8


@pytest.mark.parametrize(
    ("seen", "known", "ended", "place"),
    [
        ("abcdefg", "abcdefg", False, 0),
        ("nmabcde", "abcdefg", False, 2),
        ("abcd", "abcdefg", False, None),  # too few to be sure
        ("abcd", "abcdefg", True, 0),
        ("nabcd", "xyzwvabcdlm", True, 1),
        ("bcdefg", "abcdefg", False, 0),  # what was on top is gone
        ("axbcdefg", "abcdefg", False, 2),
        ("nmo", "abcdefg", True, None),
        ("", "abcdefg", True, None),
        ("abc", "", True, None),
        ("ab", "ab", False, 0),  # all that there was
    ],
)
def test_a_tab_is_left_where_five_entries_or_all_that_follow_are_as_they_were(
    seen: str, known: str, *, ended: bool, place: int | None
) -> None:
    assert meets(seen, known, ended=ended) == place
