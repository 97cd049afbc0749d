from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.options import AudioCodec, Container, Profile, Quality, VideoCodec
from ytarchive.errors import UsageError
from ytarchive.settings import Settings
from ytarchive.ytdlp.options import base_params, format_for
from ytarchive.ytdlp.session import Journal, session


def params(settings: Settings, options: str = "", **changes: Any) -> dict[str, Any]:
    return base_params(msgspec.structs.replace(settings, ytdlp_options=options, **changes))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("--exec 'rm -rf ~'", "--exec"),
        ("--exe 'rm -rf ~'", "--exec"),
        ("--exec-before-download ls", "--exec-before-download"),
        ("--alias fine '--exec {0}' --fine ls", "--exec"),
        ("--use-postprocessor Exec:exec_cmd=ls", "--use-postprocessor"),
        ("--downloader aria2c", "--downloader"),
        ("--downloader-args curl:-x", "--downloader-args"),
        ("--ppa ffmpeg:-y", "--ppa"),
        ("-o /etc/passwd", "-o"),
        ("-qo /etc/passwd", "--output"),
        ("-P /etc", "-P"),
        ("--load-info-json x.json", "--load-info-json"),
        ("--plugin-dirs /tmp", "--plugin-dirs"),
        ("--netrc-cmd ls", "--netrc-cmd"),
        ("--ffmpeg-location /tmp/ffmpeg", "--ffmpeg-location"),
        ("--js-runtimes node:/tmp/node", "--js-runtimes"),
        ("--remote-components ejs:github", "--remote-components"),
        ("--print-to-file title /etc/motd", "--print-to-file"),
        ("--download-archive /tmp/a", "--download-archive"),
        ("--write-subs", "--write-subs"),
        ("--write-info-json", "--write-info-json"),
        ("--enable-file-urls", "--enable-file-urls"),
        ("--use-extractors generic", "--use-extractors"),
        ("--cache-dir /etc", "--cache-dir"),
        ("--no-part", "--no-part"),
        ("--no-warnings", "--no-warnings"),
        ("-f worst", "-f"),
        ("-t mp3", "--format"),
        ("--match-filters is_live", "--match-filters"),
        ("--download-sections '*0-10'", "--download-sections"),
        ("--sponsorblock-remove all", "--sponsorblock-remove"),
        ("--wait-for-video 60", "--wait-for-video"),
        ("--update", "--update"),
        ("--compat-options allow-unsafe-ext", "allow-unsafe-ext"),
        ("-u someone", "-u"),
        ("https://www.youtube.com/watch?v=x", "not an option"),
        ("--no-such-option", "--no-such-option"),
        ("--retries many", "retry count"),
        ("--proxy http://me:hunter/2@h:1", "--proxy has /"),
        ("--help", "make it exit"),
        ("--version", "make it exit"),
        ("--proxy 'unclosed", "quotation"),
    ],
)
def test_options_that_run_programs_or_change_what_is_kept_are_refused_by_name(
    settings: Settings, options: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        params(settings, options)

    assert named in str(caught.value)
    assert "YTARCHIVE_YTDLP_OPTIONS" in caught.value.hint
    assert capsys.readouterr().out == ""


def test_a_batch_file_is_refused_without_being_read(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="-a"):
        params(settings, f"-a {tmp_path / 'missing'}")


def test_a_configuration_file_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "more").write_text("--exec ls")

    with pytest.raises(UsageError, match="not allowed"):
        params(settings, f"--config-locations {tmp_path / 'more'}")


def test_options_about_how_the_site_is_reached_mean_what_they_mean_to_yt_dlp(settings: Settings) -> None:
    found = params(
        settings,
        "--proxy socks5://127.0.0.1:9 --no-check-certificates -r 1M --retries 3 --sleep-requests 0.5 "
        "--extractor-args youtube:player_client=tv -S vcodec:h264 -t sleep --add-headers X-A:b",
    )

    assert found["proxy"] == "socks5://127.0.0.1:9"
    assert found["nocheckcertificate"] is True
    assert found["ratelimit"] == 1 << 20
    assert (found["retries"], found["fragment_retries"]) == (3, 10)
    assert found["sleep_interval_requests"] == 0.75
    assert found["extractor_args"] == {"youtube": {"player_client": ["tv"]}}
    assert found["format_sort"] == ["vcodec:h264"]
    assert found["http_headers"]["x-a"] == "b"


def test_what_we_decide_is_decided_whatever_the_operator_says(settings: Settings) -> None:
    found = params(settings, sites="youtube, vimeo ,")

    assert found["outtmpl"]["default"] == "media.%(ext)s"
    assert found["skip_unavailable_fragments"] is False
    assert (found["noplaylist"], found["ignoreerrors"], found["fixup"]) == (True, False, "force")
    assert (found["quiet"], found["noprogress"]) == (True, True)
    assert found["allowed_extractors"] == ["youtube", "vimeo"]
    assert Path(found["cachedir"]).is_relative_to(settings.state_dir)
    assert Path(found["js_runtimes"]["deno"]["path"]).name.startswith("deno")
    assert Path(found["ffmpeg_location"]).is_file()
    assert found["postprocessors"] == []


