"""A list is told page by page, by workers and over a network that keep no order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.common import Category, State
from schemas.events import ListingFinished, PageRecorded
from tests.jobs import THIRD, listing
from tests.property.world import PAGES, World

STEPS = st.lists(
    st.tuples(st.sampled_from(["tell", "hear", "repeat", "fail", "start"]), st.integers(0, 9)), max_size=40
)
"""What happens, and an index into whatever there is."""


@given(steps=STEPS, walkers=st.integers(1, 2))
@settings(max_examples=400, deadline=None, derandomize=True, database=None)
def test_every_page_is_recorded_once_and_in_its_order_whatever_order_they_come_in(
    steps: list[tuple[str, int]], walkers: int
) -> None:
    world = World()
    world.begin(listing(THIRD))
    for walker in range(walkers, 0, -1):
        world.start(0, redelivered=walker > 1)
    for step, number in steps:
        match step:
            case "tell" if world.running:
                world.finish(number % len(world.running))
            case "hear" if world.inbox:
                world.hear(number % len(world.inbox), killed_after=number if number < 3 else None)
            case "repeat" if world.sent:
                world.repeat(number % len(world.sent))
            case "fail" if world.running:
                world.finish(number % len(world.running), Category.NETWORK)
            case "start" if world.tasks:
                world.start(number % len(world.tasks))
            case _:
                pass
    world.settle()
    told = [event for _, _, event in world.events() if isinstance(event, PageRecorded | ListingFinished)]
    pages = [event for event in told if isinstance(event, PageRecorded)]
    assert [event.page for event in pages] == [1, 2, 3]
    assert tuple(tuple(entry.video_id for entry in event.entries) for event in pages) == PAGES
    assert isinstance(told[-1], ListingFinished)
    assert len(told) == 4
    assert world.catalogue.job(THIRD).state is State.LISTED
