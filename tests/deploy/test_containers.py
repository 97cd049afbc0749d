"""Dockerfile and compose file, as far as they can be held to anything without building an image."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml
from typer.main import get_group

from cli.app import app
from ytarchive.settings import Settings

CHECKOUT = Path(__file__).parents[2]
DOCKERFILE = (CHECKOUT / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
INSTRUCTIONS = [
    (word, rest.strip())
    for word, _, rest in (line.partition(" ") for line in DOCKERFILE.splitlines())
    if word and not word.startswith("#")
]
COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))


def of(word: str) -> list[str]:
    """Give what follows an instruction, wherever it stands."""
    return [rest for found, rest in INSTRUCTIONS if found == word]


def test_everything_that_is_built_is_copied_and_is_there() -> None:
    sources = [source for rest in of("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]]
    assert all((CHECKOUT / source).exists() for source in sources)
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {*project["tool"]["uv"]["build-backend"]["module-name"], "pyproject.toml", "uv.lock"}
    assert needed | {project["project"]["readme"], *project["project"]["license-files"]} <= set(sources)


def test_images_are_pinned_and_nothing_runs_as_root() -> None:
    assert all(re.fullmatch(r"python:3\.\d+-slim( AS build)?", image) for image in of("FROM"))
    assert of("USER") == ["10001"]
    assert INSTRUCTIONS.index(("USER", "10001")) < INSTRUCTIONS.index(("CMD", '["up"]'))


def test_what_is_run_are_commands_that_there_are() -> None:
    commands = get_group(app).commands
    (entry,), (default,) = (json.loads(of(word)[0]) for word in ("ENTRYPOINT", "CMD"))
    assert (entry, default) == ("ytarchive", "up")
    (health,) = of("HEALTHCHECK")
    program, group, command, *options = json.loads(health.partition("CMD ")[2])
    assert program == entry
    assert {default, group} <= commands.keys()
    checked = commands[group].commands[command]  # type: ignore[attr-defined]  # a group, or the test fails
    known = {option for parameter in checked.params for option in parameter.opts}
    assert {option for option in options if option.startswith("-")} <= known


def test_settings_named_are_settings_and_folders_are_volumes() -> None:
    variables = dict(re.findall(r"(YTARCHIVE_\w+)=(\S+)", " ".join(of("ENV"))))
    service = COMPOSE["services"]["ytarchive"]
    named = {name.removeprefix("YTARCHIVE_").lower() for name in variables | service["environment"]}
    assert named <= set(Settings.__struct_fields__)
    assert set(variables.values()) == set(json.loads(of("VOLUME")[0]))
    assert {volume.partition(":")[2] for volume in service["volumes"]} == set(variables.values())
    assert {volume.partition(":")[0] for volume in service["volumes"]} == set(COMPOSE["volumes"])


def test_the_container_may_do_no_more_than_it_needs() -> None:
    service = COMPOSE["services"]["ytarchive"]
    assert service["read_only"] is True
    assert service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]
    assert "ports" not in service
    assert (CHECKOUT / "deploy" / service["build"]["context"]).resolve() == CHECKOUT
    assert (CHECKOUT / service["build"]["dockerfile"]).is_file()
