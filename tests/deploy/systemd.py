"""A systemd user manager of our own, in namespaces: it sees no cgroup and no /run but those made for it.

systemd moves every process it finds at the root of its cgroups. So it gets a cgroup namespace, the root of
which is a cgroup made for it.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.e2e.home import PROGRAM, until

UNITS: Final = Path(__file__).parents[2] / "deploy" / "systemd"
_SYSTEMD: Final = Path("/lib/systemd/systemd")
_CHECKOUT: Final = Path(__file__).parents[2]

_START: Final = """
set -e
echo $$ > "$CGROUP/cgroup.procs"
exec unshare --cgroup --mount --propagation private sh -ec '
    mount -t tmpfs tmpfs /run
    umount --recursive /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mkdir -p /run/systemd/system /run/systemd/inaccessible/dir "$XDG_RUNTIME_DIR"
    touch /run/systemd/inaccessible/reg
    mknod /run/systemd/inaccessible/chr c 0 0
    chmod 700 "$XDG_RUNTIME_DIR"
    exec /lib/systemd/systemd --user
'
"""


class Manager:
    """A running user manager."""

    def __init__(self, process: "subprocess.Popen[bytes]", environment: dict[str, str]) -> None:
        self._process = process
        self._environment = environment

    def ctl(self, *words: str, code: int | None = 0) -> str:
        """Run `systemctl --user` inside, and give what it prints."""
        inside = ["nsenter", f"--target={self._process.pid}", "--mount", "--cgroup", "--"]
        ended = subprocess.run(
            [*inside, "systemctl", "--user", "--no-pager", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert code in (None, ended.returncode), f"{words}: {ended.stdout}{ended.stderr}"
        return ended.stdout

    def show(self, unit: str, what: str) -> str:
        """Give one property of a unit."""
        return self.ctl("show", "--value", f"--property={what}", unit).strip()


def must_be_possible() -> None:
    """Skip the test where no manager can be started, with the reason."""
    if sys.platform != "linux" or not _SYSTEMD.exists():
        pytest.skip("there is no systemd here")
    if os.geteuid() != 0:
        pytest.skip("root alone may give a systemd of our own a cgroup and a /run")
    if not shutil.which("nsenter") or not shutil.which("unshare"):
        pytest.skip("util-linux is not here, which enters namespaces")
    if _cgroup2() is None:
        pytest.skip("no cgroup2 is mounted here")


@contextlib.contextmanager
def manager(folder: Path, environment: dict[str, str]) -> Iterator[Manager]:
    """Run a user manager as long as the block lasts, which finds its units in ``.config/systemd/user``."""
    root = _cgroup2()
    assert root
    cgroup = root / f"ytarchive-test-{secrets.token_hex(4)}"
    try:
        cgroup.mkdir()
    except OSError as error:
        pytest.skip(f"no cgroup can be made here: {error}")
    ours = {
        **environment,
        "CGROUP": str(cgroup),
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": "/run/manager",  # `ProtectHome` hides /run/user, and nothing could be told there
        "SYSTEMD_LOG_TARGET": "console",
    }
    ours.pop("DBUS_SESSION_BUS_ADDRESS", None)
    log = folder / "systemd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", _START], env=ours, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        running = Manager(process, ours)

        def ready() -> bool:
            if process.poll() is not None:
                pytest.skip(f"systemd does not start here: {log.read_text(errors='replace')[-500:]}")
            return running.ctl("is-system-running", code=None).strip() in ("running", "degraded")

        until(ready, "systemd to run")
        yield running
        running.ctl(
            "stop", "ytarchive.target", "ytarchive.service", "ytarchive-server.service", "ytarchive-actor@*"
        )
    finally:
        process.terminate()
        process.wait(60)
        with contextlib.suppress(OSError):
            (cgroup / "cgroup.kill").write_text("1")
        until(lambda: not (cgroup / "cgroup.procs").read_text(), "its cgroup to be empty")
        for inner in sorted(cgroup.rglob("*/"), reverse=True):
            inner.rmdir()
        cgroup.rmdir()


def install(folder: Path, environment: dict[str, str]) -> None:
    """Put the units where the manager of `folder` finds them, with this machine's paths in drop-ins.

    Everything else of them stays as it is, the hardening too.
    """
    units = folder / ".config" / "systemd" / "user"
    units.mkdir(parents=True)
    for unit in UNITS.glob("ytarchive*"):
        shutil.copy(unit, units)
    variables = "".join(f'Environment="{name}={value}"\n' for name, value in environment.items())
    python = Path(sys.base_prefix)
    for name, words in (
        ("ytarchive", "up"),
        ("ytarchive-server", "server"),
        ("ytarchive-actor@", "actor %i"),
    ):
        drop_in = units / f"{name}.service.d" / "here.conf"
        drop_in.parent.mkdir()
        drop_in.write_text(
            f"[Service]\nUser=\nEnvironmentFile=\nExecStart=\nExecStart={PROGRAM} {words}\n{variables}"
            f"BindReadOnlyPaths={_CHECKOUT}\nBindPaths={folder}\n"
            # Python itself may be in somebody's home
            f"ProtectHome=tmpfs\nBindReadOnlyPaths={python}\n"
            f"StandardOutput=append:{folder}/units.log\nStandardError=append:{folder}/units.log\n"
        )


def _cgroup2() -> Path | None:
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    return None


def main_process(running: Manager, unit: str) -> psutil.Process:
    """Give the main process of a unit."""
    return psutil.Process(int(running.show(unit, "MainPID")))
