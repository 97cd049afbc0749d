"""What can be done to the files of a library, drawn at random, and what an audit must say of it."""

import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ytarchive.library.inventory import ROWS, SUMS
from ytarchive.library.scan import written

OLD: Final = 1_700_000_000
"""When everything in the library was last written, as far as it says: a file's age must tell nothing."""


class Told(NamedTuple):
    """What an audit says of one thing: `at` is where a renamed file lies now."""

    kind: str
    path: str
    at: str = ""


class Library:
    """A library to be damaged, and a whole copy of it to bring it back from."""

    def __init__(self, folder: Path, whole: Path) -> None:
        self.folder, self.whole = folder, whole
        shutil.copytree(folder, whole, ignore=shutil.ignore_patterns(".ytarchive"))
        known = [path.relative_to(whole).as_posix() for path in sorted(whole.rglob("*")) if path.is_file()]
        self.documents = [path for path in known if Path(path).name in (SUMS, ROWS)]
        self.files = [path for path in known if path not in self.documents]
        self.content = {path: (whole / path).read_bytes() for path in self.files}

    def put(self, path: str, content: bytes) -> None:
        """Write a file that looks old."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)
        os.utime(self.folder / path, (OLD, OLD))

    def restore(self) -> None:
        """Bring everything back as it was."""
        for entry in self.folder.iterdir():
            if entry.name != ".ytarchive":
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        shutil.copytree(self.whole, self.folder, dirs_exist_ok=True)


def flip(library: Library, path: str, rng: random.Random) -> Told:
    """Flip one bit; size and time of the file stay as they were, as when a disk rots."""
    content = bytearray(library.content[path])
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return _rewrite(library, path, bytes(content))


def truncate(library: Library, path: str, rng: random.Random) -> Told:
    """Cut a file short."""
    content = library.content[path]
    library.put(path, content[: rng.randrange(len(content))])
    return Told("altered", path)


def delete(library: Library, path: str, _rng: random.Random) -> Told:
    """Remove a file."""
    (library.folder / path).unlink()
    return Told("missing", path)


def replace(library: Library, path: str, rng: random.Random) -> Told:
    """Put other content in the place of a file, of the same size and the same time."""
    return _rewrite(library, path, rng.randbytes(len(library.content[path])))


def rename(library: Library, path: str, rng: random.Random) -> Told:
    """Give a file another name: of other case, in its folder, or in another."""
    name = Path(path).name
    here = Path(path).parent.as_posix()
    to = rng.choice(
        [
            f"{here}/{name.swapcase()}",
            f"{here}/{rng.getrandbits(32):08x}{Path(path).suffix}",
            f"{here}/{rng.getrandbits(32):08x}\n\x1b[2J\udcff{Path(path).suffix}",
            f"{rng.choice(['lost+found', 'Other Channel/2024', here.partition('/')[0]])}/{name}",
        ]
    )
    target = library.folder / to
    target.parent.mkdir(parents=True, exist_ok=True)
    (library.folder / path).rename(target)
    return Told("renamed", path, written(to))


def swap(library: Library, path: str, other: str) -> Iterator[Told]:
    """Have two files change places."""
    (library.folder / path).rename(aside := library.folder / "aside")
    (library.folder / other).rename(library.folder / path)
    aside.rename(library.folder / other)
    yield Told("renamed", path, other)
    yield Told("renamed", other, path)


def overwrite(library: Library, path: str, other: str) -> Iterator[Told]:
    """Rename a file over another, which is lost."""
    (library.folder / path).rename(library.folder / other)
    yield Told("renamed", path, other)
    yield Told("altered", other)


def stray(library: Library, path: str, rng: random.Random) -> Told:
    """Leave a file, a copy of an archived one, or a link, that nobody archived."""
    folder = rng.choice(["", "notes/", f"{path.partition('/')[0]}/", f"{Path(path).parent.as_posix()}/"])
    to = f"{folder}{rng.choice(['Thumbs', 'x y', 'ünï', '._', 'SHA256SUMS.'])}{rng.getrandbits(32):08x}"
    match rng.randrange(3):
        case 0:
            library.put(to, rng.randbytes(rng.randrange(5000)))
        case 1:
            library.put(to, library.content[path])
        case _:
            (library.folder / to).parent.mkdir(parents=True, exist_ok=True)
            (library.folder / to).symlink_to(library.folder / path)
    return Told("unexpected", to)


def document(library: Library, path: str, rng: random.Random) -> Told:
    """Remove one of the documents of a channel's folder, take a line out, or flip a bit of it."""
    target = library.folder / path
    lines = (library.whole / path).read_bytes().splitlines(keepends=True)
    match rng.randrange(3):
        case 0:
            target.unlink()
            return Told("missing", path)
        case 1:
            del lines[rng.randrange(len(lines))]
            library.put(path, b"".join(lines))
        case _:
            text = bytearray(b"".join(lines))
            text[rng.randrange(len(text))] ^= 1 << rng.randrange(8)
            library.put(path, bytes(text))
    return Told("altered", path)