def test_configuration_files_of_yt_dlp_are_not_read(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yt-dlp").mkdir()
    (tmp_path / "yt-dlp" / "config").write_text("--proxy http://127.0.0.1:9")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert params(settings)["proxy"] is None


@pytest.mark.parametrize("name", ["sites", "subtitle_languages"])
def test_a_setting_that_is_no_regular_expression_is_refused_by_name(settings: Settings, name: str) -> None:
    with pytest.raises(UsageError, match=f"YTARCHIVE_{name.upper()}"):
        params(settings, **{name: "en,(("})


def test_cookies_that_are_not_there_are_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cookies"):
        params(settings, f"--cookies {tmp_path / 'missing'}")


def offered(*sizes: tuple[int, int]) -> dict[str, Any]:
    video: list[dict[str, Any]] = [
        {"format_id": f"v{w}x{h}", "width": w, "height": h, "vcodec": "avc1", "acodec": "none"}
        for w, h in sizes
    ]
    sound: list[dict[str, Any]] = [
        {"format_id": f"a{rate}", "vcodec": "none", "acodec": "opus", "abr": rate} for rate in (64, 128)
    ]
    both: list[dict[str, Any]] = [
        {"format_id": "b", "width": 320, "height": 180, "vcodec": "avc1", "acodec": "mp4a"}
    ]
    formats = [{"url": "http://127.0.0.1/", "ext": "mp4", **one} for one in [*both, *sound, *video]]
    return {"id": "x", "title": "x", "extractor": "youtube", "extractor_key": "Youtube", "formats": formats}


LANDSCAPE = ((640, 360), (1280, 720), (1920, 1080), (3840, 2160))
UPRIGHT = ((360, 640), (720, 1280), (1080, 1920))


@pytest.mark.parametrize(
    ("quality", "sizes", "chosen"),
    [
        (Quality.BEST, LANDSCAPE, "v3840x2160+a128"),
        (Quality.P2160, LANDSCAPE, "v3840x2160+a128"),
        (Quality.P1440, LANDSCAPE, "v1920x1080+a128"),
        (Quality.P720, LANDSCAPE, "v1280x720+a128"),
        (Quality.P480, LANDSCAPE, "v640x360+a128"),
        (Quality.P720, UPRIGHT, "v720x1280+a128"),
        (Quality.P480, UPRIGHT, "v360x640+a128"),
        (Quality.P480, (), "b"),
        (Quality.AUDIO, LANDSCAPE, "a128"),
    ],
)
def test_yt_dlp_chooses_what_the_quality_means(
    settings: Settings, quality: Quality, sizes: tuple[tuple[int, int], ...], chosen: str
) -> None:
    with session(params(settings) | format_for(Profile(quality=quality)), Journal()) as ydl:
        found = ydl.process_ie_result(offered(*sizes), download=False)

    assert found["format_id"] == chosen


def test_what_is_preferred_comes_after_what_is_better() -> None:
    profile = Profile(
        quality=Quality.P720,
        container=Container.MP4,
        video_codec=VideoCodec.H264,
        audio_codec=AudioCodec.AAC,
    )

    found = format_for(profile)

    assert found["format_sort"] == ["lang", "res:720", "fps", "vcodec:h264", "acodec:aac", "ext:mp4:m4a"]
    assert found["merge_output_format"] == "mp4/mkv"


def test_without_a_preference_yt_dlp_is_told_no_more_than_the_quality() -> None:
    assert format_for(Profile()) == {"format": "bv*+ba/b", "format_sort": []}
    assert format_for(Profile(quality=Quality.P720)) == {"format": "bv*+ba/b", "format_sort": ["res:720"]}
    assert format_for(Profile(quality=Quality.P720), 361)["format_sort"] == ["res:361"]
    assert format_for(Profile(quality=Quality.P480), 1000)["format_sort"] == ["res:480"]
    assert format_for(Profile(), 1000)["format_sort"] == ["res:1000"]
    assert format_for(Profile(quality=Quality.AUDIO)) == {"format": "ba/ba*", "format_sort": []}


@pytest.mark.parametrize(
    ("quality", "chosen"), [(Quality.P480, "v1280x720+a128"), (Quality.AUDIO, "a128"), (Quality.BEST, None)]
)
def test_where_nothing_is_that_small_the_smallest_is_taken(
    settings: Settings, quality: Quality, chosen: str | None
) -> None:
    info = offered((1920, 1080), (1280, 720))
    info["formats"] = [known for known in info["formats"] if known["format_id"] != "b"]

    with session(params(settings) | format_for(Profile(quality=quality)), Journal()) as ydl:
        found = ydl.process_ie_result(info, download=False)

    assert found["format_id"] == (chosen or "v1920x1080+a128")


def test_sound_alone_is_taken_out_of_nothing_where_only_both_together_are_offered(settings: Settings) -> None:
    info = offered()
    info["formats"] = info["formats"][:1]

    with session(params(settings) | format_for(Profile(quality=Quality.AUDIO)), Journal()) as ydl:
        assert ydl.process_ie_result(info, download=False)["format_id"] == "b"


def test_the_rate_of_a_download_is_the_limit_or_else_what_the_operator_says(settings: Settings) -> None:
    assert params(settings, "--limit-rate 1M", limit_rate=500_000)["ratelimit"] == 500_000
    assert params(settings, "--limit-rate 1M")["ratelimit"] == 1 << 20
    assert params(settings)["ratelimit"] is None


@pytest.mark.parametrize(
    "options", ["--add-headers hunter2", "--extractor-args hunter2", "--proxy me:hunter/2@h"]
)
def test_what_is_refused_is_told_without_what_is_secret_in_it(settings: Settings, options: str) -> None:
    with pytest.raises(UsageError) as refused:
        params(settings, options)
    assert "hunter" not in f"{refused.value} {refused.value.hint}"
