"""Handing archived files over as a bag: BagIt, RFC 8493, which every archive can verify and take in.

The payload is what is in the library, under the same paths. The manifest has the SHA-256 of the event log:
what is not as it was archived is put into no bag.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from glob import escape
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple

from schemas import codec
from schemas.catalogue import CatalogueRow
from schemas.common import ArchivedFile
from ytarchive.errors import YtarchiveError
from ytarchive.library.atomic import sync
from ytarchive.library.documents import held
from ytarchive.library.hashing import hash_file
from ytarchive.library.layout import resolve_inside

_ESCAPES: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}


class Bagged(NamedTuple):
    """What is in a bag: copies of videos, files and their bytes."""

    videos: int
    files: int
    bytes: int


def write(
    rows: Iterable[CatalogueRow], library: Path, bag: Path, *, link: bool, agent: str, today: date
) -> Bagged:
    """Make a bag of what is archived: whole, or not at all. It is written beside its place.

    With `link` its files are those of the library, under a second name; else they are copies.

    Raises `YtarchiveError` where a file is not as it was archived, FileExistsError where the place is taken,
    and OSError as it comes.
    """
    if os.path.lexists(bag):
        raise FileExistsError(f"{bag} is there already")
    with _beside(bag) as beside:
        bagged = _fill(beside, rows, library, link=link, agent=agent, today=today)
        for folder, _, _ in os.walk(beside):
            sync(Path(folder))
        beside.rename(bag)
    sync(bag.parent)
    return bagged


@contextmanager
def _beside(bag: Path) -> Iterator[Path]:
    """Give a hidden folder beside a place, which is removed where the block fails.

    It is locked meanwhile: those that nobody holds were left by somebody who was killed, and are removed.
    """
    prefix = f".{bag.name}.bag-"
    for left in bag.parent.glob(f"{escape(prefix)}*"):
        with suppress(OSError), held(left, wait=False):  # somebody is at work there, or it is not ours
            shutil.rmtree(left, ignore_errors=True)
    beside = Path(tempfile.mkdtemp(prefix=prefix, dir=bag.parent))
    with held(beside):
        try:
            beside.chmod(0o755)
            yield beside
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def _fill(
    bag: Path, rows: Iterable[CatalogueRow], library: Path, *, link: bool, agent: str, today: date
) -> Bagged:
    videos, manifest = 0, dict[str, ArchivedFile]()
    with (bag / "catalogue.jsonl").open("wb") as catalogue:
        for row in rows:
            videos += 1
            catalogue.write(codec.encode(row) + b"\n")
            for file in row.files:
                if file.path not in manifest:  # a video that was archived again may share some
                    _put(file, library, bag / "data", link=link)
                    manifest[file.path] = file
        catalogue.flush()
        os.fsync(catalogue.fileno())
    size = sum(file.bytes for file in manifest.values())
    version, escapes = _version(manifest)
    declared = f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n"
    _write(bag / "bagit.txt", declared)
    oxum = f"Payload-Oxum: {size}.{len(manifest)}\n"
    _write(bag / "bag-info.txt", f"Bag-Software-Agent: {agent}\nBagging-Date: {today.isoformat()}\n{oxum}")
    _write(
        bag / "manifest-sha256.txt",
        "".join(
            f"{file.sha256}  data/{_escaped(path, escapes)}\n" for path, file in sorted(manifest.items())
        ),
    )
    tags = ("bag-info.txt", "bagit.txt", "catalogue.jsonl", "manifest-sha256.txt")
    sums = {name: hashlib.sha256((bag / name).read_bytes()).hexdigest() for name in tags}
    _write(bag / "tagmanifest-sha256.txt", "".join(f"{digest}  {name}\n" for name, digest in sums.items()))
    return Bagged(videos, len(manifest), size)


def _version(paths: Iterable[str]) -> tuple[str, str]:
    """Choose the version of BagIt that says the same to every reader, and what it has escaped in paths.

    From 1.0 on that includes the per cent sign, which the Library of Congress's own validator does not know:
    it would miss a file with one in its name. Before 1.0 it stands for itself.
    """
    paths = list(paths)
    misread = any(re.search("%0[AD]", path, re.IGNORECASE) for path in paths)
    return ("0.97", "\r\n") if any("%" in path for path in paths) and not misread else ("1.0", "%\r\n")


def _escaped(path: str, which: str) -> str:
    return "".join(_ESCAPES[char] if char in which else char for char in path)


def _put(file: ArchivedFile, library: Path, payload: Path, *, link: bool) -> None:
    try:
        source = resolve_inside(library, file.path)
        target = resolve_inside(payload, file.path)
        if not S_ISREG(source.lstat().st_mode):
            raise _not_archived(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        if link:
            os.link(source, target)
        else:
            shutil.copy2(source, target)
            _sync_file(target)
    except (FileNotFoundError, ValueError) as error:
        raise _not_archived(file) from error
    if hash_file(target) != (file.bytes, file.sha256):
        raise _not_archived(file)


def _not_archived(file: ArchivedFile) -> YtarchiveError:
    return YtarchiveError(
        f"{file.path} is not as it was archived: no bag was made",
        hint="`ytarchive audit --deep` shows all that is wrong, `ytarchive repair` mends it.",
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
    _sync_file(path)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
