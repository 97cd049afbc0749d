"""What a command does not need is not loaded for it: it starts quickly on any machine."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

LOADED: Final = """
import sys
before = set(sys.modules)  # whoever measures us has loaded something too
from cli.__main__ import main
sys.argv = ["ytarchive", *sys.argv[1:]]
main()
new = (name for name, module in sys.modules.items() if module and name not in before)
print("loaded", *new, file=sys.stderr)
"""
HEAVY: Final = {"aiohttp", "cryptography", "multiprocessing", "pydantic", "structlog", "yt_dlp"}
LIGHT: Final = HEAVY | {
    "asyncio",
    "dotenv",
    "email",
    "msgspec",
    "nats",
    "platformdirs",
    "rich",
    "schemas",
    "ssl",
    "ytarchive.settings",
    "ytarchive.runtime",
}
NEVER_FOR_A_LOOK: Final = HEAVY | {
    "actors.jobs",
    "imageio_ffmpeg",
    "rich.live",
    "rich.markdown",
    "rich.progress",
    "ytarchive.workers",
    "ytarchive.ytdlp",
}


def loaded(home: Path, *words: str, **environment: str) -> set[str]:
    """Give the modules that a command has loaded when it ends, in a home where nothing ever ran."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        env={**os.environ, "YTARCHIVE_STATE_DIR": str(home / "none"), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("words", ["--help", "run --help", "jobs --help", "recovery", "stauts", "jobs --jsn"])
def test_help_and_what_is_not_understood_load_next_to_nothing(tmp_path: Path, words: str) -> None:
    found = loaded(tmp_path, *words.split())
    assert "cli.app" in found
    assert sorted(found & LIGHT) == []


def test_the_version_is_read_from_what_is_installed_and_nothing_else_is_loaded(tmp_path: Path) -> None:
    found = loaded(tmp_path, "--version")
    assert "importlib.metadata" in found
    assert sorted(found & LIGHT - {"email"}) == []  # by which metadata is written


@pytest.mark.parametrize("words", ["jobs", "status ab", "recovery list", "config show", "logs"])
def test_a_look_loads_neither_actors_nor_what_they_work_with(tmp_path: Path, words: str) -> None:
    found = loaded(tmp_path, *words.split())
    assert "msgspec" in found
    assert sorted(found & NEVER_FOR_A_LOOK) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("begun", ["ytarchive re", "ytarchive status ", "ytarchive run --quality "])
def test_what_a_shell_asks_while_one_types_is_answered_without_rich_and_nats(
    tmp_path: Path, shell: str, begun: str
) -> None:
    words = begun.split(" ")
    found = loaded(
        tmp_path,
        _YTARCHIVE_COMPLETE=f"complete_{shell}",
        COMP_WORDS=begun,
        COMP_CWORD=str(len(words) - 1),
        _TYPER_COMPLETE_ARGS=begun,
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert "cli.app" in found
    assert sorted(found & (HEAVY | {"asyncio", "nats", "rich"})) == []
