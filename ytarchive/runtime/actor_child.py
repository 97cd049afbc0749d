"""One actor as a child process, kept running: its output, its word that it is ready, its restarts."""

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.runtime import child
from ytarchive.runtime.restarts import Crashes, Limits

if TYPE_CHECKING:
    from asyncio.subprocess import Process

_LOG_BYTES: Final = 8 << 20
_LOOK_SECONDS: Final = 1.0
_said: Final = logging.getLogger(__name__)


class ActorFailed(YtarchiveError):
    """An actor crashed too often, or in a way that starting it again does not mend."""


class ActorChild:
    """One actor and the process it has at the moment.

    `address` is the unix socket on which it says that it is ready; without a `log` it prints to our stderr.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        address: Path,
        log: Path | None,
        patience: float,
    ) -> None:
        self.name = name
        self.ready = asyncio.Event()
        self._command = command
        self._environment = {**environment, "NOTIFY_SOCKET": str(address)}
        self._address = address
        self._log = log
        self._log_start = 0
        self._patience = patience
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def keep_running(self, limits: Limits) -> ActorFailed:
        """Start the process, and again whenever it ends, until it is given up. Cancelled, it stops it."""
        crashes, clock = Crashes(limits), asyncio.get_running_loop().time
        with self._listening():
            while True:
                started = clock()
                try:
                    code = await self._run()
                except OSError as error:
                    return ActorFailed(f"the {self.name} actor cannot be started: {error}")
                delay = crashes.next_start(started, clock())
                how = f"signal {-code}" if code < 0 else f"exit {code}"
                if code == UsageError.exit_code:
                    return self._given_up(f"cannot run as it was started ({how})")
                if delay is None:
                    return self._given_up(f"keeps ending ({how}) and is not started again")
                _said.warning("The %s actor ended (%s) and is started again in %g s", self.name, how, delay)
                await asyncio.sleep(delay)

    def last_words(self) -> str:
        """Give the end of what the process printed since it was last started."""
        lines = child.tail(self._log, self._log_start) if self._log else []
        return "\n".join(lines[-10:])

    def _given_up(self, what: str) -> ActorFailed:
        words = self.last_words()
        told = f"Its last words:\n{textwrap.indent(words, '  ')}\n" if words else ""
        where = f"{self._log} has the whole story" if self._log else "What it said is above"
        return ActorFailed(
            f"the {self.name} actor {what}",
            hint=f"{told}{where}. Everything was stopped; what was not finished goes on at the next start.",
        )

    def kill(self) -> None:
        """Kill the process and its group, at once, if it still runs."""
        if self._process and self._process.returncode is None:
            child.kill_group(self._process)

    async def _run(self) -> int:
        with self._output() as output:
            self._process = await child.start(self._command, self._environment, output=output)
        bounding = asyncio.create_task(self._bound())
        try:
            return await self._process.wait()
        finally:
            bounding.cancel()
            self.ready.clear()
            await child.stop(self._process, self._patience)

    @contextlib.contextmanager
    def _output(self) -> Iterator[IO[bytes] | None]:
        """Open the log for one more run; what was there before is set aside once it is large."""
        if self._log is None:
            yield None
            return
        if self._log.exists() and self._log.stat().st_size > _LOG_BYTES:
            self._log.replace(self._log.with_suffix(".1.log"))
        with self._log.open("ab") as file:
            self._log_start = file.tell()
            yield file

    async def _bound(self) -> None:
        """Set what was printed aside whenever it is large, while the process goes on at its end."""
        while self._log:
            await asyncio.sleep(_LOOK_SECONDS)
            with contextlib.suppress(OSError):
                if self._log.stat().st_size > _LOG_BYTES:
                    await asyncio.to_thread(shutil.copyfile, self._log, self._log.with_suffix(".1.log"))
                    os.truncate(self._log, 0)
                    self._log_start = 0

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        """Hear on `address` when the process says it is ready."""
        loop = asyncio.get_running_loop()
        self._address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.bind(str(self._address))
            self._address.chmod(0o600)

            def hear() -> None:
                with contextlib.suppress(BlockingIOError):
                    if b"READY=1" in sock.recv(4096).split(b"\n"):
                        self.ready.set()

            loop.add_reader(sock, hear)
            try:
                yield
            finally:
                loop.remove_reader(sock)
                self._address.unlink(missing_ok=True)