def no_list(library: Library, path: str, rng: random.Random) -> Told:
    """Give the name of a document to what is no file: who opens it may wait for ever, or read another."""
    target = library.folder / path
    target.unlink()
    match rng.randrange(3):
        case 0:
            target.mkdir()
        case 1:
            os.mkfifo(target)
        case _:
            target.symlink_to(library.whole / path)
    return Told("altered", path)


def unreadable_list(library: Library, path: str, _rng: random.Random) -> Told:
    """Forbid to read a document."""
    (library.folder / path).chmod(0)
    return Told("unreadable", path)


def _rewrite(library: Library, path: str, content: bytes) -> Told:
    status = (library.whole / path).stat()
    (library.folder / path).write_bytes(content)
    os.utime(library.folder / path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return Told("altered", path)


Kind = Callable[[Library, str, random.Random], Told]
KINDS: Final[dict[str, Kind]] = {
    "bit flip": flip,
    "truncation": truncate,
    "deletion": delete,
    "missing sidecar": delete,
    "same size and mtime": replace,
    "rename": rename,
    "stray": stray,
    "document": document,
    "no list": no_list,
    "unreadable list": unreadable_list,
}
OF_TWO: Final = {"swapped pair": swap, "renamed over another": overwrite}
NAMES: Final = (*KINDS, *OF_TWO)
OF_LISTS: Final = ("document", "no list", "unreadable list")
REPAIRED: Final = tuple(name for name in NAMES if name != "unreadable list")
"""What `repair` brings back: permissions are for a person to give."""


def draw(
    library: Library, rng: random.Random, number: int, among: Sequence[str] = NAMES
) -> Iterator[tuple[str, Told]]:
    """Do so much to different files of a library, every kind in its turn, and tell what, and of what.

    Where there are fewer documents than kinds for them, some have no turn.

    No two of the files have the same content: which of them was renamed could not be told.
    """
    used: set[bytes | str] = set()
    kinds = list(among)
    rng.shuffle(kinds)
    for turn in range(number):
        name = kinds[turn % len(kinds)]
        if not (fit := _fit(library, name, used)):
            continue
        path = rng.choice(fit)
        used.add(library.content.get(path, path))
        if name in KINDS:
            yield name, KINDS[name](library, path, rng)
            continue
        other = rng.choice(_fit(library, name, used))
        used.add(library.content[other])
        yield from ((name, told) for told in OF_TWO[name](library, path, other))


def _fit(library: Library, name: str, used: set[bytes | str]) -> list[str]:
    if name in OF_LISTS:
        return [path for path in library.documents if path not in used]
    found = [path for path in library.files if library.content[path] and library.content[path] not in used]
    if name == "missing sidecar":
        return [path for path in found if not path.endswith((".mkv", ".mp4", ".webm", ".m4a"))]
    return found
