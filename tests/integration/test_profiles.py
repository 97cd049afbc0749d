"""Every field of a profile, carried out by the real yt-dlp: with it, and without."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.common import Category, Role
from schemas.options import ArchiveOptions, AudioCodec, Choices, Container, Quality, VideoCodec
from tests.ytsim.chat import MESSAGES
from tests.ytsim.fixtures import sim, ytsim
from tests.ytsim.media import SECONDS
from tests.ytsim.server import YtSim
from tests.ytsim.sponsorblock import SEGMENTS
from tests.ytsim.watch import COMMENTS
from ytarchive.ffmpeg import ffmpeg_path
from ytarchive.library.probe import probe, verify
from ytarchive.settings import Settings
from ytarchive.ytdlp.download import DONE, Downloaded, download
from ytarchive.ytdlp.extract import extract
from ytarchive.ytdlp.failures import YtdlpFailure
from ytarchive.ytdlp.media import NOTE
from ytarchive.ytdlp.options import base_params

__all__ = ["sim", "ytsim"]

SPONSOR = SEGMENTS["sponsor"]
SOUND = Quality.AUDIO
PATIENT = "--retries 0 --extractor-retries 0 --fragment-retries 0"


class Machine:
    """Where videos are downloaded as an `ArchiveOptions` says; what was warned of is kept."""

    def __init__(self, settings: Settings, staging: Path) -> None:
        self.settings = settings
        self.staging = staging
        self.warnings: list[str] = []

    def params(self) -> dict[str, Any]:
        return base_params(self.settings)

    def look_up(self, url: str) -> dict[str, Any]:
        return extract(url, self.params()).info

    def download(self, info: dict[str, Any], **options: Any) -> Downloaded:
        wanted = ArchiveOptions(**options)
        return download(info, self.staging, wanted, self.params(), lambda _: None, self.warnings.append)

    def refused(self, info: dict[str, Any], **options: Any) -> YtdlpFailure:
        with pytest.raises(YtdlpFailure) as caught:
            self.download(info, **options)
        return caught.value

    def text(self, suffix: str) -> str:
        return (self.staging / f"media{suffix}").read_text(encoding="utf-8")

    def left(self) -> set[str]:
        return {path.name for path in self.staging.iterdir()} - {NOTE, DONE}


@pytest.fixture
def machine(settings: Settings, sim: YtSim, tmp_path: Path) -> Machine:
    """A machine whose network is the simulator."""
    staging = tmp_path / "staging"
    staging.mkdir()
    options = f"--proxy {sim.proxy} --no-check-certificates {PATIENT}"
    return Machine(msgspec.structs.replace(settings, ytdlp_options=options), staging)


def suffixes(done: Downloaded, role: Role) -> set[str]:
    return {file.suffix for file in done.files if file.role is role}


def streams(path: Path) -> list[str]:
    """Give the codecs in a file, as ffmpeg names them."""
    return re.findall(r"Stream #0:\d.*?: (?:Video|Audio): (\w+)", told(path))


def chapters(path: Path) -> list[tuple[float, float, str]]:
    """Give where each chapter begins and ends, and its title."""
    found = re.findall(
        r"Chapter #\S+ start ([\d.]+), end ([\d.]+)\n\s+Metadata:\n\s+title\s+: (.*)", told(path)
    )
    return [(float(start), float(end), title) for start, end, title in found]


def told(path: Path) -> str:
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def lines_of(path: Path) -> int:
    """Give the height of the picture in a file, as ffmpeg tells it."""
    (size,) = set(re.findall(r"Video: .*?, \d+x(\d+)", told(path)))
    return int(size)


def lasts(path: Path) -> float:
    found = asyncio.run(probe(path, ffmpeg=ffmpeg_path()))
    verify(found, expected_duration=None, want_video=False, want_audio=True)
    return found.duration


# what is downloaded

CHOSEN: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "nothing": ({}, ".webm", ["av1", "opus"]),
    "mp4": ({"container": Container.MP4}, ".mp4", ["av1", "aac"]),
    "webm": ({"container": Container.WEBM}, ".webm", ["vp9", "opus"]),
    "mkv": ({"container": Container.MKV}, ".mkv", ["av1", "opus"]),
    "av1": ({"video_codec": VideoCodec.AV1}, ".webm", ["av1", "opus"]),
    "vp9": ({"video_codec": VideoCodec.VP9}, ".webm", ["vp9", "opus"]),
    "h264": ({"video_codec": VideoCodec.H264}, ".mkv", ["h264", "opus"]),
    "a codec there is not": ({"video_codec": VideoCodec.H265}, ".mkv", ["h264", "opus"]),
    "aac": ({"audio_codec": AudioCodec.AAC}, ".mp4", ["av1", "aac"]),
    "opus": ({"audio_codec": AudioCodec.OPUS}, ".webm", ["av1", "opus"]),
    "h264 and aac": (
        {"video_codec": VideoCodec.H264, "audio_codec": AudioCodec.AAC},
        ".mp4",
        ["h264", "aac"],
    ),
    "what the container cannot hold": (
        {"container": Container.WEBM, "video_codec": VideoCodec.H264},
        ".mkv",
        ["h264", "opus"],
    ),
    "aac alone": ({"quality": SOUND, "audio_codec": AudioCodec.AAC}, ".m4a", ["aac"]),
    "sound for mp4": ({"quality": SOUND, "container": Container.MP4}, ".m4a", ["aac"]),
    "sound": ({"quality": SOUND}, ".webm", ["opus"]),
}


@pytest.mark.parametrize(("options", "suffix", "codecs"), CHOSEN.values(), ids=CHOSEN)
def test_container_and_codecs_are_those_preferred(
    sim: YtSim, machine: Machine, options: dict[str, Any], suffix: str, codecs: list[str]
) -> None:
    info = machine.look_up(sim.watch_url(sim.named["codecs"]))

    media = machine.download(info, **options).files[0]

    assert (media.suffix, streams(machine.staging / media.name)) == (suffix, codecs)


def test_a_codec_is_no_reason_for_fewer_lines(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.named["codecs"]))
    info["formats"] = [known for known in info["formats"] if known["format_id"] not in ("136", "247")]

    media = machine.download(info, video_codec=VideoCodec.H264, container=Container.MKV).files[0]

    assert streams(machine.staging / media.name) == ["av1", "opus"]


def test_a_codec_is_no_reason_for_another_language(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.named["codecs"]))
    for known in info["formats"]:
        known["language_preference"] = 10 if known["format_id"] == "251" else -1

    media = machine.download(info, quality=SOUND, audio_codec=AudioCodec.AAC).files[0]

    assert streams(machine.staging / media.name) == ["opus"]


def test_a_picture_lower_than_asked_for_is_not_even_fetched(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    sim.requests(clear=True)

    failure = machine.refused(info, choices=Choices(least_height=720)).failure

    assert failure.category is Category.EXTRACTOR
    assert "360 lines are offered, not the 720" in failure.message
    assert sim.requests() == []


def test_a_quality_that_rules_out_the_lines_asked_for_is_the_askers_to_change(
    sim: YtSim, machine: Machine
) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    for known in info["formats"]:
        known.update({"width": 1920, "height": 1080} if known["format_id"] == "136" else {})

    failure = machine.refused(info, quality=Quality.P480, choices=Choices(least_height=720)).failure

    assert failure.category is Category.REQUEST
    assert "quality 480 gives 180 lines" in failure.message


def test_no_more_lines_are_fetched_than_were_asked_for(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))

    kept = machine.download(info, choices=Choices(most_height=200)).files[0]
    failure = machine.refused(info, choices=Choices(most_height=100)).failure

    assert lines_of(machine.staging / kept.name) == 180
    assert failure.category is Category.REQUEST
    assert "no less than 180 lines are offered, not the 100" in failure.message


@pytest.mark.parametrize("least", [360, 100])
def test_a_picture_as_high_as_asked_for_is_fetched(sim: YtSim, machine: Machine, least: int) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))

    assert machine.download(info, choices=Choices(least_height=least)).files[0].suffix == ".mkv"


@pytest.mark.parametrize("only", [{"251"}, {"18"}], ids=["sound", "sound with a picture"])
def test_sound_alone_has_no_lines_to_ask_for(sim: YtSim, machine: Machine, only: set[str]) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    info["formats"] = [known for known in info["formats"] if known["format_id"] in only]

    assert machine.download(info, quality=SOUND, choices=Choices(least_height=720)).files


# what is kept beside it

BESIDE: dict[str, tuple[dict[str, Any], set[tuple[Role, str]]]] = {
    "the default": ({}, {(Role.THUMBNAIL, ".jpg"), (Role.DESCRIPTION, ".description")}),
    "no thumbnail": ({"thumbnail": False}, {(Role.DESCRIPTION, ".description")}),
    "no description": ({"description": False}, {(Role.THUMBNAIL, ".jpg")}),
    "subtitles": (
        {"subtitles": ("en", "de"), "thumbnail": False, "description": False},
        {(Role.SUBTITLES, ".en.vtt"), (Role.SUBTITLES, ".de.vtt")},
    ),
    "subtitles made by people": (
        {"subtitles": ("en", "de"), "automatic_subtitles": False, "thumbnail": False, "description": False},
        {(Role.SUBTITLES, ".en.vtt")},
    ),
    "every language": (
        {"subtitles": (".*",), "automatic_subtitles": False, "thumbnail": False, "description": False},
        {(Role.SUBTITLES, ".en.vtt")},
    ),
    "live chat": (
        {"live_chat": True, "thumbnail": False, "description": False},
        {(Role.LIVE_CHAT, ".live_chat.json")},
    ),
    "live chat and subtitles": (
        {"live_chat": True, "subtitles": ("en",), "thumbnail": False, "description": False},
        {(Role.LIVE_CHAT, ".live_chat.json"), (Role.SUBTITLES, ".en.vtt")},
    ),
}


@pytest.mark.parametrize(("options", "beside"), BESIDE.values(), ids=BESIDE)
def test_beside_the_media_is_what_was_asked_for(
    sim: YtSim, machine: Machine, options: dict[str, Any], beside: set[tuple[Role, str]]
) -> None:
    info = machine.look_up(sim.watch_url(sim.streams[0]))

    done = machine.download(info, quality=SOUND, **options)

    assert {(file.role, file.suffix) for file in done.files[1:]} == {(Role.INFO, ".info.json"), *beside}
    assert machine.left() == {file.name for file in done.files}
    assert machine.warnings == []
    assert done.duration is None
    assert "comments" not in json.loads(machine.text(".info.json"))


def test_the_live_chat_has_every_message(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.streams[0]))

    machine.download(info, quality=SOUND, live_chat=True)

    said = re.findall(r"Message (\d+) 🎉", machine.text(".live_chat.json"))
    assert said == [str(number) for number in range(MESSAGES)]


def test_a_live_chat_that_is_not_to_be_had_is_warned_of(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.streams[0]))
    info["subtitles"]["live_chat"][0]["url"] = "https://www.youtube.com/iframe_api"

    done = machine.download(info, quality=SOUND, live_chat=True)

    assert suffixes(done, Role.LIVE_CHAT) == set()
    assert any("live chat" in warning for warning in machine.warnings)


def test_a_video_without_a_live_chat_is_nothing_to_warn_of(sim: YtSim, machine: Machine) -> None:
    machine.download(machine.look_up(sim.watch_url(sim.ids[3])), quality=SOUND, live_chat=True)

    assert machine.warnings == []


def test_comments_are_in_the_info_document(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))

    machine.download(info, quality=SOUND, comments=True)

    kept = json.loads(machine.text(".info.json"))
    assert len(kept["comments"]) == kept["comment_count"] == COMMENTS
    assert kept["comments"][0]["text"] == "Comment 0 😀"
    assert kept["title"] == info["title"]


def test_comments_that_the_first_look_has_brought_are_not_asked_for_again(
    sim: YtSim, machine: Machine
) -> None:
    options = f"{machine.settings.ytdlp_options} --write-comments"
    machine.settings = msgspec.structs.replace(machine.settings, ytdlp_options=options)
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    sim.requests(clear=True)

    machine.download(info, quality=SOUND, comments=True)

    assert len(json.loads(machine.text(".info.json"))["comments"]) == COMMENTS
    assert {seen.host for seen in sim.requests()} == {"rr1---sn-sim.googlevideo.com", "i.ytimg.com"}


def test_a_video_that_has_gone_meanwhile_is_kept_without_its_comments(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    sim.state(sim.ids[3], "private")

    done = machine.download(info, quality=SOUND, comments=True)

    assert suffixes(done, Role.INFO) == {".info.json"}
    assert any("no comments: Private video" in warning for warning in machine.warnings)


def test_a_site_that_refuses_us_the_comments_is_left_alone_and_the_media_stays(
    sim: YtSim, machine: Machine
) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    sim.set(api_429=99)
    assert machine.refused(info, quality=SOUND, comments=True).failure.category is Category.RATE_LIMIT
    sim.set(api_429=0)
    sim.requests(clear=True)

    machine.download(info, quality=SOUND, comments=True)

    assert len(json.loads(machine.text(".info.json"))["comments"]) == COMMENTS
    assert not [seen for seen in sim.requests() if seen.path == "/videoplayback"]


# what is written into it

CHAPTERS = [(0, 4, "Intro"), (4, 8, "Middle"), (8, 12, "End")]


@pytest.mark.parametrize(
    ("quality", "container"),
    [
        (Quality.BEST, None),
        (Quality.BEST, Container.MP4),
        (Quality.BEST, Container.WEBM),
        (SOUND, None),
        (SOUND, Container.MP4),
    ],
)
def test_chapters_are_written_into_any_container(
    sim: YtSim, machine: Machine, quality: Quality, container: Container | None
) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))

    done = machine.download(info, quality=quality, container=container, chapters=True)

    assert chapters(machine.staging / done.files[0].name) == CHAPTERS
    assert done.duration is None
    assert lasts(machine.staging / done.files[0].name) == pytest.approx(SECONDS, abs=0.2)
    assert done.files[0].bytes == (machine.staging / done.files[0].name).stat().st_size


def test_without_being_asked_nothing_is_written_into_the_media(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))

    done = machine.download(info)

    assert chapters(machine.staging / done.files[0].name) == []
    assert not [seen for seen in sim.requests() if seen.host == "sponsor.ajay.app"]


def test_the_last_chapter_ends_where_the_media_does(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    info["chapters"][-1]["end_time"] = None

    done = machine.download(info, quality=SOUND, chapters=True)

    assert chapters(machine.staging / done.files[0].name)[-1][1] == pytest.approx(SECONDS, abs=0.2)


@pytest.fixture
def without_ffprobe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that has no ffmpeg but ours."""
    monkeypatch.setenv("PATH", str(tmp_path))
    ffmpeg_path.cache_clear()


