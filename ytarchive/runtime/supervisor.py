"""Actors as child processes: started, awaited until ready, restarted when they crash, stopped in order."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ytarchive.errors import TimedOut
from ytarchive.runtime.actor_child import ActorChild, ActorFailed
from ytarchive.runtime.restarts import Limits
from ytarchive.sources.variables import FILE, variable

if TYPE_CHECKING:
    from ytarchive.settings import Settings

STOP_ORDER: Final = (("metadata", "download", "storage"), ("jobs",), ("logs",))
"""Whoever is told something stops after whoever tells it."""

_LOOK_SECONDS: Final = 1.0
_LONGEST_SOCKET: Final = 100
"""Bytes of a unix socket's address: 104 or 108, with the closing zero, depending on the system."""


def actor_command(name: str) -> list[str]:
    """Give the command that runs an actor with this very Python."""
    return [sys.executable, "-P", "-m", "actors", name]


def actor_environment(settings: "Settings", url: str, credentials: Path | None) -> dict[str, str]:
    """Give our environment with the settings in force, the server's address and the file with the logins."""
    values = msgspec.structs.asdict(settings) | {"nats_url": url, "nats_credentials": credentials}
    ours = {variable(name): str(value) for name, value in values.items() if value is not None}
    theirs = {name: value for name, value in os.environ.items() if name.removesuffix(FILE) not in ours}
    return {**theirs, **ours}


@contextlib.asynccontextmanager
async def supervise(
    names: Sequence[str],
    environment: dict[str, str],
    *,
    state_dir: Path,
    command: Callable[[str], list[str]] = actor_command,
    limits: Limits = Limits(),  # noqa: B008 - an immutable value
    patience: float = 10.0,
    show: bool = False,
) -> "AsyncIterator[Supervisor]":
    """Run actors as long as the block lasts; then stop them in `STOP_ORDER`.

    An actor that does not end within `patience` seconds of SIGTERM is killed with all its process group.
    What it prints is appended to ``logs/<actor>.log``, or let through to our stderr with `show`.
    """
    (state_dir / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
    with _socket_folder(state_dir, names) as sockets:
        supervisor = Supervisor(limits)
        try:
            for name in names:
                log = None if show else state_dir / "logs" / f"{name}.log"
                actor = ActorChild(
                    name, command(name), environment, address=sockets / name, log=log, patience=patience
                )
                supervisor.start(actor)
            yield supervisor
        finally:
            await supervisor.stop()


class Supervisor:
    """The actors that are kept running."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._actors: dict[str, ActorChild] = {}
        self._keepers: dict[str, asyncio.Task[ActorFailed]] = {}

    def start(self, actor: ActorChild) -> None:
        """Keep an actor running from now on."""
        self._actors[actor.name] = actor
        self._keepers[actor.name] = asyncio.create_task(actor.keep_running(self._limits))

    @property
    def pids(self) -> dict[str, int]:
        """The process of each actor that runs at the moment."""
        return {name: actor.pid for name, actor in self._actors.items() if actor.pid is not None}

    async def failed(self) -> ActorFailed:
        """Wait until an actor is given up, and give the error to raise: its name and its last words."""
        done, _ = await asyncio.wait(self._keepers.values(), return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()

    async def wait_ready(self, patience: float) -> None:
        """Wait until every actor has said it is ready, however long that takes: a large log needs minutes.

        Raises `TimedOut` where one has not said for `patience` seconds that it is alive, and `ActorFailed`.
        """
        all_ready = asyncio.create_task(self._all_ready())
        failed = asyncio.create_task(self.failed())
        either: set[asyncio.Task[Any]] = {all_ready, failed}
        try:
            while not all_ready.done():
                await asyncio.wait(either, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if failed.done():
                    raise failed.result()
                late = [actor for actor in self._actors.values() if not actor.ready.is_set()]
                if silent := [actor for actor in late if actor.silent >= patience]:
                    raise TimedOut(
                        f"not ready, and silent for {patience:g} s: {', '.join(one.name for one in silent)}",
                        hint=silent[0].last_words(),
                    )
        finally:
            failed.cancel()
            all_ready.cancel()
            await asyncio.wait(either)

    async def _all_ready(self) -> None:
        while not all(actor.ready.is_set() for actor in self._actors.values()):
            for actor in self._actors.values():
                await actor.ready.wait()

    async def stop(self) -> None:
        """Stop all actors in order. If we are cancelled meanwhile, kill those that are left."""
        ordered = {name for group in STOP_ORDER for name in group}
        groups = (tuple(self._keepers.keys() - ordered), *STOP_ORDER)
        try:
            for group in groups:
                stopping = [self._keepers[name] for name in group if name in self._keepers]
                for keeper in stopping:
                    keeper.cancel()
                await asyncio.gather(*stopping, return_exceptions=True)
        finally:
            for name, keeper in self._keepers.items():
                keeper.cancel()
                self._actors[name].kill()
            await asyncio.gather(*self._keepers.values(), return_exceptions=True)


@contextlib.contextmanager
def _socket_folder(state_dir: Path, names: Sequence[str]) -> Iterator[Path]:
    """Give a folder of ours whose path leaves room in a unix socket's address."""
    folder = state_dir / "run"
    if max(len(os.fsencode(folder / name)) for name in names) > _LONGEST_SOCKET:
        folder = Path(tempfile.mkdtemp(prefix="ytarchive-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield folder
