import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import DownloadError

from tests.ytsim.media import SECONDS, SHORT_SECONDS
from tests.ytsim.server import YtSim
from tests.ytsim.ytdlp import Log, duration, ytdlp

BEST_MP4 = "bv*[ext=mp4]+ba[ext=m4a]"
CLIENTS = (
    "visionos",
    "android_vr",
    "ios",
    "tv",
    "tv_downgraded",
    "web_embedded",
    "web_safari",
    "web",
    "mweb",
)


def download(sim: YtSim, video: str, folder: Path, **options: Any) -> Path:
    with ytdlp(sim, folder, **options) as ydl:
        info = ydl.extract_info(sim.watch_url(video))
    return Path(info["requested_downloads"][0]["filepath"])


def ranges(sim: YtSim) -> list[str | None]:
    return [seen.range for seen in sim.requests() if seen.path == "/videoplayback"]


def test_a_download_is_merged_and_keeps_its_sidecars(sim: YtSim, tmp_path: Path) -> None:
    video = sim.ids[0]
    postprocessors = [
        {"key": "FFmpegMetadata", "add_chapters": True},
        {"key": "EmbedThumbnail", "already_have_thumbnail": True},
    ]

    path = download(
        sim,
        video,
        tmp_path,
        format=BEST_MP4,
        merge_output_format="mp4",
        writeinfojson=True,
        writethumbnail=True,
        writesubtitles=True,
        subtitleslangs=["en"],
        postprocessors=postprocessors,
    )

    names = {f"{video}.en.vtt", f"{video}.info.json", f"{video}.jpg", f"{video}.mp4"}
    assert {file.name for file in tmp_path.iterdir()} == names
    assert any(seen.path.endswith("/maxresdefault.jpg") for seen in sim.requests())
    assert duration(path) == pytest.approx(SECONDS, abs=0.2)


@pytest.mark.parametrize("client", CLIENTS)
def test_media_is_downloaded_as_any_client(sim: YtSim, tmp_path: Path, client: str) -> None:
    arguments = {"youtube": {"player_client": [client], "formats": ["missing_pot"]}}

    path = download(sim, sim.ids[7], tmp_path, format="134/18", extractor_args=arguments)

    assert path.read_bytes() in (sim.file(134).read_bytes(), sim.file(18).read_bytes())


@pytest.mark.parametrize("state", ["sig", "nplayer"])
def test_an_enciphered_url_is_deciphered_by_running_the_players_script(
    sim: YtSim, tmp_path: Path, state: str
) -> None:
    log = Log()

    download(sim, sim.named[state], tmp_path, format="134", logger=log)

    assert any("Solving JS challenges using deno" in line for line in log.said)


def test_a_challenge_that_nothing_can_solve_leaves_no_format(sim: YtSim, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="No video formats found"):
        download(sim, sim.named["sig"], tmp_path, format="134", js_runtimes={})


def test_wrong_answers_to_the_challenges_are_refused(sim: YtSim) -> None:
    web = {"youtube": {"player_client": ["web"], "formats": ["missing_pot"]}}
    with ytdlp(sim, format="134", extractor_args=web) as ydl:
        url = ydl.extract_info(sim.watch_url(sim.named["sig"]), download=False)["url"]
        wrong_n = re.sub(r"([?&]n)=\w+", r"\1=wrong", url)
        wrong_signature = re.sub(r"([?&]sig)=\w+", r"\1=wrong", url)

        assert ydl.urlopen(url).status == 200
        for wrong in (wrong_n, wrong_signature):
            assert wrong != url
            with pytest.raises(HTTPError) as raised:
                ydl.urlopen(wrong)
            assert raised.value.status == 403


def test_saved_metadata_is_enough_to_download(sim: YtSim, tmp_path: Path) -> None:
    with ytdlp(sim) as ydl:
        found = ydl.extract_info(sim.watch_url(sim.ids[9]), download=False)
        saved = json.loads(json.dumps(ydl.sanitize_info(found)))
    sim.requests(clear=True)

    with ytdlp(sim, tmp_path, format="134+140") as ydl:
        ydl.process_ie_result(saved, download=True)

    assert (tmp_path / f"{sim.ids[9]}.mp4").exists()
    assert {seen.path for seen in sim.requests()} == {"/videoplayback"}


