"""What the doctor finds, each provoked on a real machine: files, programs, installed packages."""

import itertools
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cli import rooms
from cli.checks import clock, files, server, tools, ytdlp
from cli.checks.server import Told
from schemas.diagnostics_reports import Finding, Grade, HealthReport, PlaceLine, Reason, Verdict
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.runtime import mount
from ytarchive.runtime.credentials import ensure_credentials
from ytarchive.settings import Settings

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
Install = Callable[..., None]


def only(findings: Iterator[Finding]) -> Finding:
    (found,) = findings
    return found


def bad(findings: Iterator[Finding]) -> list[Finding]:
    return [one for one in findings if one.grade is not Grade.OK]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a package that consists of its metadata, before all others."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    numbers = itertools.count()

    def install(name: str, version: str, *requires: str, installer: str = "pip") -> None:
        folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {one}" for one in requires)]
        (folder / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines, ""]))
        (folder / "INSTALLER").write_text(installer)
        os.utime(site, (next(numbers), 0))  # so that what is known of the folder is read anew

    return install


@pytest.mark.parametrize(
    ("version", "grade", "told"),
    [
        ("2026.11.20", Grade.OK, "6 days old"),
        ("2026.9.26", Grade.WARNING, "61 days old"),
        ("2026.01.15.120000", Grade.FAILED, "315 days old"),
        ("2026.13.99", Grade.WARNING, "no age"),
        ("1.0", Grade.WARNING, "no age"),
    ],
)
def test_an_old_ytdlp_is_found_by_its_version(
    install: Install, version: str, grade: Grade, told: str
) -> None:
    install("yt-dlp", version)
    found = next(ytdlp.ytdlp(TODAY))
    assert (found.check, found.grade) == ("yt-dlp", grade)
    assert told in found.text
    assert bool(found.command) is (grade is not Grade.OK and told != "no age")


def test_extras_that_are_missing_or_of_another_version_are_found(install: Install) -> None:
    install(
        "yt-dlp",
        "2026.11.20",
        'yt-dlp-ejs==0.9.0; extra == "default"',
        'not-there>=1; extra == "deno"',
        'of-another-python; extra == "default" and python_version < "3"',
        'of-another-extra==7; extra == "secretstorage"',
    )
    install("yt-dlp-ejs", "0.8.0")
    found = bad(ytdlp.ytdlp(TODAY))
    assert [one.text for one in found] == [
        "it wants yt-dlp-ejs==0.9.0, and 0.8.0 is installed",
        "it wants not-there>=1, and none is installed",
    ]
    assert {one.grade for one in found} == {Grade.FAILED}
    assert all("yt-dlp" in one.command for one in found)


def test_who_holds_ytdlp_or_its_parts_back_is_named(install: Install) -> None:
    install("yt-dlp", "2026.11.20")
    install("old-tool", "1.0", "yt-dlp<2026.12", "yt_dlp[default]", "not a requirement at all !")
    install("pinned", "1.0", "yt-dlp-ejs==0.8.0", 'yt-dlp==1; extra == "never"')
    held = sorted(one.text for one in bad(ytdlp.ytdlp(TODAY)))
    assert held == [
        "old-tool holds 2026.11.20 back: it wants yt-dlp<2026.12",
        "pinned holds 2026.11.20 back: it wants yt-dlp-ejs==0.8.0",
    ]


def test_what_is_installed_here_lacks_nothing_of_its_extras() -> None:
    told = [one.text for one in ytdlp.ytdlp(TODAY) if one.check == "yt-dlp's extras"]
    assert len(told) == 1
    assert "all there: yt-dlp-ejs" in told[0]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that alone is searched for programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    ffmpeg_path.cache_clear()
    yield folder
    ffmpeg_path.cache_clear()


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!{sys.executable}\n{script}\n")
    (folder / name).chmod(0o755)


def test_without_any_ffmpeg_on_the_path_ours_is_used(path: Path) -> None:
    found = only(tools.ffmpeg())
    assert found.grade is Grade.OK
    assert "the one that comes with us" in found.text


def test_an_ffmpeg_without_ffprobe_is_found(path: Path) -> None:
    program(path, "ffmpeg", "print('ffmpeg version 5.1')")
    found = only(tools.ffmpeg())
    assert found.grade is Grade.WARNING
    assert f"no ffprobe beside {path / 'ffmpeg'}" in found.text
    program(path, "ffprobe", "")
    ffmpeg_path.cache_clear()
    found = only(tools.ffmpeg())
    assert (found.grade, found.text) == (Grade.OK, f"5.1, {path / 'ffmpeg'}, with ffprobe")


def test_an_ffmpeg_that_does_not_run_is_found(path: Path) -> None:
    program(path, "ffmpeg", "raise SystemExit(1)")
    program(path, "ffprobe", "")
    found = only(tools.ffmpeg())
    assert found.grade is Grade.FAILED
    assert found.command


