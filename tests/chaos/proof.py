"""What must hold of a home when all is over."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from tests.e2e.bus import connected
from tests.e2e.home import Home, Json, until
from ytarchive.runtime import topology

ENDS: Final = {
    "job.archived": "archived",
    "job.duplicate_found": "duplicate",
    "job.failed": "failed",
    "job.cancelled": "cancelled",
}

_NOBODY: Final = 3


def ends(events: Iterable[Json]) -> dict[str, list[str]]:
    """Give how each job ended, by its id: one end, if all is well."""
    found: dict[str, list[str]] = defaultdict(list)
    for event in events:
        found[event["job_id"]] += [ENDS[event["type"]]] if event["type"] in ENDS else []
    return found


def holds(home: Home, expected: dict[str, tuple[str, ...]]) -> list[Json]:
    """Assert that the jobs ended once, each in one of the states it may, and that all is as the log says.

    What was called off as its files were reaching the library may be archived after all. Gives the events.
    """
    events = sound(home)
    ended = ends(events)
    assert ended.keys() == expected.keys(), f"jobs: {sorted(ended)}, asked for: {sorted(expected)}"
    for job, states in expected.items():
        *before, end = ended[job]
        assert not before or (before, end) == (["cancelled"], "archived"), f"job {job} ended as {ended[job]}"
        assert {*before, end} <= {*states}, f"job {job} ended as {ended[job]}, not as {states}"
    return events


def sound(home: Home) -> list[Json]:
    """Assert that the log holds together, that the library is as it says, and that nothing is left over.

    Gives the events.
    """
    while (replayed := home.run("replay", "--check", "--json", code=None)).code == _NOBODY:
        time.sleep(0.5)  # the server or the jobs actor is being started again
    assert replayed.code == 0, replayed.err
    events = replayed.lines
    versions: dict[str, list[int]] = defaultdict(list)
    for event in events:
        versions[event["job_id"]].append(event["version"])
    for job, found in versions.items():
        assert found == list(range(1, len(found) + 1)), f"job {job} has versions {found}"
    report = home.run("audit", "--deep", "--json", code=None, seconds=600).document
    assert report["ok"], report["problems"]
    assert report["files"]["ok"] == report["files"]["expected"]
    assert report["jobs"] == len(versions)
    until(lambda: not home.staged(), f"staging to be cleared of {home.staged()}", seconds=90)
    assert asyncio.run(_letters(home)) == 0, "there are dead letters"
    return events


async def _letters(home: Home) -> int:
    async with connected(home, "admin") as bus:
        return (await bus.js.stream_info(topology.DEAD_LETTERS)).state.messages
