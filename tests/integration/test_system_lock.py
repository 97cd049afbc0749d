"""Who merely reads what is kept makes nobody fail who would run everything: it is waited for, and named."""

import asyncio
import contextlib
import subprocess
import sys

import pytest

from cli import logs
from cli.logs_wanted import Wanted
from ytarchive.errors import ServerUnavailable
from ytarchive.runtime.lock import InUse
from ytarchive.runtime.state_dir import exists, open_state_dir, running
from ytarchive.runtime.system import kept_server
from ytarchive.settings import Settings

LOOKER = """
import asyncio, sys
from pathlib import Path
from ytarchive.runtime.system import kept_server
from ytarchive.settings import Settings
async def main(path):
    async with kept_server(Settings(state_dir=path, library_dir=path / "library", node="here"), passing=True):
        print("looks", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
asyncio.run(main(Path(sys.argv[1])))
"""


async def test_who_runs_everything_waits_for_who_merely_looks_and_says_so(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with subprocess.Popen(  # noqa: ASYNC220 - beside a server, which takes longer
        [sys.executable, "-c", LOOKER, str(settings.state_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as looker:
        assert looker.stdout
        assert looker.stdin
        assert looker.stdout.readline() == "looks\n"
        # Given somebody who looks: nobody else's lock says it is passing, and it can be told from one to stay
        with pytest.raises(InUse) as busy, open_state_dir(settings.state_dir):
            pass
        assert busy.value.passing
        # When everything is to run
        async with contextlib.AsyncExitStack() as stack:
            starting = asyncio.create_task(stack.enter_async_context(kept_server(settings)))
            async with asyncio.timeout(20):
                while not any("only reads" in one.message for one in caplog.records):
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.6)
            # Then it waits, says so once,
            assert not starting.done()
            (said,) = [one.message for one in caplog.records if "only reads" in one.message]
            assert f"pid {looker.pid}" in said
            # and begins when that one is gone
            looker.stdin.write("\n")
            looker.stdin.flush()
            server, _ = await asyncio.wait_for(starting, 60)
            assert running(settings.state_dir) == server
            with pytest.raises(InUse) as stays, open_state_dir(settings.state_dir):
                pass
            assert not stays.value.passing


def test_nobody_follows_the_lines_of_a_server_that_would_be_there_for_that_alone(settings: Settings) -> None:
    with open_state_dir(settings.state_dir):
        pass
    assert exists(settings.state_dir)
    with pytest.raises(ServerUnavailable, match="nothing runs on"):
        logs.logs(settings, Wanted(), follow=True, as_json=False)
