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
from ytarchive.runtime.notify import TROUBLE
from ytarchive.runtime.restarts import Crashes, Limits

if TYPE_CHECKING:
    from asyncio.subprocess import Process

_LOG_BYTES: Final = 8 << 20
_LOOK_SECONDS: Final = 1.0
_SILENT_SECONDS: Final = 30.0
"""For which an actor that was ready may not say that it is alive, before it is killed."""
_MUTE_SECONDS: Final = 90.0
"""The same for one that begins: first it loads what it needs."""
_LOUD: Final = 5
"""Ends in a row of an actor after which each is said as an error."""
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
        ours = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": str(int(_SILENT_SECONDS * 1e6))}
        theirs = {name: value for name, value in environment.items() if name != "WATCHDOG_PID"}
        self._environment = theirs | ours
        self._address = address
        self._log = log
        self._log_start = 0
        self._patience = patience
        self._process: Process | None = None
        self.silent = 0.0
        """Seconds for which it has said nothing, of those in which it could have been heard."""
        self._trouble = ""

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
                    code, ready, hung = await self._run()
                except OSError as error:
                    return ActorFailed(f"the {self.name} actor cannot be started: {error}")
                delay = crashes.next_start(started, clock(), ready=ready)
                how = f"signal {-code}" if code < 0 else f"exit {code}"
                if hung:
                    patience = _SILENT_SECONDS if ready else _MUTE_SECONDS
                    how = f"killed, as it did not say for {patience:g} s that it is alive"
                if code == UsageError.exit_code:
                    return self._given_up(f"cannot run as it was started ({how})")
                if delay is None:
                    return self._given_up(f"keeps ending ({how}) and is not started again")
                self._say_again(how, delay, crashes.in_a_row)
                await asyncio.sleep(delay)

    def _say_again(self, how: str, delay: float, times: int) -> None:
        if times < _LOUD:
            _said.warning("The %s actor ended (%s) and is started again in %g s", self.name, how, delay)
        else:
            where = f"; {self._log} may tell why" if self._log else ""
            _said.error(
                "The %s actor keeps ending (%s), %d times by now, and is started again in %g s: "
                "the others go on without it%s",
                *(self.name, how, times, delay, where),
            )

    def _hear_trouble(self, said: Sequence[bytes]) -> None:
        """Say what the process cannot do, once; where it prints to our stderr, it has said so."""
        for line in said:
            if line.startswith(TROUBLE.encode()):
                trouble = line.decode(errors="replace").removeprefix(TROUBLE)
                if trouble and trouble != self._trouble and self._log:
                    _said.warning("The %s actor: %s", self.name, trouble)
                self._trouble = trouble

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

    async def _run(self) -> tuple[int, bool, bool]:
        """Give how the process ended, whether it was ever ready, and whether it was killed as it hung."""
        self.silent = 0.0
        with self._output() as output:
            self._process = await child.start(self._command, self._environment, output=output)
        bounding, hanging = asyncio.create_task(self._bound()), asyncio.create_task(self._hangs())
        ended = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait((ended, hanging), return_when=asyncio.FIRST_COMPLETED)
            if hung := not ended.done():
                self.kill()
            return await ended, self.ready.is_set(), hung
        finally:
            for task in (bounding, hanging, ended):
                task.cancel()
            self.ready.clear()
            await child.stop(self._process, self._patience)

    async def _hangs(self) -> None:
        """Wait until the process says no more that it is alive."""
        while self.silent < (_SILENT_SECONDS if self.ready.is_set() else _MUTE_SECONDS):
            await asyncio.sleep(_LOOK_SECONDS)
            self.silent += _LOOK_SECONDS

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
        """Hear on `address` that the process is ready, and alive."""
        loop = asyncio.get_running_loop()
        self._address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.bind(str(self._address))
            self._address.chmod(0o600)

            def hear() -> None:
                with contextlib.suppress(BlockingIOError):
                    said = sock.recv(4096).split(b"\n")
                    self.silent = 0.0
                    if b"READY=1" in said:
                        self.ready.set()
                    self._hear_trouble(said)

            loop.add_reader(sock, hear)
            try:
                yield
            finally:
                loop.remove_reader(sock)
                self._address.unlink(missing_ok=True)
