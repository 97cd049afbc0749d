"""An actor's process ends when it is told to, whatever keeps it."""

import subprocess
import sys
from pathlib import Path

_STUBBORN = """
import asyncio, sys
from pathlib import Path
from ytarchive.runtime import process
from ytarchive.settings import Settings

async def run(runtime):
    runtime.log.info("at work")
    await asyncio.Event().wait()

process.LAST_SECONDS = 0.3
folder = Path(sys.argv[2])
settings = Settings(state_dir=folder, library_dir=folder)
process.run_actor("stubborn", run, settings, lambda: (sys.argv[1], None), owns_topology=True)
"""


def test_who_does_not_come_to_an_end_is_ended(nats_url: str, tmp_path: Path) -> None:
    """Given work that cannot be given back, as the server is gone for good, then the process leaves it."""
    command = [sys.executable, "-c", _STUBBORN, nats_url, str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            assert any("at work" in line for line in process.stderr)
            process.terminate()
            assert process.wait(timeout=20) == 1
            assert "does not come to an end" in process.stderr.read()
        finally:
            process.kill()
