"""The choice of the server under test: what cannot be had is said in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import nats
from ytarchive.errors import ServerUnavailable

CHECKOUT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--nats=127.0.0.1:4222"], "--nats=127.0.0.1:4222: expected process, docker or a URL"),
        (["--nats=nats://127.0.0.1:1", "-n2"], "tests that empty its streams cannot run in parallel"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_before_any_test(options: list[str], complaint: str) -> None:
    pytest_says = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, __file__],
        cwd=CHECKOUT,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert pytest_says.returncode == pytest.ExitCode.USAGE_ERROR
    assert complaint in pytest_says.stderr
    assert pytest_says.stdout == ""


def test_a_url_at_which_nobody_listens_is_no_server() -> None:
    with (
        pytest.raises(ServerUnavailable, match=r"no NATS server at 127\.0\.0\.1:1: "),
        nats.server("nats://127.0.0.1:1"),
    ):
        pass


def test_without_docker_there_is_no_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with pytest.raises(ServerUnavailable, match=r"no container of nats:"), nats.server("docker"):
        pass
