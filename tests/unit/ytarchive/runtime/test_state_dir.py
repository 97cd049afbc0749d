import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ytarchive.errors import ServerUnavailable, UsageError
from ytarchive.runtime import lock
from ytarchive.runtime.state_dir import ServerInfo, StateDir, open_state_dir, running

HOLDER = """
import sys, time
from pathlib import Path
from ytarchive.runtime.state_dir import open_state_dir
with open_state_dir(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that holds ``tmp_path/state``."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def described(state: StateDir, *, pid: int | None = None) -> ServerInfo:
    info = ServerInfo(
        url="nats://127.0.0.1:4222",
        pid=os.getpid() if pid is None else pid,
        server_name="ytarchive-1",
        started=datetime.now(UTC),
        credentials=state.credentials,
    )
    state.describe(info)
    return info


def test_a_new_directory_is_ours_alone_and_says_its_version(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state"
    with open_state_dir(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert (path / "version").read_text() == "1\n"
        assert (path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_directory_left_open_to_others_is_closed(tmp_path: Path) -> None:
    with open_state_dir(tmp_path / "state"):
        pass
    (tmp_path / "state").chmod(0o755)
    with open_state_dir(tmp_path / "state"):
        assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_the_running_server_is_found_while_the_directory_is_held_and_not_after(tmp_path: Path) -> None:
    path = tmp_path / "state"
    assert running(path) is None
    with open_state_dir(path) as state:
        assert running(path) is None
        info = described(state)
        assert stat.S_IMODE((path / "server.json").stat().st_mode) == 0o600
        assert running(path) == info
        state.forget()
        assert running(path) is None
        described(state)
    assert running(path) is None
    assert not (path / "server.json").exists()


def test_a_description_whose_author_was_killed_is_not_believed(
    tmp_path: Path, holder: "subprocess.Popen[bytes]"
) -> None:
    path = tmp_path / "state"
    described(StateDir(path, -1))
    assert running(path) is not None
    holder.kill()
    holder.wait()
    assert (path / "server.json").exists()
    assert running(path) is None
    # and whoever comes next does not inherit it
    with open_state_dir(path):
        assert running(path) is None


def test_a_description_of_a_server_that_is_gone_or_that_cannot_be_read_is_not_believed(
    tmp_path: Path,
) -> None:
    with open_state_dir(tmp_path / "state") as state:
        with subprocess.Popen([sys.executable, "-c", ""]) as ended:
            ended.wait()
        described(state, pid=ended.pid)
        assert running(state.path) is None
        (state.path / "server.json").write_text('{"url": 1}')
        assert running(state.path) is None


def test_a_second_start_is_refused_and_says_who_is_there(
    tmp_path: Path, holder: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_PATIENCE", 60)
    began = time.monotonic()
    with (
        pytest.raises(ServerUnavailable, match=rf"another ytarchive \(pid {holder.pid}\)") as error,
        open_state_dir(tmp_path / "state"),
    ):
        pass
    assert "YTARCHIVE_STATE_DIR" in error.value.hint
    assert time.monotonic() - began < 30  # it was not waited for
    assert holder.poll() is None


def test_a_second_start_in_the_same_process_is_refused_too(tmp_path: Path) -> None:
    with (
        open_state_dir(tmp_path / "state"),
        pytest.raises(ServerUnavailable),
        open_state_dir(tmp_path / "state"),
    ):
        pass


def test_the_directory_is_free_after_a_kill(tmp_path: Path, holder: "subprocess.Popen[bytes]") -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with open_state_dir(tmp_path / "state") as state:
        assert (state.path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_child_that_inherits_the_lock_keeps_it_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with open_state_dir(path) as state:
        child = subprocess.Popen(["sleep", "0.5"], pass_fds=[state.lock])
    with open_state_dir(path):
        # the directory could not be had before the child was gone
        assert child.poll() is not None or Path(f"/proc/{child.pid}/stat").read_text().split()[2] == "Z"
    child.wait()


@pytest.mark.parametrize("version", ["2", "17", "new", "1.5"])
def test_a_directory_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path, version: str) -> None:
    path = tmp_path / "state"
    path.mkdir(mode=0o755)
    (path / "version").write_text(version)
    (path / "something-new").touch()
    before = {entry.name: entry.stat().st_mtime_ns for entry in path.iterdir()}
    with pytest.raises(UsageError, match=rf"version {version}, and this program knows 1"):
        open_state_dir(path).__enter__()
    assert {entry.name: entry.stat().st_mtime_ns for entry in path.iterdir()} == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_a_directory_with_other_things_in_it_is_refused_and_not_touched(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UsageError, match=r"thesis\.tex"):
        open_state_dir(tmp_path).__enter__()
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_what_a_crash_or_an_actor_left_behind_does_not_make_it_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / ".version.0123456789abcdef").touch()
    with open_state_dir(tmp_path):
        assert (tmp_path / "version").read_text() == "1\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(UsageError, match="somebody else"):
        open_state_dir(tmp_path).__enter__()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(UsageError, match="cannot be"):
        open_state_dir(tmp_path / "state").__enter__()
