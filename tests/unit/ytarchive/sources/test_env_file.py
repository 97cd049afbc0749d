from pathlib import Path

import pytest

from ytarchive.sources import Loaded, examine, load
from ytarchive.sources.problems import Problem


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    return tmp_path


def read(content: str | bytes) -> Loaded:
    file = Path(".env")
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    file.chmod(0o644)
    return examine({}, {})


def warned(content: str) -> list[Problem]:
    found = read(content).problems
    assert all(problem.warning for problem in found)
    return list(found)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfYTARCHIVE_NODE=attic\nYTARCHIVE_LOG_DAYS=3",
        b"YTARCHIVE_NODE=attic\r\nYTARCHIVE_LOG_DAYS=3\r\n",
        b"YTARCHIVE_NODE=attic\rYTARCHIVE_LOG_DAYS=3\r",
        b"export YTARCHIVE_NODE='attic' # here\n  YTARCHIVE_LOG_DAYS = \"3\"\n",
    ],
    ids=["a mark before it", "two signs at each end", "old ends of lines", "as a shell has it"],
)
def test_files_of_other_editors_and_for_shells_are_read(content: bytes) -> None:
    found = read(content)
    assert (found.settings.node, found.settings.log_days, found.problems) == ("attic", 3, ())
    assert (found.origins["node"], found.origins["log_days"]) == (".env:1", ".env:2")


def test_another_encoding_is_told_with_what_to_do() -> None:
    (problem,) = read("YTARCHIVE_NODE=attic\n".encode("utf-16")).problems
    assert str(problem) == ".env:1: this is no UTF-8 text. Save it as UTF-8."
    assert not problem.warning
    assert read("CITY=Wien\n".encode("utf-16")).problems[0].warning


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ("YTARCHIVE_NODE", "there is no = in this line", "Write `YTARCHIVE_NODE=VALUE`."),
        ("export YTARCHIVE_NODE", "there is no = in this line", "Write `YTARCHIVE_NODE=VALUE`."),
        ("geheim", "there is no = in this line", "Write NAME=VALUE, or # in front"),
        ("[ytarchive]", "there is no = in this line", "Write NAME=VALUE, or # in front"),
        ("YTARCHIVE_NODE: attic", "not a line of the form", "Write `YTARCHIVE_NODE=VALUE`."),
        ("set YTARCHIV_NODE=attic", "not a line of the form", "Write `YTARCHIVE_NODE=VALUE`."),
        ("; geheim", "not a line of the form", "Write NAME=VALUE, or # in front"),
        ("=geheim", "not a line of the form", "Write NAME=VALUE, or # in front"),
        ('YTARCHIVE_NODE="attic', 'the text has no " at its end', "Write `YTARCHIVE_NODE=VALUE`."),
        ("YTARCHIVE_NODE='attic", "the text has no ' at its end", "Write `YTARCHIVE_NODE=VALUE`."),
        ('YTARCHIVE_NODE="attic" x', 'something stands behind the " that', "Write `YTARCHIVE_NODE=VALUE`."),
    ],
)
def test_a_line_that_says_nothing_is_told_with_what_to_write(
    capfd: pytest.CaptureFixture[str], line: str, what: str, hint: str
) -> None:
    """Given a line nobody can read between others, then those hold, and what it has is not shown."""
    found = read(f"\nYTARCHIVE_SITES=vimeo\n\n{line}\nYTARCHIVE_LOG_DAYS=3\n")
    (problem,) = found.problems
    assert (problem.where, problem.warning) == (".env:4", True)
    assert problem.what.startswith(what)
    assert problem.hint.startswith(hint)
    assert "geheim" not in str(problem)
    assert (found.settings.sites, found.settings.log_days) == ("vimeo", 3)
    assert found.origins["log_days"] == ".env:5"
    assert capfd.readouterr().err == ""


def test_a_quote_that_is_missing_spoils_no_line_but_its_own() -> None:
    found = read('YTARCHIVE_NODE="attic\nYTARCHIVE_LOG_DAYS=3\n\nYTARCHIVE_SITES="vimeo"\nYTARCHIVE_NOD=x\n')
    assert [problem.where for problem in found.problems] == [".env:1", ".env:5"]
    assert (found.settings.log_days, found.settings.sites) == (3, "vimeo")
    assert found.origins["sites"] == ".env:4"


