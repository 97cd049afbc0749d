import json
import os
import subprocess
import sys
import time

import pytest
from yt_dlp.utils import DownloadError

from tests.ytsim.catalogue import CHANNEL, CHANNEL_ID, HANDLE
from tests.ytsim.server import YtSim
from tests.ytsim.ytdlp import Log, ytdlp


def cli(sim: YtSim, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yt_dlp", "--ignore-config", "--no-update", "--proxy", sim.proxy]
    return subprocess.run(
        [*command, "--simulate", "--quiet", *options, sim.watch_url(sim.ids[1])],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_video_is_described_in_full(sim: YtSim) -> None:
    with ytdlp(sim, getcomments=True, writesubtitles=True, writeautomaticsub=True) as ydl:
        info = ydl.sanitize_info(ydl.extract_info(sim.watch_url(sim.ids[3]), download=False))

    json.dumps(info)
    assert (info["channel_id"], info["uploader_id"], info["channel"]) == (CHANNEL_ID, HANDLE, CHANNEL)
    assert (info["upload_date"], info["availability"], info["live_status"]) == (
        "20200916",
        "public",
        "not_live",
    )
    assert [chapter["title"] for chapter in info["chapters"]] == ["Intro", "Middle", "End"]
    assert len(info["heatmap"]) == 100
    assert (info["like_count"], info["view_count"]) == (1234, 1003)
    assert info["channel_follower_count"] == 1_500_000
    assert info["channel_is_verified"]
    assert len(info["comments"]) == 25
    assert info["comments"][0]["author_is_uploader"]
    assert "en" in info["subtitles"]
    assert "de" in info["automatic_captions"]
    assert info["tags"][0] == "sim"
    assert info["categories"] == ["Science & Technology"]


def test_certificates_are_verified_when_the_authority_is_trusted(sim: YtSim) -> None:
    trusting = cli(sim, "--print", "id", "--compat-options", "no-certifi", SSL_CERT_FILE=str(sim.ca))

    assert trusting.stdout.strip() == sim.ids[1], trusting.stderr


def test_certificates_are_refused_when_the_authority_is_not_trusted(sim: YtSim) -> None:
    doubting = cli(sim, "--retries", "0", "--extractor-retries", "0")

    assert doubting.returncode
    assert "CERTIFICATE_VERIFY_FAILED" in doubting.stderr


def test_a_rate_limit_is_named_in_a_warning_but_not_in_the_error(sim: YtSim) -> None:
    log = Log()
    sim.set(api_429=99)

    with ytdlp(sim, logger=log) as ydl, pytest.raises(DownloadError) as raised:
        ydl.extract_info(sim.watch_url(sim.ids[0]), download=False)

    assert "429" in " ".join(log.warnings)
    assert "429" not in str(raised.value)
    assert {seen.status for seen in sim.requests() if seen.path.startswith("/youtubei")} == {429}


def test_a_page_that_failed_once_is_overcome(sim: YtSim) -> None:
    sim.set(api_503=1)

    with ytdlp(sim) as ydl:
        info = ydl.extract_info(sim.watch_url(sim.ids[0]), download=False)

    assert info["id"] == sim.ids[0]
    assert [seen.status for seen in sim.requests()].count(503) == 1
    assert sim.knobs.api_503 == 0


def test_latency_is_added_to_every_answer(sim: YtSim) -> None:
    sim.set(latency=0.2)
    began = time.monotonic()

    with ytdlp(sim) as ydl:
        ydl.extract_info(sim.watch_url(sim.ids[0]), download=False)

    assert time.monotonic() - began >= 0.2 * len(sim.requests()) > 0.2


def test_the_size_of_the_players_script_can_be_chosen(sim: YtSim) -> None:
    sim.set(player_kb=300)
    log = Log()

    with ytdlp(sim, logger=log) as ydl:
        info = ydl.extract_info(sim.watch_url(sim.named["sig"]), download=False)

    assert any("Solving JS challenges using deno" in line for line in log.said)
    assert info["formats"]
