"""What the README and docs/configuration.md show."""

from typing import Final

from tests.e2e.home import Home
from tests.screens.archive import TITLES
from tests.screens.page import Page
from tests.ytsim.server import YtSim

SLIPS: Final = """\
node = attic
download_worker = 4
log_level = "inof"
videos_per_hour = -5

[profiles.tv]
qualty = 1080
"""


LINES: Final = """\
YTARCHIVE_NODE="attic
YTARCHIVE_PARALLEL=4
YTARCHIVE_LOG_DAYS 30
"""


def readme(home: Home, sim: YtSim) -> None:
    """Record what the README shows."""
    page = Page("README.md", home)
    for number, title in enumerate(TITLES):
        sim.edit(sim.ids[number], title=title)
    with home.up():
        jobs = [home.submit(sim.watch_url(video))[0] for video in sim.ids[:3]]
        for job in jobs:
            home.until_ended(job)
        page.screen("ytarchive jobs", f"ytarchive status {jobs[2][:4]}", columns=110)
        page.screen(f"ytarchive playlist preview {sim.channel_url} --newest 3 --no-shorts")
        page.ran(f"ytarchive run {sim.channel_url}/videos --newest 8 --quiet")
        sim.publish()
        page.screen(f"ytarchive run {sim.channel_url}/videos --newest 9", "ytarchive jobs")
    page.save()


def configuration(home: Home, _: YtSim) -> None:
    """Record what docs/configuration.md shows."""
    page = Page("docs/configuration.md", home)
    page.screen("ytarchive config init")
    config = home.folder / ".config/ytarchive/config.toml"
    config.write_text(SLIPS)
    home.environment["YTARCHIVE_DOWNLOAD_WORKER"] = "4"
    page.screen("ytarchive config check")
    del home.environment["YTARCHIVE_DOWNLOAD_WORKER"]
    config.unlink()
    lines = home.folder / ".env"
    lines.write_text(LINES)
    page.screen("ytarchive config check")
    lines.unlink()
    del home.environment["YTARCHIVE_VIDEOS_PER_HOUR"]
    with home.up():
        page.screen(
            "ytarchive limits set videos_per_hour=100 download_workers=4 --reason 'the line is shared'"
        )
    page.save()
