"""A list that is read while yt-dlp asks the site for more of it: when it asks, and for what."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol

import msgspec

_CALLS: Final = ("/youtubei/v1/browse", "/youtubei/v1/search", "/youtubei/v1/next")

OnTurn = Callable[[str], None]
"""Told that all entries of an answer were given, with the token the next will be asked for, if there is one.

What it raises keeps the request from being made, and ends the reading.
"""


class Downloader(Protocol):
    """What `YoutubeDL` and its extractors ask the web by."""

    urlopen: Callable[[Any], Any]
    params: dict[str, Any]


class Answers:
    """Watches what one `YoutubeDL` asks while a list of it is read.

    Only YouTube's own calls are known as such. A list of another site is one answer.
    """

    def __init__(self, ydl: Downloader) -> None:
        self._send, ydl.urlopen = ydl.urlopen, self._ask
        self._options = ydl.params.setdefault("extractor_args", {}).setdefault("youtube", {})
        self._turn: OnTurn | None = None
        self._instead = self._own = ""

    def of(self, entries: Iterable[Any], turn: OnTurn, token: str = "") -> Iterator[Any]:
        """Give the entries of a list. With `token`, that is asked for instead of its second page.

        An answer that lacks what was asked for is an error: else half of a list would pass for all of it.
        """
        self._turn, self._instead, self._own = turn, token, ""
        before = dict(self._options)
        self._options["raise_incomplete_data"] = ["true"]
        try:
            yield from entries
        finally:
            self._turn = None
            self._options.clear()
            self._options.update(before)

    def _ask(self, request: Any) -> Any:
        if self._turn and (call := _call(request)) is not None:
            own = str(call.get("continuation", ""))
            if self._instead:
                if not own:  # a search asks for its first page by a call, too
                    return self._send(request)
                self._own = self._own or own
                if own == self._own:  # which is asked again where that failed
                    call["continuation"] = own = self._instead
                    request.data = msgspec.json.encode(call)
            self._turn(own)
        return self._send(request)


def _call(request: Any) -> dict[str, Any] | None:
    """Give what YouTube's interface is asked for, if it is."""
    url, data = getattr(request, "url", ""), getattr(request, "data", None)
    if not isinstance(data, bytes) or not any(call in url for call in _CALLS):
        return None
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.DecodeError:
        return None
