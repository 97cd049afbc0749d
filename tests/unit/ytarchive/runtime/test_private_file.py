import os
import stat
from pathlib import Path

import pytest

from ytarchive.errors import UsageError
from ytarchive.runtime.private_file import read_private, write_private


def test_a_file_is_replaced_as_a_whole_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old and longer")
    path.chmod(0o666)
    with path.open("rb") as before:
        write_private(path, b"new")
        assert before.read() == b"old and longer"
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_private(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(path, b"new")
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"old"]


def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target, path = tmp_path / "target", tmp_path / "file"
    target.write_bytes(b"of somebody else")
    path.symlink_to(target)
    write_private(path, b"new")
    assert target.read_bytes() == b"of somebody else"
    assert not path.is_symlink()


def test_what_systemd_gave_to_the_service_may_show_the_groups_bit_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"secret")
    path.chmod(0o440)
    with pytest.raises(UsageError, match="open to others"):
        read_private(path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_private(path) == b"secret"
    path.chmod(0o444)
    with pytest.raises(UsageError, match="open to others"):
        read_private(path)
