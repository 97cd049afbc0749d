import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.ytsim.cache import cached
from tests.ytsim.certs import certificates

ROOT = Path(__file__).parents[2]
MAKER = """\
import pathlib, sys, time
from tests.ytsim.cache import cached

data = pathlib.Path(sys.argv[1])

def make(folder):
    (data / "made").open("a").write("x")
    time.sleep(0.3)
    (folder / "whole").touch()

print((cached(data / "folder", make) / "whole").exists())
"""


def test_processes_that_ask_at_once_make_it_once_and_all_see_it_whole(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKER, str(tmp_path)]
    makers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]

    assert [maker.communicate(timeout=120)[0].strip() for maker in makers] == ["True"] * 4
    assert (tmp_path / "made").read_text() == "x"


def test_threads_that_ask_at_once_make_it_once(tmp_path: Path) -> None:
    made: list[Path] = []
    gate = threading.Barrier(4)

    def ask(_: int) -> Path:
        gate.wait(60)
        return cached(tmp_path / "folder", made.append)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(4))) == {tmp_path / "folder"}
    assert len(made) == 1


def test_what_was_made_in_part_is_made_again(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "part").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached(tmp_path / "folder", fail)
    assert not (tmp_path / "folder").exists()

    folder = cached(tmp_path / "folder", lambda new: (new / "whole").touch())
    assert [file.name for file in folder.iterdir()] == ["whole"]


def test_the_key_is_readable_by_its_owner_only_and_kept(tmp_path: Path) -> None:
    first = certificates(tmp_path)

    assert first.server.stat().st_mode & 0o077 == 0
    assert first.ca.read_bytes() == certificates(tmp_path).ca.read_bytes()
    assert b"PRIVATE KEY" not in first.ca.read_bytes()