def test_deno_runs_and_is_missed_where_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(tools.deno()).grade is Grade.OK
    monkeypatch.setitem(sys.modules, "deno", None)
    found = only(tools.deno())
    assert found.grade is Grade.FAILED
    assert found.command


def test_a_library_on_a_disk_without_room_is_found(settings: Settings) -> None:
    greedy = msgspec.structs.replace(settings, min_free_bytes=1 << 60)
    found = {one.check: one for one in files.disks(rooms.disk(greedy))}
    assert found["disk of the library"].grade is Grade.FAILED
    assert "must be left" in found["disk of the library"].text
    assert found["disk of the state"].grade is Grade.OK
    free = rooms.disk(settings).places[0].free
    tight = msgspec.structs.replace(settings, min_free_bytes=free - (512 << 20))
    found = {one.check: one for one in files.disks(rooms.disk(tight))}
    assert found["disk of the library"].grade is Grade.WARNING


def test_a_library_that_is_a_file_or_lies_below_one_is_said_as_such(settings: Settings) -> None:
    assert only(files.library(settings)).grade is Grade.OK
    folder = settings.library_dir
    folder.write_text("a file")
    found = only(files.library(settings))
    assert (found.grade, found.text) == (Grade.FAILED, f"{folder} is no folder")
    assert found.command == f"mv -n {folder} {folder}.before"
    found = only(files.library(msgspec.structs.replace(settings, library_dir=folder / "below" / "it")))
    assert found.text == f"{folder / 'below' / 'it'} cannot be made: {folder} is no folder"


def test_a_library_whose_disk_is_away_is_told_with_what_brings_it_back(settings: Settings) -> None:
    mount.begin(settings)
    settings.staging_dir.parent.rmdir()
    found = only(files.library(settings))
    assert (found.grade, found.command) == (Grade.FAILED, "sudo mount -a")
    assert found.text.endswith(f"is its disk mounted? If it is to begin anew: {mount.anew(settings)}")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no folder in which nothing can be made")
def test_a_library_that_cannot_be_made_is_not_said_to_be_made(settings: Settings) -> None:
    nowhere = msgspec.structs.replace(settings, library_dir=Path("/proc/nope/lib"))
    found = only(files.library(nowhere))
    assert found.grade is Grade.FAILED
    assert "/proc/nope/lib cannot be made" in found.text
    assert "chown" not in found.command
    full = next(one for one in files.disks(rooms.disk(nowhere)) if one.check == "disk of the library")
    assert "du" not in full.command or "nope" not in full.command


def test_what_is_not_ours_is_never_taken_with_all_that_is_in_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryDirectory", refuse)  # root, who runs this perhaps, may all
    inside = settings.library_dir / "a film's"
    commands = {
        folder: only(files.library(msgspec.structs.replace(settings, library_dir=folder))).command
        for folder in (inside, Path("/srv/ytarchive-is-not-here"), Path("/"))
    }
    assert commands[inside] == f"sudo install -d -o $USER {shlex.quote(str(inside))}"
    assert commands[Path("/srv/ytarchive-is-not-here")] == (
        "sudo install -d -o $USER /srv/ytarchive-is-not-here"
    )
    assert not any("chown" in one or "-R" in one for one in commands.values())
    settings.library_dir.mkdir()
    assert only(files.library(settings)).command == f"chmod u+rwx {settings.library_dir}"


def test_the_room_that_must_be_left_is_in_a_unit_that_tells_something(settings: Settings) -> None:
    place = PlaceLine(what="state", path=str(settings.state_dir), there=False, free=9 << 20, total=40 << 20)
    report = msgspec.structs.replace(rooms.disk(settings), places=(place,))
    found = only(files.disks(report))
    assert found.text == "9.4 MB free of 41.9 MB, less than the 16.8 MB that must be left"
    assert found.command == f"du -xh -d1 {settings.state_dir.parent} | sort -h"


def test_a_deno_that_is_gone_is_installed_anew_in_a_checkout_and_nothing_else_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uv.lock").touch()
    monkeypatch.setattr(ytdlp, "__file__", str(tmp_path / "cli" / "checks" / "ytdlp.py"))
    monkeypatch.setitem(sys.modules, "deno", None)
    assert "uv sync --inexact --reinstall-package deno" in only(tools.deno()).command
    assert "uv sync --inexact" in ytdlp.upgrade()


def test_in_an_image_it_is_made_anew_and_a_mounted_folder_is_given_to_its_user(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "Dockerfile").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert ytdlp.upgrade().startswith("docker compose build --no-cache --build-arg UPGRADE=yt-dlp ")
    assert ytdlp.reinstall("deno").startswith("docker compose build --no-cache ")
    monkeypatch.setattr("tempfile.TemporaryDirectory", refuse)
    mounted = msgspec.structs.replace(settings, library_dir=Path("/srv"))  # root's
    monkeypatch.setattr("os.geteuid", lambda: 10001)
    assert only(files.library(mounted)).command.endswith(
        f"--entrypoint chown ytarchive {os.getuid()}:{os.getgid()} /srv"
    )


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no other file system")
def test_staging_on_another_file_system_is_found(settings: Settings) -> None:
    settings.staging_dir.parent.mkdir(parents=True)
    assert only(files.library(settings)).grade is Grade.OK
    settings.staging_dir.symlink_to("/dev/shm")
    found = only(files.library(settings))
    assert found.grade is Grade.FAILED
    assert "another file system" in found.text


