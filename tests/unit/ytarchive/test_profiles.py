import re
from pathlib import Path
from typing import Any, get_args

import pytest

from schemas.options import (
    ArchiveOptions,
    AudioCodec,
    Choices,
    Container,
    Profile,
    Quality,
    Segment,
    VideoCodec,
)
from ytarchive.errors import UsageError
from ytarchive.profiles import differences, options_for, profiles_of
from ytarchive.sources import load

READ: list[tuple[str, str, Any, Any]] = [
    ("quality", '"1080"', "1080", Quality.P1080),
    ("quality", "720", "720", Quality.P720),
    ("container", '"mp4"', "mp4", Container.MP4),
    ("video_codec", '"h264"', "h264", VideoCodec.H264),
    ("audio_codec", '"aac"', "aac", AudioCodec.AAC),
    ("subtitles", '["en.*", "de"]', "en.*, de,", ("en.*", "de")),
    ("subtitles", "[]", "none", ()),
    ("automatic_subtitles", "false", False, False),
    ("thumbnail", "false", False, False),
    ("description", "false", False, False),
    ("comments", "true", True, True),
    ("live_chat", "true", True, True),
    ("chapters", "true", True, True),
    ("sponsorblock_mark", '"all"', "all", get_args(Segment)),
    ("sponsorblock_cut", '["sponsor", "selfpromo"]', "sponsor,selfpromo", ("sponsor", "selfpromo")),
]


def refused(toml: str, folder: Path) -> UsageError:
    path = folder / "config.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load({}, {"YTARCHIVE_CONFIG": str(path)})
    assert re.match(re.escape(str(path)) + r":\d+: ", str(caught.value))
    return caught.value


@pytest.mark.parametrize(("key", "toml", "given", "value"), READ)
def test_every_field_can_be_set_in_the_file_and_for_once(
    key: str, toml: str, given: object, value: Any, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'node = "attic"\n[profiles.one]\n{key} = {toml}\n[profiles.two]\n', encoding="utf-8")

    loaded = load({}, {"YTARCHIVE_CONFIG": str(path)})

    assert loaded.settings.node == "attic"
    assert loaded.profiles == {"one": Profile(**{key: value}), "two": Profile()}
    assert options_for({}, "", {key: given}) == ArchiveOptions(**{key: value})
    assert differences(loaded.profiles["one"]) == (key,)


def test_no_field_is_missing_from_the_test_above() -> None:
    assert list(dict.fromkeys(key for key, *_ in READ)) == list(Profile.__struct_fields__)


def test_a_wish_is_stronger_than_the_profile_and_the_profile_is_named() -> None:
    profiles = {"music": Profile(quality=Quality.AUDIO, comments=True, subtitles=("en",))}

    found = options_for(
        profiles, "music", {"comments": False, "subtitles": "none"}, force=True, choices=Choices(newest=3)
    )

    assert found == ArchiveOptions(
        quality=Quality.AUDIO, subtitles=(), force=True, profile="music", choices=Choices(newest=3)
    )


def test_any_takes_a_preference_back() -> None:
    tv = Profile(container=Container.MP4, video_codec=VideoCodec.H264, audio_codec=AudioCodec.AAC)
    wishes = dict.fromkeys(["container", "video_codec", "audio_codec"], "any")
    assert options_for({"tv": tv}, "tv", wishes) == ArchiveOptions(profile="tv")


@pytest.mark.parametrize("name", ["", "default"])
def test_the_built_in_profile_needs_no_name_and_leaves_none(name: str) -> None:
    assert options_for({"music": Profile(comments=True)}, name, {}) == ArchiveOptions()


def test_an_unknown_profile_is_refused_with_the_one_that_was_probably_meant() -> None:
    with pytest.raises(UsageError, match="unknown profile: 'musik'") as caught:
        options_for({"music": Profile(), "tv": Profile()}, "musik", {})
    assert caught.value.hint == "Did you mean `music`? There are: default, music, tv."


