"""Disks that are full, or read-only, for real. A test that wants one imports its fixture."""

import contextlib
import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SMALL_BYTES = 8 << 20
_BLOCK = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give an empty file system of 8 MiB, held in memory."""
    with mounted(tmp_path / "disk", SMALL_BYTES) as disk:
        yield disk


@contextlib.contextmanager
def mounted(disk: Path, size: int) -> Iterator[Path]:
    """Have an empty file system of so many bytes, held in memory, at a new folder while the block lasts."""
    disk.mkdir()
    try:
        mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"file systems cannot be mounted here: {error}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.fixture
def read_only_disk(small_disk: Path) -> Path:
    """Give a file system with one file `there` that lets nothing be written."""
    (small_disk / "there").write_bytes(b"there")
    mount("-o", "remount,ro", small_disk)
    return small_disk


def mount(*arguments: str | Path) -> None:
    """Mount or remount. Raises subprocess.CalledProcessError where that is not allowed."""
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


@contextlib.contextmanager
def filled(folder: Path, *, left: int = 0) -> Iterator[None]:
    """Have the disk of a folder full to the last byte, but for those `left`, while the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    ballast, block = folder / "ballast", bytes(_BLOCK)
    try:
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(block):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            file.truncate(file.tell() - left)
        yield
    finally:
        ballast.unlink(missing_ok=True)
