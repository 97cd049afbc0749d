"""What the real yt-dlp lists of the simulator, and goes on with after it was killed."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from schemas.common import Category, Entry, Failure
from schemas.options import Choices
from tests.ytsim.catalogue import EMPTY_HANDLE, TERMINATED_HANDLE, Playlist
from tests.ytsim.fixtures import sim
from tests.ytsim.server import YtSim
from ytarchive.settings import Settings
from ytarchive.ytdlp.failures import YtdlpFailure
from ytarchive.ytdlp.listing import ENDLESS, Listed, Page, list_collection
from ytarchive.ytdlp.options import base_params

__all__ = ["sim"]

ALL = Choices()
WEB = "https://www.youtube.com"


@pytest.fixture(scope="module")
def ytsim() -> Iterator[YtSim]:
    """Give a channel of four pages, and a playlist of two: reading a page takes yt-dlp 0.1 s."""
    with YtSim.start(videos=110) as sim:
        yield sim


class Killed(BaseException):
    """The worker's process ends: nothing it holds is known any more."""


class Receiver:
    """Whoever asks for lists, and keeps the pages that were handed out."""

    def __init__(self, sim: YtSim, settings: Settings) -> None:
        options = f"--proxy {sim.proxy} --no-check-certificates --retries 0 --extractor-retries 0"
        self.sim, self._settings = sim, msgspec.structs.replace(settings, ytdlp_options=options)
        self.pages: list[Page] = []
        self.requests_before: list[int] = []
        self._kill_at = 0

    def lists(
        self,
        url: str,
        *,
        kill_at: int = 0,
        choices: Choices = ALL,
        known: Sequence[str] = (),
        resume: str | None = None,
    ) -> Listed:
        """List from the last page there is on, with the text that came with it or another."""
        came = self.pages[-1].resume if self.pages else ""
        self._kill_at = kill_at
        self.sim.requests(clear=True)
        return list_collection(
            url,
            base_params(self._settings),
            self._page,
            choices=choices,
            known=known,
            pages=len(self.pages),
            resume=came if resume is None else resume,
        )

    def killed(self, url: str, page: int, **options: Any) -> None:
        """List, and be killed when that page has been handed out."""
        with pytest.raises(Killed):
            self.lists(url, kill_at=page, **options)

    def fails(self, url: str, **options: Any) -> Failure:
        with pytest.raises(YtdlpFailure) as raised:
            self.lists(url, **options)
        return raised.value.failure

    @property
    def entries(self) -> list[Entry]:
        return [entry for page in self.pages for entry in page.entries]

    @property
    def ids(self) -> list[str]:
        return [entry.video_id for entry in self.entries]

    @property
    def met(self) -> dict[str, str]:
        """Give where each tab goes on as it was known."""
        return {page.tab: page.met for page in self.pages if page.met}

    @property
    def chosen(self) -> list[str]:
        return [entry.video_id for entry in self.entries if not entry.skip]

    def requests(self) -> list[str]:
        return [seen.path for seen in self.sim.requests()]

    def _page(self, page: Page) -> None:
        assert page.number == len(self.pages) + 1
        assert page.entries or page.met
        self.pages.append(page)
        self.requests_before.append(len(self.sim.requests()))
        if page.number == self._kill_at:
            raise Killed


@pytest.fixture
def receiver(sim: YtSim, settings: Settings) -> Receiver:
    return Receiver(sim, settings)


@pytest.fixture
def another(sim: YtSim, settings: Settings) -> Receiver:
    return Receiver(sim, settings)


def tab(sim: YtSim, name: str = "videos") -> str:
    return f"{sim.channel_url}/{name}"


def mix(sim: YtSim) -> str:
    return f"{sim.watch_url(sim.ids[0])}&list=RD{sim.ids[0]}"


# what is listed


def test_a_channels_tab_is_listed_as_the_site_gives_it_out(sim: YtSim, receiver: Receiver) -> None:
    listed = receiver.lists(tab(sim))

    assert receiver.ids == sim.ids
    assert [len(page.entries) for page in receiver.pages] == [30, 30, 30, 20]
    assert listed == Listed(4, "Simulated Channel - Videos")
    assert {page.title for page in receiver.pages} == {listed.title}
    assert receiver.entries[3] == Entry(
        video_id=sim.ids[3], title='Video 0003 — ok café / "quotes" #tag', duration=12
    )


