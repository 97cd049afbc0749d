"""`doctor --online`, with a site and a package index that answer, and with some that do not; and refused."""

import asyncio
import json
import zipfile
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
import pytest

from cli.checks import site, ytdlp
from cli.doctor import examined
from schemas.diagnostics_reports import Finding, Grade
from tests.nats import NatsServer
from tests.ytsim.fixtures import sim, ytsim
from tests.ytsim.server import YtSim
from ytarchive.runtime.private_file import write_private
from ytarchive.settings import Settings

__all__ = ["sim", "ytsim"]

HERE: Final = version("yt-dlp")
NEWER: Final = "2099.1.1"
NOBODY: Final = "http://127.0.0.1:9"

Put = Callable[..., None]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Put a package into an index of this test's own, the only one that installers ask."""
    index = tmp_path / "index"
    index.mkdir()
    for installer in ("UV", "PIP"):
        monkeypatch.setenv(f"{installer}_NO_INDEX", "1")
        monkeypatch.setenv(f"{installer}_FIND_LINKS", str(index))

    def put(name: str, number: str, *wants: str) -> None:
        stem = f"{name.replace('-', '_')}-{number}"
        extras = [f"Provides-Extra: {extra}" for extra in ("default", "deno")]
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {number}", *extras]
        lines += [f"Requires-Dist: {one}" for one in wants]
        with zipfile.ZipFile(index / f"{stem}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{stem}.dist-info/METADATA", "\n".join([*lines, ""]))
            wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            wheel.writestr(f"{stem}.dist-info/RECORD", "")

    return put


def behind(settings: Settings, proxy: str, *, patience: float = 20) -> Settings:
    options = f"--proxy {proxy} --no-check-certificates --socket-timeout {patience}"
    return msgspec.structs.replace(settings, ytdlp_options=options)


def named(check: str, findings: tuple[Finding, ...]) -> Finding:
    (found,) = (one for one in findings if one.check == check)
    return found


def newest() -> Finding:
    return named("newest yt-dlp", tuple(ytdlp.ytdlp(date(2026, 11, 26), online=True)))


async def test_a_site_and_an_index_that_answer_are_found_well(
    settings: Settings, sim: YtSim, put: Put
) -> None:
    put("yt-dlp", HERE)
    found = (await examined(behind(settings, sim.proxy), online=True)).findings
    answered = named("YouTube", found)
    assert (answered.grade, answered.command) == (Grade.OK, "")
    assert answered.text.startswith("answers, within")
    assert [seen.host for seen in sim.requests()] == ["www.youtube.com"]
    index = named("newest yt-dlp", found)
    assert (index.grade, index.text) == (Grade.OK, f"{HERE} is the newest there is")


async def test_a_site_and_an_index_that_do_not_answer_are_told_apart(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, f"{NOBODY}/simple")
    for name in ("UV_HTTP_RETRIES", "PIP_RETRIES"):
        monkeypatch.setenv(name, "0")
    report = await examined(behind(settings, NOBODY), online=True)
    away = named("YouTube", report.findings)
    assert (report.ok, away.grade, away.command) == (False, Grade.FAILED, "ytarchive config show")
    assert "cannot be asked" in away.text
    assert "refused" in away.text
    assert away.text.endswith("is there a network, and is the proxy the right one?")
    index = named("newest yt-dlp", report.findings)
    assert index.grade is Grade.SKIPPED
    assert "could not be asked" in index.text


def test_a_site_that_is_silent_or_whose_options_are_wrong(settings: Settings, sim: YtSim) -> None:
    sim.set(latency=3)
    (silent,) = site.site(behind(settings, sim.proxy, patience=1))
    assert silent.grade is Grade.FAILED
    assert "timed out" in silent.text
    assert list(site.site(msgspec.structs.replace(settings, ytdlp_options="--exec ls"))) == []


def test_a_newer_ytdlp_is_told_and_who_holds_it_back(put: Put) -> None:
    put("yt-dlp", HERE)
    put("yt-dlp", NEWER)
    found = newest()
    assert (found.grade, found.text) == (Grade.WARNING, f"{NEWER} can be installed")
    assert "yt-dlp" in found.command
    put("yt-dlp", NEWER, 'not-there>=1; extra == "default"')
    found = newest()
    assert found.grade is Grade.WARNING
    assert found.text == f"{NEWER} is there, and held back by its extras: default (no further than {HERE})"


def test_a_refused_login_is_to_be_mended(settings: Settings, tmp_path: Path) -> None:
    logins = tmp_path / "logins.json"
    with NatsServer(authorization={"user": "cli", "password": "right"}) as server:
        theirs = msgspec.structs.replace(settings, nats_url=server.url, nats_credentials=logins)

        def found(written: str) -> Finding:
            write_private(logins, written.encode())
            report = asyncio.run(examined(theirs))
            findings = {one.check: one for one in report.findings}
            assert not report.ok
            assert findings["health"].grade is findings["clock"].grade is Grade.SKIPPED
            return findings["nats-server"]

        refused = found(json.dumps({"cli": {"user": "cli", "password": "wrong"}}))
        assert refused.grade is Grade.FAILED
        assert f"refuses the login 'cli' of {logins}" in refused.text
        assert refused.command == f"${{EDITOR:-vi}} {logins}"
        # a file of which nothing can be made passes no more than a wrong one
        assert found("{}").grade is Grade.FAILED
