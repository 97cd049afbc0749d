"""The units for systemd: sound, hardened alike, and really run by it."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.deploy.systemd import UNITS, Manager, install, main_process, manager, must_be_possible
from tests.e2e.home import PROGRAM, Home, until
from tests.e2e.test_crashes import SLOW, is_proved
from tests.nats import NatsServer
from tests.ytsim.server import YtSim

SERVICES = ("ytarchive.service", "ytarchive-server.service", "ytarchive-actor@.service")
ACTORS = ("logs", "jobs", "metadata", "download", "storage")


def section(unit: str, name: str) -> list[str]:
    """Give the lines of a section, without comments."""
    lines = (UNITS / unit).read_text(encoding="utf-8").splitlines()
    start = lines.index(f"[{name}]") + 1
    end = next((at for at in range(start, len(lines)) if lines[at].startswith("[")), len(lines))
    return [line for line in lines[start:end] if line and not line.startswith("#")]


def test_services_are_hardened_alike_and_the_server_more() -> None:
    differs = ("ExecCondition=", "ExecStart=", "MemoryDenyWriteExecute=", "IPAddress")
    together, server, actor = (
        [line for line in section(unit, "Service") if not line.startswith(differs)] for unit in SERVICES
    )
    assert together == server == actor
    assert "MemoryDenyWriteExecute=yes" in section("ytarchive-server.service", "Service")


def test_the_target_wants_the_server_and_every_actor() -> None:
    wanted = {
        name
        for line in section("ytarchive.target", "Unit")
        if line.startswith("Wants=")
        for name in line.removeprefix("Wants=").split()
    }
    assert wanted == {"ytarchive-server.service", *(f"ytarchive-actor@{name}.service" for name in ACTORS)}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The units, with a program and a user that this machine has."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze here")
    for unit in UNITS.glob("ytarchive*"):
        text = unit.read_text(encoding="utf-8").replace("/usr/local/bin/ytarchive", str(PROGRAM))
        (tmp_path / unit.name).write_text(text.replace("User=ytarchive", "User=daemon"), encoding="utf-8")
    return tmp_path


def analyze(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", "--man=no", "--no-pager", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_systemd_finds_nothing_wrong_with_the_units(here: Path) -> None:
    units = ("./ytarchive.service", "./ytarchive.target", "./ytarchive-actor@jobs.service")
    found = analyze("verify", *units, folder=here)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", SERVICES)
def test_no_service_is_exposed_more_than_needed(here: Path, unit: str) -> None:
    found = analyze("security", "--offline=yes", "--threshold=20", f"./{unit}", folder=here)
    if "unrecognized option" in found.stderr:
        pytest.skip("this systemd-analyze looks at running units alone")
    assert found.returncode == 0, found.stdout


def is_inactive(systemd: Manager, unit: str) -> bool:
    return systemd.show(unit, "ActiveState") == "inactive"


def test_each_process_is_a_unit_that_comes_back_and_finishes_its_work(home: Home, sim: YtSim) -> None:
    """Given an actor killed over its work, one that hangs, and the server stopped: all is archived, once."""
    must_be_possible()
    ours = {name: value for name, value in home.environment.items() if name.startswith(("YTARCHIVE", "E2E"))}
    install(home.folder, ours)
    units = home.folder / ".config/systemd/user"
    (units / "ytarchive-actor@.service.d/quick.conf").write_text("[Service]\nRestartSec=100ms\n")
    (units / "ytarchive-actor@logs.service.d").mkdir()
    (units / "ytarchive-actor@logs.service.d/watched.conf").write_text("[Service]\nWatchdogSec=4\n")
    sim.set(media_bps=SLOW)
    with manager(home.folder, home.environment) as systemd:
        systemd.ctl("start", "ytarchive.target")
        (job,) = home.submit(sim.watch_url(sim.ids[0]))
        home.until_downloading(job)
        until(
            lambda: systemd.show("ytarchive-actor@download", "StatusText") == "ready, 1 in hand",
            "it to say so",
            every=0.2,
        )

        victims = {name: main_process(systemd, f"ytarchive-actor@{name}") for name in ("download", "logs")}
        victims["download"].kill()
        victims["logs"].send_signal(signal.SIGSTOP)
        systemd.ctl("restart", "ytarchive-server")
        sim.set(media_bps=0)

        home.until_ended(job)
        until(lambda: int(systemd.show("ytarchive-actor@logs", "NRestarts")), "the one that hung", every=0.3)
        for name, before in victims.items():
            assert main_process(systemd, f"ytarchive-actor@{name}").pid != before.pid
        assert systemd.show("ytarchive-actor@jobs", "NRestarts") == "0"
        assert systemd.show("ytarchive-server", "Result") == "success"
        is_proved(home)
        systemd.ctl("stop", "ytarchive.target")
        for unit in ("ytarchive-server", *(f"ytarchive-actor@{name}" for name in ACTORS)):
            until(partial(is_inactive, systemd, unit), f"{unit} to end in good order", every=0.2)
    assert (home.folder / "units.log").stat().st_size


@pytest.fixture
def elsewhere() -> Iterator[NatsServer]:
    with NatsServer() as server:
        yield server


def test_where_the_server_is_elsewhere_the_same_units_run_the_actors_alone(
    home: Home, elsewhere: NatsServer
) -> None:
    """Given that the environment names a server: ours is left out, nothing has failed, all actors work."""
    must_be_possible()
    home.environment["YTARCHIVE_NATS_URL"] = elsewhere.url
    ours = {name: value for name, value in home.environment.items() if name.startswith(("YTARCHIVE", "E2E"))}
    install(home.folder, ours)
    with manager(home.folder, home.environment) as systemd:
        systemd.ctl("start", "ytarchive.target")
        until(lambda: home.run("diagnostics", "health", code=None).code == 0, "all to be well", every=0.5)
        assert systemd.show("ytarchive-server", "Result") == "exec-condition"
        assert {systemd.show(f"ytarchive-actor@{name}", "ActiveState") for name in ACTORS} == {"active"}
        assert not systemd.ctl("list-units", "--failed", "--plain", "--no-legend", "ytarchive*")


def test_all_of_it_is_one_unit(home: Home) -> None:
    must_be_possible()
    ours = {name: value for name, value in home.environment.items() if name.startswith(("YTARCHIVE", "E2E"))}
    install(home.folder, ours)
    with manager(home.folder, home.environment) as systemd:
        systemd.ctl("start", "ytarchive")
        until(
            lambda: systemd.show("ytarchive", "StatusText") == "nats-server and 5 actors",
            "it to say so",
            every=0.2,
        )
        assert len(home.processes()) > len(ACTORS)
        systemd.ctl("stop", "ytarchive")
        assert systemd.show("ytarchive", "Result") == "success"
