"""The ``console`` blocks of a document, with what their commands print today."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.e2e.home import PROGRAM, Home
from tests.ytsim.server import YtSim

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = Path("/tmp/yta")
"""As long as what it is called, so that lines end where they would end there."""
CALLED: Final = "/home/me"
COLUMNS: Final = 98
NODE: Final = "attic"
_SHORT: Final = 3
"""Lines that need no blank one behind them."""
SCREEN: Final = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
"""A block that is recorded: all of it is a shell's, commands behind `$ ` and what they print."""


@contextlib.contextmanager
def mine(sim: YtSim) -> Iterator[Home]:
    """Give a home in which everything is where it is by default, and as patient as it is by default."""
    FOLDER.mkdir()  # fails where another records
    home = Home(FOLDER, sim.proxy)
    home.state = FOLDER / ".local" / "state" / "ytarchive"
    home.library = FOLDER / "Videos" / "ytarchive"
    for name in ("STATE_DIR", "LIBRARY_DIR", "TASK_TIMEOUT", "RETRY_PACE"):
        del home.environment[f"YTARCHIVE_{name}"]
    home.environment |= {
        "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
        "TZ": "UTC",
        "YTARCHIVE_NODE": NODE,
        "YTARCHIVE_VIDEOS_PER_HOUR": "0",
    }
    try:
        with home:
            yield home
    finally:
        shutil.rmtree(FOLDER)


class Page:
    """A document whose blocks are filled one after the other."""

    def __init__(self, name: str, home: Home) -> None:
        self.path = ROOT / name
        self.home = home
        text = self.path.read_text("utf-8")
        self._parts = SCREEN.split(text)
        self._next = 1

    def block(self, kind: str) -> str:
        """Give the first block of another kind."""
        (found, *_) = re.findall(rf"^```{kind}\n(.*?)^```$", "".join(self._parts), re.DOTALL | re.MULTILINE)
        return str(found)

    def screen(self, *commands: str, most: int = 0, columns: int = COLUMNS) -> None:
        """Run `commands`, and put them and what they print into the next block; see `ran`."""
        self.put(self.ran(*commands, most=most, columns=columns))

    def put(self, screen: str) -> None:
        """Put a screen into the next block, which must begin with the same command."""
        sys.stdout.write(f"{screen}\n")
        was = self._parts[self._next]
        assert _words(was) == _words(screen), f"{self.path.name}: {was}\nis no place for\n{screen}"
        self._parts[self._next] = screen
        self._next += 2

    def ran(self, *commands: str, most: int = 0, columns: int = COLUMNS) -> str:
        """Give what a shell shows of `commands`; behind `most` lines of one, an ellipsis."""
        shown = []
        for command in commands:
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.home.folder,
                env=self.home.environment | {"COLUMNS": str(columns)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=180,
                check=False,
            )
            lines = done.stdout.strip("\n").splitlines()
            if most and len(lines) > most:
                lines = [*lines[:most], "…"]
            shown += [f"$ {command}", *lines, *[""] * (len(lines) > _SHORT)]
        return "\n".join(shown).rstrip("\n").replace(str(self.home.folder), CALLED) + "\n"

    def save(self) -> None:
        """Write the document. All its blocks must have been filled."""
        assert self._next == len(self._parts), f"{self.path.name}: left is\n{self._parts[self._next]}"
        for number in range(1, len(self._parts), 2):
            self._parts[number] = f"```console\n{self._parts[number]}```"
        self.path.write_text("".join(self._parts), "utf-8")


def _words(screen: str) -> list[str]:
    """Give how a screen begins: the program, and what it is to do."""
    _, program, first, *_ = screen.split()
    return [program, first] if program == "ytarchive" else [program]
