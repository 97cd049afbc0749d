"""The Procfile: every line runs, and what reads such files runs all of it."""

import subprocess
import sysconfig
from pathlib import Path

from honcho.environ import parse_procfile

from actors.__main__ import NAMES
from tests.e2e.home import PROGRAM, Home, until

PROCFILE = Path(__file__).parents[2] / "deploy" / "Procfile"


def test_honcho_runs_all_of_it_and_stops_it(home: Home) -> None:
    lines: dict[str, str] = parse_procfile(PROCFILE.read_text(encoding="utf-8")).processes
    assert lines == {"server": "ytarchive server", **{name: f"ytarchive actor {name}" for name in NAMES}}

    environment = {**home.environment, "PATH": f"{PROGRAM.parent}:{home.environment['PATH']}"}
    honcho = Path(sysconfig.get_path("scripts")) / "honcho"
    with (home.folder / "honcho.log").open("wb") as output:
        process = subprocess.Popen(
            [honcho, "-f", PROCFILE, "-d", home.folder, "start"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    with process:
        try:
            until(lambda: home.run("jobs", "--json", code=None).code == 0, "it to run", every=0.3)
        finally:
            process.terminate()
            process.wait(90)
    home.must_be_quiet(60)
    log = (home.folder / "honcho.log").read_text()
    assert all(f"{name}.1" in log for name in lines)
