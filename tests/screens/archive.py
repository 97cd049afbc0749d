"""What docs/archive.md shows: three videos, what happens to them, and the log of it."""

import shutil
from pathlib import Path
from typing import Final

from tests.e2e.home import Home
from tests.screens.page import Page
from tests.ytsim.server import YtSim

TITLES: Final = (
    "Seahorse Valley: 1/10 of the way in",
    "Golden hour / blue hour",
    'The "Game of Life": who stays?',
)
KEY: Final = "keys/archive.pem"


def record(home: Home, sim: YtSim) -> None:
    """Record all of it."""
    for number, title in enumerate(TITLES):
        sim.edit(sim.ids[number], title=title, picture=number > 0)
    page = Page("docs/archive.md", home)
    with home.up():
        home.run("run", f"{sim.channel_url}/videos", "--newest", "3", "--quiet")
        files = Files(home)
        auditing(page, files)
        repairing(page, files, sim)
        standards(page, files, sim)
        past(page, files, sim)
    log(page, sim)
    page.save()


class Files:
    """The files of the three videos, by number and by how their names end."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._jobs: dict[str, str] = {
            job["video_id"]: job["job_id"]
            for job in home.run("jobs", "--all", "--json").document["jobs"]
            if job["state"] == "archived"
        }
        self.channel = home.library / "Simulated Channel"

    def __call__(self, number: int, ending: str) -> Path:
        """Give a file."""
        (found,) = (path for path in self.channel.glob(f"*/2020-09-{13 + number}*{ending}"))
        return found

    def job(self, sim: YtSim, number: int) -> str:
        """Give the beginning of the id of a video's job."""
        return self._jobs[sim.ids[number]][:4]


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def auditing(page: Page, files: Files) -> None:
    """Damage a lot of it, and look."""
    page.ran("ytarchive audit", "ytarchive audit --probe --sample 40%")
    flip(files(0, ".mkv"))
    files(0, ".info.json").unlink()
    picture = files(0, ".jpg")
    picture.write_bytes(picture.read_bytes()[:-5])
    files(2, ".mkv").rename(files.channel / "best of.mkv")
    (files.channel / "notes.txt").write_text("to be seen again\n")
    page.screen('ytarchive audit --deep; echo "exit $?"')
    page.screen("ytarchive jobs --all")
    page.screen('ytarchive audit; echo "exit $?"')
    page.screen("ytarchive audit --history")
    page.screen("ytarchive audit --every 30d --limit-rate 20M")


def repairing(page: Page, files: Files, sim: YtSim) -> None:
    """Bring it back, but for what is gone, and what there is no room for."""
    stray = files.channel / "notes.txt"
    stray.unlink()
    page.screen("ytarchive repair --all --dry-run", "ytarchive repair --all", "ytarchive audit --deep")
    flip(files(0, ".mkv"))
    sim.state(sim.ids[0], "deleted")
    page.screen(f"ytarchive repair --job {files.job(sim, 0)}")
    sim.state(sim.ids[0], "ok")
    page.ran("ytarchive limits set min_free_bytes=10T")
    page.screen("ytarchive repair --all --patience 5")
    page.ran("ytarchive limits reset --all", "ytarchive repair --all")
    stray.write_text("to be seen again\n")
    page.screen(
        "ytarchive quarantine --all",
        "ytarchive quarantine --list",
        'ytarchive quarantine --restore "Simulated Channel/notes.txt"',
    )
    page.ran("ytarchive quarantine --all")


def standards(page: Page, files: Files, sim: YtSim) -> None:
    """Verify it by other programs' means."""
    page.screen('cd "Videos/ytarchive/Simulated Channel" && sha256sum -c SHA256SUMS', most=6)
    page.screen("ytarchive catalogue export | head -n 1 | jq '.files |= .[:1]'")
    (files.channel / "CATALOGUE.jsonl").unlink()
    page.screen('ytarchive sums --check; echo "exit $?"', "ytarchive sums")
    page.ran("ytarchive backup old.tar", f"ytarchive submit --wait {sim.watch_url(sim.ids[3])}")
    page.ran("ytarchive --state old restore old.tar")
    page.screen('ytarchive --state old quarantine --all; echo "exit $?"')
    page.screen(
        "ytarchive catalogue export catalogue.jsonl",
        "ytarchive catalogue export --csv catalogue.csv",
        "head -n 2 catalogue.csv",
    )
    page.screen(
        "ytarchive rebuild --from-library catalogue.jsonl",
        "ytarchive rebuild --compare",
        'rm "Videos/ytarchive/Simulated Channel/CATALOGUE.jsonl"; ytarchive rebuild --compare',
    )
    page.ran("ytarchive sums")
    page.screen(
        'ytarchive export --bagit bag --channel "Simulated Channel"',
        "cat bag/bagit.txt bag/bag-info.txt",
        "python -m bagit --validate bag 2>&1 | tail -n 1",
    )


def past(page: Page, files: Files, sim: YtSim) -> None:
    """Ask what was, after one video was changed and another made private."""
    page.screen("ytarchive replay --at 8")
    sim.edit(
        sim.ids[1],
        title="Golden hour, now in colour",
        description="With subtitles.\n0:04 Middle\n",
        picture=False,
    )
    sim.state(sim.ids[2], "private")
    looked = page.ran('ytarchive refresh --all; echo "exit $?"')
    page.screen(f'ytarchive why "Simulated Channel/2020/{files(1, ".mkv").name}"', columns=118)
    page.screen(f"ytarchive history {sim.ids[1]} --diff", f"ytarchive history {sim.ids[2]}")
    page.put(looked)


def log(page: Page, sim: YtSim) -> None:
    """Take the log out, prove it, damage it, and bring it back."""
    home = page.home
    page.ran("mkdir keys backups")
    made = page.ran(f"ytarchive events key ~/{KEY}")
    home.environment["YTARCHIVE_SIGNING_KEY_FILE"] = str(home.folder / KEY)
    with home.up():
        page.screen("ytarchive events export monday.jsonl.zst")
        page.ran(f"ytarchive submit --wait {sim.watch_url(sim.ids[4])}")
        page.screen("ytarchive events export tuesday.jsonl.zst --since monday.jsonl.zst")
        page.screen("ytarchive events verify monday.jsonl.zst tuesday.jsonl.zst")
        page.ran("zstd -dc monday.jsonl.zst | sed '5s/submitted/submittee/' | zstd -q -o altered.jsonl.zst")
        shutil.copy(home.folder / "monday.jsonl.zst", home.folder / "damaged.jsonl.zst")
        flip(home.folder / "damaged.jsonl.zst")
        page.screen(
            "ytarchive events verify altered.jsonl.zst",
            "ytarchive events verify damaged.jsonl.zst",
        )
        page.put(made)
        page.screen("ytarchive events sign --anew")
        page.screen(
            "ytarchive --state elsewhere events import monday.jsonl.zst tuesday.jsonl.zst",
            "ytarchive --state elsewhere replay --check | tail -n 1",
        )
        page.screen("zstd -dc monday.jsonl.zst | sed -n 2p | jq -j .payload | sha256sum")
        page.screen("ytarchive backup backups")
        page.screen("ytarchive --state restored restore backups/ytarchive-*.tar")
