"""A list is told page by page, by workers and a network that keep no order; and looked at again and again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.common import Category, State
from schemas.events import ListingFinished, PageRecorded
from schemas.options import Choices
from tests.jobs import CHANNEL, THIRD, Desk, listed, listing, page
from tests.property.world import PAGES, World
from ytarchive.domain.lists import meets

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


TABS = ("videos", "streams", "shorts")
SITE_PAGE = 6
CHANGES = st.lists(
    st.tuples(st.sampled_from(["publish", "remove", "look"]), st.sampled_from(TABS), st.integers(0, 30)),
    max_size=40,
)
"""What happens to a channel, to which of its tabs, and how often or where."""


class Channel:
    """A channel whose tabs change, and who looks at it: reads each down to what is known, page by page."""

    def __init__(self) -> None:
        self.tabs: dict[str, list[str]] = {name: [] for name in TABS}
        self.published = 0
        self.desk = Desk()
        self.looks = 0
        self.told: set[str] = set()

    def publish(self, tab: str, number: int) -> None:
        for _ in range(number):
            self.published += 1
            self.tabs[tab].insert(0, f"{tab}{self.published}")

    def look(self) -> tuple[int, int]:
        """Give how many pages were read, and how many entries were told."""
        known = self.desk.catalogue.lists.known(CHANNEL, Choices())
        self.looks += 1
        job_id, pages, read, entries = f"{self.looks:016x}", 0, 0, 0
        begin = listing(job_id, batch=job_id, previous=known.job_id)
        self.desk.when(begin)
        for tab, ids in self.tabs.items():
            for start in range(0, len(ids), SITE_PAGE):
                read += 1
                shown, ended = ids[start : start + SITE_PAGE], start + SITE_PAGE >= len(ids)
                place = meets(shown, known.ids, ended=ended)
                new, pages, entries = shown[:place], pages + 1, entries + len(shown[:place])
                met = None if place is None else shown[place]
                self.desk.when(page(pages, *new, job_id=job_id, tab=tab, met=met))
                self.told.update(new)
                if met:
                    break
        self.desk.when(listed(pages, job_id=job_id))
        return read, entries

    @property
    def listed(self) -> int:
        return self.desk.catalogue.tally(f"{self.looks:016x}").listed


@given(changes=CHANGES)
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_whatever_became_of_a_channel_all_of_it_is_told_and_a_look_without_news_reads_a_page_of_each_tab(
    changes: list[tuple[str, str, int]],
) -> None:
    channel = Channel()
    for change, tab, number in changes:
        match change:
            case "publish":
                channel.publish(tab, number)
            case "remove":
                del channel.tabs[tab][number : number + 1]
            case _:
                channel.look()
    channel.look()
    before = channel.listed
    assert channel.told >= {video for ids in channel.tabs.values() for video in ids}
    assert before >= sum(map(len, channel.tabs.values()))
    assert channel.look() == (sum(1 for ids in channel.tabs.values() if ids), 0)
    assert channel.listed == before
