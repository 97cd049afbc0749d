"""The file for a bug report: all there is, and no secrets."""

import json
import stat
from pathlib import Path

import msgspec
import pytest

from cli import reporting
from schemas.diagnostics_reports import DiagnosticReport
from tests.contract import corpus
from ytarchive.errors import UsageError
from ytarchive.settings import Settings

GOLDEN = corpus.REPORTS["diagnostics_report"]


@pytest.fixture
def secretive(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with secrets in them, below somebody's home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return msgspec.structs.replace(
        settings,
        nats_url="nats://archive:hunter2@127.0.0.1:1",
        ytdlp_options="--proxy http://me:hunter2@proxy --cookies=/secret/cookies.txt --limit-rate 5M",
    )


@pytest.mark.parametrize("name", ["report.txt", "report.json"])
def test_it_is_written_for_us_alone_and_without_secrets(
    secretive: Settings, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    assert reporting.report(secretive, file, as_json=False) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"{file}, " in capsys.readouterr().out
    text = file.read_text()
    for secret in ("hunter2", "cookies.txt", "http://me", str(tmp_path)):
        assert secret not in text
    assert "--proxy --cookies --limit-rate" in text
    assert "~/library" in text
    if name.endswith(".json"):
        found = msgspec.json.decode(text, type=DiagnosticReport)
        assert (found.health.verdict, found.actors) == ("down", None)
    else:
        assert "== health\n✗ down\n" in text
        assert text.count("not known: nobody answered") == 4


def test_no_form_of_a_login_is_in_it(secretive: Settings, tmp_path: Path) -> None:
    odd = msgspec.structs.replace(
        secretive,
        nats_url="archive:hunter2@127.0.0.1:1",
        ytdlp_options="-phunter2 --proxy me:hunter3@h --twofactor -hunter4 -uarchivist",
    )
    assert reporting.report(odd, tmp_path / "report.txt", as_json=False) == 0
    text = (tmp_path / "report.txt").read_text()
    for secret in ("hunter2", "hunter3", "hunter4", "archivist"):
        assert secret not in text


def test_a_place_that_cannot_be_written_is_said(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        reporting.report(settings, tmp_path / "no" / "such" / "folder.txt", as_json=False)


def test_as_text_it_has_every_part_and_its_errors() -> None:
    text = reporting.as_text(msgspec.json.decode(GOLDEN, type=DiagnosticReport))
    titles = [line.removeprefix("== ") for line in text.splitlines() if line.startswith("== ")]
    assert titles == [
        "versions",
        "platform",
        "settings",
        "health",
        "doctor",
        "actors",
        "queues",
        "streams",
        "breakers",
        "disk",
        "the last 1 errors",
    ]
    assert max(map(len, text.splitlines())) <= 120
    assert text.splitlines()[-1].endswith("jobs@attic an actor is not heard of peer=storage")


def test_what_is_cleaned_is_still_the_same_document() -> None:
    found = msgspec.json.decode(GOLDEN, type=DiagnosticReport)
    cleaned = json.loads(msgspec.json.encode(reporting.cleaned(found)))
    assert cleaned.keys() == json.loads(GOLDEN).keys()
