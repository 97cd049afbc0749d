import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ytarchive.ffmpeg import ffmpeg_path


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    ffmpeg_path.cache_clear()
    yield
    ffmpeg_path.cache_clear()


def install(folder: Path, *programs: str) -> None:
    for program in programs:
        path = folder / program
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)


def test_the_systems_ffmpeg_is_preferred_where_ffprobe_is_there_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    install(tmp_path, "ffmpeg", "ffprobe")

    assert ffmpeg_path() == str(tmp_path / "ffmpeg")


@pytest.mark.parametrize("programs", [(), ("ffmpeg",), ("ffprobe",)])
def test_else_it_is_the_one_that_comes_with_us_and_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    install(tmp_path, *programs)

    ours = ffmpeg_path()

    assert Path(ours).parent != tmp_path
    assert subprocess.check_output([ours, "-version"]).startswith(b"ffmpeg version")
