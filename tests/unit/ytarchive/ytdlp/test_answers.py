from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from yt_dlp.networking import Request

from ytarchive.ytdlp.answers import Answers

API = "https://www.youtube.com/youtubei/v1"


class Web:
    """What a list asks of the web, as `YoutubeDL` asks it."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.params: dict[str, Any] = {"extractor_args": {"youtube": {"lang": ["de"]}}}
        self.urlopen: Any = self.asked.append

    def ask(self, url: str, data: bytes | None) -> None:
        self.urlopen(Request(url, data=data))

    def pages(self, *tokens: str) -> Iterator[str]:
        """Give an entry, ask for the next page, and so on."""
        yield "first"
        for token in tokens:
            self.ask(f"{API}/browse?prettyPrint=false", msgspec.json.encode({"continuation": token}))
            yield token

    def tokens(self) -> list[str]:
        return [msgspec.json.decode(request.data)["continuation"] for request in self.asked]


@pytest.fixture
def web() -> Web:
    return Web()


def test_a_turn_is_told_after_the_entries_of_an_answer_and_before_the_next_is_asked_for(web: Web) -> None:
    told: list[Any] = []

    told.extend(Answers(web).of(web.pages("a", "b"), lambda token: told.append((token, len(web.asked)))))

    assert told == ["first", ("a", 0), "a", ("b", 1), "b"]


def test_with_a_token_that_is_asked_for_instead_of_the_second_page(web: Web) -> None:
    told: list[str] = []

    list(Answers(web).of(web.pages("a", "a", "e"), told.append, "d"))

    assert web.tokens() == told == ["d", "d", "e"]  # the first was asked twice


def test_what_is_raised_at_a_turn_keeps_the_request_from_being_made(web: Web) -> None:
    def enough(_token: str) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        list(Answers(web).of(web.pages("a"), enough))

    assert web.asked == []


@pytest.mark.parametrize(
    ("url", "data"),
    [
        (f"{API}/browse", None),
        (f"{API}/browse", b"no JSON"),
        (f"{API}/browse", b"[1]"),
        (f"{API}/player", b"{}"),
        ("https://example.org/", b"{}"),
    ],
)
def test_what_is_no_call_for_a_page_is_no_turn(web: Web, url: str, data: bytes | None) -> None:
    def entries() -> Iterator[str]:
        web.ask(url, data)
        yield "first"

    told: list[str] = []

    assert list(Answers(web).of(entries(), told.append)) == ["first"]
    assert (told, len(web.asked)) == ([], 1)


def test_a_mix_asks_for_its_next_page_without_a_token(web: Web) -> None:
    def entries() -> Iterator[str]:
        yield "first"
        web.ask(f"{API}/next", b'{"playlistId":"RDx","index":25}')

    told: list[str] = []
    list(Answers(web).of(entries(), told.append))

    assert told == [""]


def test_a_search_that_is_gone_on_with_asks_for_its_first_page_as_it_is(web: Web) -> None:
    def entries() -> Iterator[str]:
        web.ask(f"{API}/search", b'{"query":"words"}')
        yield from web.pages("a")

    told: list[str] = []
    list(Answers(web).of(entries(), told.append, "d"))

    assert told == ["d"]
    assert [msgspec.json.decode(request.data) for request in web.asked] == [
        {"query": "words"},
        {"continuation": "d"},
    ]


def test_nothing_is_told_of_what_is_asked_while_no_list_is_read(web: Web) -> None:
    answers, told = Answers(web), list[str]()
    list(answers.of(web.pages(), told.append))

    list(web.pages("a"))

    assert (told, web.tokens()) == ([], ["a"])


def test_half_an_answer_is_an_error_while_a_list_is_read(web: Web) -> None:
    reading = Answers(web).of(web.pages("a"), lambda _token: None)
    options = web.params["extractor_args"]["youtube"]
    next(reading)
    assert options == {"lang": ["de"], "raise_incomplete_data": ["true"]}

    list(reading)

    assert options == {"lang": ["de"]}
