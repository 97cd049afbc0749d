"""A list on a slow site, beside one plain yt-dlp: listing it, archiving it with more and more workers, and
looking again.

``python -m tests.bench.channel 60`` takes a list of that many videos, ``… 60 4 8`` 4 and 8 workers alone.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tests.bench.figures import Figure, compared, figure, table
from tests.bench.programs import Ground, Usage, ground, run, ytarchive, ytdlp
from tests.ytsim.server import YtSim

VIDEOS = 250
_TARGETS = {1: 0.95, 2: 0.95, 4: 0.95, 8: 0.75}
"""By workers: so much of the work of one plain yt-dlp must each do."""
_SLOW = {"latency": 0.15, "media_latency": 0.1, "media_bps": 4_000_000}
"""Seconds before every answer, and more before media; bytes a second on each connection."""


def measure() -> Iterator[Figure]:
    """Measure a list of the usual size."""
    yield from figures(VIDEOS)


def figures(videos: int, *most: int) -> Iterator[Figure]:
    """List a playlist, archive it with so many workers, or all numbers of them, and look again, each once."""
    with YtSim.spawn(videos=videos) as sim:
        sim.set(**_SLOW)
        with ground(sim) as here:
            flat = [*ytdlp(sim, here.folder / "flat", "--flat-playlist", "--print", "id"), sim.playlist_url]
            seen = run(ytarchive("playlist", "preview", "--json", sim.playlist_url), here)
            yield compared(
                f"{videos} entries listed",
                "s",
                [seen.wall],
                "`yt-dlp --flat-playlist`",
                [run(flat, here).wall],
            )
            plain = run(ytdlp(sim, here.folder / "plain", sim.playlist_url), here)
            _check(here.folder / "plain", videos)
        for workers in most or _TARGETS:
            with ground(sim) as here:
                ours = _archived(sim, here, workers)
                _check(here.library, videos)
                name = f"{videos} videos, {workers} worker{'s' * (workers > 1)}"
                limit = 1 / (_TARGETS[workers] * workers)
                yield compared(name, "s", [ours.wall], "one yt-dlp", [plain.wall], limit)
                if workers == max(most or _TARGETS):
                    sim.requests(clear=True)
                    yield figure("the same again", "s", [_archived(sim, here, workers).wall])
                    yield figure("· requests to the site", "", [len(sim.requests())])


def _archived(sim: YtSim, here: Ground, workers: int) -> Usage:
    return run(ytarchive("run", "--quiet", "--json", "--workers", str(workers), sim.playlist_url), here)


def _check(folder: Path, videos: int) -> None:
    """Raise AssertionError unless all is there: a fast failure is no figure."""
    paths = (path for path in folder.rglob("*") if path.is_file() and ".ytarchive" not in path.parts)
    media = sum(path.suffix in {".mp4", ".webm", ".mkv"} for path in paths)
    assert media == videos, f"{media} of {videos} videos"


if __name__ == "__main__":
    Console().print(table("channel", list(figures(*map(int, sys.argv[1:]))), markdown=False))