def test_what_is_open_to_others_is_found_and_the_command_closes_it(settings: Settings) -> None:
    assert "will be made" in only(files.permissions(settings)).text
    settings.state_dir.mkdir(mode=0o700)
    ensure_credentials(settings.state_dir)
    closed = only(files.permissions(settings))
    assert (closed.grade, "the secrets in it" in closed.text) == (Grade.OK, True)
    key = settings.state_dir / "key of mine.pem"
    key.touch(0o600)
    settings = msgspec.structs.replace(settings, signing_key_file=key)
    settings.state_dir.chmod(0o755)
    (settings.state_dir / "credentials.json").chmod(0o640)
    key.chmod(0o604)
    found = bad(files.permissions(settings))
    assert [one.command for one in found] == [
        f"chmod 700 {settings.state_dir}",
        f"chmod 600 {settings.state_dir / 'credentials.json'}",
        f"chmod 600 '{key}'",
    ]
    assert {one.grade for one in found} == {Grade.FAILED}
    for one in found:
        assert os.system(one.command) == 0  # noqa: S605 - what people are told to enter
    assert bad(files.permissions(settings)) == []


def test_a_server_that_does_not_sync_every_write_is_found(settings: Settings) -> None:
    assert only(server.sync(settings)).grade is Grade.SKIPPED
    settings.state_dir.mkdir()
    config = settings.state_dir / "nats-server.conf"
    for interval, grade in (("always", Grade.OK), ("2m", Grade.FAILED)):
        config.write_text(json.dumps({"jetstream": {"sync_interval": interval}}))
        assert only(server.sync(settings)).grade is grade
    foreign = msgspec.structs.replace(settings, nats_url="nats://elsewhere:4222")
    found = only(server.sync(foreign))
    assert found.grade is Grade.SKIPPED
    assert "does not say" in found.text


def told(
    ahead: float = 0.0, version: tuple[int, int, int] = (2, 15, 1), last: datetime | None = None
) -> Told:
    return Told(version, timedelta(seconds=ahead), last)


@pytest.mark.parametrize(
    ("ahead", "grade", "words"),
    [
        (0.01, Grade.OK, "within 0.1 s"),
        (-5, Grade.WARNING, "5.0 s behind"),
        (90, Grade.FAILED, "90.0 s ahead of"),
    ],
)
def test_a_clock_that_is_off_is_found(ahead: float, grade: Grade, words: str) -> None:
    found = only(server.clock(told(ahead), NOW))
    assert found.grade is grade
    assert words in found.text
    assert bool(found.command) is (grade is not Grade.OK)


@pytest.mark.parametrize(
    ("state", "grade"),
    [(0, Grade.OK), (1, Grade.OK), (4, Grade.OK), (5, Grade.WARNING), (-1, Grade.SKIPPED)],
)
def test_a_clock_that_nothing_keeps_right_is_found(state: int, grade: Grade) -> None:
    found = only(clock.synchronization(state))
    assert found.grade is grade
    assert bool(found.command) is (grade is Grade.WARNING)


@pytest.mark.skipif(sys.platform != "linux", reason="it is Linux that is asked")
def test_the_kernel_says_how_its_clock_is_kept() -> None:
    assert clock.asked() in range(-1, 6)  # where a sandbox forbids to ask, it is not known


def test_a_log_of_the_future_is_found() -> None:
    found = only(server.clock(told(last=NOW + timedelta(hours=1)), NOW))
    assert found.grade is Grade.FAILED
    assert "2026-11-26 05:00:00" in found.text


def test_a_server_that_is_too_old_is_found() -> None:
    assert only(server.version(told())).text == "2.15.1"
    found = only(server.version(told(version=(2, 11, 9))))
    assert found.grade is Grade.FAILED
    assert "2.12 or newer" in found.text


def test_what_is_not_well_is_found() -> None:
    reasons = (
        Reason(verdict=Verdict.DOWN, text="one", command="do this"),
        Reason(verdict=Verdict.DEGRADED, text="two"),
    )
    report = HealthReport(verdict=Verdict.DOWN, at=NOW, reasons=reasons)
    assert [(one.grade, one.text, one.command) for one in server.health(report)] == [
        (Grade.FAILED, "one", "do this"),
        (Grade.WARNING, "two", ""),
    ]
    well = HealthReport(verdict=Verdict.OK, at=NOW)
    assert only(server.health(well)).grade is Grade.OK