@pytest.mark.parametrize(
    ("table", "said", "hint"),
    [
        ("qualty = 1080", "unknown key: 'qualty'", "Did you mean `quality`? There are: quality, "),
        ("quality = 1081", "unknown quality: '1081'", "Did you mean `1080`? There are: best, 2160, "),
        ('quality = "Best"', "unknown quality: 'Best'", "Did you mean `best`?"),
        ("quality = true", "unknown quality: True", "There are: best, "),
        ("quality = [720]", "unknown quality: 720", "There are: best, "),
        ('video_codec = "h266"', "unknown video_codec: 'h266'", "Did you mean `h26"),
        (
            'sponsorblock_cut = ["sponsors"]',
            "unknown sponsorblock_cut: 'sponsors'",
            "Did you mean `sponsor`?",
        ),
        ('sponsorblock_mark = "all,intro"', "unknown sponsorblock_mark: 'all'", "There are: sponsor, "),
        ("sponsorblock_mark = 3", "unknown sponsorblock_mark: '3'", "There are: sponsor, "),
        (
            'comments = "often"',
            "comments = 'often': Expected `bool`, got `str`",
            "It is true or false, without",
        ),
        ("thumbnail = 1", "thumbnail = 1: Expected `bool`, got `int`", "It is true or false, without"),
        ("log_days = 3", "unknown key: 'log_days'", "That is a setting: it stands above all tables"),
        ('subtitles = ["*"]', "subtitles = ['*']: nothing to repeat", ""),
        ('subtitles = ["e n"]', "subtitles = ['e n']: not languages such as en,de.*", ""),
        ("subtitles = true", "subtitles = True: Expected `array", ""),
    ],
)
def test_a_bad_value_is_refused_by_file_profile_key_and_value(
    table: str, said: str, hint: str, tmp_path: Path
) -> None:
    error = refused(f"[profiles.music]\n{table}\n", tmp_path)

    assert f"config.toml:2: profile 'music': {said}" in str(error)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("toml", "said", "hint"),
    [
        ("profiles = 3", "profiles is no table", "A profile is a table `[profiles.NAME]`, "),
        ("[[profiles]]", "profiles is no table", "A profile is a table `[profiles.NAME]`, "),
        ("[profiles]\nmusic = 3", "profile 'music': that is no table", "`[profiles.music]`, below"),
        ("[profiles]\nquality = 3", "profile 'quality': that is no table", "`[profiles.NAME]`, below"),
        ("[profiles]\nnode = 'x'", "profile 'node': that is no table", "That is a setting: it stands above"),
        ("[[profiles.tv]]", "profile 'tv': that is no table", "`[profiles.tv]`, below"),
        (
            "[profiles.default]",
            "profile 'default': that is the built-in one, which cannot be changed",
            'Take another name, as `mine`; `profile = "mine"` has it meant where none is named.',
        ),
        ('[profiles."a b"]', "profile 'a b': not a name", "Up to 64 letters, digits, - and _ make one."),
        ('[profiles.""]', "profile '': not a name", "Up to 64 letters, digits, - and _ make one."),
        ("[profile.tv]\nquality = 720", "unknown table [profile]", "Did you mean `[profiles.tv]`?"),
        ("[Profiles]\nquality = 720", "unknown table [Profiles]", "Did you mean `[profiles.NAME]`?"),
        ("[tv]\nquality = 720", "unknown table [tv]", "Did you mean `[profiles.tv]`?"),
        ('[main]\nnode = "x"', "unknown table [main]", "Settings stand in no table; there is only"),
        ("quality = 720", "quality is no setting", "It stands below the name of a profile, `[profiles."),
        ("profils = 720", "unknown setting profils", "Did you mean `profiles`?"),
    ],
)
def test_what_is_no_profile_is_refused_with_what_would_be_one(
    toml: str, said: str, hint: str, tmp_path: Path
) -> None:
    error = refused(toml, tmp_path)
    assert said in str(error)
    assert hint in error.hint


def test_a_wish_that_makes_no_sense_is_refused_by_its_name() -> None:
    with pytest.raises(UsageError, match="unknown container: 'mp3'") as caught:
        options_for({}, "", {"container": "mp3"})
    assert caught.value.hint == "Did you mean `mp4`? There are: mkv, mp4, webm, any."


def test_profiles_come_from_the_file_alone() -> None:
    with pytest.raises(UsageError, match="option: unknown setting profiles"):
        load({"profiles": {}}, {})
    assert profiles_of("config.toml", {}) == {}
