"""Everything that changes while the sites are played: states, knobs, and the requests seen."""

import threading
from collections.abc import Mapping

import msgspec

from tests.ytsim.catalogue import Catalogue
from tests.ytsim.knobs import Fault, Knobs
from tests.ytsim.media import Media


class Request(msgspec.Struct, frozen=True):
    """A request as it came in; `headers` have lower-case names."""

    method: str
    host: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Seen(msgspec.Struct, frozen=True):
    """What the log keeps of a request, and the status of its answer.

    `time` is Unix time; `query` as sent; `client` is YouTube's number for the kind of client.
    """

    time: float
    method: str
    host: str
    path: str
    query: str
    range: str | None
    status: int
    client: str | None
    agent: str


class Site:
    """One world of sites. Safe to use from many threads."""

    def __init__(self, catalogue: Catalogue, media: Media) -> None:
        self.catalogue = catalogue
        self.media = media
        self.knobs = Knobs()
        self.closing = threading.Event()
        self._log: list[Seen] = []
        self._lock = threading.Lock()

    def turn(self, changes: dict[str, object]) -> None:
        """Change knobs. Raises msgspec.ValidationError for an unknown knob or an impossible value."""
        with self._lock:
            self.knobs = self.knobs.turned(changes)

    def spend(self, fault: Fault) -> bool:
        """Say whether a fault that counts down is to be shown now, and count it."""
        with self._lock:
            left = getattr(self.knobs, fault)
            if left:
                setattr(self.knobs, fault, 0 if fault == "drop_after" else left - 1)
            return bool(left)

    def sleep(self, seconds: float) -> None:
        """Let time pass, but no longer than the site is open."""
        if seconds > 0:
            self.closing.wait(seconds)

    def record(self, seen: Seen) -> None:
        """Add a request to the log."""
        with self._lock:
            self._log.append(seen)

    def requests(self, *, clear: bool) -> list[Seen]:
        """Give the log in the order of answers, and empty it if asked."""
        with self._lock:
            log = self._log.copy()
            if clear:
                self._log.clear()
            return log

    def reset(self) -> None:
        """Begin again: no fault, every state as at first, an empty log."""
        with self._lock:
            self.knobs = Knobs()
            self.catalogue.reset()
            self._log.clear()
