"""A simulator to hold in a test, in a thread of the test's process or in a process of its own."""

import contextlib
import http.client
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec

from tests.ytsim.catalogue import HANDLE, PLAYLIST_ID, Catalogue, Playlist
from tests.ytsim.certs import certificates
from tests.ytsim.control import PREFIX, Directory
from tests.ytsim.knobs import Knobs
from tests.ytsim.media import RENDITIONS, Media
from tests.ytsim.proxy import Proxy
from tests.ytsim.site import Seen, Site

_ROOT: Final = Path(__file__).parents[2]
DATA: Final = _ROOT / ".cache" / "ytsim"
VIDEOS: Final = 250
_CONTROL_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_T = TypeVar("_T")


class Ready(msgspec.Struct, frozen=True):
    """What a process that runs the simulator says when it listens."""

    port: int
    ca: str
    proxy: str


class YtSim:
    """A running simulator: where it is, what it holds, and how to steer it.

    Use ``with YtSim.start() as sim`` or ``with YtSim.spawn() as sim``. Both speak to it through loopback, so
    a test cannot tell them apart; what is spawned does not share the test's interpreter lock.
    """

    def __init__(self, port: int, ca: Path, stop: Callable[[], None]) -> None:
        self.port = port
        self.proxy = f"http://127.0.0.1:{port}"
        self.ca = ca
        self._stop = stop
        directory = self._call("GET", "ids", Directory)
        self.ids = directory.ids
        self.named = directory.named
        self.shorts = directory.shorts
        self.streams = directory.streams
        self._media = Path(directory.media)

    @classmethod
    def start(cls, *, videos: int = VIDEOS, big: int = 0, data: Path = DATA, port: int = 0) -> Self:
        """Start one in a thread. Media is made in `data` where it is missing; `big` is in seconds."""
        proxy, ca = build(videos=videos, big=big, data=data, port=port)
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), name="ytsim", daemon=True)
        thread.start()

        def stop() -> None:
            proxy.shutdown()
            proxy.server_close()
            thread.join()

        return cls(proxy.port, ca, stop)

    @classmethod
    def spawn(cls, *, videos: int = VIDEOS, big: int = 0, data: Path = DATA, port: int = 0) -> Self:
        """Start one in a process, which ends when this one does. Raises RuntimeError."""
        numbers = {"--videos": videos, "--big": big, "--port": port}
        options = [word for name, number in numbers.items() for word in (name, str(number))]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ytsim", "--lifeline", "--data", data, *options],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

        def stop() -> None:
            try:
                process.communicate(timeout=_STOP_SECONDS)  # closes its standard input
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()

        assert process.stdout
        line = process.stdout.readline()
        if not line:
            stop()
            raise RuntimeError(f"the simulator ended with {process.returncode}, standard error says why")
        ready = msgspec.json.decode(line, type=Ready)
        return cls(ready.port, Path(ready.ca), stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it and all its connections."""
        self._stop()

    @property
    def channel_url(self) -> str:
        """The channel; ``/videos``, ``/shorts`` and ``/streams`` are its tabs."""
        return f"https://www.youtube.com/{HANDLE}"

    @property
    def playlist_url(self) -> str:
        """A playlist with every video of the channel."""
        return f"https://www.youtube.com/playlist?list={PLAYLIST_ID}"

    def list_url(self, playlist: Playlist) -> str:
        """Give the address of a playlist."""
        return f"https://www.youtube.com/playlist?list={playlist}"

    def watch_url(self, video: str) -> str:
        """Give the address of a video's page."""
        return f"https://www.youtube.com/watch?v={video}"

    def file(self, itag: int) -> Path:
        """Give the file that an ordinary video is served from."""
        return self._media / RENDITIONS[itag].file

    @property
    def knobs(self) -> Knobs:
        """How they stand now: those that count down show what is left."""
        return self._call("GET", "knobs", Knobs)

    def set(self, **knobs: float) -> None:
        """Turn knobs, see `Knobs`. Raises ValueError for one that does not exist or cannot be so."""
        self._call("POST", "set", dict[str, Any], knobs)

    def state(self, video: str, state: str) -> None:
        """Put a video into a `State`. Raises ValueError where there is no such video or state."""
        self._call("POST", "state", dict[str, Any], {"id": video, "state": state})

    def edit(self, video: str, *, title: str = "", description: str = "", picture: bool = False) -> None:
        """Have its owner give a video other words, or another picture. Raises ValueError for none."""
        edit = {"title": title, "description": description, "picture": picture}
        self._call("POST", "edit", dict[str, Any], {"id": video, "edit": edit})

    def publish(self) -> str:
        """Put a new video on top of the channel, until the next reset, and give its id."""
        return self._call("POST", "publish", str)

    def unlist(self, video: str) -> None:
        """Take a video off the channel's lists, until the next reset. Raises ValueError if not there."""
        self._call("POST", "unlist", dict[str, Any], video)

    def expire_tokens(self) -> None:
        """Refuse, until the next reset, what lists were to go on with so far."""
        self._call("POST", "expire", dict[str, Any])

    def requests(self, *, clear: bool = False) -> list[Seen]:
        """Give the requests seen since the start or the last reset, in the order of their answers."""
        return self._call("GET", "log?clear=1" if clear else "log", list[Seen])

    def reset(self) -> None:
        """Take back every knob and state, and empty the log."""
        self._call("POST", "reset", dict[str, Any])

    def _call(self, method: str, what: str, answer: type[_T], body: object = None) -> _T:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_CONTROL_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, PREFIX + what, msgspec.json.encode(body))
            response = connection.getresponse()
            content = response.read()
        if response.status != http.client.OK:
            raise ValueError(msgspec.json.decode(content, type=dict[str, str])["error"])
        return msgspec.json.decode(content, type=answer)


def build(*, videos: int, big: int, data: Path, port: int) -> tuple[Proxy, Path]:
    """Give a simulator that listens but does not serve yet, and the certificate of its authority."""
    issued = certificates(data)
    site = Site(Catalogue(videos), Media(data, big))
    return Proxy(port, site, issued.context()), issued.ca
