from pathlib import Path

import pytest

from ytarchive.errors import UsageError
from ytarchive.sources import examine, load
from ytarchive.sources.problems import Problem

NATS = "nats://me:geheim@host:4222"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    return tmp_path


def secret(folder: Path, mode: int = 0o600) -> Path:
    path = folder / "nats_url"
    path.write_text(f"{NATS}\n", encoding="utf-8")
    path.chmod(mode)
    return path


def warned(**variables: str) -> list[Problem]:
    found = examine({}, {f"YTARCHIVE_{name}": value for name, value in variables.items()})
    assert all(problem.warning for problem in found.problems)
    return list(found.problems)


def test_a_text_comes_from_a_file_that_a_variable_names(here: Path) -> None:
    """Given a secret as containers have them, then it is in force, and its file is its origin."""
    path = secret(here)
    loaded = load({}, {"YTARCHIVE_NATS_URL_FILE": str(path)})
    assert (loaded.settings.nats_url, loaded.origins["nats_url"]) == (NATS, str(path))
    assert loaded.problems == ()


def test_the_env_file_may_name_it_too(here: Path) -> None:
    Path(".env").write_text(f"YTARCHIVE_NATS_URL_FILE={secret(here)}\n", encoding="utf-8")
    assert load({}, {}).settings.nats_url == NATS


def test_a_secret_that_others_can_read_is_warned_of_and_not_told(here: Path) -> None:
    path = secret(here, 0o644)
    (problem,) = warned(NATS_URL_FILE=str(path))
    assert (problem.where, problem.hint) == (str(path), f"`chmod 600 {path}`")
    assert "geheim" not in str(problem)


def test_a_variable_and_its_file_are_not_both_obeyed(here: Path) -> None:
    environ = {"YTARCHIVE_NATS_URL_FILE": str(secret(here)), "YTARCHIVE_NATS_URL": "nats://other"}
    with pytest.raises(
        UsageError, match=r"environment: YTARCHIVE_NATS_URL_FILE: .*YTARCHIVE_NATS_URL is set"
    ):
        load({}, environ)


def test_a_file_that_is_not_there_is_told_with_the_variable() -> None:
    with pytest.raises(UsageError, match=r"environment: YTARCHIVE_SITES_FILE: nowhere: .*No such file"):
        load({}, {"YTARCHIVE_SITES_FILE": "nowhere"})


@pytest.mark.parametrize("name", ["NATS_URL", "YTDLP_OPTIONS"])
def test_a_password_that_stands_where_its_file_belongs_is_not_told(here: Path, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        load({}, {f"YTARCHIVE_{name}_FILE": "--proxy nats://u:geheim@h"})
    assert "geheim" not in f"{refused.value} {refused.value.hint}"
    assert refused.value.hint == "It is the name of a file that has the text."


def test_numbers_and_paths_come_from_no_file(here: Path) -> None:
    found = warned(LOG_DAYS_FILE=str(secret(here)), LIBRARY_DIR_FILE="nowhere")
    assert [problem.hint for problem in found] == [
        "Did you mean `YTARCHIVE_LIBRARY_DIR`?",
        "Did you mean `YTARCHIVE_LOG_DAYS`?",
    ]


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("DOWNLOAD_WORKER", "DOWNLOAD_WORKERS"),
        ("YTDLP_OPTION", "YTDLP_OPTIONS"),
        ("NATS_URL_FIEL", "NATS_URL_FILE"),
        ("CONFG", "CONFIG"),
        ("download_workers", "DOWNLOAD_WORKERS"),
    ],
)
def test_a_slip_of_the_pen_is_warned_of(given: str, near: str) -> None:
    (problem,) = warned(**{given: "1"})
    assert problem.where == "environment"
    assert f"YTARCHIVE_{given} " in problem.what
    assert problem.hint == f"Did you mean `YTARCHIVE_{near}`?"


def test_other_names_are_none_of_our_business() -> None:
    assert warned(SUPERVISOR_PID="1", TEST_HOME="x") == []


def test_a_slip_in_the_prefix_is_one_too() -> None:
    found = examine(
        {}, {"YT_ARCHIVE_NODE": "attic", "YTARCHIV_SITES_FILE": "x", "ARCHIVE_NODE": "x"}
    ).problems
    assert [(one.warning, one.hint) for one in found] == [
        (True, "Did you mean `YTARCHIVE_SITES_FILE`?"),
        (True, "Did you mean `YTARCHIVE_NODE`?"),
    ]
