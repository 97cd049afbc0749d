"""supervisord runs the server and each actor, from the file that is in `deploy/`."""

import configparser
import contextlib
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import psutil

from actors.__main__ import NAMES
from tests.e2e.home import PROGRAM, Home, until
from tests.e2e.test_crashes import SLOW, is_proved, kill
from tests.ytsim.server import YtSim

CONFIG = Path(__file__).parents[2] / "deploy" / "supervisord.conf"
SUPERVISORD, SUPERVISORCTL = (
    Path(sysconfig.get_path("scripts")) / name for name in ("supervisord", "supervisorctl")
)

DAEMON = """\
[supervisord]
nodaemon=true
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={folder}

[unix_http_server]
file={folder}/s

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{folder}/s

[include]
files={folder}/ytarchive.conf
"""


@contextlib.contextmanager
def supervised(home: Home) -> Iterator[Path]:
    """Run supervisord as long as the block lasts, with this machine's user and paths; give its own file."""
    ours = configparser.ConfigParser(interpolation=None)
    ours.read(CONFIG, encoding="utf-8")
    for section in ours.sections():
        ours.remove_option(section, "user")
        ours.remove_option(section, "environment")
        if section.startswith("program:"):
            log = Path(ours[section]["stdout_logfile"]).name
            ours[section]["stdout_logfile"] = str(home.folder / log)
    with (home.folder / "ytarchive.conf").open("w", encoding="utf-8") as file:
        ours.write(file)
    config = home.folder / "supervisord.conf"
    config.write_text(DAEMON.format(folder=home.folder), encoding="utf-8")
    environment = {**home.environment, "PATH": f"{PROGRAM.parent}:{home.environment['PATH']}"}
    process = subprocess.Popen(
        [SUPERVISORD, "-c", config],
        cwd=home.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            yield config
        finally:
            process.terminate()
            process.wait(90)


def ctl(config: Path, *words: str) -> str:
    """Ask supervisord."""
    return subprocess.run(
        [SUPERVISORCTL, "-c", config, *words], capture_output=True, text=True, timeout=180, check=False
    ).stdout


def pid(config: Path, name: str) -> int:
    """Give the process of a program, 0 where it does not run."""
    found = ctl(config, "pid", f"ytarchive:{name}").strip()
    return int(found) if found.isdecimal() else 0


def test_every_actor_is_there_and_all_are_kept_alike() -> None:
    found = configparser.ConfigParser(interpolation=None)
    found.read(CONFIG, encoding="utf-8")
    programs = {name.removeprefix("program:") for name in found.sections() if name.startswith("program:")}
    assert programs == {"server", *NAMES} == set(found["group:ytarchive"]["programs"].split(","))
    alike = {
        tuple(sorted((key, value) for key, value in found[f"program:{name}"].items() if key not in own))
        for name in programs
        for own in [("command", "priority")]
    }
    assert len(alike) == 1
    for name in programs:
        wanted = "ytarchive server" if name == "server" else f"ytarchive actor {name}"
        assert found[f"program:{name}"]["command"] == wanted


def test_the_folders_and_the_user_are_those_of_the_units_for_systemd() -> None:
    found = configparser.ConfigParser(interpolation=None)
    found.read(CONFIG, encoding="utf-8")
    text = (CONFIG.parent / "systemd" / "ytarchive-server.service").read_text(encoding="utf-8")
    user, places = (
        next(line for line in text.splitlines() if line.startswith(f"{key}=")).partition("=")[2]
        for key in ("User", "Environment")
    )
    wanted = places.replace("%S", "/var/lib").replace("%C", "/var/cache").split()
    ours = found["program:server"]
    assert ours["user"] == user
    assert set(wanted) <= set(ours["environment"].replace('"', "").split(","))


def test_a_killed_actor_comes_back_and_finishes_its_work(home: Home, sim: YtSim) -> None:
    sim.set(media_bps=SLOW)
    with supervised(home) as config:
        until(lambda: home.run("jobs", code=None).code == 0, "it to answer", every=0.3)
        until(lambda: ctl(config, "status").count("RUNNING") == len(NAMES) + 1, "all to run", every=0.3)
        assert (home.folder / "ytarchive-download.log").exists()
        (job,) = home.submit(sim.watch_url(sim.ids[0]))
        home.until_downloading(job)
        before = {name: pid(config, name) for name in ("download", "server", "jobs")}

        kill(psutil.Process(before["download"]))
        sim.set(media_bps=0)

        status = home.until_ended(job)
        assert [event["type"] for event in status["events"]].count("job.archived") == 1
        after = {name: pid(config, name) for name in before}
        assert all(after.values())
        assert [name for name in before if after[name] != before[name]] == ["download"]
        is_proved(home)
    home.must_be_quiet(60)
