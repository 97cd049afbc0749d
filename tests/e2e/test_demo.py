"""`ytarchive demo`: the whole path on any machine, with no network, leaving nothing behind."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.home import PROGRAM, Home

# Turns loopback on, as every machine has it, and becomes the program.
LOOPBACK: Final = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running
try:
    socket.create_connection(("192.0.2.1", 80), 1)
except OSError as error:
    assert error.errno == 101, error  # the network is unreachable
os.execv(sys.argv[1], sys.argv[1:])
"""
CUT: Final = ["unshare", "--net", "--map-root-user"]


def can_cut() -> bool:
    """Tell whether we may take a process off the network here."""
    try:
        return subprocess.run([*CUT, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def contents(home: Home) -> set[Path]:
    """Give everything there is in a home."""
    return set(home.folder.rglob("*"))


@pytest.mark.skipif(not can_cut(), reason="needs Linux, and user namespaces or root, to cut the network off")
def test_with_the_network_cut_it_archives_replays_and_audits_and_leaves_nothing(home: Home) -> None:
    before = contents(home)
    began = time.monotonic()
    ended = subprocess.run(
        [*CUT, sys.executable, "-c", LOOPBACK, PROGRAM, "demo"],
        env=home.environment,
        cwd=home.folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "3 archived" in ended.stdout
    assert "SHA-256" in ended.stdout
    assert ended.stderr == ""
    home.must_be_quiet()
    assert contents(home) == before
    # 10 s where nothing else runs; tests share their machine
    assert time.monotonic() - began < 60


def test_behind_a_proxy_that_is_not_there_it_works_and_keeps_what_it_was_told_to(home: Home) -> None:
    dead = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:1")
    kept = home.folder / "kept"
    home.environment |= dead
    home.run("demo", "--keep", kept, "--json")
    home.must_be_quiet()
    place = ("--state", kept / "state", "--library", kept / "library")
    assert home.run(*place, "audit", "--deep", "--json").document["files"]["ok"] >= 3
    assert list(home.temporary.iterdir()) == []
    assert not home.state.exists()
    assert not home.library.exists()
