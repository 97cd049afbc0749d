import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.ytarchive.sources.test_toml_lines import MANGLED, TOML
from ytarchive.errors import UsageError
from ytarchive.settings import Settings
from ytarchive.sources import examine, load
from ytarchive.sources.problems import Problem

WRONG = """\
node = attic
download_worker = 3
log_level = "inof"
videos_per_hour = -5
ytdlp_options = "--proxy http://me:geheim@host --password 'geheim'
nats_url = {address = "nats://me:geheim@host"}
[profiles.tv]
qualty = 720
quality = 1081
[profiles.ok]
quality = 1080
[profiles."a b"]
[profiles.default]
[server]
port = 3
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(text: str) -> tuple[Problem, ...]:
    Path("config.toml").write_text(text, encoding="utf-8")
    Path("config.toml").chmod(0o600)
    return examine({}, {"YTARCHIVE_CONFIG": "config.toml"}).problems


def test_all_that_is_wrong_is_told_at_once_with_its_line_and_what_was_meant() -> None:
    found = {problem.where.removeprefix("config.toml:"): problem for problem in problems(WRONG)}
    assert list(found) == ["1:8", "2", "3", "4", "5:67", "6", "8", "9", "12", "13", "14"]
    assert found["1:8"].hint == 'Text stands in quotes: node = "attic"'
    assert found["1:8"].pointed == "    node = attic\n           ^"
    assert found["2"].hint.startswith("Did you mean `download_workers`? ")
    assert found["3"].what == "log_level = 'inof' is none of debug, info, warning, error"
    assert found["3"].hint == "Did you mean `info`?"
    assert found["4"].what == "videos_per_hour = -5: Expected `int` >= 0"
    assert found["4"].hint == "Allowed: 0 to 1,000,000."
    assert found["6"].what.startswith("nats_url = ***: ")
    assert found["8"].hint.startswith("Did you mean `quality`? ")
    assert "'server'" not in found["14"].hint


def test_no_password_is_told_with_a_problem() -> None:
    assert "geheim" not in str(problems(WRONG))
    assert "geheim" not in str(problems('ytdlp_options = """\n--password\ngeheim \\q """\n'))
    assert "geheim" not in str(problems('ytdlp_optoins = "--password geheim\n'))


@pytest.mark.parametrize(
    "line",
    [
        '[nats_url = "nats://u:geheim@h:1"',
        '[["nats://u:geheim@h:1"',
        'node = attic; nats_url = "nats://u:geheim@h:1"',
        'node = attic, ytdlp_optoins: "--password geheim"',
        "node = nats://u:geheim@h:1",
        '[profiles.tv]\nnats_url = "nats://u:geheim@h:1"',
        '[profiles]\nnats_url = "nats://u:geheim@h:1"',
        'profiles = "nats://u:geheim@h:1"',
        '[nats_url]\nx = "geheim"',
    ],
)
def test_no_password_that_stands_in_the_wrong_place_is_told(line: str) -> None:
    found = problems(f"{line}\n")
    assert found
    assert "geheim" not in str(found) + "".join(problem.pointed for problem in found)


def test_a_harmless_line_that_cannot_be_read_is_shown() -> None:
    assert problems("[profiles.tv\n")[0].pointed.startswith("    [profiles.tv\n")
    assert problems("videos_per_hour = - 5\n")[0].pointed.startswith("    videos_per_hour = - 5\n")


def test_what_is_right_of_a_file_with_mistakes_counts() -> None:
    problems(WRONG)
    found = examine({}, {"YTARCHIVE_CONFIG": "config.toml"})
    assert list(found.profiles) == ["tv", "ok"]
    assert found.settings.log_level == "info"


def test_a_command_is_told_of_the_first_and_how_many_more() -> None:
    problems(WRONG)
    with pytest.raises(UsageError) as refused:
        load({}, {"YTARCHIVE_CONFIG": "config.toml"})
    assert str(refused.value) == "config.toml:1:8: Invalid value"
    assert refused.value.hint.splitlines() == [
        "    node = attic",
        "           ^",
        'Text stands in quotes: node = "attic"',
        "`ytarchive config check` tells of 10 more.",
    ]


def test_a_file_with_the_mark_that_windows_editors_write_is_read() -> None:
    assert problems("\ufeffnode = 'attic'\n") == ()


def test_bytes_that_are_no_text_are_told_with_their_line(here: Path) -> None:
    (here / "config.toml").write_bytes(b"node = 'x'\n# \xff\n")
    (problem,) = examine({}, {"YTARCHIVE_CONFIG": "config.toml"}).problems
    assert problem.where == "config.toml:2"


def test_a_folder_is_no_file(here: Path) -> None:
    (problem,) = examine({}, {"YTARCHIVE_CONFIG": str(here)}).problems
    assert "directory" in problem.what


@pytest.mark.parametrize("value", ["0x" + "f" * 5000, "[[[[[[[[1]]]]]]]]", '"' + "x" * 5000 + '"', "{a=1}"])
def test_a_strange_value_is_shown_shortly(value: str) -> None:
    (problem,) = problems(f"log_days = {value}\n")
    assert problem.where == "config.toml:1"
    assert len(problem.what) < 200


KEYS = st.sampled_from([*Settings.__struct_fields__, "profiles", "profiles.tv.quality", "x"])
VALUES = st.sampled_from(["1", "-1", '"x"', "true", "[1]", "{}", "1e400", "2020-01-01", "nan", '"\\u0000"'])
LINES = st.lists(st.tuples(KEYS, VALUES).map(" = ".join)).map("\n".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MANGLED | TOML | LINES)
def test_whatever_the_file_holds_every_problem_has_a_line_and_nothing_is_raised(text: str) -> None:
    Path("config.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    for problem in examine({}, {"YTARCHIVE_CONFIG": "config.toml"}).problems:
        assert problem.line or problem.warning
        assert problem.what


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("bad line\n" * 20_000, 101),
        ("".join(f"k{number} = 1\n" for number in range(10_000)), 101),
        ("[profiles.tv]\n" + "".join(f"k{number} = 1\n" for number in range(10_000)), 101),
        ("#" * (1 << 18) + "\n", 1),
    ],
    ids=["lines", "names", "keys", "size"],
)
def test_of_a_file_full_of_mistakes_the_first_are_told(text: str, told: int) -> None:
    assert len(problems(text)) == told


def test_a_profile_whose_name_is_nearly_the_built_in_one_is_warned_of() -> None:
    (problem,) = problems("[profiles.tv]\n[profiles.Default]\nquality = 720\n")
    assert (problem.where, problem.warning) == ("config.toml:2", True)
    assert problem.what == "profile 'Default' is another than 'default', which is built in"


def test_what_has_no_end_is_not_read(here: Path) -> None:
    os.mkfifo(here / "fifo")
    for path in ("/dev/zero", str(here / "fifo")):
        (problem,) = examine({}, {"YTARCHIVE_CONFIG": path}).problems
        assert problem.what == "it cannot be read: it is no file, but a device or a pipe"
        (problem,) = examine({}, {"YTARCHIVE_NODE_FILE": path}).problems
        assert problem.what.endswith("it is no file, but a device or a pipe")


def test_the_null_device_is_an_empty_file_and_links_are_followed(here: Path) -> None:
    assert examine({}, {"YTARCHIVE_CONFIG": "/dev/null"}).problems == ()
    (here / "real").write_text('node = "attic"')
    (here / "link").symlink_to("real")
    assert examine({}, {"YTARCHIVE_CONFIG": "link"}).settings.node == "attic"