Cut = Callable[..., Downloaded]


def test_parts_are_marked_as_chapters(sim: YtSim, machine: Machine, without_ffprobe: None) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))

    done = machine.download(info, sponsorblock_mark=("sponsor", "intro"))

    assert chapters(machine.staging / done.files[0].name) == [
        (0, 1.5, "[SponsorBlock]: Intermission/Intro Animation"),
        (1.5, 4, "Intro"),
        (4, 7.3, "[SponsorBlock]: Sponsor"),
        (7.3, 12, "End"),
    ]
    assert done.duration is None
    known = json.loads(machine.text(".info.json"))["sponsorblock_chapters"]
    assert {part["category"] for part in known} == {"sponsor", "intro"}


@pytest.mark.parametrize("container", [None, Container.MP4, Container.WEBM])
def test_parts_are_cut_out_at_key_frames(
    sim: YtSim, machine: Machine, without_ffprobe: None, container: Container | None
) -> None:
    info = machine.look_up(sim.watch_url(sim.named["codecs"] if container else sim.ids[3]))
    info["id"] = sim.ids[3]  # of whose parts SponsorBlock knows

    done = machine.download(info, container=container, sponsorblock_cut=("sponsor",))

    path = machine.staging / done.files[0].name
    least = SECONDS - (SPONSOR[1] - SPONSOR[0])
    assert done.duration == pytest.approx(lasts(path))
    assert least - 0.2 < (done.duration or 0) < SECONDS - 1
    assert chapters(path) == []


