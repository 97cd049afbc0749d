"""What is published in ``docs/wire`` is what the program does."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from schemas import documents, jsonschema
from tests.contract import corpus

PUBLISHED = Path(__file__).parents[2] / "docs" / "wire"
DOCUMENTS = jsonschema.documents()


def document_of(tag: str) -> str:
    return "commit" if tag in corpus.EVENTS else tag


def rejects(schema: dict[str, Any], document: object) -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate(document)


@pytest.mark.skipif(not PUBLISHED.exists(), reason="only a checkout holds the documents")
def test_the_published_documents_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert (jsonschema.main([str(PUBLISHED), "--check"]), capsys.readouterr().out) == (0, "")


def test_every_message_has_a_document_and_every_document_a_message() -> None:
    assert {document_of(tag) for tag in corpus.BY_TAG} == documents.MESSAGES.keys()


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path != "asyncapi.json"])
def test_every_document_is_a_json_schema(path: str) -> None:
    Draft202012Validator.check_schema(DOCUMENTS[path])


@pytest.mark.parametrize("path", DOCUMENTS)
def test_documents_hold_nothing_that_other_languages_do_not_know(path: str) -> None:
    text = json.dumps(DOCUMENTS[path])
    for foreign in ("(?!", "discriminator", "\\n    ", "schemas.", "NaN"):
        assert foreign not in text


@pytest.mark.parametrize("tag", corpus.GOLDEN)
def test_a_golden_document_is_valid_by_its_schema_and_not_without_its_tag(tag: str) -> None:
    schema = DOCUMENTS[f"schemas/{document_of(tag)}.json"]
    Draft202012Validator(schema).validate(json.loads(corpus.GOLDEN[tag]))
    rejects(schema, json.loads(corpus.GOLDEN[tag].replace(f'"{tag}"'.encode(), b'"job.explode"')))


@pytest.mark.parametrize("name", corpus.REPORTS)
def test_a_golden_report_is_valid_by_its_schema_and_not_without_a_key(name: str) -> None:
    schema, report = DOCUMENTS[f"reports/{name}.json"], json.loads(corpus.REPORTS[name])
    Draft202012Validator(schema).validate(report)
    for key in schema["required"]:
        rejects(schema, {other: value for other, value in report.items() if other != key})


def test_documents_are_written_once_and_checked_until_something_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "wire"
    assert jsonschema.main([str(folder), "--check"]) == 1
    assert not folder.exists()
    assert jsonschema.main([str(folder)]) == 0
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.json")} == DOCUMENTS.keys()
    capsys.readouterr()

    assert jsonschema.main([str(folder), "--check"]) == 0
    assert jsonschema.main([str(folder)]) == 0
    assert capsys.readouterr().out == ""

    missing, changed, spare = (
        folder / path for path in ("asyncapi.json", "schemas/log.json", "schemas/x.json")
    )
    missing.unlink()
    changed.write_text(changed.read_text().replace("8192", "8193", 1))
    spare.write_text("{}")
    (folder / "notes.json").write_text("not ours")
    assert jsonschema.main([str(folder), "--check"]) == 1
    named = capsys.readouterr().out.splitlines()
    assert named == [f"{path}: not current" for path in (missing, changed, spare)]
    assert spare.exists()

    assert jsonschema.main([str(folder)]) == 0
    assert not spare.exists()
    assert (folder / "notes.json").exists()
    assert jsonschema.main([str(folder), "--check"]) == 0


def test_the_program_ends_with_the_answer_as_its_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemas.jsonschema", str(tmp_path), "--check"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (1, "`python -m schemas.jsonschema` makes them so\n")
    assert len(found.stdout.splitlines()) == len(jsonschema.texts())


def test_nothing_that_runs_loads_the_module() -> None:
    program = "import sys, schemas.codec, schemas.reports, schemas.subjects; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "schemas.codec" in loaded.stdout.splitlines()
    assert not {f"schemas.{name}" for name in ("jsonschema", "documents", "asyncapi", "channels")} & set(
        loaded.stdout.splitlines()
    )
