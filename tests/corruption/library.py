"""``python -m tests.corruption library``: a real archive, damaged at random again and again.

Each round does several things to the files at once, or one to the log, has the installed program audit all of
it, compares what it says with what was done, and brings everything back. The last rounds leave that to the
program: after `repair` and `quarantine` its audit must be clean.
"""

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.corruption import log
from tests.corruption.damage import NAMES, REPAIRED, Library, Told, draw
from tests.e2e.home import Home
from tests.permissions import held_by_permissions
from tests.ytsim.server import YtSim

_LOG_SHARE: Final = 0.08
"""Of all that is done, to the log: each takes a server of its own."""
_AT_ONCE: Final = len(NAMES)


def round_of_files(
    home: Home, library: Library, seed: str, number: int, among: Sequence[str] = NAMES
) -> tuple[list[str], str]:
    """Damage files, and audit them. Gives what was done, and what the audit has wrong: empty for nothing."""
    try:
        done = list(draw(library, random.Random(seed), number, among))
        with held_by_permissions():
            audited = home.run("audit", "--deep", "--json", code=1, seconds=300)
    finally:
        library.restore()
    if not audited.out:
        return [name for name, _ in done], f"no report: {audited.err}"
    report = audited.document
    found = Counter(Told(one["kind"], one["path"] or "", one["at"]) for one in report["problems"])
    due = Counter(told for _, told in done)
    wrong = [f"not found: {told}" for told in due - found] + [f"invented: {told}" for told in found - due]
    return [name for name, _ in done], "; ".join(wrong)


def round_of_log(home: Home, kept: Path, seed: str, name: str) -> str:
    """Damage the log of a home on which nothing runs, and audit it. Gives what the audit has wrong."""
    if not kept.exists():
        shutil.copytree(home.state, kept)
    try:
        chain, report = log.strike(home, name, random.Random(seed))
        return log.wrong(name, chain, report["problems"])
    finally:
        home.must_be_quiet()
        shutil.rmtree(home.state)
        shutil.copytree(kept, home.state)


def round_of_repair(home: Home, library: Library, seed: str, number: int) -> tuple[list[str], str]:
    """Damage files, and have them brought back. Gives what was done, and what is not as it was before."""
    done = list(draw(library, random.Random(seed), number, REPAIRED))
    for words in (["repair", "--all", "--deep"], ["quarantine", "--all"], ["audit", "--deep"]):
        ended = home.run(*words, code=None, seconds=600)
        if ended.code:
            return [name for name, _ in done], f"{words}: {ended.out}{ended.err}"
    return [name for name, _ in done], ""


def main(arguments: Sequence[str]) -> int:
    """Make the rounds asked for and tell of each. Gives 1 where any audit was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.corruption library", description=__doc__)
    parser.add_argument("--number", type=int, default=1000, help="how much is done in all (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn depends on it (%(default)s)")
    parser.add_argument("--repairs", type=int, default=10, help="rounds that end in repair (%(default)s)")
    parser.add_argument("--videos", type=int, default=12, help="of the archive (%(default)s)")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    done: Counter[str] = Counter()
    wrong = 0

    def tell(seed: str, names: Sequence[str], problem: str) -> None:
        nonlocal wrong
        done.update(names)
        wrong += bool(problem)
        if problem:
            print(f"seed {seed}: {', '.join(names)}: WRONG: {problem}", flush=True)
        elif sys.stderr.isatty():
            print(f"\r{done.total()} done", end="", file=sys.stderr, flush=True)

    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yta-corruption-")))
        sim = stack.enter_context(YtSim.spawn())
        home = stack.enter_context(Home(folder / "home", sim.proxy))
        home.run("run", *map(sim.watch_url, sim.ids[: options.videos]), "--json", seconds=600)
        library = Library(home.library, folder / "whole")
        of_log = max(len(log.NAMES), round(options.number * _LOG_SHARE))
        for turn in range(of_log):
            name = log.NAMES[turn % len(log.NAMES)]
            seed = f"{options.seed}/log/{turn}"
            tell(seed, [name], round_of_log(home, folder / "state", seed, name))
        with home.up():
            while (left := options.number - done.total()) > 0:
                seed = f"{options.seed}/files/{done.total()}"
                tell(seed, *round_of_files(home, library, seed, min(left, _AT_ONCE)))
            for turn in range(options.repairs):
                seed, whole = f"{options.seed}/repair/{turn}", folder / f"whole-{turn}"
                tell(seed, *round_of_repair(home, Library(home.library, whole), seed, _AT_ONCE))
        clean = home.run("audit", "--deep", "--json").document
    print(
        f"{done.total()} in {(time.monotonic() - began) / 60:.1f} min, {wrong} audits wrong; {clean['files']}"
    )
    for name, number in done.most_common():
        print(f"{number:6} {name}")
    return 1 if wrong else 0