def test_what_is_left_has_its_chapters_and_marks(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))

    done = machine.download(info, chapters=True, sponsorblock_cut=("sponsor",), sponsorblock_mark=("intro",))

    found = chapters(machine.staging / done.files[0].name)
    assert found == [
        (0, 1.5, "[SponsorBlock]: Intermission/Intro Animation"),
        (1.5, 4.7, "Intro"),  # and what is left of the next, too short for a chapter
        (4.7, pytest.approx(SECONDS - (SPONSOR[1] - SPONSOR[0]), abs=0.1), "End"),
    ]


@pytest.mark.parametrize("container", [None, Container.MP4])
def test_subtitles_are_cut_with_the_media(sim: YtSim, machine: Machine, container: Container | None) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    wishes: dict[str, Any] = {"quality": SOUND, "container": container, "subtitles": ("en",)}

    done = machine.download(info, **wishes, sponsorblock_cut=("intro",))

    late = (done.duration or 0) - (SECONDS - 1.5)
    assert suffixes(done, Role.SUBTITLES) == {".en.vtt"}
    cues = re.findall(r"(?m)^00:00:(\S+) --> 00:00:(\S+)\n(.*)", machine.text(".en.vtt"))
    assert [text for _, _, text in cues] == ["Hello café", "World"]
    assert [float(time) for begin, end, _ in cues for time in (begin, end)] == pytest.approx(
        [late, 0.5 + late, 0.5 + late, 2.5 + late], abs=0.1
    )