def test_text_of_several_lines_is_one_value() -> None:
    found = read('YTARCHIVE_YTDLP_OPTIONS="--proxy socks5://x\n-4"\nYTARCHIVE_LOG_DAYS=3\n')
    assert (found.settings.ytdlp_options, found.origins["log_days"]) == ("--proxy socks5://x\n-4", ".env:3")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("YTARCHIVE_DOWNLOAD_WORKER", "Did you mean `YTARCHIVE_DOWNLOAD_WORKERS`?"),
        ("YTARCHIVE_PARALLEL", "`ytarchive config show` lists every setting."),
        ("YTARCHIVE-NODE", "Did you mean `YTARCHIVE_NODE`?"),
        ("$YTARCHIVE_NODE", "Did you mean `YTARCHIVE_NODE`?"),
        ("\u200bYTARCHIVE_NODE", "Did you mean `YTARCHIVE_NODE`?"),
        ('"YTARCHIVE_NODE"', "Did you mean `YTARCHIVE_NODE`?"),
        ("DOWNLOAD_WORKERS", "Did you mean `YTARCHIVE_DOWNLOAD_WORKERS`?"),
        ("log_level", "Did you mean `YTARCHIVE_LOG_LEVEL`?"),
        ("YTARCHIVE_CONFIG", "Set it in the environment."),
    ],
)
def test_a_name_that_means_nothing_is_told_with_what_was_meant(name: str, hint: str) -> None:
    (problem,) = warned(f"{name}=1\n")
    assert (problem.where, problem.hint) == (".env:1", hint)
    assert "says nothing" in problem.what
    assert "\u200b" not in problem.what


def test_variables_of_other_programs_are_none_of_our_business() -> None:
    assert warned("DATABASE_URL=x\nLOG_LEVEL=verbose\nNODE=1\nexport PATH=/bin\n") == []


def test_what_is_said_twice_is_told_where_it_does_not_count() -> None:
    found = read("YTARCHIVE_NODE=attic\nOTHER=1\nOTHER=2\nYTARCHIVE_NODE=cellar\n")
    assert found.settings.node == "cellar"
    (problem,) = found.problems
    assert str(problem) == (
        ".env:1: YTARCHIVE_NODE is said again in line 4, which counts. Keep one of the two."
    )


def test_an_env_file_that_others_can_read_is_warned_of_where_it_has_a_password(here: Path) -> None:
    file = here / ".env"
    file.write_text("YTARCHIVE_YTDLP_OPTIONS='--limit-rate 1M'\n", encoding="utf-8")
    file.chmod(0o644)
    assert examine({}, {}).problems == ()
    file.write_text("YTARCHIVE_YTDLP_OPTIONS='--password geheim'\n", encoding="utf-8")
    assert [problem.where for problem in examine({}, {}).problems] == [".env"]
    file.chmod(0o600)
    assert examine({}, {}).problems == ()


def test_an_env_file_may_refer_to_its_own_variables() -> None:
    Path(".env").write_text("BASE=/srv\nYTARCHIVE_LIBRARY_DIR=${BASE}/library\n", encoding="utf-8")
    loaded = load({}, {})
    assert loaded.settings.library_dir == Path("/srv/library")
    assert loaded.origins["library_dir"] == ".env:2"


def test_a_folder_of_that_name_stops_nothing(here: Path) -> None:
    (here / ".env").mkdir()
    (problem,) = load({}, {}).problems
    assert problem.warning
    assert problem.what == "it cannot be read: Is a directory"


def test_a_file_of_another_project_may_be_written_as_it_likes() -> None:
    assert read("CITY=Köln\n".encode("latin-1")).problems == ()
    found = read("CITY=Köln\nYTARCHIVE_NODE=attic\n".encode("latin-1"))
    assert (found.problems, found.settings.node) == ((), "attic")


def test_a_setting_that_is_no_text_is_told_with_its_line() -> None:
    (problem,) = read("CITY=Köln\nYTARCHIVE_LIBRARY_DIR=/köln\n".encode("latin-1")).problems
    assert (problem.where, problem.warning) == (".env:2", False)
    assert problem.what == "this is no UTF-8 text"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'pa$${BASE}x'", "pa$${BASE}x"),
        ("'pa$${BASE}x' # in full", "pa$${BASE}x"),
        ('"pa${BASE}x"', "pa/srvx"),
        ("pa${BASE}x", "pa/srvx"),
        ("pa$BASE", "pa$BASE"),
        ("'${BASE}'\nYTARCHIVE_YTDLP_OPTIONS=${BASE}", "/srv"),
    ],
)
def test_in_single_quotes_everything_stays_as_it_is(written: str, meant: str) -> None:
    found = read(f"BASE=/srv\nexport YTARCHIVE_YTDLP_OPTIONS={written}\n")
    assert found.settings.ytdlp_options == meant


def test_of_a_file_full_of_mistakes_the_first_are_told() -> None:
    found = read("YTARCHIVE_X=1\n" * 10_000).problems
    assert len(found) == 101
    assert not found[-1].warning
    assert all(problem.warning for problem in warned("A='x\n" * 50_000))
