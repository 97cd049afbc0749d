"""Whether a folder can be written, as it is said in every heartbeat."""

import asyncio
import os
from pathlib import Path

import msgspec
import pytest

from schemas import codec
from tests.disks import read_only_disk, small_disk
from tests.permissions import held_by_permissions
from ytarchive.runtime.disk import barred
from ytarchive.runtime.pulse import Pulse
from ytarchive.settings import Settings

__all__ = ["read_only_disk", "small_disk"]


def test_what_can_be_written_or_made_is_not_barred_and_left_as_it_is(tmp_path: Path) -> None:
    assert barred(tmp_path) == ""
    assert barred(tmp_path / "to" / "come") == ""
    assert not list(tmp_path.iterdir())


def test_a_folder_of_somebody_else_is_barred(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with held_by_permissions():
        assert barred(tmp_path) == f"{tmp_path} cannot be written: the user {os.geteuid()} may not"
        below = tmp_path / "library"
        assert barred(below) == f"{below} cannot be made: the user {os.geteuid()} may not"
    tmp_path.chmod(0o700)


def test_a_file_in_the_place_of_a_folder_is_barred(tmp_path: Path) -> None:
    file = tmp_path / "library"
    file.touch()
    assert barred(file) == f"{file} is no folder"
    assert barred(file / "below") == f"{file / 'below'} cannot be made: {file} is no folder"


def test_a_disk_that_is_mounted_read_only_is_barred(
    read_only_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    assert barred(read_only_disk) == f"{read_only_disk} cannot be written: it is read-only"
    monkeypatch.setenv("INVOCATION_ID", "1")
    assert "ReadWritePaths=" in barred(read_only_disk)


@pytest.mark.parametrize(("name", "tells"), [("download", True), ("storage", True), ("metadata", False)])
async def test_who_writes_to_the_library_says_that_it_cannot(
    settings: Settings, tmp_path: Path, name: str, *, tells: bool
) -> None:
    file = tmp_path / "a file"
    file.touch()
    pulse = Pulse(name, msgspec.structs.replace(settings, library_dir=file))
    said: list[str] = []

    async def send(_subject: str, payload: bytes) -> None:
        said.append(codec.heartbeats.decode(payload).barred)

    beating = asyncio.create_task(pulse.run(send))
    async with asyncio.timeout(20):
        while pulse.beat().free is None:
            await asyncio.sleep(0.01)
    await pulse.send(send)
    beating.cancel()
    assert said[-1] == (f"{file} is no folder" if tells else "")
