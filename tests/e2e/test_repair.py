"""What is damaged comes back, from where it lies now or from the site. What must not be done is not done."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.home import Home, Json, until
from tests.ytsim.server import YtSim
from ytarchive.domain.repair import repairing_job


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.fixture(scope="module")
def killed(shared_home: Home, ytsim: YtSim) -> Home:
    """A home with two videos, in which a repair was killed over the download, with its system."""
    ytsim.reset()
    shared_home.run("run", ytsim.watch_url(ytsim.ids[0]), ytsim.watch_url(ytsim.ids[1]))
    media = media_of(shared_home)[0]
    flip(media)
    bad = media.read_bytes()
    ytsim.set(media_bps=30_000)
    with shared_home.start("repair", path_of(shared_home, media)) as process:
        until(lambda: any(shared_home.parts().values()), "the download")
        process.kill()
    shared_home.must_be_quiet()
    assert media.read_bytes() == bad  # until there is a better one, it stays
    ytsim.reset()
    return shared_home


@pytest.fixture(scope="module")
def up(killed: Home) -> Iterator[Home]:
    """The same home with everything running."""
    with killed.up():
        yield killed


def repair(home: Home, *words: object, code: int = 0) -> Json:
    """Give the report of a repair."""
    return home.run("repair", *words, "--json", code=code).document


def media_of(home: Home) -> list[Path]:
    """Give the media of both videos, in the order of their names."""
    return [home.library / path for path in sorted(home.files()) if path.endswith(".mkv")]


def path_of(home: Home, file: Path) -> str:
    return file.relative_to(home.library).as_posix()


def is_clean(home: Home) -> None:
    """Assert that log, read model and library agree, and what the folder says of itself."""
    home.run("audit", "--deep")
    judge = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
        cwd=home.library / "Simulated Channel",
        capture_output=True,
        check=False,
    )
    assert judge.returncode == 0, judge.stdout


def test_a_repair_that_finds_no_room_says_so_and_waits_no_longer_than_it_may(killed: Home) -> None:
    media = path_of(killed, media_of(killed)[0])
    full = str(10**15)
    told = killed.run("repair", media, "--patience", "1", code=1, YTARCHIVE_MIN_FREE_BYTES=full).out
    assert "! waiting: download on node" in told
    assert "1000.0 TB are kept free (min_free_bytes)" in told
    assert "is altered still" in told


def test_killed_in_the_middle_of_a_repair_the_next_one_ends_it(killed: Home) -> None:
    path = path_of(killed, media_of(killed)[0])

    report = repair(killed, path)

    (line,) = report["repaired"]
    assert (line["path"], line["how"], report["left"]) == (path, "downloaded", [])
    assert line["of"] == repairing_job(line["job_id"], 0)  # it waited for what the first had asked for
    assert not [*(killed.library / ".ytarchive" / "evidence").iterdir()]


HOW = ["copied", "downloaded", "downloaded", "returned"]
"""The picture is the same for both videos."""


def test_what_was_renamed_flipped_cut_and_deleted_is_whole_again(up: Home) -> None:
    before = up.files()
    one, other = media_of(up)
    flip(one)
    other.rename(other.parent.parent / "elsewhere.mkv")
    min(up.library.rglob("*.jpg")).unlink()
    description = max(up.library.rglob("*.description"))
    description.write_bytes(description.read_bytes()[:-1])
    sums = one.parent.parent / "SHA256SUMS"
    sums.write_bytes(sums.read_bytes()[70:])

    would = repair(up, "--all", "--deep", "--dry-run", code=1)
    assert sorted(line["how"] for line in would["left"]) == HOW
    assert would["renewed"] == ["Simulated Channel"]
    assert up.files().keys() != before.keys()

    report = repair(up, "--all", "--deep")

    assert sorted(line["how"] for line in report["repaired"]) == HOW
    assert (report["ok"], report["left"]) == (True, [])
    assert up.files().keys() == before.keys()
    is_clean(up)
    events = [
        event["type"]
        for job in up.run("jobs", "--json").document["jobs"]
        for event in up.status(job["job_id"])["events"]
    ]
    assert events.count("fixity.repaired") == 5


def test_files_that_changed_places_and_one_that_is_archived_twice_come_back_without_the_site(
    up: Home, sim: YtSim
) -> None:
    """Given videos that the site no longer has, then what the library has of them is enough."""
    before = up.files()
    one, other = media_of(up)
    for video in sim.ids[:2]:
        sim.state(video, "deleted")
    one.rename(aside := up.library / "aside")
    other.rename(one)
    aside.rename(other)
    twins = sorted(up.library.rglob("*.jpg"))
    assert twins[0].read_bytes() == twins[1].read_bytes()
    flip(twins[0])

    found = {one["path"]: one for one in up.run("audit", "--deep", "--json", code=1).document["problems"]}
    report = repair(up, "--all")

    places = {path_of(up, one): path_of(up, other), path_of(up, other): path_of(up, one)}
    assert {path: found[path]["at"] for path in places} == places
    lines = {line["path"]: (line["how"], line["at"]) for line in report["repaired"]}
    twin = path_of(up, twins[0])
    assert lines == {path: ("returned", at) for path, at in places.items()} | {
        twin: ("copied", path_of(up, twins[1]))
    }
    assert up.files() == before
    assert not [*up.library.joinpath(".ytarchive", "evidence").glob("*")]
    for video in sim.ids[:2]:
        sim.state(video, "ok")
    is_clean(up)


def test_a_video_that_is_gone_stays_as_it_is_and_that_is_said(up: Home, sim: YtSim) -> None:
    media = media_of(up)[0]
    job = next(one for one in up.run("jobs", "--json").document["jobs"] if media.name in str(one["files"]))
    flip(media)
    bad = media.read_bytes()
    sim.state(job["video_id"], "deleted")

    report = repair(up, "--job", job["job_id"], code=1)

    (line,) = report["left"]
    assert (line["kind"], report["repaired"]) == ("altered", [])
    assert "removed" in line["detail"]
    assert media.read_bytes() == bad
    assert up.status(job["job_id"])["damaged"] == {line["path"]: "altered"}
    sim.state(job["video_id"], "ok")
    assert repair(up, "--all")["ok"]  # the log knows what is damaged, though its size is right
    told = [event["type"] for event in up.status(job["job_id"])["events"]]
    assert (told[-1], told.count("fixity.failed")) == ("fixity.repaired", told.count("fixity.repaired"))


def test_a_library_that_is_not_there_is_not_downloaded_again(up: Home) -> None:
    away = up.library.rename(up.folder / "away")
    up.library.mkdir()
    (up.library / "under the mount.txt").touch()
    ended = up.run("repair", "--all", code=1)
    assert "holds none of the 12 files" in ended.err
    assert "mounted" in ended.err
    assert [path.name for path in up.library.rglob("*")] == ["under the mount.txt"]
    shutil.rmtree(up.library)
    away.rename(up.library)


def test_strays_are_put_away_and_come_back_and_nothing_else_is_touched(up: Home) -> None:
    before = up.files()
    channel = up.library / "Simulated Channel"
    (channel / "notes.txt").write_text("mine")
    (channel / "link").symlink_to("notes.txt")
    (missed := min(up.library.rglob("*.jpg"))).rename(channel / "cover.jpg")

    (channel / "newer.mkv").write_text("of a log that is lost")
    with (channel / "SHA256SUMS").open("a") as sums:
        sums.write(f"{hashlib.sha256(b'of a log that is lost').hexdigest()}  newer.mkv\n")

    would = up.run("quarantine", "--all", "--dry-run", "--json", code=1).document
    assert (channel / "notes.txt").exists()
    report = up.run("quarantine", "--all", "--json", code=1).document

    assert {one["path"].rpartition("/")[2] for one in report["moved"]} == {"notes.txt", "link"}
    assert [one["path"] for one in would["moved"]] == [one["path"] for one in report["moved"]]
    left = {one["path"].rpartition("/")[2]: one["detail"] for one in report["left"]}
    assert missed.name in left["cover.jpg"]
    assert (set(left), report["listed"]) == ({"cover.jpg", "newer.mkv"}, 1)
    up.run("sums")
    assert "newer.mkv" in (channel / "SHA256SUMS").read_text()
    audited = up.run("audit", "--json", code=1).document
    assert ({one["kind"] for one in audited["problems"]}, audited["listed"]) == ({"renamed", "unexpected"}, 1)
    up.run("quarantine", "--listed", "Simulated Channel/newer.mkv")
    up.run("quarantine", "--restore", "Simulated Channel/newer.mkv")
    (channel / "newer.mkv").unlink()
    (left_alone,) = up.run("quarantine", "--all", "--json").document["left"]  # it is no failure
    assert left_alone["path"] == "Simulated Channel/cover.jpg"
    aside = {one["path"]: up.library / one["at"] for one in report["moved"]}
    assert aside["Simulated Channel/notes.txt"].read_text() == "mine"
    assert aside["Simulated Channel/link"].is_symlink()
    assert repair(up, "--all")["repaired"][0]["how"] == "returned"
    assert up.files() == before
    is_clean(up)

    (channel / "notes.txt").write_text("another")
    assert len(up.run("quarantine", "--list", "--json").document["kept"]) == 2
    up.run("quarantine", "--restore", "--all", "--dry-run", code=1)
    assert len(up.run("quarantine", "--list", "--json").document["kept"]) == 2
    report = up.run("quarantine", "--restore", "--all", "--json", code=1).document
    assert [one["at"] for one in report["moved"]] == ["Simulated Channel/link"]
    assert (channel / "notes.txt").read_text() == "another"
