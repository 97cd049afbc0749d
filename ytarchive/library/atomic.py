"""Names that show a whole file or none: hidden while it is written, then given without taking another's.

Who is killed in between leaves at most a hidden temporary file, which `sweep_temporaries` removes.
"""

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from stat import S_ISREG

TEMPORARY = ".ytarchive-tmp-"
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_NO_DIRECTORY_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


@contextmanager
def temporary(folder: Path, kind: str = "") -> Iterator[Path]:
    """Give a path for a file that is to get its name in `folder`; what still lies there then is removed."""
    path = folder / f"{TEMPORARY}{kind}{secrets.token_hex(8)}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def publish(temporary: Path, path: Path) -> None:
    """Give a file its name, beside the one it has. Raises `FileExistsError` when anything has that name.

    Links are not followed. Where there are no hard links (exFAT, some network drives) the name is taken by an
    empty file first, which is all that a crash between the two steps can leave; the other name is gone then.
    """
    try:
        os.link(temporary, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.touch(exist_ok=False)
        try:
            temporary.replace(path)
        except BaseException:
            path.unlink()
            raise


def sync(folder: Path) -> None:
    """Make the names in `folder` outlive a power cut, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_DIRECTORY_SYNC:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def folders(root: Path, relative: PurePosixPath) -> Iterator[None]:
    """Make the folders for a file, and remove those made when it does not get there."""
    made: list[Path] = []
    try:
        for name in reversed([relative, *relative.parents][:-1]):
            folder = root / name
            with suppress(FileExistsError):
                folder.mkdir(mode=0o755)
                made.append(folder)
                sync(folder.parent)
        yield
    except BaseException:
        for folder in reversed(made):
            with suppress(OSError):  # another transfer has put something there
                folder.rmdir()
        raise


def is_temporary(path: Path) -> bool:
    """Tell whether a file belongs to a transfer, under way or killed, and not to the library."""
    return path.name.startswith(TEMPORARY)


def sweep_temporaries(root: Path, older_than: float) -> list[Path]:
    """Remove what killed transfers left below `root`, last written more than `older_than` seconds ago.

    Gives the paths removed. A transfer under way is safe when `older_than` exceeds the time to read its file.
    """
    removed = []
    for folder, _, names in os.walk(root):
        for path in filter(is_temporary, (Path(folder, name) for name in names)):
            with suppress(OSError):  # gone meanwhile, or not ours to remove
                status = path.lstat()
                if S_ISREG(status.st_mode) and time.time() - status.st_mtime > older_than:
                    path.unlink()
                    removed.append(path)
    return removed
