import re
import stat
import tomllib
from pathlib import Path

import msgspec
import pytest
import typer

from cli import completing
from cli.app import app
from cli.config_check import check
from cli.config_init import init, text
from cli.configuration import show_settings
from schemas.settings_reports import CheckReport, InitReport, SettingsReport
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.reference import described
from ytarchive.settings import Settings
from ytarchive.sources import config_file, load

DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return tmp_path


def written(uncommented: bool) -> str:
    return re.sub(r"^#(?=[a-z\[])", "", text(), flags=re.MULTILINE) if uncommented else text()


def checked(output: str) -> CheckReport:
    return msgspec.json.decode(output, type=CheckReport)


def test_a_new_file_changes_nothing_and_is_right(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert init(None, force=False, only_print=False, as_json=True) == 0
    path = config_file()
    assert msgspec.json.decode(capfd.readouterr().out, type=InitReport).file == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert check(None, {}, as_json=True) == 0
    report = checked(capfd.readouterr().out)
    assert (report.ok, report.file, report.set, report.problems) == (True, str(path), {}, ())
    assert load({}, {"YTARCHIVE_CONFIG": str(path)}).settings == Settings()


def test_every_line_of_a_new_file_can_be_taken_as_it_stands(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Given the file without its comment signs, then it sets everything, to what holds by default."""
    file = here / "all.toml"
    file.write_text(written(uncommented=True), encoding="utf-8")
    assert check(file, {}, as_json=True) == 1
    report = checked(capfd.readouterr().out)
    wrong = [problem.what for problem in report.problems]  # examples are of files that are not there
    assert wrong == [
        "there is no credentials file /etc/ytarchive/credentials.json",
        "there is no signing key /etc/ytarchive/signing.pem",
    ]
    assert report.set == {str(file): len(Settings.__struct_fields__)}
    assert report.profiles == ("tv",)
    loaded = load({}, {"YTARCHIVE_CONFIG": str(file)})
    examples = {one.name for one in described() if one.example}
    for name in set(Settings.__struct_fields__) - examples:
        assert getattr(loaded.settings, name) == getattr(Settings(), name)


def test_every_setting_is_explained_in_a_new_file() -> None:
    assert tomllib.loads(text()) == {}
    for one in described():
        assert f"# {one.name}: {one.meaning}\n# default: {one.default}" in text()


@pytest.mark.parametrize("home", ["/x/\U0001f600y", '/x/"\\y', "/x/\x7f\ty"])
def test_a_folder_of_any_name_is_written_as_toml_has_it(
    here: Path, monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("XDG_STATE_HOME")
    (here / "all.toml").write_text(written(uncommented=True), encoding="utf-8")
    assert load({}, {"YTARCHIVE_CONFIG": "all.toml"}).settings.state_dir == Settings().state_dir


def test_a_folder_whose_name_is_no_text_can_be_written_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/x/\udcff")
    assert "/x/?/ytarchive" in tomllib.loads(written(uncommented=True))["state_dir"]


def test_a_file_that_is_there_is_left_alone_unless_forced(here: Path) -> None:
    file = here / "mine.toml"
    file.write_text("node = 'attic'", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already") as refused:
        init(file, force=False, only_print=False, as_json=False)
    assert "--force" in refused.value.hint
    assert file.read_text(encoding="utf-8") == "node = 'attic'"
    init(file, force=True, only_print=False, as_json=False)
    assert file.read_text(encoding="utf-8") == text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_can_be_looked_at_before_it_is_written(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    init(None, force=False, only_print=True, as_json=False)
    assert capfd.readouterr().out == text()
    init(None, force=False, only_print=True, as_json=True)
    assert msgspec.json.decode(capfd.readouterr().out, type=InitReport).text == text()
    assert not config_file().exists()


def test_a_place_that_cannot_be_written_is_told(here: Path) -> None:
    (here / "file").touch()
    with pytest.raises(YtarchiveError, match="cannot be written"):
        init(here / "file" / "config.toml", force=False, only_print=False, as_json=False)


def test_a_file_that_is_named_and_not_there_is_said_once(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert check(here / "nope.toml", {}, as_json=False) == 1
    told = capfd.readouterr().out
    assert told.count("nope.toml") == 1
    assert told.endswith("\n✗ 1 problem\n")


def test_what_is_wrong_is_found_and_shown_with_its_line(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = here / "config.toml"
    file.write_text(
        'node = attic\nlog_day = 3\nprofile = "musik"\nsites = "you("\n[profiles.music]\ncomments = true\n',
        encoding="utf-8",
    )
    (here / ".env").write_text("YTARCHIVE_YTDLP_OPTIONS=--exec rm\n", encoding="utf-8")
    assert check(file, {}, as_json=False) == 1
    shown = capfd.readouterr().out
    for line in (
        f"✗ {file}:1:8: Invalid value",
        "    node = attic",
        "           ^",
        f"✗ {file}:2: unknown setting log_day",
        "  Did you mean `log_days`?",
        f"✗ {file}:3: unknown profile: 'musik'",
        "  Did you mean `music`?",
        f"✗ {file}:4: sites: not a regular expression: 'you('",
        "✗ .env:1: yt-dlp option --exec is not allowed",
        "✗ 5 problems · ",
    ):
        assert re.search(rf"^{re.escape(line)}", shown, re.MULTILINE), line


def test_warnings_alone_are_no_failure(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YTARCHIVE_DOWNLOAD_WORKER", "3")
    assert check(None, {}, as_json=False) == 0
    shown = capfd.readouterr().out
    assert "! environment: YTARCHIVE_DOWNLOAD_WORKER is no setting, and says nothing\n" in shown
    assert re.search(
        r"✓ 1 warning · .*there\s+is\s+no\s.*config\.toml, `ytarchive config\s+init` writes\s+it",
        shown,
        re.DOTALL,
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('nats_credentials = "/nope"', "there is no credentials file /nope"),
        ('signing_key_file = "/etc/nope"', "there is no signing key /etc/nope"),
        (
            'metrics_host = "not a host \\u001b[31m"',
            "metrics_host = 'not a host \\x1b[31m' is not of the form",
        ),
        (
            'library_dir = "s"\nstate_dir = "s"',
            "the library {here}/s and the state directory {here}/s are not",
        ),
        (
            'library_dir = "s/l"\nstate_dir = "s"',
            "the library {here}/s/l and the state directory {here}/s are",
        ),
        (
            'library_dir = "s"\nstate_dir = "s/d"',
            "the library {here}/s and the state directory {here}/s/d are",
        ),
        ('limit_rate = "500Q"', "limit_rate = '500Q' is no amount of bytes"),
    ],
)
def test_what_commands_would_refuse_is_told(
    here: Path, capfd: pytest.CaptureFixture[str], line: str, what: str
) -> None:
    (here / "config.toml").write_text(line, encoding="utf-8")
    assert check(here / "config.toml", {}, as_json=True) == 1
    (problem,) = checked(capfd.readouterr().out).problems
    assert problem.where == f"{here}/config.toml:1"
    assert problem.what.startswith(what.format(here=here))
    assert "500K" in problem.hint or "limit_rate" not in line


def test_problems_are_told_line_by_line(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lines = ('profile = "x"', "log_day = 3", 'signing_key_file = "/nope"', "node = ", "log_days = 0")
    (here / "config.toml").write_text("\n".join(lines), encoding="utf-8")
    (here / ".env").write_text("YTARCHIVE_SITES=you(\nYTARCHIVE_X=1\n", encoding="utf-8")
    check(here / "config.toml", {}, as_json=True)
    places = [one.where.removeprefix(f"{here}/") for one in checked(capfd.readouterr().out).problems]
    assert places == [*(f"config.toml:{line}" for line in (1, 2, 3, "4:8", 5)), ".env:1", ".env:2"]


def test_of_a_file_that_cannot_be_read_nothing_is_called_default(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert check(here, {}, as_json=False) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "✗ 1 problem"


def test_settings_are_shown_with_the_line_they_are_in(
    here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config_file()
    path.parent.mkdir(parents=True)
    path.write_text('\n\nnode = "attic"\n', encoding="utf-8")
    monkeypatch.setenv("YTARCHIVE_YTDLP_OPTIONS", "--password geheim -4")
    show_settings({}, as_json=True)
    lines = msgspec.json.decode(capfd.readouterr().out, type=SettingsReport).settings
    assert (lines["node"].value, lines["node"].origin) == ("attic", f"{path}:3")
    assert lines["ytdlp_options"].value == "--password *** -4"
    assert lines["download_workers"].allowed == "1 to 64"
    show_settings({}, as_json=False)
    shown = capfd.readouterr().out
    assert re.search(r"node +attic \(config\.toml:3\)\n +this machine's name", shown)
    assert f"config.toml is {path}" in shown


def test_the_documentation_has_a_table_of_every_setting() -> None:
    def row(*cells: str) -> str:
        return f"| {' | '.join(cells)} |"

    table = [row("setting", "meaning", "default", "allowed"), row(*["---"] * 4)]
    for one in described():
        default = one.default if " " in one.default or one.default == "none" else f"`{one.default}`"
        table.append(row(f"`{one.name}`", one.meaning, default, one.allowed))
    wanted = "\n".join(table)
    assert wanted in DOCUMENT.read_text(encoding="utf-8"), f"docs/configuration.md needs\n{wanted}"


def test_a_shell_is_offered_limits_and_the_values_of_one_that_has_few() -> None:
    context = typer.Context(typer.main.get_command(app))
    assert ("log_level=warning", "") in completing.limits(context, "log_level=")
    assert [name for name, _ in completing.limits(context, "retry")] == ["retry_pace"]
    assert completing.limits(context, "retry_pace=") == []


def test_a_shell_is_offered_the_parts_that_are_not_named_yet() -> None:
    context = typer.Context(typer.main.get_command(app))
    first = [part for part, _ in completing.parts(context, "")]
    assert first[:2] == ["sponsor", "intro"]
    assert first[-2:] == ["all", "none"]
    next_ = [part for part, _ in completing.parts(context, "sponsor,in")]
    assert next_[0] == "sponsor,intro"
    assert not {"sponsor,sponsor", "sponsor,all"} & {*next_}
