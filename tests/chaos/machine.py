"""The machine under test: a home, its `up` kept running as a service would be, and its processes."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Self

import psutil

from tests.chaos.plan import ACTORS, DISK_BYTES, EVERYTHING, Plan
from tests.chaos.proxy import Wire
from tests.disks import mount
from tests.e2e.home import PROGRAM, Home, until
from tests.ytsim.server import YtSim
from ytarchive.runtime import child

_PAUSE: Final = 0.2
_PATIENCE: Final = 60.0


class Kept:
    """A program that is started again whenever it ends, until the block does; then it is asked to end."""

    def __init__(
        self, command: list[str | Path], environment: dict[str, str], folder: Path, name: str
    ) -> None:
        self._command, self._environment, self._folder = command, environment, folder
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)

    @property
    def said(self) -> str:
        """All it has printed, in whatever life."""
        return self._log.read_text() if self._log.exists() else ""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._process and self._process.poll() is None:
            self._process.terminate()
        self._thread.join()

    def _keep(self) -> None:
        while not self._over.is_set():
            with self._log.open("a") as log:
                self._process = subprocess.Popen(
                    self._command,
                    cwd=self._folder,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    preexec_fn=child._dies_with(os.getpid()),  # noqa: PLW1509 - one call of the C library, loaded before
                )
            while self._process.poll() is None and not self._over.wait(0.05):
                pass
            if self._over.is_set():
                self._end(self._process)
            self._over.wait(_PAUSE)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Machine(NamedTuple):
    """A home whose system runs, the site it asks, and the wire of the actor that has one."""

    home: Home
    sim: YtSim
    wire: Wire | None

    def folder(self, place: str) -> Path:
        """Give a folder of a place, of which the system takes no notice."""
        return {"library": self.home.library / ".ytarchive", "state": self.home.state / "logs"}[place]

    def victims(self, name: str) -> list[psutil.Process]:
        """Give the processes that a fault's victim names; there may be none at the moment."""
        found = self.home.processes()
        if name == EVERYTHING:
            return found
        if name in ACTORS:
            return [one for one in found if _words(one)[-2:] == ["actors", name]]
        if name in ("worker", "forkserver"):
            servers = [one for one in found if "multiprocessing.forkserver" in " ".join(_words(one))]
            pids = {one.pid for one in servers}
            return [one for one in servers if (_parent(one) in pids) is (name == "worker")]
        if name == "up":
            return [one for one in found if _words(one)[-1:] == ["up"]]
        return self.home.programs(name)


@contextlib.contextmanager
def machine(home: Home, sim: YtSim, plan: Plan) -> Iterator[Machine]:
    """Have the system run as the plan wants it, until the block ends."""
    ours = {
        "YTARCHIVE_RETRY_PACE": str(plan.pace),
        "YTARCHIVE_VIDEOS_PER_HOUR": "0",
        "YTARCHIVE_MIN_FREE_BYTES": str(plan.min_free),
        "YTARCHIVE_DOWNLOAD_WORKERS": str(plan.workers),
        "YTARCHIVE_METADATA_WORKERS": "2",
    }
    home.environment |= ours
    home.environment.pop("PYTHONDONTWRITEBYTECODE", None)  # with it each program compiles all it imports anew
    with contextlib.ExitStack() as running:
        for place in plan.small:
            running.enter_context(_disk({"library": home.library, "state": home.state}[place]))
        up = running.enter_context(Kept([PROGRAM, "up"], home.environment, home.folder, "up"))
        until(lambda: "is up" in up.said, "the system to be up", seconds=180)
        wire = None
        if plan.wired:
            wire = running.enter_context(Wire(home.server.url))
            ours = {
                "YTARCHIVE_NATS_URL": wire.url,
                "YTARCHIVE_NATS_CREDENTIALS": str(home.server.credentials),
            }
            command: list[str | Path] = [sys.executable, "-P", "-m", "actors", plan.wired]
            running.enter_context(Kept(command, home.environment | ours, home.folder, "wired"))
        yield Machine(home, sim, wire)


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _parent(process: psutil.Process) -> int:
    try:
        return int(process.ppid())
    except psutil.Error:
        return 0
