"""Exports, imports and backups as a person has them: while everything runs, killed half way, and back."""

import hashlib
import os
import shutil
import signal
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.bench.journeys import decisions
from tests.e2e.conftest import fresh_home
from tests.e2e.home import Home, until
from tests.logs import message, written
from tests.ytsim.server import YtSim
from ytarchive.runtime.log_blocks import Blocks
from ytarchive.runtime.signing import make_key

MESSAGES = 6000


@pytest.fixture
def alone() -> Iterator[Home]:
    """A home that asks nothing of any site."""
    with fresh_home("http://127.0.0.1:1") as home:
        yield home


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of some thousand messages as a file."""
    path = tmp_path_factory.mktemp("export") / "log.jsonl.zst"
    stored = [message(number, one.subject, one.payload) for number, one in enumerate(decisions(MESSAGES), 1)]
    with path.open("wb") as file:
        blocks = Blocks(file)
        for line in written(stored):
            blocks.write(line + b"\n")
        blocks.flush()
    return path


def killed(home: Home, *words: object, once: Callable[[], object], anew: Callable[[], object]) -> None:
    """Kill a command while it is so far, whatever it was about to do then.

    `anew` is done before, and where the command was further already when it was looked at.
    """
    for _ in range(10):
        anew()
        with home.start(*words) as process:
            until(partial(so_far, process.pid, once), "the command to be so far", every=0.005)
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            there = bool(once())
            process.kill()
            process.wait()
        until(lambda: not home.processes(), "what it had started to end")
        if there:
            return
    raise AssertionError(f"{words}: never seen so far")


def so_far(pid: int, once: Callable[[], object]) -> bool:
    """Tell whether a command is so far, or has ended."""
    return bool(once()) or os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def begun(target: Path) -> list[Path]:
    """Give what is there already of a file that has not its name yet."""
    return list(target.parent.glob(".ytarchive-tmp-*"))


def test_killed_half_way_nothing_is_half_there_and_doing_it_again_does_it(alone: Home, export: Path) -> None:
    blocks = alone.state / "importing" / "jetstream"
    killed(
        alone,
        "events",
        "import",
        export,
        anew=lambda: shutil.rmtree(alone.state, ignore_errors=True),
        once=lambda: any(  # not by glob, which cannot stand folders that come and go
            "1.blk" in files for folder, _, files in os.walk(blocks) if "YTARCHIVE_EVENTS" in folder
        ),
    )
    assert blocks.exists()
    assert not (alone.state / "jetstream").exists()
    done = alone.run("events", "import", export, "--json").document
    assert done["messages"] == MESSAGES
    assert not (alone.state / "importing").exists()

    for words in (("events", "export"), ("backup",)):
        target = alone.folder / f"{words[-1]}.file"
        anew = partial(target.write_bytes, b"of yesterday")
        killed(alone, *words, target, anew=anew, once=partial(begun, target))
        assert target.read_bytes() == b"of yesterday"
    target = alone.folder / "export.file"
    alone.run("events", "export", target)
    verified = alone.run("events", "verify", target, "--json").document
    assert (verified["ok"], verified["root"]) == (True, done["root"])


def test_everything_goes_into_a_backup_while_it_is_used_and_comes_back_elsewhere(
    home: Home, sim: YtSim
) -> None:
    config = home.folder / ".config" / "ytarchive" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('nats_url = ""\n# nats://me:hidden@here\n[profiles.small]\nquality = "480"\n')
    signer = make_key(home.folder / "key.pem")
    home.environment["YTARCHIVE_SIGNING_KEY_FILE"] = str(home.folder / "key.pem")
    folder, secret = home.folder / "kept", home.folder / "secret.tar"
    folder.mkdir()
    with home.up():
        home.run("submit", "--wait", sim.watch_url(sim.ids[0]))
        assert home.run("events", "sign", "--json").document["key"] == signer.key
        report = home.run("backup", folder, "--json").document
        home.run("backup", secret, "--with-secrets")
        verified = home.run("events", "verify", "--json").document
        before = seen(home), audited(home)
    assert (report["documents"], report["secrets"], report["problems"]) == (1, False, [])
    assert verified["covered"]["sequence"] == verified["last"] - 1
    assert verified["covered"]["keys"] == [signer.key]
    check_tar(Path(report["file"]), secrets=False)
    check_tar(secret, secrets=True)
    assert secret.stat().st_mode & 0o777 == 0o600

    elsewhere = home.folder / "elsewhere"
    home.environment["YTARCHIVE_STATE_DIR"] = str(elsewhere)
    damaged = bytearray(secret.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (home.folder / "damaged.tar").write_bytes(damaged)
    assert "no whole backup" in home.run("restore", home.folder / "damaged.tar", code=1).err
    assert not elsewhere.exists()
    config.unlink()
    restored = home.run("restore", secret, "--json").document
    assert (restored["root"], restored["documents"], restored["problems"]) == (verified["root"], 1, [])
    assert "hidden" in config.read_text()
    for name, of in (("credentials.json", home.state / "credentials.json"), ("signing-key.pem", "key.pem")):
        assert (elsewhere / name).read_bytes() == (home.folder / of).read_bytes()
    assert (elsewhere / "checkpoint-keys").read_text() == f"{signer.key}\n"
    assert (seen(home), audited(home)) == before


def seen(home: Home) -> tuple[Any, ...]:
    """Give what a person is told of the archive."""
    return home.run("replay", "--json").lines, home.run("jobs", "--json").document


def audited(home: Home) -> tuple[Any, ...]:
    """Give what an audit finds, which is a part of the log from then on."""
    report = home.run("audit", "--deep", "--json").document
    return report["ok"], report["files"], report["problems"]


def check_tar(path: Path, *, secrets: bool) -> None:
    """Look into a backup without us."""
    with tarfile.open(path) as tar:
        content = {info.name: read(tar, info) for info in tar}
    sums = content.pop("SHA256SUMS").decode().splitlines()
    assert sums == [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in content.items()]
    assert {name.partition("/")[0] for name in content} == {
        "backup.json",
        "log.jsonl.zst",
        "documents",
        "logs",
        "config.toml",
        "checkpoint-keys",
        *(["secrets"] if secrets else []),
    }
    assert (b"hidden" in content["config.toml"]) is secrets
    assert msgspec.json.decode(content["backup.json"])["format"] == 1


def read(tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(info)
    assert file
    return file.read()
