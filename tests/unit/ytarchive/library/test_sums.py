"""coreutils are the judge."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from ytarchive.library import sums

AWKWARD = [
    "2024/plain [id].mp4",
    "2024/two  spaces *star.mp4",
    "back\\slash",
    "line\nfeed",
    "carriage\rreturn",
    "\\n is no line feed",
    "ünïcödé 動画 😀",
    os.fsdecode(b"no utf-8 \xff\xfe"),
    " leads with a space",
    "#no comment",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in AWKWARD:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(os.fsencode(name))
    return tmp_path


def digests() -> dict[str, str]:
    return {name: hashlib.sha256(os.fsencode(name)).hexdigest() for name in AWKWARD}


def test_it_is_what_coreutils_write_in_the_order_of_bytes(folder: Path) -> None:
    names = sorted(AWKWARD, key=os.fsencode)
    written = subprocess.run(["sha256sum", "--", *names], cwd=folder, capture_output=True, check=True)

    assert sums.render(digests()) == written.stdout


def test_coreutils_verify_it_and_find_what_was_changed(folder: Path) -> None:
    (folder / "SHA256SUMS").write_bytes(sums.render(digests()))
    judge = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    subprocess.run(judge, cwd=folder, check=True)

    (folder / "line\nfeed").write_bytes(b"line\0feed")

    judged = subprocess.run(judge, cwd=folder, capture_output=True, check=False)
    assert (judged.returncode, judged.stdout) == (1, b"\\line\\nfeed: FAILED\n")


def test_what_was_written_is_read_and_what_is_no_line_is_passed_over() -> None:
    text = sums.render(digests())

    assert sums.parse(text) == digests()
    assert sums.parse(b"# note\n\nshort  name\n" + text.replace(b"  2024", b" *2024")) == digests()
    assert sums.parse(b"A" * 64 + b"  name\n") == {"name": "a" * 64}
