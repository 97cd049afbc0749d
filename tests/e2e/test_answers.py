"""Every command answers programs as the published schemas say, and a shell that asks what may be meant."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main
from schemas import subjects
from tests.e2e import answers
from tests.e2e.bus import connected
from tests.e2e.home import PROGRAM, Home, until
from tests.ytsim.server import YtSim

SLOW = 10_000


class Terminal:
    """The program, called in this process, which has imported everything already."""

    def __init__(self, home: Home, patched: pytest.MonkeyPatch, read: pytest.CaptureFixture[str]) -> None:
        patched.chdir(home.folder)
        for name, value in home.environment.items():
            patched.setenv(name, value)
        self._patched, self._read = patched, read

    def call(self, words: list[str]) -> list[Any]:
        """Call a command, whose answer must be what the schemas say, and give its lines."""
        self._patched.setattr(sys, "argv", ["ytarchive", *words])
        self._read.readouterr()
        code = main()
        out, err = self._read.readouterr()
        assert code == 0, f"{words}: exit {code}\n{out}\n{err}"
        assert out, words
        answers.check(words, code, out, err)
        return [json.loads(line) for line in out.splitlines()]


async def spoil(home: Home) -> None:
    """Send the jobs actor what it cannot read."""
    async with connected(home, "admin") as bus:
        await bus.js.publish(subjects.job_command("f00dfacef00dface"), b'{"type":"job.frob"}')


def test_every_command_answers_by_its_schema(
    running: Home,
    sim: YtSim,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    terminal = Terminal(running, monkeypatch, capfd)
    known = {"address": sim.watch_url(sim.ids[0]), "list": sim.playlist_url, "folder": str(tmp_path)}
    sim.set(media_bps=SLOW)
    for name, call in answers.CALLS.items():
        if name in ("watch", "recovery letters"):
            sim.set(media_bps=0)
            asyncio.run(spoil(running))
        if name == "recovery letters":
            until(lambda: running.run("recovery", "letters", "--json").document["letters"], "the letter")
        words = [word.format(**known) for word in call.split()]
        (first, *_) = terminal.call([*words, "--json"])
        if name == "submit":
            known["job"] = first["jobs"][0]["job_id"]
        if name == "playlist submit":
            known["batch"] = first["batch"]


def offered(home: Home, words: str, *begun: str, by: str = "bash") -> list[str]:
    """Give what a shell offers where Tab is pressed behind these words."""
    if by == "bash":
        script = (
            f'eval "$(ytarchive --show-completion)"; COMP_WORDS=({words} "$1"); '
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _ytarchive_completion ytarchive; "
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        command = [by, "--norc", "-c", script, by, *(begun or ("",))]
    else:
        command = [by, "-c", f'ytarchive --show-completion | source; complete -C "{words} {begun[0]}"']
    done = subprocess.run(
        command,
        cwd=home.folder,
        env=home.environment | {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


def test_a_shell_offers_commands_ids_and_values_and_nothing_where_no_server_runs(
    running: Home, home: Home, sim: YtSim
) -> None:
    (job,) = running.submit(sim.watch_url(sim.ids[3]))
    # who presses Tab waits no longer than 0.3 s for the jobs actor
    until(lambda: job in offered(running, "ytarchive status"), "the job to be offered")
    until(lambda: offered(running, "ytarchive watch", job[:6]) == [job], "the one job to be offered")
    assert offered(running, f"ytarchive --state {home.state} status", job[:6]) == [""]
    assert offered(running, "ytarchive logs --batch", job[:6]) == [""]
    node = running.run("diagnostics", "actors", "--json").document["actors"][0]["node"]
    until(lambda: offered(running, "ytarchive limits reset --node") == [node], "the node to be offered")
    assert offered(home, "ytarchive status", "") == [""]
    assert offered(home, "ytarchive playlist", "pa") == ["pause"]
    assert offered(home, "ytarchive run --quality", "a") == ["audio"]
    (home.folder / "config.toml").write_text("[profiles.tv]\nquality = 1080\n")
    home.environment["YTARCHIVE_CONFIG"] = str(home.folder / "config.toml")
    assert offered(home, "ytarchive run --profile") == ["default", "tv"]
    (home.folder / "config.toml").write_text("[broken")
    assert offered(home, "ytarchive run --profile", "t") == [""]


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
def test_fish_is_told_what_each_command_is_for(home: Home) -> None:
    assert offered(home, "ytarchive", "resu", by="fish") == ["resume\tGo on with paused jobs."]


def test_zsh_is_told_what_each_job_is(running: Home, sim: YtSim) -> None:
    (job,) = running.submit(sim.watch_url(sim.ids[3]))
    begun = f"ytarchive status {job[:5]}"

    def asked() -> str:
        return running.run(_YTARCHIVE_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=begun).out

    until(lambda: f'"{job}":"' in asked(), "the job to be offered")
