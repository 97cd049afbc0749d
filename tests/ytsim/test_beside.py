"""What other than media belongs to a video: chat, parts to skip, and the choice of formats."""

import re
from pathlib import Path
from typing import Any

import pytest
from yt_dlp.utils import DownloadError

from tests.ytsim.chat import MESSAGES
from tests.ytsim.server import YtSim
from tests.ytsim.sponsorblock import SEGMENTS
from tests.ytsim.ytdlp import ytdlp


def parts(sim: YtSim, video: str, *categories: str) -> dict[str, tuple[float, float]]:
    """Ask SponsorBlock as yt-dlp does."""
    step = {"key": "SponsorBlock", "categories": categories, "when": "pre_process"}
    with ytdlp(sim, postprocessors=[step]) as ydl:
        info: dict[str, Any] = ydl.extract_info(sim.watch_url(video), download=False)
    return {
        part["category"]: (part["start_time"], part["end_time"]) for part in info["sponsorblock_chapters"]
    }


def test_only_a_stream_that_is_over_has_a_chat_and_all_of_it(sim: YtSim, tmp_path: Path) -> None:
    wanted: dict[str, Any] = {"skip_download": True, "writesubtitles": True, "subtitleslangs": ["live_chat"]}
    with ytdlp(sim, tmp_path, **wanted) as ydl:
        ydl.extract_info(sim.watch_url(sim.streams[0]))
        ydl.extract_info(sim.watch_url(sim.ids[0]))

    (chat,) = tmp_path.iterdir()
    assert chat.name == f"{sim.streams[0]}.live_chat.json"
    assert re.findall(r"Message (\d+)", chat.read_text()) == [str(number) for number in range(MESSAGES)]


def test_sponsorblock_knows_the_parts_of_ordinary_videos_by_category(sim: YtSim) -> None:
    assert parts(sim, sim.ids[3], "sponsor", "intro", "outro") == SEGMENTS
    assert parts(sim, sim.ids[4], "intro") == {"intro": SEGMENTS["intro"]}
    assert parts(sim, sim.ids[3], "outro") == parts(sim, sim.shorts[0], "sponsor") == {}


def test_sponsorblock_can_fail_a_number_of_times(sim: YtSim) -> None:
    sim.set(sponsorblock_503=1)

    with pytest.raises(DownloadError, match="503"):
        parts(sim, sim.ids[3], "sponsor")

    assert parts(sim, sim.ids[3], "sponsor")


def test_a_video_can_be_had_in_many_codecs(sim: YtSim) -> None:
    with ytdlp(sim) as ydl:
        formats = ydl.extract_info(sim.watch_url(sim.named["codecs"]), download=False)["formats"]

    offered = {(known["vcodec"].split(".")[0], known.get("height")) for known in formats}
    assert offered == {
        ("none", None),
        *((codec, 360) for codec in ("av01", "vp9", "avc1")),
        *((codec, 180) for codec in ("vp9", "avc1")),
    }
