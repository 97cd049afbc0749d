"""A disk that is not mounted leaves a bare folder under its name, which is not taken for the library."""

import shutil
import stat
from pathlib import Path

import msgspec
import pytest

from tests.permissions import held_by_permissions
from ytarchive.library.inventory import ROWS
from ytarchive.runtime import mount
from ytarchive.runtime.state_dir import LIBRARIES, open_state_dir
from ytarchive.settings import Settings


@pytest.fixture
def begun(settings: Settings) -> Settings:
    """Settings whose library was archived into."""
    mount.begin(settings)
    return settings


def unmount(settings: Settings) -> Path:
    """Leave a bare folder in the place of the library."""
    shutil.rmtree(settings.library_dir)
    settings.library_dir.mkdir()
    return settings.library_dir


def test_what_was_never_a_library_is_not_away(settings: Settings) -> None:
    assert mount.away(settings) == ""
    settings.library_dir.mkdir()
    assert mount.away(settings) == ""
    mount.recall(settings)
    assert list(settings.library_dir.iterdir()) == []
    assert not (settings.state_dir / LIBRARIES).exists()


@pytest.mark.parametrize("note", [None, "NOT_MOUNTED"])
def test_a_library_of_which_nothing_is_left_is_away_until_it_is_back_or_begun_anew(
    begun: Settings, note: str | None
) -> None:
    assert mount.away(begun) == ""
    folder = unmount(begun)
    if note:
        (folder / note).touch()
    assert mount.away(begun) == f"{folder} holds nothing of what was archived there: is its disk mounted?"
    shutil.rmtree(folder)
    assert mount.away(begun)
    *command, path = mount.anew(begun).split()
    assert command == ["mkdir", "-p"]
    Path(path).mkdir(parents=True)
    assert mount.away(begun) == ""


def test_a_library_that_was_copied_without_what_is_hidden_is_there(begun: Settings) -> None:
    channel = unmount(begun) / "A channel"
    channel.mkdir()
    (channel / ROWS).touch()
    assert mount.away(begun) == ""


def test_one_that_is_there_already_is_remembered_too_and_each_once(settings: Settings) -> None:
    settings.staging_dir.mkdir(parents=True)  # by an older version
    for _ in range(2):
        mount.recall(settings)
    other = msgspec.structs.replace(settings, library_dir=settings.library_dir.with_name("other"))
    mount.begin(other)
    file = settings.state_dir / LIBRARIES
    assert msgspec.json.decode(file.read_bytes()) == [str(settings.library_dir), str(other.library_dir)]
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    unmount(settings)
    assert mount.away(settings)
    assert not mount.away(other)
    with open_state_dir(settings.state_dir):  # which has nothing of somebody else in it
        pass


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b"[1]"])
def test_what_was_remembered_and_cannot_be_read_holds_nobody_up(begun: Settings, content: bytes) -> None:
    (begun.state_dir / LIBRARIES).write_bytes(content)
    unmount(begun)
    assert mount.away(begun) == ""


def test_a_library_that_nobody_may_look_into_is_said_to_be_that(begun: Settings) -> None:
    folder = unmount(begun)
    folder.chmod(0)
    with held_by_permissions():
        assert mount.away(begun) == f"{folder} cannot be read: Permission denied"
    folder.chmod(0o700)
