"""A NATS server for tests: a process of our own, a container, or one that runs already."""

import asyncio
import contextlib
import gc
import json
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Self

from nats.js.errors import NotFoundError, ServerError

from schemas.codec import MAX_BYTES
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime import topology
from ytarchive.runtime.bus import Bus
from ytarchive.runtime.permissions import STREAMS
from ytarchive.runtime.server import find_binary, greeting
from ytarchive.settings import Settings

IMAGE: Final = "nats:2.14-alpine"
_READY_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 60.0
_MAKING_TRIES: Final = 80
_MAKING_SECONDS: Final = 0.25


class NatsServer:
    """A nats-server on loopback with JetStream, which keeps its port and its store when started again.

    ``with NatsServer() as server`` starts it, and at the end stops it and removes the store. `options` go
    into its configuration. What it says is in `log`.
    """

    def __init__(self, **options: Any) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ytarchive-nats-"))
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._port = -1
        self.log = self._folder / "nats-server.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._folder)

    @property
    def url(self) -> str:
        """Where it listens, also while it is down."""
        return f"nats://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The process; 0 while there is none."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it and wait until it, and no other, answers. Raises RuntimeError with its log."""
        name = f"test-{secrets.token_hex(8)}"
        config = self._folder / "nats-server.conf"
        config.write_text(json.dumps(self._config(name)))
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [find_binary(), "-c", config],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + _READY_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError, ValueError):
                port = self._listed(self._process.pid)
                if _greeting(port)["server_name"] == name:
                    self._port = port
                    return
            time.sleep(0.01)
        self.kill()
        raise RuntimeError(f"nats-server did not start:\n{self.log.read_text()}")

    def configure(self, options: Mapping[str, Any]) -> None:
        """Have it started with other options from now on."""
        self._options = dict(options)

    def stop(self) -> None:
        """End it as a supervisor would, with SIGTERM."""
        if self._process:
            self._process.terminate()
            self._process.wait(_STOP_SECONDS)
            self._process = None

    def kill(self) -> None:
        """End it as a crash would, with SIGKILL."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again on the same port and store."""
        self.kill()
        self.start()

    def _config(self, name: str) -> Mapping[str, Any]:
        return {
            "server_name": name,
            "host": "127.0.0.1",
            "port": self._port,
            "ports_file_dir": str(self._folder),
            "max_payload": MAX_BYTES,
            "jetstream": {"store_dir": str(self._folder), "max_file_store": 1 << 30},
        } | self._options

    def _listed(self, pid: int) -> int:
        ports = json.loads((self._folder / f"nats-server_{pid}.ports").read_bytes())
        return int(ports["nats"][0].rpartition(":")[2])


def _greeting(port: int) -> dict[str, Any]:
    """Give what the server says of itself. It listens to clients only when JetStream has recovered."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        line = connection.makefile("rb").readline()
    info: dict[str, Any] = json.loads(line.removeprefix(b"INFO "))
    return info


@contextlib.contextmanager
def server(kind: str) -> Iterator[str]:
    """Give the URL of the server that ``--nats`` asks for: ``process``, ``docker``, or a URL as it is.

    Raises ServerUnavailable where there is no container to be had, or nobody answers at the URL.
    """
    match kind:
        case "process":
            with NatsServer() as process:
                yield process.url
        case "docker":
            with _container() as url:
                yield url
        case _:
            asyncio.run(greeting(kind))
            yield kind


@contextlib.contextmanager
def _container() -> Iterator[str]:
    with contextlib.ExitStack() as running:
        with warnings.catch_warnings():
            # of testcontainers 4.15 about its own decorator
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"testcontainers\.")
            # of the socket that docker leaves open where nobody answers
            warnings.simplefilter("ignore", ResourceWarning)
            from docker.errors import DockerException  # noqa: PLC0415 - 1.4 s, and only for docker
            from testcontainers.community.nats import NatsContainer  # noqa: PLC0415 - the same

            reason = ""
            try:
                container = running.enter_context(NatsContainer(IMAGE, jetstream=True))
            except DockerException as error:
                reason = str(error)
            if reason:
                gc.collect()  # while the socket's warning is ignored
                raise ServerUnavailable(f"no container of {IMAGE}: {reason}")
        yield container.nats_uri()


async def clear(bus: Bus, settings: Settings) -> None:
    """Make the project's streams anew, empty. What else the server holds is left alone."""
    for name in STREAMS:
        with contextlib.suppress(NotFoundError):
            await bus.js.delete_stream(name)
    for left in reversed(range(_MAKING_TRIES)):
        try:
            await topology.ensure(bus.js, settings)
            break
        except ServerError:  # it still removes the files of a stream of the same name
            if not left:
                raise
            await asyncio.sleep(_MAKING_SECONDS)
