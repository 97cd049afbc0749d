"""Forty videos, beside plain yt-dlp with the equivalent options: the clock and the processor.

Ours starts a whole system, reads every packet, hashes, syncs and reads back. On the site without brakes the
processor is the limit; on the slow one the network is, as it is outside.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.figures import Figure, compared
from tests.bench.programs import Ground, Usage, ground, run, ytarchive, ytdlp
from tests.ytsim.server import YtSim

ROUNDS = 3
VIDEOS = 40
_LIMITS = {1: 1.0, 2: None, 4: 1 / 1.8}
"""The targets on the site without brakes, by workers: no slower with one, 1.8 times as fast with four."""

_SLOW = {"latency": 0.15, "media_latency": 0.1, "media_bps": 4_000_000}
"""Seconds before every answer, and more before media; bytes a second on each connection."""


def measure() -> Iterator[Figure]:
    """Archive them with 1, 2 and 4 download workers, and plainly, in turns; then on a slow site."""
    with YtSim.spawn(videos=VIDEOS) as sim:
        plain, ours = _turns(sim, tuple(_LIMITS), ROUNDS)
        for workers, usages in ours.items():
            name = f"{VIDEOS} videos, {workers} worker{'s' * (workers > 1)}"
            yield from _figures(name, usages, plain, _LIMITS[workers])
        sim.set(**_SLOW)
        plain, ours = _turns(sim, (4,), 1)
        yield from _figures(f"{VIDEOS} videos on a slow site, 4 workers", ours[4], plain)


def _turns(sim: YtSim, numbers: Sequence[int], rounds: int) -> tuple[list[Usage], dict[int, list[Usage]]]:
    """Give what it took plainly, and with each number of workers."""
    plain: list[Usage] = []
    ours: dict[int, list[Usage]] = {workers: [] for workers in numbers}
    urls = [sim.watch_url(video) for video in sim.ids]
    for _ in range(rounds):
        with ground(sim) as here:
            plain.append(_plain(sim, here, urls))
        for workers, usages in ours.items():
            with ground(sim) as here:
                usages.append(run(ytarchive("run", "--json", "--workers", str(workers), *urls), here))
                _check(here.library)
    return plain, ours


def _figures(
    name: str, ours: list[Usage], plain: list[Usage], limit: float | None = None
) -> Iterator[Figure]:
    for number, what in enumerate(("wall", "CPU")):
        taken, bare = [one[number] for one in ours], [one[number] for one in plain]
        yield compared(f"{name}: {what}", "s", taken, "`yt-dlp -a LIST`", bare, None if number else limit)


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
