"""What an actor does not load that it does not need."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("name", ["jobs", "metadata", "download", "storage", "logs"])
def test_an_actor_without_a_port_for_metrics_spares_the_library_for_them(name: str) -> None:
    check = f"import sys, actors.{name}.actor; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
