"""The real Prometheus, where it is installed: what it says of a page, and what it has read of one."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import pytest
from prometheus_client.parser import text_string_to_metric_families

_UNPACKED: Final = Path(__file__).parents[1] / ".cache" / "prometheus" / "usr" / "bin"
"""Where `.ci/run` puts it."""
_PATH: Final = os.pathsep.join((os.environ.get("PATH", ""), str(_UNPACKED)))
_PROMTOOL: Final = shutil.which("promtool", path=_PATH) or ""
_PROMETHEUS: Final = shutil.which("prometheus", path=_PATH) or ""

installed = pytest.mark.skipif(
    not (_PROMTOOL and _PROMETHEUS), reason="needs Prometheus (on Debian: `apt-get install prometheus`)"
)

_DEPLOY: Final = Path(__file__).parents[1] / "deploy"
DASHBOARD: Final = _DEPLOY / "grafana" / "ytarchive.json"
RULES: Final = _DEPLOY / "prometheus" / "alerts.yml"

Numbers = dict[tuple[str, ...], float]
"""The values of one metric, by the values of its labels, which come in the order of their names."""

_SECONDS: Final = 90.0
_PORTS: Final = range(20_000, 32_000)
"""Below those that systems give away by themselves: nobody is given one of ours before we listen there."""


def free_port() -> int:
    """Give a port of loopback that nobody has at the moment."""
    while True:
        with (
            contextlib.suppress(OSError),
            socket.create_server(("127.0.0.1", secrets.choice(_PORTS))) as found,
        ):
            return int(found.getsockname()[1])


def promtool(*words: str | Path, page: str = "") -> str:
    """Run promtool, which must be content, and give what it says."""
    done = subprocess.run(
        [_PROMTOOL, *words], input=page, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def scraped(port: int) -> str:
    """Give the page at a port, as soon as it is there."""
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=_SECONDS) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def expressions() -> list[str]:
    """Give what the panels of the dashboard ask for."""
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def numbers(page: str) -> dict[str, Numbers]:
    """Give the samples of a page, by the name of each."""
    found: dict[str, Numbers] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


class Prometheus:
    """One that runs, and reads the metrics at some ports once a second."""

    def __init__(self, port: int) -> None:
        self._port = port

    def until(self, expression: str, value: float) -> None:
        """Wait until an expression has a value, and only one."""
        deadline = time.monotonic() + _SECONDS
        while (found := self.query(expression)) != [value]:
            assert time.monotonic() < deadline, f"{expression} is {found}, not {value}"
            time.sleep(0.2)

    def query(self, expression: str) -> list[float]:
        """Give the values that an expression, which must be one, has now; none before it answers."""
        url = f"http://127.0.0.1:{self._port}/api/v1/query?{urlencode({'query': expression})}"
        try:
            with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
                return [float(one["value"][1]) for one in json.load(answer)["data"]["result"]]
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise AssertionError(f"{expression}: {error.read().decode()}") from None
        except (urllib.error.URLError, ConnectionError):
            pass
        return []


@contextlib.contextmanager
def prometheus(folder: Path, *ports: int, rules: Path | None = None) -> Iterator[Prometheus]:
    """Run it on loopback while the block lasts."""
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)] if rules else [],
        "scrape_configs": [
            {
                "job_name": "ytarchive",
                "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in ports]}],
            }
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(json.dumps(config))  # YAML, too
    port = free_port()
    command = [
        _PROMETHEUS,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield Prometheus(port)
        finally:
            process.terminate()
            process.wait(_SECONDS)
