"""Dockerfile and compose files, as far as they can be held to anything without building an image."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import yaml
from typer.main import get_group

from cli.app import app
from ytarchive.settings import Settings, as_path

CHECKOUT = Path(__file__).parents[2]
DOCKERFILE = (CHECKOUT / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
INSTRUCTIONS = [
    (word, rest.strip())
    for word, _, rest in (line.partition(" ") for line in DOCKERFILE.splitlines())
    if word and not word.startswith("#")
]
IGNORED = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def compose(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CHECKOUT / "deploy" / name).read_text(encoding="utf-8"))
    return found


COMPOSE, OVERRIDE = compose("compose.yaml"), compose("compose.override.example.yaml")
SERVICE, OVERRIDDEN = (one["services"]["ytarchive"] for one in (COMPOSE, OVERRIDE))


def of(word: str) -> list[str]:
    """Give what follows an instruction, wherever it stands."""
    return [rest for found, rest in INSTRUCTIONS if found == word]


def settings_of(variables: dict[str, str]) -> dict[str, str]:
    """Give what variables set, by the name of the setting."""
    return {name.removeprefix("YTARCHIVE_").lower(): value for name, value in variables.items()}


def test_everything_that_is_built_is_copied_and_is_there() -> None:
    sources = [source for rest in of("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]]
    assert all((CHECKOUT / source).exists() for source in sources)
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {*project["tool"]["uv"]["build-backend"]["module-name"], "pyproject.toml", "uv.lock"}
    assert needed | {project["project"]["readme"], *project["project"]["license-files"]} <= set(sources)
    assert "*" in IGNORED  # the checkout may hold secrets, and gigabytes
    assert {line.removeprefix("!") for line in IGNORED if line.startswith("!")} == set(sources)
    assert f'"{project["build-system"]["requires"][0].replace("uv_build", "uv")}"' in DOCKERFILE


def test_images_are_pinned_and_nothing_runs_as_root() -> None:
    assert all(re.fullmatch(r"python:3\.\d+-slim( AS build)?", image) for image in of("FROM"))
    (user,) = of("USER")
    uid, _, gid = user.partition(":")
    assert f"useradd --uid {uid} --gid {gid} " in DOCKERFILE
    assert f"groupadd --gid {gid} " in DOCKERFILE
    assert INSTRUCTIONS.index(("USER", user)) < INSTRUCTIONS.index(("CMD", '["up"]'))


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
    given = settings_of(variables | SERVICE["environment"] | OVERRIDDEN["environment"])
    as_settings = msgspec.convert(given, Settings, strict=False, dec_hook=as_path)
    assert {str(as_settings.state_dir), str(as_settings.library_dir)} == set(json.loads(of("VOLUME")[0]))
    assert set(variables.values()) == set(json.loads(of("VOLUME")[0]))
    assert {volume.partition(":")[2] for volume in SERVICE["volumes"]} == set(variables.values())
    assert {volume.partition(":")[0] for volume in SERVICE["volumes"]} == set(COMPOSE["volumes"])
    assert {volume.partition(":")[2] for volume in OVERRIDDEN["volumes"]} <= set(variables.values())


def test_the_container_may_do_no_more_than_it_needs() -> None:
    assert SERVICE["read_only"] is True
    assert SERVICE["init"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert SERVICE["security_opt"] == ["no-new-privileges:true"]
    assert SERVICE["tmpfs"] == ["/tmp"]
    assert SERVICE["logging"]["options"].keys() == {"max-size", "max-file"}
    assert "ports" not in SERVICE
    assert (CHECKOUT / "deploy" / SERVICE["build"]["context"]).resolve() == CHECKOUT
    assert (CHECKOUT / SERVICE["build"]["dockerfile"]).is_file()


def test_what_is_overridden_is_secret_and_on_loopback() -> None:
    port = settings_of(OVERRIDDEN["environment"])["metrics_port"]
    assert OVERRIDDEN["ports"] == [f"127.0.0.1:{port}:{port}"]
    named = re.findall(r"/run/secrets/(\w+)", " ".join(OVERRIDDEN["environment"].values()))
    assert set(named) == set(OVERRIDDEN["secrets"]) == set(OVERRIDE["secrets"])
    ours_alone = (CHECKOUT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {f"deploy/{Path(one['file']).parent}/" for one in OVERRIDE["secrets"].values()} <= set(ours_alone)
    assert "deploy/compose.override.yaml" in ours_alone