def test_a_live_chat_keeps_its_times_and_a_person_is_told(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.streams[0]))
    info["id"] = sim.ids[3]

    machine.download(info, quality=SOUND, live_chat=True, sponsorblock_cut=("sponsor",))

    assert machine.warnings == ["the live chat has the times of the video before anything was cut"]


def test_where_the_beginning_is_cut_all_is_as_late_as_the_key_frame_before(
    sim: YtSim, machine: Machine
) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))

    done = machine.download(info, subtitles=("en",), chapters=True, sponsorblock_cut=("intro",))

    assert done.duration == pytest.approx(SECONDS, abs=0.1)  # its first key frames are at 0 and 2 s
    assert re.findall(r"(?m)^00:00:(\S+) --> 00:00:(\S+)\n(.*)", machine.text(".en.vtt"))[1:] == [
        ("02.000", "04.000", "World")
    ]
    found = chapters(machine.staging / done.files[0].name)
    assert [(round(start), round(end), title) for start, end, title in found] == CHAPTERS


@pytest.mark.parametrize("options", [{"sponsorblock_cut": ("sponsor",)}, {"sponsorblock_mark": ("sponsor",)}])
def test_where_nothing_is_known_nothing_is_changed(
    sim: YtSim, machine: Machine, options: dict[str, Any]
) -> None:
    info = machine.look_up(sim.watch_url(sim.shorts[0]))

    done = machine.download(info, quality=SOUND, **options)

    assert (done.duration, machine.warnings) == (None, [])
    assert lasts(machine.staging / done.files[0].name) == pytest.approx(SECONDS, abs=0.2)