def test_a_page_is_handed_out_before_the_next_is_asked_for(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists(tab(sim))

    assert receiver.requests_before == list(range(1, 5))


def test_a_channel_is_all_its_tabs_each_asked_for_in_its_turn(sim: YtSim, receiver: Receiver) -> None:
    listed = receiver.lists(sim.channel_url)

    assert receiver.ids == [*sim.ids, *sim.streams, *sim.shorts]
    assert [len(page.entries) for page in receiver.pages[-3:]] == [20, 4, 6]
    assert listed.title == "Simulated Channel"
    assert receiver.requests()[-2:] == ["/@simchannel/streams", "/@simchannel/shorts"]


def test_a_playlist_is_listed_a_hundred_at_a_time(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists(sim.playlist_url)

    assert receiver.ids == sim.ids
    assert [len(page.entries) for page in receiver.pages] == [100, 10]


def test_a_single_video_is_a_list_of_one(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists(sim.watch_url(sim.ids[3]))

    assert receiver.ids == [sim.ids[3]]


def test_a_video_in_a_list_is_that_list(sim: YtSim, receiver: Receiver) -> None:
    listed = receiver.lists(f"{sim.watch_url(sim.ids[0])}&list={Playlist.PATCHY}")

    assert (listed.title, receiver.chosen) == ("Patchy", sim.streams)


@pytest.mark.parametrize("url", [f"{WEB}/{EMPTY_HANDLE}", f"{WEB}/playlist?list={Playlist.EMPTY}"])
def test_an_empty_list_is_listed_and_no_failure(receiver: Receiver, url: str) -> None:
    listed = receiver.lists(url)

    assert (receiver.pages, listed.pages, listed.note) == ([], 0, "")


def test_a_search_that_finds_nothing_is_an_empty_list(receiver: Receiver) -> None:
    assert receiver.lists("ytsearch5:nothing").pages == 0


def test_a_search_gives_as_many_as_it_is_asked_for(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists("ytsearch25:some words")

    assert receiver.ids == sim.ids[:25]
    assert [len(page.entries) for page in receiver.pages] == [20, 5]


@pytest.mark.parametrize("address", ["ytsearchall:words", f"{WEB}/results?search_query=words", "the mix"])
def test_what_has_no_end_is_left_and_that_is_said(sim: YtSim, receiver: Receiver, address: str) -> None:
    listed = receiver.lists(mix(sim) if address == "the mix" else address)

    assert len(receiver.ids) == len(set(receiver.ids)) == ENDLESS
    assert listed.note.endswith("it has no end, and was left after 500 entries")


def test_lists_among_the_results_of_a_search_are_left_out_and_that_is_said(
    sim: YtSim, receiver: Receiver
) -> None:
    listed = receiver.lists(f"{WEB}/results?search_query=words", choices=Choices(newest=3))

    assert receiver.ids == sim.ids[:3]
    assert listed.note == "lists within it that were left out: 2"


def test_lists_within_a_list_follow_it_each_video_once(sim: YtSim, receiver: Receiver) -> None:
    listed = receiver.lists(tab(sim, "playlists"))

    unavailable = [sim.named["private"], sim.named["deleted"]]
    assert receiver.ids == [*sim.ids, *sim.shorts, *sim.streams, *unavailable]
    assert listed.note == "lists that cannot be read (YouTube said: The playlist does not exist.): 1"
    assert listed.title == "Simulated Channel - Playlists"


def test_a_list_that_contains_itself_comes_to_an_end(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists(f"{sim.list_url(Playlist.OUROBOROS)}&si=shared")

    assert receiver.ids == sim.shorts
    assert receiver.requests().count("/playlist") == 1


def test_what_a_list_knows_to_be_unavailable_is_named_with_the_reason(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists(sim.list_url(Playlist.PATCHY))

    assert [(entry.video_id, entry.skip) for entry in receiver.entries[-2:]] == [
        (sim.named["private"], "the video is private"),
        (sim.named["deleted"], "the video is deleted"),
    ]
    assert receiver.chosen == sim.streams


FAILURES = {
    f"{WEB}/playlist?list=PLnosuchplaylist000000000000000": (Category.REQUEST, "its owner's cookies"),
    f"{WEB}/playlist?list={Playlist.PRIVATE}": (Category.REQUEST, "its owner's cookies"),
    f"{WEB}/@nosuchhandle": (Category.GONE, "does not know this address"),
    f"{WEB}/channel/UC0000000000000000000000": (Category.GONE, "does not know this address"),
    f"{WEB}/{TERMINATED_HANDLE}": (Category.GONE, "Nothing can be fetched"),
    f"{WEB}/@simchannel/podcasts": (Category.REQUEST, "the channel itself"),
    f"{WEB}/watch?v=00000000000": (Category.UNAVAILABLE, "days apart"),
    "https://vimeo.com/channels/staffpicks": (Category.REQUEST, "YTARCHIVE_SITES"),
    "ytsearch0:words": (Category.REQUEST, "begins with https://"),
    "file:///etc/passwd": (Category.REQUEST, "begins with https://"),
    "words": (Category.REQUEST, "begins with https://"),
}


@pytest.mark.parametrize(("url", "expected"), FAILURES.items(), ids=FAILURES)
def test_what_is_no_list_to_be_had_fails_with_a_category_and_a_hint(
    receiver: Receiver, url: str, expected: tuple[Category, str]
) -> None:
    failure = receiver.fails(url)

    assert (failure.category, expected[1] in failure.hint) == (expected[0], True), failure
    for noise in ("ERROR", "[youtube", "@nosuchhandle", "--cookies", "report", "\n"):
        assert noise not in failure.message
    assert receiver.pages == []


def test_an_address_that_leads_from_one_to_the_next_is_given_up(sim: YtSim, receiver: Receiver) -> None:
    url = sim.playlist_url
    for _ in range(6):
        url = f"https://consent.youtube.com/m?continue={quote(url, safe='')}"

    failure = receiver.fails(url)

    assert (failure.category, failure.hint != "", receiver.requests()) == (Category.REQUEST, True, [])


# going on


LISTS: dict[str, Callable[[YtSim], str]] = {
    "a tab": tab,
    "a channel": lambda sim: sim.channel_url,
    "a playlist": lambda sim: sim.playlist_url,
    "a tab of playlists": lambda sim: tab(sim, "playlists"),
    "a search": lambda _: "ytsearch90:words",
    "a mix": mix,
    "a video": lambda sim: sim.watch_url(sim.ids[0]),
}
WALKED = ("a mix",)
"""Lists that yt-dlp asks for their next page otherwise than by a token."""
NEWEST = Choices(newest=120)
"""More than the channel has, and fewer than the mix."""


@pytest.mark.parametrize("name", LISTS)
def test_whoever_is_killed_at_any_page_goes_on_with_the_next(
    sim: YtSim, receiver: Receiver, another: Receiver, name: str
) -> None:
    url = LISTS[name](sim)
    listed = another.lists(url, choices=NEWEST)
    whole, most = another.pages, len(another.requests())

    for page in range(1, len(whole) + 1):
        receiver.pages.clear()
        receiver.killed(url, page, choices=NEWEST)
        went_on = receiver.lists(url, choices=NEWEST)

        assert went_on.note == listed.note
        assert list(dict.fromkeys(receiver.ids)) == another.ids
        assert receiver.pages[:page] == whole[:page]
        if name not in WALKED:
            assert [one.entries for one in receiver.pages] == [one.entries for one in whole]
            assert len(receiver.requests()) <= most - page + 3


@pytest.mark.parametrize("page", range(1, 5))
def test_only_the_first_page_is_asked_for_again(sim: YtSim, receiver: Receiver, page: int) -> None:
    receiver.killed(tab(sim), page)

    receiver.lists(tab(sim))

    assert receiver.ids == sim.ids
    assert len(receiver.requests()) == (1 + 4 - page if page < 4 else 0)


def test_whoever_is_killed_at_every_page_gets_to_the_end(sim: YtSim, receiver: Receiver) -> None:
    for page in range(1, 7):
        receiver.killed(sim.channel_url, page)
    listed = receiver.lists(sim.channel_url)

    assert receiver.ids == [*sim.ids, *sim.streams, *sim.shorts]
    assert (listed.pages, receiver.requests()) == (6, [])


RESUMES = {"refused": None, "lost": "", "nonsense": "x" * 100, "of something else": '{"lists":3}'}


@pytest.mark.parametrize("name", ["a tab", "a search"])
@pytest.mark.parametrize("resume", RESUMES)
@pytest.mark.parametrize("page", [1, 3])
def test_without_a_token_the_list_is_walked_and_its_last_page_comes_again(
    sim: YtSim, receiver: Receiver, name: str, resume: str, page: int
) -> None:
    url, text = LISTS[name](sim), RESUMES[resume]
    receiver.killed(url, page)
    sim.expire_tokens()

    receiver.lists(url, resume=text)

    again = receiver.pages.pop(page)
    assert again.entries == receiver.pages[page - 1].entries
    assert len(receiver.ids) == len(set(receiver.ids))
    assert receiver.ids[:90] == sim.ids[:90]


def test_what_vanishes_or_is_put_on_top_meanwhile_costs_no_entry(sim: YtSim, receiver: Receiver) -> None:
    for page in range(1, 4):
        receiver.killed(tab(sim), page)
        (sim.unlist if page % 2 else lambda _: sim.publish())(sim.ids[page])
        sim.expire_tokens()
    receiver.lists(tab(sim))

    assert set(receiver.ids) >= set(sim.ids) - {sim.ids[page] for page in range(1, 4)}


@pytest.mark.parametrize("known_place", [True, False])
def test_after_a_video_on_top_has_vanished_the_walk_misses_none(
    sim: YtSim, receiver: Receiver, *, known_place: bool
) -> None:
    receiver.killed(tab(sim), 2)
    sim.unlist(sim.ids[0])
    sim.expire_tokens()

    receiver.lists(tab(sim), resume=None if known_place else "")

    assert set(receiver.ids) == set(sim.ids)


TROUBLE = {
    "page_429": (Category.RATE_LIMIT, "429"),
    "page_503": (Category.SERVER_ERROR, "503"),
    "page_empty": (Category.NETWORK, "Incomplete data"),
}


@pytest.mark.parametrize(("knob", "expected"), TROUBLE.items(), ids=TROUBLE)
@pytest.mark.parametrize("name", ["a tab", "a search"])
def test_trouble_on_the_way_is_a_failure_and_what_came_before_stays(
    sim: YtSim, receiver: Receiver, knob: str, expected: tuple[Category, str], name: str
) -> None:
    url = LISTS[name](sim)
    sim.set(**{knob: 3})

    for _ in range(2):  # again by whoever goes on, whose token may have been refused for all that is known
        failure = receiver.fails(url)
        assert (failure.category, expected[1] in failure.message) == (expected[0], True), failure
        again = receiver.pages[2:]
        assert [one.entries for one in again] == [receiver.pages[1].entries] * len(again)
    sim.set(**{knob: 0})
    assert len(again) == (knob == "page_empty")
    del receiver.pages[2:]
    receiver.lists(url)

    assert len(receiver.ids) == len(set(receiver.ids)) >= 90


def test_a_list_within_a_list_that_fails_on_the_way_is_not_taken_for_read(
    sim: YtSim, receiver: Receiver
) -> None:
    sim.set(page_503=2)

    assert receiver.fails(sim.channel_url).category is Category.SERVER_ERROR


# what is known


def known(sim: YtSim, count: int = 20) -> Sequence[str]:
    return sim.ids[:count]


def test_an_unchanged_tab_is_left_at_its_first_page(sim: YtSim, receiver: Receiver) -> None:
    listed = receiver.lists(tab(sim), known=known(sim))

    (page,) = receiver.pages
    assert (page.entries, page.tab, page.met, listed.pages) == ((), "videos", sim.ids[0], 1)
    assert len(receiver.requests()) == 1


@pytest.mark.parametrize("count", [5, 6, 20])
def test_what_is_new_is_handed_out_and_no_more(sim: YtSim, receiver: Receiver, count: int) -> None:
    new = [sim.publish() for _ in range(2)][::-1]

    receiver.lists(tab(sim), known=known(sim, count))

    assert (receiver.ids, receiver.met, len(receiver.requests())) == (new, {"videos": sim.ids[0]}, 1)


def test_more_that_is_new_than_a_page_is_handed_out(sim: YtSim, receiver: Receiver) -> None:
    new = [sim.publish() for _ in range(28)][::-1]

    receiver.lists(tab(sim), known=known(sim))

    # the two of the first page that are known are too few to be sure
    assert receiver.ids == [*new, *sim.ids[:2]]
    assert [(len(page.entries), page.met) for page in receiver.pages] == [(30, None), (0, sim.ids[2])]
    assert len(receiver.requests()) == 2


def test_what_was_on_top_may_have_vanished(sim: YtSim, receiver: Receiver) -> None:
    sim.unlist(sim.ids[0])
    new = sim.publish()

    receiver.lists(tab(sim), known=known(sim))

    assert (receiver.ids, receiver.met) == ([new], {"videos": sim.ids[1]})


@pytest.mark.parametrize(
    "known", [[3, 4, 9, 10, 11, 12], [0, 2, 4, 6, 8], [108, 107, 106, 105, 104]], ids=str
)
def test_what_is_not_as_it_was_known_is_listed(sim: YtSim, receiver: Receiver, known: list[int]) -> None:
    receiver.lists(tab(sim), known=[sim.ids[place] for place in known])

    assert (receiver.ids, receiver.met) == (sim.ids, {})


def test_the_end_of_a_list_is_known_by_fewer(sim: YtSim, receiver: Receiver) -> None:
    before = [*sim.streams[1:], *sim.ids]

    receiver.lists(tab(sim, "streams"), known=before)

    assert (receiver.ids, receiver.met) == (sim.streams[:1], {"streams": sim.streams[1]})


def test_of_a_known_channel_each_tab_is_left_where_it_is_known(sim: YtSim, receiver: Receiver) -> None:
    new = sim.publish()

    receiver.lists(sim.channel_url, known=[*sim.ids[:20], *sim.streams])

    assert receiver.ids == [new, *sim.shorts]
    assert receiver.met == {"videos": sim.ids[0], "streams": sim.streams[0]}
    assert [page.tab for page in receiver.pages] == ["videos", "streams", "shorts"]
    assert len(receiver.requests()) == 3


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("resume", [None, ""])
def test_what_was_met_is_told_however_often_somebody_else_goes_on(
    sim: YtSim, receiver: Receiver, page: int, resume: str | None
) -> None:
    sim.publish()
    tops = [*sim.ids[:20], *sim.streams, *sim.shorts]
    receiver.killed(sim.channel_url, page, known=tops)

    receiver.lists(sim.channel_url, known=tops, resume=resume)

    assert receiver.met == {"videos": sim.ids[0], "streams": sim.streams[0], "shorts": sim.shorts[0]}
    assert len(receiver.pages) == (3 if resume is None else 4)


def test_of_a_playlist_nothing_is_known(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists(sim.playlist_url, known=known(sim))

    assert (receiver.ids, receiver.met) == (sim.ids, {})


# what is chosen


def reasons(receiver: Receiver) -> set[str]:
    return {entry.skip for entry in receiver.entries}


def test_what_was_not_chosen_is_an_entry_that_says_why(sim: YtSim, receiver: Receiver) -> None:
    choices = Choices(title="video 00[0-4]", title_not="000[1-9]")

    receiver.lists(tab(sim), choices=choices)

    assert receiver.ids == sim.ids
    assert receiver.chosen == [sim.ids[0], *sim.ids[10:50]]
    assert reasons(receiver) == {"", "the title does not match video 00[0-4]", "the title matches 000[1-9]"}


@pytest.mark.parametrize(
    ("choices", "without", "reason"),
    [
        (Choices(shorts=False), ["shorts"], "a short"),
        (Choices(live=False), ["streams"], "a live stream"),
        (Choices(premieres=False), [], ""),
        (Choices(shortest=13), ["ids", "streams"], "shorter than 13 s"),
        (Choices(longest=11), ["ids", "streams"], "longer than 11 s"),
        (Choices(shortest=12, longest=12, least_height=1080), [], ""),
    ],
)
def test_a_list_tells_shorts_and_streams_and_how_long_videos_are(
    sim: YtSim, receiver: Receiver, choices: Choices, without: list[str], reason: str
) -> None:
    receiver.lists(sim.channel_url, choices=choices)

    lists = {"ids": sim.ids, "streams": sim.streams, "shorts": sim.shorts}
    assert receiver.chosen == [id_ for name, ids in lists.items() if name not in without for id_ in ids]
    assert reasons(receiver) - {""} == ({reason} if reason else set())


def test_a_stream_is_known_in_a_playlist_only_by_its_metadata(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists(sim.list_url(Playlist.PATCHY), choices=Choices(live=False))

    assert receiver.chosen == sim.streams


def test_years_that_a_list_tells_rule_out_what_is_certainly_outside(sim: YtSim, receiver: Receiver) -> None:
    """Given videos of 2020 and 2021, of which the list says how many years ago that was."""
    for choices, reason in [
        (Choices(since="20230101"), "older than 2023-01-01"),
        (Choices(until="20180101"), "newer than 2018-01-01"),
        (Choices(since="20200901", until="20210630"), ""),
    ]:
        receiver.pages.clear()
        receiver.lists(tab(sim), choices=choices)
        assert reasons(receiver) == {reason}


def test_a_tab_is_left_behind_a_page_that_is_too_old_and_another_list_is_not(
    sim: YtSim, receiver: Receiver
) -> None:
    old = Choices(since="20230101")
    listed = receiver.lists(sim.channel_url, choices=old)

    assert receiver.ids == [*sim.ids[:30], *sim.streams, *sim.shorts]
    assert len(receiver.requests()) == 3
    assert listed.note == "tabs that were left where all is older than what is chosen: 1"
    receiver.pages.clear()
    receiver.lists(sim.playlist_url, choices=old)
    assert receiver.ids == sim.ids


@pytest.mark.parametrize(("newest", "requests"), [(1, 1), (29, 1), (30, 1), (31, 2), (90, 3)])
def test_after_the_newest_no_page_is_asked_for(
    sim: YtSim, receiver: Receiver, newest: int, requests: int
) -> None:
    receiver.lists(tab(sim), choices=Choices(newest=newest))

    assert receiver.ids == sim.ids[:newest]
    assert len(receiver.requests()) == requests


def test_the_newest_are_so_many_of_each_list_that_are_chosen(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists(sim.channel_url, choices=Choices(newest=2, title_not="0000"))

    assert receiver.chosen == [*sim.ids[1:3], *sim.streams[:2], *sim.shorts[:2]]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_the_newest_are_counted_on_by_whoever_goes_on(sim: YtSim, receiver: Receiver, page: int) -> None:
    choices = Choices(newest=70)
    receiver.killed(tab(sim), page, choices=choices)

    receiver.lists(tab(sim), choices=choices)

    assert receiver.ids == sim.ids[:70]


@pytest.mark.parametrize("resume", [None, ""])
def test_the_newest_are_counted_anew_by_whoever_walks(
    sim: YtSim, receiver: Receiver, resume: str | None
) -> None:
    choices = Choices(newest=70)
    receiver.killed(tab(sim), 2, choices=choices)
    sim.expire_tokens()

    receiver.lists(tab(sim), choices=choices, resume=resume)

    assert list(dict.fromkeys(receiver.ids)) == sim.ids[:70]


def test_of_a_single_video_all_is_known(sim: YtSim, receiver: Receiver) -> None:
    receiver.lists(sim.watch_url(sim.ids[0]), choices=Choices(since="20200914"))

    assert reasons(receiver) == {"older than 2020-09-14"}


@pytest.mark.parametrize("choices", [Choices(title="("), Choices(title_not="[")])
def test_a_pattern_that_is_none_fails_before_anything_is_asked(
    sim: YtSim, receiver: Receiver, choices: Choices
) -> None:
    failure = receiver.fails(tab(sim), choices=choices)

    assert (failure.category, receiver.requests()) == (Category.REQUEST, [])


def test_a_pattern_that_takes_for_ever_is_a_failure(
    sim: YtSim, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ytarchive.ytdlp.choices.PATIENCE", 0.3)

    failure = receiver.fails(tab(sim), choices=Choices(title="(.*.*.*.*.*.*)*x"))

    assert (failure.category, "too long" in failure.message) == (Category.REQUEST, True)
