"""Every row of the table of causes decides about the error that was really raised."""

import asyncio
import ctypes
import errno
import functools
import mmap
import os
import resource
import socket
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

import nats
import pytest
from nats.js.api import DiscardPolicy, StreamConfig

from schemas.common import Category, Failure
from tests.disks import SMALL_BYTES, read_only_disk, small_disk
from tests.media import endless, ffmpeg_reading
from tests.nats import NatsServer
from tests.ytsim.certs import certificates
from tests.ytsim.server import DATA
from ytarchive.errors import StageFailed
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.library.probe import probe
from ytarchive.library.transfer import Incoming, store
from ytarchive.recovery.causes import CAUSES, UNFORESEEN, Cause
from ytarchive.recovery.classification import cause_of, classify
from ytarchive.workers import WorkerPool

__all__ = ["endless", "read_only_disk", "small_disk"]

NEW_NETWORK: Final = 0x40000000
ROOT: Final = Path(__file__).parents[2]


class Place(NamedTuple):
    """What a cause may need."""

    folder: Path
    request: pytest.FixtureRequest

    def fixture(self, name: str) -> Any:
        return self.request.getfixturevalue(name)


Provoke = Callable[[Place], Awaitable[object]]


def row(**stated: Any) -> Cause:
    """Give the only row that states this."""
    (found,) = [cause for cause in CAUSES if all(getattr(cause, name) == of for name, of in stated.items())]
    return found


def numbered(*numbers: int) -> Cause:
    return row(errno=numbers)


# disks


async def full(place: Place) -> None:
    (place.fixture("small_disk") / "file").write_bytes(bytes(SMALL_BYTES + 1))


async def full_says_ffmpeg(place: Place) -> None:
    disk: Path = place.fixture("small_disk")
    command = [
        ffmpeg_path(),
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "anoisesrc",
        "-t",
        "300",
        str(disk / "x.wav"),
    ]
    ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert ended.returncode
    raise ChildProcessError(f"ffmpeg: {ended.stderr}")


async def read_only(place: Place) -> None:
    (place.fixture("read_only_disk") / "file").touch()


async def failing_disk(place: Place) -> None:
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    try:
        os.read(memory, 1)  # nothing is at its beginning
    finally:
        os.close(memory)


async def not_there_any_more(place: Place) -> None:
    os.mkfifo(place.folder / "fifo")
    os.open(place.folder / "fifo", os.O_WRONLY | os.O_NONBLOCK)


async def missing(place: Place) -> None:
    (place.folder / "nothing").read_bytes()


async def too_many_files(place: Place) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened: list[int] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        while True:
            opened.append(os.open(os.devnull, os.O_RDONLY))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in opened:
            os.close(descriptor)


async def no_memory(place: Place) -> None:
    mmap.mmap(-1, 1 << 62)


# media


async def corrupted(place: Place) -> None:
    source, library = place.folder / "source", place.folder / "library"
    source.write_bytes(b"content")
    library.mkdir()

    def corrupt(done: int) -> None:
        for temporary in library.rglob(".ytarchive-tmp-*"):
            if done:
                temporary.write_bytes(b"another")

    store([Incoming(source, PurePosixPath("file"), corrupt)], library)


async def no_media(place: Place) -> None:
    (place.folder / "media.mp4").write_bytes(b"no media at all")
    await probe(place.folder / "media.mp4", ffmpeg=ffmpeg_path())


async def ffmpeg_killed(place: Place) -> None:
    path: Path = place.fixture("endless")
    reading = asyncio.create_task(probe(path, ffmpeg=ffmpeg_path()))
    (await ffmpeg_reading(path)).kill()
    await reading


async def worker_killed(place: Place) -> None:
    place.fixture("monkeypatch").setattr(sys, "path", [*sys.path, str(ROOT)])
    async with WorkerPool("tests.integration.worker_targets:work", size=1) as pool:
        await pool.run(b"segfault")


# the NATS server


async def not_permitted(place: Place) -> None:
    said: asyncio.Queue[Exception] = asyncio.Queue()
    us = {"user": "us", "password": "x", "permissions": {"publish": {"deny": ["secret"]}}}
    with NatsServer(authorization={"users": [us]}) as server:
        client = await nats.connect(server.url, user="us", password="x", error_cb=said.put)
        try:
            await client.publish("secret", b"")
            raise await said.get()  # the only place where it is told
        finally:
            await client.close()