def test_a_sponsorblock_that_does_not_answer_is_waited_for(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    sim.set(sponsorblock_503=1)

    failure = machine.refused(info, quality=SOUND, sponsorblock_cut=("sponsor",)).failure

    assert failure.category is Category.NETWORK
    assert "SponsorBlock" in failure.hint
    assert machine.download(info, quality=SOUND, sponsorblock_cut=("sponsor",)).duration


def test_the_operator_says_where_sponsorblock_is(sim: YtSim, machine: Machine) -> None:
    options = f"{machine.settings.ytdlp_options} --sponsorblock-api https://blocks.example"
    machine.settings = msgspec.structs.replace(machine.settings, ytdlp_options=options)
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    sim.requests(clear=True)

    machine.download(info, quality=SOUND, sponsorblock_cut=("sponsor",))

    assert "blocks.example" in {seen.host for seen in sim.requests()}
    assert "sponsor.ajay.app" not in {seen.host for seen in sim.requests()}


def test_media_that_is_not_whole_is_not_cut_but_fetched_again(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.named["short_media"]))
    info["id"] = sim.ids[3]

    failure = machine.refused(info, sponsorblock_cut=("sponsor",)).failure

    assert failure.category is Category.MEDIA
    assert "6.0 s where 12.0 s were announced" in failure.message
    assert list(machine.staging.iterdir()) == []