def test_an_expired_url_is_refused(sim: YtSim, tmp_path: Path) -> None:
    sim.set(ttl=-1)

    with pytest.raises(DownloadError, match="HTTP Error 403"):
        download(sim, sim.ids[4], tmp_path, format="134")


@pytest.mark.parametrize(("knob", "status"), [("media_403", 403), ("media_error", 500)])
def test_media_can_be_refused_a_number_of_times(sim: YtSim, tmp_path: Path, knob: str, status: int) -> None:
    sim.set(**{knob: 1})

    with pytest.raises(DownloadError, match=f"HTTP Error {status}"):
        download(sim, sim.ids[4], tmp_path, format="134")

    assert download(sim, sim.ids[4], tmp_path, format="134").read_bytes() == sim.file(134).read_bytes()


def test_a_download_that_was_cut_off_goes_on_where_it_stopped(sim: YtSim, tmp_path: Path) -> None:
    sim.set(drop_after=700_000)
    with pytest.raises(DownloadError):
        download(sim, sim.ids[11], tmp_path, format="136")
    had = (tmp_path / f"{sim.ids[11]}.mp4.part").stat().st_size
    sim.requests(clear=True)

    path = download(sim, sim.ids[11], tmp_path, format="136")

    assert 300_000 <= had < sim.file(136).stat().st_size
    assert str(ranges(sim)[0]).startswith(f"bytes={had}-")
    assert path.read_bytes() == sim.file(136).read_bytes()


def test_a_server_that_ignores_ranges_sends_it_all_again(sim: YtSim, tmp_path: Path) -> None:
    sim.set(drop_after=300_000, ignore_range=True)
    with pytest.raises(DownloadError):
        download(sim, sim.ids[11], tmp_path, format="134")

    path = download(sim, sim.ids[11], tmp_path, format="134")

    assert path.read_bytes() == sim.file(134).read_bytes()
    assert {seen.status for seen in sim.requests() if seen.path == "/videoplayback"} == {200}


def test_media_is_sent_no_faster_than_told(sim: YtSim, tmp_path: Path) -> None:
    size = sim.file(251).stat().st_size
    sim.set(media_bps=size * 2, media_latency=0.2)
    began = time.monotonic()

    download(sim, sim.ids[2], tmp_path, format="251")

    assert time.monotonic() - began >= 0.7


def test_truncated_media_is_shorter_than_promised_and_no_error_says_so(sim: YtSim, tmp_path: Path) -> None:
    sim.set(media_truncate=0.5)

    path = download(sim, sim.ids[2], tmp_path, format="243")

    whole = sim.file(243).read_bytes()
    assert path.read_bytes() == whole[: round(len(whole) / 2)]


def test_truncated_media_makes_a_merged_file_that_ends_too_early(sim: YtSim, tmp_path: Path) -> None:
    sim.set(media_truncate=0.5)

    path = download(sim, sim.ids[2], tmp_path, format=BEST_MP4, merge_output_format="mp4")

    assert duration(path) < SECONDS * 0.75


def test_short_media_is_well_formed_and_lasts_half_of_what_is_promised(sim: YtSim, tmp_path: Path) -> None:
    with ytdlp(sim, tmp_path, format="18") as ydl:
        info = ydl.extract_info(sim.watch_url(sim.named["short_media"]))
    path = Path(info["requested_downloads"][0]["filepath"])

    assert info["duration"] == SECONDS
    assert duration(path) == pytest.approx(SHORT_SECONDS, abs=0.2)
    assert path.stat().st_size == info["filesize"]


def test_a_video_in_segments_is_put_together(sim: YtSim, tmp_path: Path) -> None:
    path = download(sim, sim.named["hls"], tmp_path)

    assert duration(path) == pytest.approx(SECONDS, abs=0.5)
    assert sum(seen.path.startswith("/seg/") for seen in sim.requests()) == 4


def test_a_segment_that_fails_is_a_failure_of_media(sim: YtSim, tmp_path: Path) -> None:
    sim.set(media_error=1)

    with pytest.raises(DownloadError, match=r"fragment 1 not found|HTTP Error 500"):
        download(sim, sim.named["hls"], tmp_path, skip_unavailable_fragments=False)
