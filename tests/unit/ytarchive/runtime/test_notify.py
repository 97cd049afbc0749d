import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ytarchive.runtime.notify import notify, watchdog


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(5)
        yield listener


def test_states_arrive_in_one_datagram(
    tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a short address
    listener.bind("notify")
    monkeypatch.setenv("NOTIFY_SOCKET", "notify")
    assert notify("READY=1", "STATUS=idle")
    assert listener.recv(100) == b"READY=1\nSTATUS=idle"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has abstract addresses")
def test_an_address_may_be_abstract(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"ytarchive-test-{os.getpid()}"
    listener.bind(f"\0{name}")
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    assert notify("READY=1")
    assert listener.recv(100) == b"READY=1"


def test_nobody_to_be_told_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "absent"))
    assert not notify("READY=1")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_a_watchdog_is_for_the_process_it_names(environ: dict[str, str], seconds: float | None) -> None:
    assert watchdog(environ) == seconds
