"""Screens of the real program, at work on the simulator, as pictures in ``docs/screens``.

``python -m tests.screens`` draws all of them anew, in about a minute. What is shown is what a terminal of 100
columns got; only the folder it was made in is called ``/srv/archive``.
"""

import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from tests.e2e.home import Home, until
from tests.e2e.test_terminal import window
from tests.ytsim.server import YtSim

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screens"
COLUMNS: Final = 100
_LINES: Final = 30
MOST_BYTES: Final = 60_000
CALLED: Final = "/srv/archive"
DRAWN_AGAIN: Final = re.compile(r"(?:\r?\x1b\[2K(?:\x1b\[1A\x1b\[2K)*|\x1b\[\?25[lh])+")
"""What moves the cursor back to draw the same lines anew, and hides it."""


def main() -> None:
    """Make every picture."""
    FOLDER.mkdir(exist_ok=True)
    with (
        YtSim.spawn(videos=60) as sim,
        tempfile.TemporaryDirectory(prefix="yta-") as folder,
        Home(Path(folder), sim.proxy) as home,
    ):
        home.environment["YTARCHIVE_VIDEOS_PER_HOUR"] = "0"
        draw(home, "help", "--help", most=100)
        draw(home, "demo", "demo")
        with home.up():
            at_work(home, sim)
            looks(home, sim)


def at_work(home: Home, sim: YtSim) -> None:
    """Draw a run while it lasts, and how it ends."""
    sim.set(media_bps=700_000)
    words = ("run", *(sim.watch_url(sim.ids[number]) for number in range(3)), "--workers", "3")
    drawn = frames(ran(home, *words))
    busy = max(reversed(drawn), key=lambda frame: frame.count("B/s"))
    save(home, "run", ("run", "URL", "URL", "URL"), busy)
    sim.set(media_bps=0)
    draw(
        home,
        "batch",
        "run",
        f"{sim.channel_url}/videos",
        "--newest",
        "8",
        shown="run URL --newest 8",
    )


def looks(home: Home, sim: YtSim) -> None:
    """Draw what there is to be seen afterwards."""
    sim.state(sim.named["private"], "private")
    home.run("run", sim.watch_url(sim.named["private"]), code=None)
    job = next(
        job["job_id"] for job in home.run("jobs", "--json").document["jobs"] if job["state"] == "archived"
    )
    draw(home, "jobs", "jobs")
    draw(home, "status", "status", job[:4])
    draw(home, "logs", "logs", "--job", job)
    media = next(path for path in home.library.rglob("*.mkv"))
    with media.open("r+b") as file:
        file.seek(1000)
        file.write(b"\0")
    draw(home, "audit", "audit", "--deep", code=1)
    draw(home, "diagnostics", "diagnostics", "health")
    draw(home, "actors", "diagnostics", "actors")


def draw(home: Home, name: str, *words: str, code: int = 0, shown: str = "", most: int = _LINES) -> None:
    """Run a command in a window in which nothing is drawn twice, and make a picture of its last lines."""
    lines = ran(home, *words, code=code, TTY_INTERACTIVE="0").splitlines(keepends=True)
    drawn = "".join(lines if len(lines) <= most else ["…\n", *lines[-most:]])
    save(home, name, (shown,) if shown else words, drawn)


def ran(home: Home, *words: str, code: int = 0, **environment: str) -> str:
    """Run a command in a window to its end and give all that it wrote."""
    with window(home, *words, columns=COLUMNS, lines=50, **environment) as terminal:
        assert terminal.process.wait(120) == code, terminal.text
        until(lambda: still(terminal.drawn), "the last line", every=0.3)
        return terminal.drawn.decode()


_seen: dict[str, int] = {}


def still(drawn: bytes) -> bool:
    """Tell whether nothing came since this was asked last."""
    before, _seen["bytes"] = _seen.get("bytes"), len(drawn)
    return before == len(drawn)


def frames(drawn: str) -> list[str]:
    """Give what was drawn, each time it was drawn anew."""
    return [frame for frame in DRAWN_AGAIN.split(drawn) if frame.strip()]


def save(home: Home, name: str, words: tuple[str, ...], drawn: str) -> None:
    """Write a picture of a terminal, with the command above what it drew."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    said = drawn.replace("\r\n", "\n").replace(str(home.folder.resolve()), CALLED)
    console.print(Text(f"$ ytarchive {' '.join(words)}".replace(str(home.folder), CALLED), "bold"))
    console.print(Text.from_ansi(said.strip("\n")))
    picture = re.sub(
        r"@font-face \{.*?\}\n?", "", console.export_svg(title="ytarchive", unique_id=name), flags=re.DOTALL
    )
    assert len(picture.encode()) < MOST_BYTES, (name, len(picture))
    path = FOLDER / f"{name}.svg"
    path.write_text(re.sub(r"[ \t]+\n", "\n", picture), "utf-8")
    sys.stdout.write(f"docs/screens/{name}.svg: {len(picture):,} bytes\n")


if __name__ == "__main__":
    main()
