"""`audit` and `replay --check`: clean after a run, and exit code 1 for whatever was done to it since."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas import codec, subjects
from schemas.envelope import Commit
from schemas.events import JobCancelled, JobEvent
from tests.e2e.bus import connected
from tests.e2e.home import Home, Json
from tests.ytsim.server import YtSim
from ytarchive.library.inventory import ROWS, SUMS
from ytarchive.runtime import event_log
from ytarchive.runtime.bus import Bus

ACTORS = {"jobs", "metadata", "download", "storage", "logs"}


@pytest.fixture(scope="module")
def kept(shared_home: Home, ytsim: YtSim) -> Home:
    """A home with two videos in it, on which nothing runs."""
    ytsim.reset()
    shared_home.run("run", ytsim.watch_url(ytsim.ids[0]), ytsim.watch_url(ytsim.ids[1]))
    shared_home.must_be_quiet()
    return shared_home


@pytest.fixture(scope="module")
def up(kept: Home) -> Iterator[Home]:
    """The same home with everything running."""
    with kept.up():
        yield kept


@pytest.fixture
def whole(up: Home, tmp_path: Path) -> Iterator[Home]:
    """The same, and its library is brought back afterwards; the log hears of that where it knew otherwise."""
    shutil.copytree(up.library, tmp_path / "library")
    yield up
    shutil.rmtree(up.library)
    shutil.copytree(tmp_path / "library", up.library)
    if any(job["damaged"] for job in up.run("jobs", "--json").document["jobs"]):
        audit(up, "--deep", code=0)


def audit(home: Home, *words: str, code: int = 1) -> Json:
    """Give the report of an audit."""
    return home.run("audit", *words, "--json", code=code).document


def test_with_nothing_running_all_can_be_read_and_proved_and_nothing_can_be_asked(kept: Home) -> None:
    report = audit(kept, "--deep", code=0)
    assert (report["ok"], report["problems"]) == (True, [])
    assert (report["events"], report["jobs"], report["files"]) == (14, 2, {"expected": 12, "ok": 12})
    assert report["bytes"] == sum(size for path, size in kept.files().items() if path.count("/") == 2)
    (told,) = kept.run("audit", "--history", "--json").document["audits"]
    assert (told["audit_id"], told["files"], told["found"]) == (report["audit_id"], 12, {})
    assert told["finished_at"]
    kept.run("replay", "--check")
    newest, oldest = kept.run("jobs", "--json").document["jobs"]
    assert (newest["state"], oldest["state"]) == ("archived", "archived")
    assert kept.status(newest["job_id"])["events"][-1]["type"] == "job.archived"
    assert {line["actor"] for line in kept.run("logs", "-n", "0", "--json").lines} == ACTORS
    job = newest["job_id"]
    for words in (["submit", newest["url"]], ["watch"], ["cancel", job], ["retry", job]):
        assert kept.run(*words, code=3).err.startswith("error: ")
    kept.must_be_quiet()


# what is done to the library


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_flipped_byte_is_found_by_reading_back_and_only_so(whole: Home) -> None:
    """Given the same size and time, then its job says that it is damaged, until it is whole again."""
    path = min(whole.library.rglob("*.mkv"))
    content, status = path.read_bytes(), path.stat()
    flip_a_byte(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert audit(whole, code=0)["ok"]
    report = audit(whole, "--deep")
    (problem,) = report["problems"]
    assert problem["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (problem["kind"], problem["path"]) == ("altered", path.relative_to(whole.library).as_posix())
    assert (report["ok"], report["files"]) == (False, {"expected": 12, "ok": 11})
    assert "altered" in whole.run("audit", "--deep", "--job", problem["job_id"], code=1).out
    job = whole.status(problem["job_id"])
    assert (job["state"], job["damaged"]) == ("archived", {problem["path"]: "altered"})
    known = audit(whole)  # names alone do not tell, but the log does
    assert (known["known"], known["files"]) == (1, {"expected": 12, "ok": 11})
    assert known["problems"][0]["path"] == problem["path"]
    assert "known since 20" in known["problems"][0]["detail"]
    path.write_bytes(content)
    assert audit(whole, "--deep", "--job", problem["job_id"], code=0)["files"] == {"expected": 6, "ok": 6}
    job = whole.status(problem["job_id"])
    assert (job["damaged"], job["events"][-1]["type"]) == ({}, "fixity.repaired")


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    ("suffix", "damage", "kind"),
    [
        pytest.param(".mkv", Path.unlink, "missing", id="removed"),
        pytest.param(".info.json", Path.unlink, "missing", id="sidecar removed"),
        pytest.param(
            ".mkv", lambda path: path.write_bytes(path.read_bytes()[:-1]), "altered", id="truncated"
        ),
        pytest.param(".jpg", lambda path: path.write_bytes(b""), "altered", id="emptied"),
    ],
)
def test_a_file_that_is_gone_or_cut_is_found_at_a_glance(
    whole: Home, suffix: str, damage: Damage, kind: str
) -> None:
    path = min(whole.library.rglob(f"*{suffix}"))
    damage(path)
    if path.exists():
        os.utime(path, (1, 1))  # what was written just now is waited for
    report = audit(whole)
    (problem,) = report["problems"]
    assert (problem["kind"], problem["path"]) == (kind, path.relative_to(whole.library).as_posix())
    assert problem["job_id"]
    assert report["files"] == {"expected": 12, "ok": 11}


def test_a_file_nobody_archived_is_found(whole: Home) -> None:
    (whole.library / "Simulated Channel" / "notes.txt").write_text("mine")
    report = audit(whole)
    (problem,) = report["problems"]
    assert (problem["kind"], problem["path"]) == ("unexpected", "Simulated Channel/notes.txt")
    assert (problem["job_id"], report["files"]) == (None, {"expected": 12, "ok": 12})


def test_a_file_under_another_name_is_known_by_its_content(whole: Home) -> None:
    """Given one renamed and one in other letters, beside a stray of that size, then both are found again."""
    path, other = sorted(whole.library.rglob("*.mkv"))
    path.with_name("stray.mkv").write_bytes(bytes(path.stat().st_size))
    path.rename(whole.library / "renamed.mkv")
    other.rename(other.with_name(other.name.upper()))
    found = {problem["path"]: (problem["kind"], problem["at"]) for problem in audit(whole)["problems"]}
    folder = path.parent.relative_to(whole.library).as_posix()
    assert found == {
        f"{folder}/{path.name}": ("renamed", "renamed.mkv"),
        f"{folder}/{other.name}": ("renamed", f"{folder}/{other.name.upper()}"),
        f"{folder}/stray.mkv": ("unexpected", ""),
    }


def test_a_library_that_is_not_there_is_no_library_that_lost_everything(whole: Home) -> None:
    ended = whole.run("audit", code=1, YTARCHIVE_LIBRARY_DIR=str(whole.folder / "unmounted"))
    assert "unmounted" in ended.err
    assert "missing" not in ended.out
    known = whole.run("jobs", "--json").document["jobs"]
    (whole.folder / "unmounted" / ".ytarchive").mkdir(parents=True)
    ended = whole.run("audit", code=1, YTARCHIVE_LIBRARY_DIR=str(whole.folder / "unmounted"))
    assert "is empty, and 12 files must be there" in ended.err
    (whole.folder / "unmounted" / "another").touch()
    for command in (["audit", "--deep"], ["repair", "--all"], ["quarantine", "--all"]):
        ended = whole.run(*command, code=2, YTARCHIVE_LIBRARY_DIR=str(whole.folder / "unmounted"))
        assert f"archives into {whole.library}, not" in ended.err
    assert whole.run("jobs", "--json").document["jobs"] == known


def test_an_audit_that_is_killed_goes_on_where_it_was(whole: Home) -> None:
    """Given kill -9 between two jobs, then the files of one are read again, and what was found is told."""
    damaged = min(whole.library.rglob("*.jpg"))
    flip_a_byte(damaged)

    def last() -> Json:
        newest: Json = whole.run("audit", "--history", "--json").document["audits"][-1]
        return newest

    async def portion_told(before: int) -> None:
        async with connected(whole, "admin") as bus:
            async for entry in event_log.follow(bus, after=before, subject=f"{subjects.ROOT}.event.audit.*"):
                if b"fixity.checked" in entry.payload:
                    return

    before = whole.run("replay", "--json").lines[-1]["seq"]
    with whole.start("audit", "--deep", "--readers", 1, "--limit-rate", "500k") as process:
        asyncio.run(portion_told(before))
        process.kill()
    assert (last()["finished_at"], last()["files"]) == (None, 6)
    report = audit(whole, "--resume")
    assert [problem["path"] for problem in report["problems"]] == [
        damaged.relative_to(whole.library).as_posix()
    ]
    told = last()
    assert (told["audit_id"], told["found"]) == (report["audit_id"], {"altered": 1})
    assert (told["files"], bool(told["finished_at"])) == (12, True)
    assert whole.run("audit", "--resume", code=2).err.startswith("error: no audit was interrupted")


# what is done to the log. It cannot be taken back, so these come last, in this order


async def newest(bus: Bus, job: str) -> event_log.Entry:
    """Give the newest message of a job."""
    return [entry async for entry in event_log.read(bus, subject=subjects.event("job", job))][-1]


def test_a_message_written_behind_the_back_of_the_jobs_actor_counts_and_audit_shows_what_it_does(
    whole: Home, sim: YtSim
) -> None:
    """Given a link that only an administrator could forge, the read model follows the log, as it must."""
    job = whole.run("jobs", "--json").document["jobs"][-1]

    async def call_off() -> None:
        async with connected(whole, "admin") as bus:
            last = (await newest(bus, job["job_id"])).payload
            commit: Commit[JobEvent] = Commit(
                aggregate="job",
                aggregate_id=job["job_id"],
                version=job["version"] + 1,
                previous=hashlib.sha256(last).hexdigest(),
                at=datetime.now(UTC),
                correlation_id="nobody",
                causation_id="nothing",
                events=(JobCancelled(reason="forged"),),
            )
            await bus.js.publish(subjects.event("job", job["job_id"]), codec.encode(commit))

    asyncio.run(call_off())
    whole.run("replay", "--check")
    assert whole.run("status", job["job_id"], "--json").document["state"] == "cancelled"
    # the files are no longer vouched for
    problems = audit(whole)["problems"]
    assert {problem["kind"] for problem in problems} == {"unexpected", "altered"}
    assert {problem["path"].rpartition("/")[2] for problem in problems if problem["kind"] == "altered"} == {
        SUMS,
        ROWS,
    }
    # the next decision is made on the log as it is
    whole.run("run", sim.watch_url(sim.named["deleted"]), code=1)
    whole.run("replay", "--check")


def test_what_does_not_belong_into_the_log_is_reported_and_not_believed(whole: Home, sim: YtSim) -> None:
    job = whole.run("jobs", "--state", "archived", "--json").document["jobs"][0]

    async def forge() -> None:
        async with connected(whole, "admin") as bus:
            entry = await newest(bus, job["job_id"])
            for payload in (b"\xff no JSON", entry.payload):  # unreadable, and the same once more
                await bus.js.publish(entry.subject, payload)

    asyncio.run(forge())
    told = [problem for problem in audit(whole)["problems"] if problem["kind"] == "log"]
    assert [problem["job_id"] for problem in told] == [job["job_id"]] * 2
    assert len(whole.run("replay", code=1).err.splitlines()) == 2
    assert whole.run("replay", "--json", code=1).lines
    status = whole.status(job["job_id"])
    assert (status["state"], status["version"]) == ("archived", job["version"])
    # and the system goes on
    assert whole.run("run", sim.watch_url(sim.ids[2]), "--json").summary["ok"]
