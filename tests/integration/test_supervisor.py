"""Actors as real processes. What runs here is a stand-in that behaves as each test needs, but once."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from schemas.queries import ListJobs
from ytarchive.errors import TimedOut
from ytarchive.runtime import actor_child
from ytarchive.runtime.actor_child import ActorFailed
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import load_credentials
from ytarchive.runtime.read_model import ask
from ytarchive.runtime.restarts import Limits
from ytarchive.runtime.supervisor import actor_command, actor_environment, supervise
from ytarchive.runtime.system import whole_system
from ytarchive.settings import Settings

PREAMBLE = """
import os, signal, subprocess, sys, time
from pathlib import Path
from ytarchive.runtime.notify import notify
name, trace = sys.argv[1], Path(sys.argv[2])
def note(what):
    with trace.open("a") as file:
        print(name, what, file=file, flush=True)
def stop(*_):
    note("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
note("started")
"""
WORKS = f"{PREAMBLE}\nnotify('STATUS=warming up')\nnotify('READY=1')\ntime.sleep(60)"
ALIVE = (
    f"{PREAMBLE}\nfrom ytarchive.runtime.notify import watchdog\nnotify('READY=1')\n"
    "while True: notify('WATCHDOG=1'); time.sleep(watchdog() / 3)"
)
DIES = f"{PREAMBLE}\nnotify('READY=1')\ntime.sleep(0.05)\nsys.exit(3)"
SILENT = f"{PREAMBLE}\nprint('still busy', file=sys.stderr, flush=True)\ntime.sleep(60)"
CRASHES = f"{PREAMBLE}\nprint('the reason', file=sys.stderr, flush=True)\nsys.exit(3)"
MISUSED = f"{PREAMBLE}\nprint('no such option', file=sys.stderr, flush=True)\nsys.exit(2)"
DEAF = (
    f"{PREAMBLE}\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "child = subprocess.Popen(['sleep', '60'])\nnote(f'child {child.pid}')\nnotify('READY=1')\ntime.sleep(60)"
)
LEAVES_A_CHILD = (
    f"{PREAMBLE}\nif 'crashed' not in trace.read_text():\n"
    "    child = subprocess.Popen(['sleep', '60'])\n    note(f'child {child.pid}')\n    note('crashed')\n"
    "    os._exit(1)\nnotify('READY=1')\ntime.sleep(60)"
)
SLOW = (
    f"{PREAMBLE}\nwhile not trace.with_name('go').exists(): time.sleep(0.01)\n"
    "for _ in range(16): notify('STATUS=reads'); time.sleep(0.1)\n"
    "notify('READY=1')\ntime.sleep(60)"
)
HANGS_AT_FIRST = (
    f"{PREAMBLE}\nif 'hung' not in trace.read_text():\n    note('hung')\n    time.sleep(60)\n"
    "notify('READY=1')\ntime.sleep(60)"
)
TROUBLED = (
    f"{PREAMBLE}\nfor why in ('', 'no port', 'no port', '', 'no port'):\n"
    "    notify('STATUS=', f'X_TROUBLE={why}')\n"
    "notify('READY=1')\ntime.sleep(60)"
)
FAST = Limits(first=0.02, longest=0.1, calm=60, crashes=3, within=60)


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace"
    path.touch()
    return path


def runs(script: str, trace: Path, **others: str) -> Callable[[str], list[str]]:
    """Give a command that runs `script` as each actor, but for the `others`."""
    return lambda name: [sys.executable, "-c", others.get(name, script), name, str(trace)]


def noted(trace: Path) -> list[str]:
    return trace.read_text().splitlines()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_actors_are_ready_when_they_say_so_and_are_stopped_workers_first_and_logs_last(
    tmp_path: Path, trace: Path
) -> None:
    names = ("logs", "jobs", "metadata", "download", "storage")
    async with supervise(names, {**os.environ}, state_dir=tmp_path, command=runs(WORKS, trace)) as supervisor:
        await supervisor.wait_ready(60)
        pids = supervisor.pids
        assert pids.keys() == set(names)
        assert all(os.getsid(pid) == pid for pid in pids.values())
    stopped = [line.split()[0] for line in noted(trace) if line.endswith("stopped")]
    assert set(stopped[:3]) == {"metadata", "download", "storage"}
    assert stopped[3:] == ["jobs", "logs"]
    assert not any(alive(pid) for pid in pids.values())
    assert list((tmp_path / "run").iterdir()) == []


async def test_an_actor_that_is_never_ready_is_named_with_its_last_words(tmp_path: Path, trace: Path) -> None:
    command = runs(WORKS, trace, download=SILENT)
    async with supervise(
        ("jobs", "download"), {**os.environ}, state_dir=tmp_path, command=command
    ) as supervisor:
        log = tmp_path / "logs" / "download.log"
        await until(lambda: log.exists() and "busy" in log.read_text() and "jobs started" in noted(trace))
        with pytest.raises(TimedOut, match=r"not ready, and silent for 0\.5 s: download$") as error:
            await supervisor.wait_ready(0.5)
        assert "still busy" in error.value.hint


async def test_an_actor_that_is_killed_is_started_again_and_has_to_say_again_that_it_is_ready(
    tmp_path: Path, trace: Path
) -> None:
    async with supervise(
        ("jobs",), {**os.environ}, state_dir=tmp_path, command=runs(WORKS, trace), limits=FAST
    ) as supervisor:
        await supervisor.wait_ready(60)
        first = supervisor.pids["jobs"]
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.pids.get("jobs", first) != first)
        await supervisor.wait_ready(60)
        assert noted(trace) == ["jobs started", "jobs started"]


async def test_an_actor_that_hangs_is_killed_and_started_again_and_that_is_said(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(actor_child, "_SILENT_SECONDS", 3)
    monkeypatch.setattr(actor_child, "_LOOK_SECONDS", 0.05)
    monkeypatch.setenv("WATCHDOG_PID", "1")  # that of our own supervisor is not the actors'
    async with supervise(
        ("jobs", "logs"), {**os.environ}, state_dir=tmp_path, command=runs(ALIVE, trace), limits=FAST
    ) as supervisor:
        await supervisor.wait_ready(60)
        first = supervisor.pids
        os.kill(first["jobs"], signal.SIGSTOP)
        await until(lambda: supervisor.pids.get("jobs", first["jobs"]) != first["jobs"])
        await supervisor.wait_ready(60)
        assert supervisor.pids["logs"] == first["logs"]
    (said,) = (record.getMessage() for record in caplog.records)
    how = "killed, as it did not say for 3 s that it is alive"
    assert said == f"The jobs actor ended ({how}) and is started again in 0.02 s"


async def test_an_actor_that_hangs_before_it_is_ready_is_killed_too(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(actor_child, "_MUTE_SECONDS", 3)
    monkeypatch.setattr(actor_child, "_LOOK_SECONDS", 0.05)
    command = runs(HANGS_AT_FIRST, trace)
    async with supervise(
        ("jobs",), {**os.environ}, state_dir=tmp_path, command=command, limits=FAST
    ) as supervisor:
        await supervisor.wait_ready(60)
    assert noted(trace)[:3] == ["jobs started", "jobs hung", "jobs started"]
    assert "killed, as it did not say for 3 s that it is alive" in caplog.text


async def test_an_actor_may_take_long_to_begin_if_it_says_that_it_is_alive(
    tmp_path: Path, trace: Path
) -> None:
    async with supervise(
        ("jobs",), {**os.environ}, state_dir=tmp_path, command=runs(SLOW, trace)
    ) as supervisor:
        await until(lambda: bool(noted(trace)))
        began = time.monotonic()
        trace.with_name("go").touch()
        await supervisor.wait_ready(1.2)
        assert time.monotonic() - began > 1.3


async def test_what_an_actor_cannot_do_is_said_once_where_its_output_is_not_seen(
    tmp_path: Path, trace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with supervise(
        ["jobs"], dict(os.environ), state_dir=tmp_path, command=runs(TROUBLED, trace)
    ) as supervisor:
        await supervisor.wait_ready(60)
    assert [record.getMessage() for record in caplog.records] == ["The jobs actor: no port"] * 2


async def test_an_actor_that_always_dies_does_not_take_the_others_with_it(
    tmp_path: Path, trace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = runs(WORKS, trace, logs=DIES)
    async with supervise(
        ("jobs", "logs"), {**os.environ}, state_dir=tmp_path, command=command, limits=FAST
    ) as supervisor:
        await until(lambda: noted(trace).count("logs started") > 2 * FAST.crashes, 180)
        assert alive(supervisor.pids["jobs"])
    loud = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert "The logs actor keeps ending (exit 3), 5 times by now, and is started again in 0.1 s" in loud[0]
    assert f"{tmp_path / 'logs' / 'logs.log'} may tell why" in loud[0]


async def test_what_a_crashed_actor_started_is_gone_before_it_is_started_again(
    tmp_path: Path, trace: Path
) -> None:
    async with supervise(
        ("jobs",), {**os.environ}, state_dir=tmp_path, command=runs(LEAVES_A_CHILD, trace), limits=FAST
    ) as supervisor:
        await supervisor.wait_ready(60)
        child = next(int(line.split()[2]) for line in noted(trace) if "child" in line)
        assert not alive(child)


async def test_an_actor_that_keeps_crashing_is_given_up_with_its_name_and_last_words(
    tmp_path: Path, trace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = runs(WORKS, trace, metadata=CRASHES)
    async with supervise(
        ("jobs", "metadata"), {**os.environ}, state_dir=tmp_path, command=command, limits=FAST
    ) as supervisor:
        error = await asyncio.wait_for(supervisor.failed(), 60)
        assert "the metadata actor keeps ending (exit 3)" in str(error)
        assert error.hint.splitlines()[:2] == ["Its last words:", "  the reason"]
        assert f"{tmp_path / 'logs' / 'metadata.log'} has the whole story" in error.hint
        said = [record.getMessage() for record in caplog.records]
        assert said == [
            f"The metadata actor ended (exit 3) and is started again in {wait} s" for wait in ("0.02", "0.04")
        ]
        assert noted(trace).count("metadata started") == FAST.crashes
        # and waiting for it does not go on until the time is up
        with pytest.raises(ActorFailed):
            await supervisor.wait_ready(60)
        assert alive(supervisor.pids["jobs"])
    assert (tmp_path / "logs" / "metadata.log").read_text() == "the reason\n" * FAST.crashes


async def test_what_an_actor_prints_without_end_is_bounded_while_it_runs(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actor_child, "_LOG_BYTES", 20_000)
    monkeypatch.setattr(actor_child, "_LOOK_SECONDS", 0.05)
    flood = f"{PREAMBLE}\nwhile True: print('again ' * 40, file=sys.stderr, flush=True); time.sleep(0.001)"
    async with supervise(("jobs",), {**os.environ}, state_dir=tmp_path, command=runs(flood, trace)):
        log, before = tmp_path / "logs" / "jobs.log", tmp_path / "logs" / "jobs.1.log"
        for _ in range(3):  # again and again
            await until(before.exists)
            before.unlink()
            assert log.stat().st_size < 500_000
            await until(lambda: log.stat().st_size > 1000)
            assert b"\0" not in log.read_bytes()


async def test_an_actor_that_was_started_wrongly_is_not_started_again(tmp_path: Path, trace: Path) -> None:
    async with supervise(
        ("jobs",), {**os.environ}, state_dir=tmp_path, command=runs(MISUSED, trace)
    ) as supervisor:
        error = await asyncio.wait_for(supervisor.failed(), 60)
    assert "cannot run as it was started (exit 2)" in str(error)
    assert "no such option" in error.hint
    assert noted(trace) == ["jobs started"]


async def test_a_command_that_does_not_exist_is_said(tmp_path: Path) -> None:
    async with supervise(
        ("jobs",), {}, state_dir=tmp_path, command=lambda _name: [str(tmp_path / "absent")]
    ) as supervisor:
        error = await asyncio.wait_for(supervisor.failed(), 60)
    assert "the jobs actor cannot be started" in str(error)


async def test_an_actor_deaf_to_sigterm_is_killed_with_all_it_started(tmp_path: Path, trace: Path) -> None:
    async with supervise(
        ("jobs",), {**os.environ}, state_dir=tmp_path, command=runs(DEAF, trace), patience=0.3
    ) as supervisor:
        await supervisor.wait_ready(60)
        child = next(int(line.split()[2]) for line in noted(trace) if "child" in line)
        pid = supervisor.pids["jobs"]
        assert alive(child)
        began = time.monotonic()
    assert 0.3 <= time.monotonic() - began < 2
    assert not alive(pid)
    await until(lambda: not alive(child))


async def test_cancelled_while_it_stops_it_kills_whatever_is_left(tmp_path: Path, trace: Path) -> None:
    pids = dict[str, int]()

    async def run() -> None:
        command = runs(DEAF, trace, logs=WORKS)
        async with supervise(
            ("jobs", "logs"), {**os.environ}, state_dir=tmp_path, command=command
        ) as supervisor:
            await supervisor.wait_ready(60)
            pids.update(supervisor.pids)

    task = asyncio.create_task(run())
    await until(lambda: bool(pids))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not any(alive(pid) for pid in pids.values()))


async def test_a_long_path_to_the_state_directory_does_not_keep_actors_from_being_ready(
    tmp_path: Path, trace: Path
) -> None:
    deep = tmp_path / ("d" * 120)
    async with supervise(("jobs",), {**os.environ}, state_dir=deep, command=runs(WORKS, trace)) as supervisor:
        await supervisor.wait_ready(60)


async def test_a_large_log_is_set_aside_and_a_small_one_goes_on(
    tmp_path: Path, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "logs" / "jobs.log"
    for size, expected in ((100, {"jobs.log"}), (9 << 20, {"jobs.log", "jobs.1.log"})):
        log.parent.mkdir(exist_ok=True)
        log.write_bytes(b"x" * size)
        async with supervise(
            ("jobs",), {**os.environ}, state_dir=tmp_path, command=runs(WORKS, trace)
        ) as supervisor:
            await supervisor.wait_ready(60)
        assert {path.name for path in log.parent.iterdir()} == expected
    assert log.stat().st_size < 100


async def test_output_is_let_through_when_it_is_asked_for(
    tmp_path: Path, trace: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with supervise(
        ("jobs",), {**os.environ}, state_dir=tmp_path, command=runs(MISUSED, trace), show=True
    ) as supervisor:
        await asyncio.wait_for(supervisor.failed(), 60)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "no such option\n")


def test_the_environment_of_an_actor_carries_the_settings_in_force(tmp_path: Path) -> None:
    settings = Settings(
        state_dir=tmp_path, library_dir=tmp_path / "lib", node="here", download_workers=7, log_level="debug"
    )
    found = actor_environment(settings, "nats://127.0.0.1:1", tmp_path / "credentials.json")
    assert found["YTARCHIVE_NATS_URL"] == "nats://127.0.0.1:1"
    assert found["YTARCHIVE_NATS_CREDENTIALS"] == str(tmp_path / "credentials.json")
    assert found["YTARCHIVE_DOWNLOAD_WORKERS"] == "7"
    assert "YTARCHIVE_NATS_CREDENTIALS" not in actor_environment(settings, "nats://127.0.0.1:1", None)


def test_an_actor_runs_with_this_python_and_not_with_modules_of_the_current_folder() -> None:
    assert actor_command("jobs") == [sys.executable, "-P", "-m", "actors", "jobs"]


PARENT = """
import asyncio, os, sys
from pathlib import Path
from ytarchive.runtime.server import embedded_server
from ytarchive.runtime.state_dir import open_state_dir
from ytarchive.runtime.supervisor import supervise
from ytarchive.settings import Settings
state_dir, trace, script = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
settings = Settings(state_dir=state_dir, library_dir=state_dir / "library", node="here")
async def main():
    with open_state_dir(state_dir) as state:
        async with embedded_server(state, settings) as server:
            command = lambda name: [sys.executable, "-c", script, name, trace]
            environment = {**os.environ}
            async with supervise(("jobs", "logs"), environment, state_dir=state_dir, command=command) as them:
                await them.wait_ready(60)
                print(server.info.pid, *them.pids.values(), flush=True)
                await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_when_the_supervisor_is_killed_the_server_and_the_actors_go_and_the_directory_is_free(
    tmp_path: Path, trace: Path
) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "state"), str(trace), WORKS]
    for _ in range(2):  # the second start, at once, finds nothing in its way
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
            assert parent.stdout is not None
            pids = [int(pid) for pid in parent.stdout.readline().split()]
            assert len(pids) == 3
            assert all(alive(pid) for pid in pids)
            parent.kill()
    deadline = time.monotonic() + 20
    while (left := [pid for pid in pids if alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    for pid in left:  # whatever the test finds, it leaves nothing
        os.kill(pid, signal.SIGKILL)
    assert left == []


async def test_a_real_actor_that_hangs_is_killed_and_another_takes_its_place(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Given less patience, which the actors are told: their sign of life comes twice in that time."""
    monkeypatch.setattr(actor_child, "_SILENT_SECONDS", 5)
    monkeypatch.setattr(actor_child, "_LOOK_SECONDS", 0.1)
    async with whole_system(settings, actors=("logs", "jobs")) as system:
        first = system.supervisor.pids
        os.kill(first["jobs"], signal.SIGSTOP)
        await until(lambda: system.supervisor.pids.get("jobs", first["jobs"]) != first["jobs"])
        await system.supervisor.wait_ready(60)
        assert system.supervisor.pids["logs"] == first["logs"]
        login = load_credentials(system.server.credentials, "cli")
        async with connect(system.server.url, login, name="test") as bus:
            assert (await ask(bus, ListJobs())).jobs == ()
    (said,) = (record.getMessage() for record in caplog.records)
    how = "killed, as it did not say for 5 s that it is alive"
    assert said == f"The jobs actor ended ({how}) and is started again in 0.5 s"
