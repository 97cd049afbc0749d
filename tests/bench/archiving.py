"""Forty videos, beside plain yt-dlp with the equivalent options: the clock and the processor.

Ours starts a whole system, reads every packet, hashes, syncs and reads back; the site has no brakes, so that
the processor is the limit and not the network, where several workers would win by much more.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure, compared
from tests.bench.programs import Ground, Usage, ground, run, ytarchive, ytdlp
from tests.ytsim.server import YtSim

ROUNDS = 3
VIDEOS = 40
_LIMITS = {1: 1.0, 2: None, 4: 1 / 1.8}
"""The targets, by workers: no slower with one, 1.8 times as fast with four."""


def measure() -> Iterator[Figure]:
    """Archive them with 1, 2 and 4 download workers, and plainly, in turns."""
    plain: list[Usage] = []
    ours: dict[int, list[Usage]] = {workers: [] for workers in _LIMITS}
    with YtSim.spawn(videos=VIDEOS) as sim:
        urls = [sim.watch_url(video) for video in sim.ids]
        for _ in range(ROUNDS):
            with ground(sim) as here:
                plain.append(_plain(sim, here, urls))
            for workers, usages in ours.items():
                with ground(sim) as here:
                    usages.append(run(ytarchive("run", "--json", "--workers", str(workers), *urls), here))
                    _check(here.library)
    for workers, usages in ours.items():
        for number, what in enumerate(("wall", "CPU")):
            taken, bare = [one[number] for one in usages], [one[number] for one in plain]
            limit = None if number else _LIMITS[workers]
            name = f"{VIDEOS} videos, {workers} worker{'s' * (workers > 1)}: {what}"
            yield compared(name, "s", taken, "`yt-dlp -a LIST`", bare, limit)


def _plain(sim: YtSim, here: Ground, urls: list[str]) -> Usage:
    addresses, folder = here.folder / "list", here.folder / "plain"
    addresses.write_text("\n".join(urls))
    usage = run(ytdlp(sim, folder, "--batch-file", str(addresses)), here)
    _check(folder)
    return usage


def _check(folder: Path) -> None:
    """Raise AssertionError unless all is there: a fast failure is no figure."""
    found = [path.suffix for path in folder.rglob("*") if path.is_file() and ".ytarchive" not in path.parts]
    media = sum(found.count(suffix) for suffix in (".mp4", ".webm", ".mkv"))
    assert media == VIDEOS, f"{media} of {VIDEOS} videos"
    for suffix in (".json", ".jpg", ".vtt", ".description"):
        assert found.count(suffix) >= VIDEOS, f"{found.count(suffix)} {suffix} for {VIDEOS} videos"
