"""What docs/operations.md shows: the first video, how all is, trouble of every kind, what is said of it."""

import asyncio
import shutil
import signal
import socket
from typing import Final

from schemas import subjects
from tests.e2e.bus import connected
from tests.e2e.home import Home, until
from tests.screens.page import Page
from tests.ytsim.server import YtSim

GARBAGE: Final = b"\xff\x00 garbage"
NOBODY: Final = "f00dfacef00dface"
METRICS_PORT: Final = 9464
STOPPED: Final = "timeout -s TERM 8 ytarchive up 2>/dev/null"


def record(home: Home, sim: YtSim) -> None:
    """Record all of it."""
    page = Page("docs/operations.md", home)
    page.put(page.ran(STOPPED).replace(STOPPED, "ytarchive up"))
    with home.up():
        first(page, sim)
        health(page, sim)
        logs(page, sim)
    with home.up(YTARCHIVE_METRICS_PORT=str(METRICS_PORT)):
        metrics(page)
    with socket.create_server(("127.0.0.1", METRICS_PORT)), home.up(YTARCHIVE_METRICS_PORT=str(METRICS_PORT)):
        until(lambda: "not served" in home.run("logs", "--level", "error").out, "the error", every=1)
        page.screen("ytarchive logs --actor jobs --level error -n 1")
    anew(home, sim)
    with home.up():
        trouble(page, sim)
    anew(home, sim)  # this one is refused for some minutes
    with home.up():
        batches(page, sim)
    kept(page, sim)
    page.save()


def anew(home: Home, sim: YtSim) -> None:
    """Go on as on another machine, on which nothing was archived."""
    sim.reset()
    for folder in (home.state, home.library):
        shutil.rmtree(folder)


def first(page: Page, sim: YtSim) -> None:
    """What is asked for, how it goes, and that all is well."""
    asked = page.ran(f"ytarchive submit {sim.watch_url(sim.ids[7])}")
    job = asked.splitlines()[1][:4]
    page.put(asked + "\n" + page.ran(f"ytarchive watch {job}", "ytarchive diagnostics health"))


def is_in(home: Home, job: str, state: str) -> bool:
    """Tell whether a job is in a state."""
    return bool(home.status(job)["state"] == state)


def trouble(page: Page, sim: YtSim) -> None:
    """One job of every kind that does not go on, and a letter nobody can read."""
    home = page.home
    sim.set(media_bps=50_000)
    (paused,) = home.submit(sim.watch_url(sim.ids[0]))
    home.until_downloading(paused)
    home.run("pause", paused, "--reason", "dinner")
    sim.set(media_bps=0)
    private, drm = home.submit(sim.watch_url(sim.named["private"]), sim.watch_url(sim.named["drm"]))
    for job in (private, drm):
        home.until_ended(job, "failed")
    sim.set(media_error=100_000)
    (waiting,) = home.submit(sim.watch_url(sim.ids[5]))
    until(lambda: is_in(home, waiting, "waiting"), "it to wait")
    sim.set(api_429=100_000)
    (refused,) = home.submit(sim.watch_url(sim.ids[6]))
    until(lambda: is_in(home, refused, "paused"), "it to be refused")
    page.screen("ytarchive jobs")
    page.screen("ytarchive recovery list")
    page.screen(f"ytarchive recovery show {private[:8]}")
    page.screen("ytarchive recovery report")
    page.screen("ytarchive recovery retry --category needs_auth")

    async def publish() -> None:
        async with connected(home, "admin") as bus:
            await bus.js.publish(subjects.result(NOBODY), GARBAGE)

    asyncio.run(publish())
    until(lambda: home.run("recovery", "letters", "--json").document["letters"], "the letter")
    page.screen("ytarchive recovery letters")
    page.screen("ytarchive recovery letter 1")


def batches(page: Page, sim: YtSim) -> None:
    """A batch that is paused, and asked for again."""
    home = page.home
    channel = f"{sim.channel_url}/videos"
    batch = home.run("submit", channel, "--json").document["batch"]

    def begun() -> bool:
        counts = home.status(batch)["batch"]["counts"]
        return bool(counts.get("archived", 0) >= 4)

    until(begun, "some of it", seconds=120, every=0.5)
    home.run("pause", batch, "--reason", "too slow")
    page.screen(f"ytarchive playlist status {batch[:4]}", most=16)
    page.screen(f"ytarchive submit {channel}")
    home.run("cancel", batch)


def kept(page: Page, sim: YtSim) -> None:
    """The profiles of the document, and a video by one of them."""
    config = page.home.folder / ".config" / "ytarchive" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(page.block("toml"))
    page.screen("ytarchive config profiles")
    page.screen(f"ytarchive run {sim.watch_url(sim.ids[40])} --profile talk --comments")
    config.unlink()


def metrics(page: Page) -> None:
    """Some of what Prometheus gets."""
    heard = f"curl -s http://127.0.0.1:{METRICS_PORT}/metrics | grep -c '^ytarchive_actor_up'"
    until(lambda: "5" in page.ran(heard).splitlines()[1:], "all actors to be heard of", every=1)
    page.screen(
        f"curl -s http://127.0.0.1:{METRICS_PORT}/metrics"
        " | grep -E '^ytarchive_(jobs.*archived|archived_bytes|actor_up|log_lag|disk)'"
    )


def health(page: Page, sim: YtSim) -> None:
    """An actor that stands still while there is work for it, and a file that is open to others."""
    home = page.home
    download = home.actor("download")
    sim.set(media_bps=100_000)
    home.submit(*(sim.watch_url(video) for video in sim.ids[45:50]))
    download.send_signal(signal.SIGSTOP)
    until(lambda: "heard" in home.run("diagnostics", "health", code=None).out, "it to be missed", every=1)
    page.screen('ytarchive diagnostics health; echo "exit $?"')
    page.screen('ytarchive diagnostics actors; echo "exit $?"')
    page.screen("ytarchive jobs")
    download.send_signal(signal.SIGCONT)
    sim.set(media_bps=0)
    credentials = home.state / "credentials.json"
    credentials.chmod(0o644)
    page.screen('ytarchive diagnostics doctor; echo "exit $?"')
    credentials.chmod(0o600)


def logs(page: Page, sim: YtSim) -> None:
    """What all actors said of one job, and what went wrong."""
    home = page.home
    (job,) = home.submit(sim.watch_url(sim.ids[30]))
    home.until_ended(job)
    (gone,) = home.submit(sim.watch_url(sim.named["deleted"]))
    home.until_ended(gone, "failed")
    page.screen(f"ytarchive logs --job {job[:4]}", "ytarchive logs --level warning --since 1m")
