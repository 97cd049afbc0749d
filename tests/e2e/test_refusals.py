"""What cannot be done, said in one clear line with the right exit code. Nothing is started for it."""

import re
from pathlib import Path

import pytest

from tests.e2e.home import Ended, Home
from tests.nats import NatsServer

VIDEO = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"


def is_clear(ended: Ended) -> str:
    """Assert that what was said is a line, perhaps with one on what to do, and give it."""
    assert ended.out == ""
    lines = ended.err.splitlines()
    assert lines[0].startswith("error: ")
    assert 1 <= len(lines) <= 2
    assert "Traceback" not in ended.err
    return ended.err


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("aqz-KE-bpKQ", "not a web address"),
        ("file:///etc/passwd", "not a web address"),
        ("https://vimeo.com/1", "not a YouTube address"),
        ("https://www.youtube.com/", "neither a video nor a list"),
        ("https://www.youtube.com/watch?v=short", "eleven characters"),
    ],
)
def test_an_address_that_is_no_video_is_refused_before_anything_is_started(
    home: Home, url: str, said: str
) -> None:
    assert said in is_clear(home.run("run", VIDEO, url, code=2))
    error = home.run("run", VIDEO, url, "--json", code=2).error
    assert said in error["message"] + error["hint"]
    assert not home.state.exists()


def test_an_unknown_quality_is_refused_and_the_known_ones_are_named(home: Home) -> None:
    said = is_clear(home.run("submit", VIDEO, "--quality", "4K", code=2))
    assert "'4K'" in said
    assert "best, 2160, 1440, 1080, 720, 480, audio" in said


@pytest.mark.parametrize(
    "words",
    [
        ["submit", VIDEO],
        ["watch", "ab"],
        ["cancel", "ab"],
        ["retry", "ab"],
        ["jobs"],
        ["status", "ab"],
        ["replay"],
        ["replay", "--check"],
        ["audit"],
        ["logs"],
    ],
    ids=" ".join,
)
def test_where_nothing_was_ever_run_there_is_no_server_and_none_is_made(home: Home, words: list[str]) -> None:
    is_clear(home.run(*words, code=3))
    assert not home.state.exists()


def test_a_server_that_does_not_answer_is_named(home: Home) -> None:
    said = is_clear(home.run("jobs", code=3, YTARCHIVE_NATS_URL="nats://127.0.0.1:1"))
    assert "127.0.0.1:1" in said


@pytest.mark.parametrize("words", [["run", VIDEO], ["submit", VIDEO], ["jobs"]], ids=" ".join)
def test_a_server_that_refuses_our_login_is_told_from_one_that_is_not_there(
    home: Home, words: list[str]
) -> None:
    with NatsServer(authorization={"user": "cli", "password": "right"}) as server:
        said = is_clear(home.run(*words, code=3, YTARCHIVE_NATS_URL=server.url))
    assert f"{server.url} refuses whoever has no login" in said
    assert "YTARCHIVE_NATS_CREDENTIALS" in said


@pytest.mark.parametrize("words", [["run", VIDEO], ["up"], ["jobs"]], ids=" ".join)
def test_a_state_directory_of_a_newer_version_is_left_alone(home: Home, words: list[str]) -> None:
    home.state.mkdir()
    (home.state / "version").write_text("7\n")
    said = is_clear(home.run(*words, code=2))
    assert "version 7" in said
    assert [path.name for path in home.state.iterdir()] == ["version"]


def test_a_directory_with_other_things_in_it_is_no_state_directory(home: Home) -> None:
    home.state.mkdir()
    (home.state / "thesis.txt").write_text("mine")
    assert "thesis.txt" in is_clear(home.run("run", VIDEO, code=2))
    assert [path.name for path in home.state.iterdir()] == ["thesis.txt"]


