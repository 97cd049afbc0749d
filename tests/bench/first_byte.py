"""How long until the first byte of media is asked for, and until the video is there, beside plain yt-dlp."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.figures import Figure, compared
from tests.bench.programs import Ground, ground, run, up, ytarchive, ytdlp
from tests.ytsim.server import YtSim

ROUNDS = 7
_MEDIA = ".googlevideo.com"

Command = Callable[[str], list[str | Path]]


def measure() -> Iterator[Figure]:
    """Archive one video again and again: with a system of the command's own, and with one that runs."""
    with YtSim.spawn(videos=4 * ROUNDS + 4) as sim, ground(sim) as here:
        urls = map(sim.watch_url, sim.ids)
        yield from _rounds("`ytarchive run URL`", sim, here, urls)
        with up(here):
            yield from _rounds("the same, `up` running", sim, here, urls)


def _rounds(name: str, sim: YtSim, here: Ground, urls: Iterator[str]) -> Iterator[Figure]:
    taken = []
    for number in range(ROUNDS + 1):
        plain = here.folder / f"plain-{time.time_ns()}"
        turn = [
            _one(sim, here, lambda url: ytarchive("run", "--json", url), next(urls)),
            _one(sim, here, lambda url, to=plain: ytdlp(sim, to, url), next(urls)),  # type: ignore[misc]  # bound now
        ]
        if number:
            taken.append(turn)
    for which, what in enumerate(("first byte", "done")):
        ours, bare = ([turn[side][which] for turn in taken] for side in (0, 1))
        yield compared(f"{name}: {what}", "s", ours, "`yt-dlp URL`", bare)


def _one(sim: YtSim, here: Ground, command: Command, url: str) -> tuple[float, float]:
    """Give the seconds until media is asked for and until the program ends."""
    sim.requests(clear=True)
    began = time.time()
    usage = run(command(url), here)
    asked = min(seen.time for seen in sim.requests() if seen.host.endswith(_MEDIA))
    return asked - began, usage.wall