async def no_jetstream_for_us(place: Place) -> None:
    accounts = {
        "ours": {"users": [{"user": "us", "password": "x"}]},
        "theirs": {"users": [{"user": "them", "password": "x"}], "jetstream": "enabled"},
    }
    with NatsServer(accounts=accounts) as server:
        client = await nats.connect(server.url, user="us", password="x")
        try:
            await client.jetstream().account_info()
        finally:
            await client.close()


async def on_a_server(place: Place, do: Callable[[Any, Any], Awaitable[object]], **options: Any) -> None:
    """Do something with a client and its JetStream context on a server of its own."""
    with NatsServer(**options) as server:
        client = await nats.connect(server.url)
        try:
            await do(client, client.jetstream(timeout=20))
        finally:
            await client.close()


async def fill(_client: Any, js: Any) -> None:
    await js.add_stream(StreamConfig(name="full", subjects=["full"], max_msgs=1, discard=DiscardPolicy.NEW))
    await js.publish("full", b"1")
    await js.publish("full", b"2")


async def reserve(_client: Any, js: Any) -> None:
    await js.add_stream(StreamConfig(name="big", subjects=["big"], max_bytes=1 << 40))


async def long_message(client: Any, _js: Any) -> None:
    await client.publish("long", bytes(2000))


async def missing_object(_client: Any, js: Any) -> None:
    await (await js.create_object_store("bucket")).get("nothing")


async def contradict(_client: Any, js: Any) -> None:
    await js.add_stream(StreamConfig(name="log", subjects=["log"]))
    await js.publish("log", b"", headers={"Nats-Expected-Last-Sequence": "7"})


async def no_stream(_client: Any, js: Any) -> None:
    await js.publish("nobody", b"")


async def no_answer(client: Any, _js: Any) -> None:
    await client.subscribe("silent")
    await client.request("silent", timeout=0.1)


async def closed_client(client: Any, _js: Any) -> None:
    await client.close()
    await client.publish("x", b"")


async def server_gone(place: Place) -> None:
    with NatsServer() as server:
        client = await nats.connect(server.url, reconnect_time_wait=1)
        try:
            server.kill()
            await client.jetstream(timeout=0.3).publish("x", b"")
        finally:
            await client.close()


def at_server(do: Callable[[Any, Any], Awaitable[object]], **options: Any) -> Provoke:
    return functools.partial(on_a_server, do=do, **options)


# connections


async def refused(place: Place) -> None:
    await asyncio.open_connection("127.0.0.1", 1)


async def reset(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        accepted, _ = listening.accept()
        client.sendall(b"read unread")
        accepted.recv(4)  # so it is all there
        accepted.close()  # with something unread: that is a reset
        with client:
            client.recv(1)


async def silence(place: Place) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname(), timeout=0.05) as client,
    ):
        client.recv(1)


async def took_too_long(place: Place) -> None:
    async with asyncio.timeout(0.01):
        await asyncio.Event().wait()


async def unknown_name(place: Place) -> None:
    await asyncio.open_connection("nowhere.invalid", 80)


async def no_route(place: Place) -> None:
    def connect() -> None:  # in a thread, which alone loses its network
        if ctypes.CDLL(None, use_errno=True).unshare(NEW_NETWORK):
            pytest.skip("networks cannot be taken away here")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("192.0.2.1", 9))

    with ThreadPoolExecutor(1) as thread:
        await asyncio.get_running_loop().run_in_executor(thread, connect)


async def served(context: ssl.SSLContext | None) -> None:
    async def close(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"no handshake\n" * 9)
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0, ssl=context)
    async with server:
        host, port = server.sockets[0].getsockname()
        await asyncio.open_connection(host, port, ssl=ssl.create_default_context())


async def untrusted(place: Place) -> None:
    await served(certificates(DATA).context())


async def no_tls(place: Place) -> None:
    await served(None)


async def bug(place: Place) -> None:
    dict[str, str]()["nothing"]


