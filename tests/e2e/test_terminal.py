"""On a terminal: the live screen, the keys, and the window that is closed."""

import contextlib
import os
import pty
import re
import select
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from typing import Final

import pytest

from tests.e2e.home import PROGRAM, Home, until
from tests.e2e.test_crashes import SLOW
from tests.ytsim.server import YtSim

# A session of its own whose first terminal is this one: Ctrl-C and the end of the window reach it.
LOGIN: Final = (
    "import os, sys; terminal = os.open(sys.argv[1], os.O_RDWR);"
    "[os.dup2(terminal, number) for number in (0, 1, 2)]; os.execv(sys.argv[2], sys.argv[2:])"
)
SPEED: Final = r"[kM]B/s +\d:\d\d"


class Window:
    """A terminal window, all that was drawn in it, and the program that runs there."""

    def __init__(self, home: Home, *words: str, columns: int, lines: int, **environment: str) -> None:
        self._ours, self._theirs = pty.openpty()
        termios.tcsetwinsize(self._theirs, (lines, columns))
        self.modes = termios.tcgetattr(self._theirs)
        self.drawn = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", LOGIN, os.ttyname(self._theirs), str(PROGRAM), *words],
            env=home.environment | {"TERM": "xterm-256color"} | environment,
            cwd=home.folder,
            start_new_session=True,
        )
        self._open = True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        """What was drawn, without what moves the cursor or colours."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.drawn.decode(errors="replace"))

    def modes_now(self) -> list[object]:
        """Give the terminal's modes."""
        return termios.tcgetattr(self._theirs)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._ours, keys)

    def close(self) -> None:
        """Close the window, whatever runs in it."""
        self._open = False
        self._reader.join()

    def _read(self) -> None:
        while self._open:
            if select.select([self._ours], [], [], 0.05)[0]:
                self.drawn += os.read(self._ours, 65536)
        os.close(self._theirs)
        os.close(self._ours)  # not while somebody reads: it would stay open as long


@contextlib.contextmanager
def window(
    home: Home, *words: str, columns: int = 80, lines: int = 24, **environment: str
) -> Iterator[Window]:
    """Run a command in a window as long as the block lasts."""
    window = Window(home, *words, columns=columns, lines=lines, **environment)
    with window.process:
        try:
            yield window
        finally:
            if window.process.poll() is None:
                window.process.kill()
            window.close()


@pytest.mark.parametrize("columns", [80, 120])
def test_the_screen_lives_while_it_runs_and_leaves_the_terminal_as_it_was(
    running: Home, sim: YtSim, columns: int
) -> None:
    sim.set(media_bps=SLOW)
    url = sim.watch_url(sim.ids[columns // 40])
    with window(running, "run", url, columns=columns) as terminal:
        until(lambda: re.search(SPEED, terminal.text), "speed and rest of the download to be drawn")
        sim.set(media_bps=0)
        assert terminal.process.wait(180) == 0
        until(lambda: "SHA-256" in terminal.text, "the outcome to be drawn")
        assert terminal.modes_now() == terminal.modes
    drawn, text = terminal.drawn, terminal.text
    assert "downloading" in text
    assert drawn.count(b"\x1b[?25l") >= 1
    assert drawn.rfind(b"\x1b[?25h") > drawn.rfind(b"\x1b[?25l")  # the cursor is seen again
    assert b"\x1b[?1049h" not in drawn  # what was above is still there
    assert text.count("archived") == 1
    # no line is wider than the window, or it would push the others about; but a path is never broken
    assert all(len(line) <= columns or ".mkv" in line for line in re.split(r"[\r\n]+", text))


def test_ctrl_c_stops_everything_and_says_that_the_job_is_kept(home: Home, sim: YtSim) -> None:
    sim.set(media_bps=SLOW)
    with window(home, "run", sim.watch_url(sim.ids[0])) as terminal:
        until(lambda: re.search(r"[kM]B/s", terminal.text), "the download to be drawn")
        terminal.press(b"\x03")
        assert terminal.process.wait(60) == 130
        until(lambda: "ytarchive up" in terminal.text, "the farewell")
        assert terminal.modes_now() == terminal.modes
        home.must_be_quiet()
    assert "Traceback" not in terminal.text
    (job,) = home.run("jobs", "--json").document["jobs"]
    assert job["state"] == "downloading"


@pytest.mark.parametrize("command", ["run", "up"])
def test_closing_the_window_leaves_no_process_behind(home: Home, sim: YtSim, command: str) -> None:
    sim.set(media_bps=SLOW)
    url = sim.watch_url(sim.ids[0])
    with window(home, *(["run", url] if command == "run" else ["up"])) as terminal:
        if command == "up":
            until(lambda: "is up" in terminal.text, "everything to run")
            home.submit(url)
        until(home.parts, "the download")
        terminal.close()
        terminal.process.wait(60)
        home.must_be_quiet()
    (job,) = home.run("jobs", "--json").document["jobs"]
    assert job["state"] == "downloading"


def test_a_reader_that_has_had_enough_is_no_error(running: Home, sim: YtSim) -> None:
    running.run("run", sim.watch_url(sim.ids[4]))
    shell = f"{PROGRAM} replay --json | head -n 1"
    ended = subprocess.run(
        ["bash", "-c", shell],
        env=running.environment,
        cwd=running.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(ended.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("environment", "colours", "drawn"),
    [({}, True, True), ({"NO_COLOR": "1"}, False, True), ({"TERM": "dumb"}, False, False)],
    ids=["a terminal", "NO_COLOR", "dumb"],
)
def test_there_are_colours_on_a_terminal_that_wants_them(
    running: Home, sim: YtSim, environment: dict[str, str], colours: bool, drawn: bool
) -> None:
    running.run("run", sim.watch_url(sim.ids[4]))
    with window(running, "jobs", **environment) as terminal:  # type: ignore[arg-type]  # they are all text
        assert terminal.process.wait(60) == 0
        until(lambda: "archived" in terminal.text, "the table")
    assert bool(re.search(rb"\x1b\[[0-9;]*3[0-9]", terminal.drawn)) == colours
    assert (b"\x1b" in terminal.drawn) == drawn


def test_what_is_being_read_leaves_the_line_in_which_a_list_begins(running: Home, sim: YtSim) -> None:
    with window(running, "playlist", "preview", f"{sim.channel_url}/videos", "--newest", "2") as terminal:
        assert terminal.process.wait(180) == 0
        until(lambda: "would be archived" in terminal.text, "the sums")
    before, _, _ = terminal.drawn.partition(b"Simulated Channel")
    assert b"reading the list" in before
    assert b"reading the list" not in before.rsplit(b"\x1b[2K", 1)[1]
