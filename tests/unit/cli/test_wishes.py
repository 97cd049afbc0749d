"""The options by which a person says how a video is kept."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from typer.testing import CliRunner

from cli import render
from cli.app import app
from cli.configuration import show_profiles
from cli.submission import check_options
from cli.wishes import Wishes, wishing
from schemas.options import ArchiveOptions, Choices, Container, Profile, Quality, Segment
from schemas.reports import Keeps, ProfileLine, ProfilesReport
from tests.unit.cli.shown import shown
from ytarchive.errors import UsageError
from ytarchive.settings import Settings
from ytarchive.sources import Loaded, load

PROFILES = {
    "music": Profile(quality=Quality.AUDIO, thumbnail=False),
    "tv": Profile(quality=Quality.P1080, container=Container.MP4, sponsorblock_cut=("sponsor", "intro")),
}


def wished(*words: str) -> Mapping[str, Any]:
    """Give what a command with an argument and an option of its own gets."""
    seen: dict[str, Any] = {}
    commands = typer.Typer()

    @commands.command()
    @wishing
    def ask(context: typer.Context, url: str, wishes: Wishes, force: bool = False) -> None:
        """Ask."""
        seen.update(wishes, url=url, force=force, name=context.info_name)

    done = CliRunner().invoke(commands, [*words], prog_name="ask")
    assert done.exit_code == 0, done.output
    assert seen.pop("name") == "ask"
    return seen


def loaded(default: str = "") -> Loaded:
    return Loaded(Settings(profile=default), {}, PROFILES)


def test_what_was_not_given_is_no_wish() -> None:
    assert wished("URL") == {"url": "URL", "force": False}


def test_a_command_gets_every_wish_beside_its_own_options() -> None:
    words = (
        "--profile tv -q 720 --container mkv --video-codec vp9 --audio-codec opus --subtitles de "
        "--no-automatic-subtitles --no-thumbnail --no-description --comments --live-chat --chapters "
        "--sponsorblock-mark all --sponsorblock-cut sponsor --force URL"
    )
    found = wished(*words.split())
    assert found == {
        "url": "URL",
        "force": True,
        "profile": "tv",
        "quality": "720",
        "container": "mkv",
        "video_codec": "vp9",
        "audio_codec": "opus",
        "subtitles": "de",
        "automatic_subtitles": False,
        "thumbnail": False,
        "description": False,
        "comments": True,
        "live_chat": True,
        "chapters": True,
        "sponsorblock_mark": "all",
        "sponsorblock_cut": "sponsor",
    }
    assert set(Profile.__struct_fields__) | {"profile", "url", "force"} == found.keys()


@pytest.mark.parametrize("command", ["run", "submit"])
def test_whoever_asks_for_videos_has_these_options(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
    for name in ("profile", *Profile.__struct_fields__):
        assert f"--{name.replace('_', '-')}" in told


@pytest.mark.parametrize(
    ("default", "wishes", "options"),
    [
        ("", {}, ArchiveOptions()),
        ("music", {}, ArchiveOptions(profile="music", quality=Quality.AUDIO, thumbnail=False)),
        ("music", {"profile": "default"}, ArchiveOptions()),
        (
            "",
            {"profile": "music", "quality": "480"},
            ArchiveOptions(profile="music", quality=Quality.P480, thumbnail=False),
        ),
    ],
)
def test_a_wish_is_stronger_than_the_profile_and_a_name_than_the_setting(
    default: str, wishes: dict[str, Any], options: ArchiveOptions
) -> None:
    assert check_options(loaded(default), wishes) == options


def test_what_else_was_asked_for_goes_with_it() -> None:
    found = check_options(loaded(), {}, force=True, choices=Choices(newest=1))
    assert found == ArchiveOptions(force=True, choices=Choices(newest=1))


def test_profiles_are_shown_side_by_side_with_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_profiles(loaded("tv"), as_json=False) == 0

    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert rows[0] == ["default", "music", "tv", "*"]
    assert rows[2] == ["quality", "best", "audio", "1080"]
    assert ["container", "any", "·", "mp4"] in rows
    assert ["thumbnail", "yes", "no", "·"] in rows
    assert ["sponsorblock_cut", "none", "·", "sponsor,intro"] in rows
    assert rows[-1] == ["*", "is", "meant", "where", "none", "is", "named"]
    assert len(rows) == 3 + len(Profile.__struct_fields__)


def test_programs_get_every_field_of_every_profile(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert show_profiles(loaded("tv"), as_json=True) == 0

    report = json.loads(capsysbinary.readouterr().out)
    assert report["default"] == "tv"
    assert [one["name"] for one in report["profiles"]] == ["default", "music", "tv"]
    assert all(list(one["keeps"]) == list(Profile.__struct_fields__) for one in report["profiles"])
    assert [one["differs"] for one in report["profiles"]] == [
        [],
        ["quality", "thumbnail"],
        ["quality", "container", "sponsorblock_cut"],
    ]


def test_a_default_profile_that_is_not_there_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('profile = "musik"\n[profiles.music]\n')
    with pytest.raises(UsageError, match="unknown profile: 'musik'"):
        show_profiles(load({}, {"YTARCHIVE_CONFIG": str(config)}), as_json=False)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "best"),
        ({"thumbnail": False, "quality": "audio", "profile": "music"}, "audio, profile music, no thumbnail"),
        ({"sponsorblock_mark": get_args(Segment)}, "best, sponsorblock mark all"),
        (
            {"container": "mp4", "comments": True, "subtitles": [], "sponsorblock_cut": ["sponsor", "intro"]},
            "best, mp4, comments, no subtitles, sponsorblock cut sponsor,intro",
        ),
        ({"force": True, "choices": {"newest": 3}}, "best, force"),
    ],
)
def test_what_was_asked_for_is_said_in_a_few_words(options: dict[str, Any], words: str) -> None:
    assert render.in_words(options) == words


def test_a_table_without_profiles_has_the_built_in_one() -> None:
    built_in = ProfileLine(name="default", keeps=Keeps(), differs=())
    report = ProfilesReport(default="default", profiles=(built_in,))
    assert "default *" in shown(render.profiles(report))
    assert "the setting's" in shown(render.profiles(report))