NATS: Final = row(error="nats.errors.Error", said="")
CASES: Final[dict[Provoke, tuple[Cause, Category]]] = {
    full: (numbered(errno.ENOSPC, errno.EDQUOT), Category.DISK),
    full_says_ffmpeg: (row(said=r"no space left on device|disk quota exceeded"), Category.DISK),
    read_only: (numbered(errno.EACCES, errno.EPERM, errno.EROFS), Category.ENVIRONMENT),
    failing_disk: (numbered(errno.EIO), Category.ENVIRONMENT),
    not_there_any_more: (
        numbered(errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ENOTCONN),
        Category.ENVIRONMENT,
    ),
    missing: (row(error="builtins.OSError"), Category.ENVIRONMENT),
    too_many_files: (numbered(errno.EMFILE, errno.ENFILE), Category.BUG),
    no_memory: (numbered(errno.ENOMEM, errno.EAGAIN), Category.BUG),
    corrupted: (row(error="ytarchive.library.transfer.TransferError"), Category.MEDIA),
    no_media: (row(error="ytarchive.library.probe.ProbeError"), Category.MEDIA),
    ffmpeg_killed: (row(error="builtins.ChildProcessError"), Category.MEDIA),
    worker_killed: (row(error="ytarchive.workers.worker.WorkerDied"), Category.BUG),
    not_permitted: (row(said=r"authorization|permissions violation"), Category.ENVIRONMENT),
    no_jetstream_for_us: (row(code=(10039,)), Category.ENVIRONMENT),
    at_server(fill): (row(code=(10047, 10077)), Category.DISK),
    at_server(reserve): (row(code=(10047, 10077)), Category.DISK),
    at_server(long_message, max_payload=1000): (
        row(error="nats.errors.MaxPayloadError"),
        Category.ENVIRONMENT,
    ),
    at_server(missing_object): (row(error="nats.js.errors.NotFoundError"), Category.REQUEST),
    at_server(contradict): (row(error="nats.js.errors.BadRequestError"), Category.BUG),
    at_server(no_stream): (NATS, Category.NETWORK),
    at_server(no_answer): (NATS, Category.NETWORK),
    at_server(closed_client): (NATS, Category.NETWORK),
    server_gone: (NATS, Category.NETWORK),
    refused: (row(error="builtins.ConnectionError"), Category.NETWORK),
    reset: (row(error="builtins.ConnectionError"), Category.NETWORK),
    silence: (row(error="builtins.TimeoutError"), Category.NETWORK),
    took_too_long: (row(error="builtins.TimeoutError"), Category.NETWORK),
    unknown_name: (row(error="socket.gaierror"), Category.NETWORK),
    no_route: (
        numbered(errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN),
        Category.NETWORK,
    ),
    untrusted: (row(error="ssl.SSLCertVerificationError"), Category.ENVIRONMENT),
    no_tls: (row(error="ssl.SSLError"), Category.NETWORK),
    bug: (UNFORESEEN, Category.BUG),
}


def name_of(provoke: Any) -> str:
    found: str = getattr(provoke, "keywords", {}).get("do", provoke).__name__
    return found


def test_every_row_is_provoked_below() -> None:
    provoked = {id(cause) for cause, _ in CASES.values()}
    assert [cause for cause in (*CAUSES, UNFORESEEN) if id(cause) not in provoked] == []


@pytest.mark.parametrize(("provoke", "expected"), CASES.items(), ids=map(name_of, CASES))
async def test_an_error_that_really_happened_is_known_by_its_row(
    provoke: Provoke, expected: tuple[Cause, Category], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cause, category = expected
    with pytest.raises(Exception) as raised:  # noqa: PT011 - which one is for the table to say
        await provoke(Place(tmp_path, request))

    assert cause_of(raised.value) is cause, repr(raised.value)
    failure = classify(raised.value)
    assert (failure.category, failure.hint) == (category, cause.hint)
    assert failure.message
    assert failure.hint.endswith(".")


def test_what_has_a_name_keeps_it() -> None:
    failure = Failure(category=Category.GONE, message="gone", hint="None.")
    assert classify(StageFailed(failure), "whatever") is failure


def test_it_is_told_what_did_not_work() -> None:
    assert classify(OSError(errno.ENOSPC, "full"), "it cannot be kept").message == (
        "it cannot be kept: [Errno 28] full"
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [(KeyError("x"), "KeyError: 'x'"), (TimeoutError(), "TimeoutError"), (TimeoutError("late"), "late")],
)
def test_a_message_is_never_empty_and_names_what_was_not_foreseen(error: Exception, message: str) -> None:
    assert classify(error).message == message
