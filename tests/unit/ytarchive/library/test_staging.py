import os
from pathlib import Path

import pytest

from ytarchive.library.staging import held


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(BlockingIOError), held(tmp_path):
        pass
    with held(tmp_path):
        pass


def test_a_folder_that_is_not_there_is_held_by_nobody(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), held(tmp_path / "nothing"):
        pass


@pytest.mark.parametrize("again", [True, False])
def test_a_folder_that_was_removed_before_it_was_held_is_not_the_one_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    folder, open_ = tmp_path / "job", os.open
    folder.mkdir()

    def open_and_lose(path: Path, flags: int) -> int:
        descriptor = open_(path, flags)
        folder.rmdir()
        if again:
            folder.mkdir()
        return descriptor

    monkeypatch.setattr(os, "open", open_and_lose)
    with pytest.raises(FileNotFoundError), held(folder):
        pass