def test_a_library_that_is_a_file_is_refused_before_anything_is_started(home: Home) -> None:
    home.library.write_text("no folder")
    said = is_clear(home.run("run", VIDEO, code=2))
    assert str(home.library) in said
    assert not home.state.exists()


def test_a_library_on_a_disk_that_takes_no_files_is_refused(home: Home) -> None:
    # not even root makes folders in /proc
    said = is_clear(home.run("run", VIDEO, code=2, YTARCHIVE_LIBRARY_DIR="/proc/ytarchive"))
    assert "/proc/ytarchive" in said
    assert not home.state.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("download_workers = 'many'", ":1: download_workers = 'many'"),
        ("\ncolour = 'red'", ":2: unknown setting colour\n"),
        ("download_workers = ", ":1:20: Invalid value\n    download_workers =\n"),
    ],
)
def test_broken_settings_are_named_with_their_place(home: Home, content: str, said: str) -> None:
    config = home.folder / "config.toml"
    config.write_text(content)
    ended = home.run("run", VIDEO, code=2, YTARCHIVE_CONFIG=str(config))
    assert ended.out == ""
    assert ended.err.startswith(f"error: {config}{said}")
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ["fetch"],
        ["run"],
        ["run", VIDEO, "--quick"],
        ["run", VIDEO, "--timeout", "soon"],
        ["jobs", "--limit", "0"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_exit_code_2(home: Home, words: list[str]) -> None:
    ended = home.run(*words, code=2)
    assert ended.out == ""
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["actor", "director"], "jobs, metadata, download, storage, logs"),
        (["jobs", "--state", "lost"], "submitted, listing, resolving"),
        (["logs", "--level", "loud"], "debug, info, warning, error"),
        (["status", "no-hex"], "'no-hex'"),
        (["watch", "no-hex"], "'no-hex'"),
        (["cancel", "abc", "no-hex"], "'no-hex'"),
        (["recovery", "retry", "no-hex"], "'no-hex'"),
        (["jobs", "--batch", "no-hex"], "'no-hex'"),
    ],
)
def test_a_value_there_is_not_is_answered_with_those_there_are(
    home: Home, words: list[str], said: str
) -> None:
    assert said in is_clear(home.run(*words, code=2))


def test_settings_in_force_are_shown_with_their_origin_and_without_passwords(home: Home) -> None:
    (home.folder / ".env").write_text("YTARCHIVE_LOG_DAYS=7\n")
    options = "--proxy http://me:secret@127.0.0.1:1"
    ended = home.run("--library", "kept", "config", "show", "--json", YTARCHIVE_YTDLP_OPTIONS=options)
    settings = ended.document["settings"]
    told = {"value", "from", "meaning", "default", "allowed", "limit"}
    assert all(setting.keys() == told for setting in settings.values())
    assert (settings["log_days"]["value"], settings["log_days"]["from"]) == ("7", ".env:1")
    assert settings["library_dir"] == settings["library_dir"] | {
        "value": str(home.folder.resolve() / "kept"),
        "from": "option",
    }
    assert settings["node"]["from"] == "environment"
    assert settings["download_workers"]["from"] == "default"
    assert "secret" not in ended.out
    table = home.run("config", "show", YTARCHIVE_YTDLP_OPTIONS=options).out
    assert "secret" not in table
    assert "download_workers" in table


def test_help_and_version_need_nothing(home: Home) -> None:
    assert re.fullmatch(r"ytarchive \d+\.\d+\.\d+(\.dev\d+)?\n", home.run("--version").out)
    told = home.run("--help").out
    commands = [
        "run",
        "up",
        "actor",
        "demo",
        "submit",
        "jobs",
        "status",
        "watch",
        "cancel",
        "retry",
        "replay",
        "audit",
        "logs",
        "config",
    ]
    assert all(re.search(rf"^ +{command} ", told, re.MULTILINE) for command in commands)
    assert not home.state.exists()
    assert not Path(home.folder / ".config").exists()