# attempts one after the other


def test_what_is_cut_once_is_not_cut_again(sim: YtSim, machine: Machine) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    wishes: dict[str, Any] = {"quality": SOUND, "subtitles": ("en",), "sponsorblock_cut": ("intro",)}
    first = machine.download(info, **wishes)
    kept = {path.name: path.read_bytes() for path in machine.staging.iterdir()}
    (machine.staging / "media.uncut.webm").write_bytes(b"left by an attempt that was killed")
    sim.requests(clear=True)

    assert machine.download(info, **wishes) == first
    assert {path.name: path.read_bytes() for path in machine.staging.iterdir()} == kept
    assert sim.requests() == []


@pytest.mark.parametrize("lost", ["media.webm", "media.en.vtt", DONE])
def test_an_attempt_that_was_killed_while_it_cut_is_made_good(
    sim: YtSim, machine: Machine, lost: str
) -> None:
    """Given what was set aside and not all that came of it, when tried again, nothing is to be seen of it."""
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    wishes: dict[str, Any] = {"quality": SOUND, "subtitles": ("en",), "sponsorblock_cut": ("intro",)}
    whole = machine.download(info, quality=SOUND, subtitles=("en",))
    uncut = {file.name: (machine.staging / file.name).read_bytes() for file in whole.files}
    first = machine.download(info, **wishes)
    (machine.staging / "media.uncut.webm").write_bytes(uncut["media.webm"])
    (machine.staging / "media.en.uncut.vtt").write_bytes(uncut["media.en.vtt"])
    (machine.staging / lost).unlink()
    sim.requests(clear=True)

    again = machine.download(info, **wishes)

    assert again.duration == first.duration
    assert [file.name for file in again.files] == [file.name for file in first.files]
    assert machine.left() == {file.name for file in again.files}
    assert not [seen for seen in sim.requests() if seen.path == "/videoplayback"]


def test_a_disk_that_fills_up_while_something_is_cut_costs_nothing_that_was_fetched(
    sim: YtSim, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = machine.look_up(sim.watch_url(sim.ids[3]))
    machine.download(info, quality=SOUND)
    whole = (machine.staging / "media.webm").read_bytes()
    monkeypatch.setattr("ytarchive.ytdlp.media._FULL", 1 << 62)
    concat = machine.staging / "media.temp.webm.concat"
    concat.mkdir()  # which nothing can be written over

    failure = machine.refused(info, quality=SOUND, sponsorblock_cut=("sponsor",)).failure

    concat.rmdir()
    assert failure.category in (Category.DISK, Category.BUG), failure
    assert (machine.staging / "media.webm").read_bytes() == whole
    shutil.rmtree(machine.staging)
