"""An actor's process begins whatever the server does, and ends when it is told to, whatever keeps it."""

import subprocess
import sys
from pathlib import Path

from tests.nats import NatsServer

_STUBBORN = """
import asyncio, sys
from pathlib import Path
from ytarchive.runtime import process
from ytarchive.settings import Settings

async def run(runtime):
    runtime.log.info("at work")
    await asyncio.Event().wait()

process.LAST_SECONDS = 0.3
process._LAST_LINE = 1.5
folder = Path(sys.argv[2])
settings = Settings(state_dir=folder, library_dir=folder)
process.run_actor("stubborn", run, settings, lambda: (sys.argv[1], None), owns_topology=True)
"""


_STARTING = """
import asyncio, os, signal, sys
from pathlib import Path
from ytarchive.runtime import process, topology
from ytarchive.settings import Settings

tries = []

async def run(runtime):
    tries.append(None)
    if len(tries) == 1:
        os.kill(int(sys.argv[3]), signal.SIGSTOP)
        await asyncio.sleep(0.5)  # each of its threads has to hear of it
        try:
            await runtime.bus.client.jetstream(timeout=1).stream_info(topology.EVENTS)
        finally:
            os.kill(int(sys.argv[3]), signal.SIGCONT)
    runtime.ready()
    await runtime.stopping.wait()

folder = Path(sys.argv[2])
settings = Settings(state_dir=folder, library_dir=folder)
process.run_actor("starting", run, settings, lambda: (sys.argv[1], None), owns_topology=True)
"""


def test_a_server_that_hangs_while_an_actor_begins_is_waited_for(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", _STARTING, nats_server.url, str(tmp_path), str(nats_server.pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            lines: list[str] = []
            for line in process.stderr:
                lines.append(line)
                if '"ready"' in line:
                    break
            said = "".join(lines)
            assert "waiting for the server" in said
            assert '"stopped"' not in said
            process.terminate()
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()


def test_who_does_not_come_to_an_end_is_ended(nats_url: str, tmp_path: Path) -> None:
    """Given work that cannot be given back, as the server is gone for good, then the process leaves it."""
    command = [sys.executable, "-c", _STUBBORN, nats_url, str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            assert any("at work" in line for line in process.stderr)
            process.terminate()
            assert process.wait(timeout=60) == 1
            assert "does not come to an end" in process.stderr.read()
        finally:
            process.kill()
