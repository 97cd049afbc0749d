"""A backup as a tar file: any tar can open it, and ``sha256sum -c SHA256SUMS`` checks what came out.

::

    backup.json       what wrote it, and when
    log.jsonl.zst     the event log (see ytarchive.runtime.log_files)
    documents/NAME    each metadata document that the log refers to, packed with zstd
    logs/NAME         the log lines of all actors, as the logs actor keeps them
    config.toml       the configuration file
    checkpoint-keys   the public keys with which the log was ever signed
    secrets/NAME      only if asked for
    SHA256SUMS        of all of them: where it is missing, the file is cut short
"""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Final, NamedTuple

import msgspec

from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.runtime.whole_file import opened

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ABOUT: Final = "backup.json"
LOG: Final = "log.jsonl.zst"
CONFIG: Final = "config.toml"
DOCUMENTS: Final = "documents/"
LOGS: Final = "logs/"
SECRETS: Final = "secrets/"
SUMS: Final = "SHA256SUMS"
FORMAT: Final = 1
_BLOCK: Final = 1 << 20


class About(msgspec.Struct, frozen=True):
    """What wrote a backup, and when."""

    format: int
    program: str
    at: datetime


class Member(NamedTuple):
    """One file of a backup, to be read before the next is asked for."""

    name: str
    content: BinaryIO
    bytes: int


class Writer:
    """Writes members into a tar file."""

    def __init__(self, file: BinaryIO) -> None:
        # no stream (`w|`): one that is given up because the disk is full would complain when it is forgotten
        self._tar = tarfile.open(mode="w", fileobj=file, format=tarfile.PAX_FORMAT)  # noqa: SIM115 - `end` closes
        self._sums: list[str] = []

    def add(self, name: str, content: bytes) -> None:
        """Add what is in memory."""
        self.copy(name, io.BytesIO(content), len(content))

    def copy(self, name: str, content: BinaryIO, size: int) -> None:
        """Add so many bytes of a file."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashed = _Hashed(content)
        self._tar.addfile(info, hashed)
        self._sums.append(f"{hashed.digest}  {name}\n")

    def end(self) -> None:
        """Add the sums, and the end."""
        content = "".join(self._sums).encode()
        info = tarfile.TarInfo(SUMS)
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))
        self._tar.close()


class _Hashed(io.RawIOBase):
    """Reads on, and hashes what was read."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content, self._hash = content, hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        data = self._content.read(len(view))
        view[: len(data)] = data
        self._hash.update(data)
        return len(data)

    def rest(self) -> None:
        """Read what is left."""
        while self.read(_BLOCK):
            pass


def members(path: Path) -> Iterator[Member]:
    """Give the members of a backup but its sums; each was what was written when the last has been given.

    Raises `UsageError` where the file cannot be read, `YtarchiveError` where it is damaged.
    """
    sums: dict[str, str] = {}
    try:
        with opened(path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
            for info in tar:
                content = tar.extractfile(info)
                if content is None:
                    raise damaged(path, f"{info.name} is no file")
                if info.name == SUMS:
                    _compare(path, sums, content.read().decode())
                    return
                if info.name in sums:
                    raise damaged(path, f"{info.name} is in it twice")
                hashed = _Hashed(content)
                yield Member(info.name, hashed, info.size)  # type: ignore[arg-type]  # what of it readers need
                hashed.rest()
                sums[info.name] = hashed.digest
    except (tarfile.TarError, UnicodeDecodeError, EOFError) as error:
        raise damaged(path, str(error)) from error
    except OSError as error:
        raise unreadable(path, error) from error
    raise damaged(path, f"cut short: {SUMS} is missing")


def unreadable(path: Path, error: OSError) -> UsageError:
    """Give the error to raise for a file that cannot be read."""
    return UsageError(
        f"{path} cannot be read: {error.strerror or error}",
        hint="Name a file that is there, and that you may read. Nothing was changed.",
    )


def _compare(path: Path, found: dict[str, str], told: str) -> None:
    wanted = {name: digest for digest, _, name in (line.partition("  ") for line in told.splitlines())}
    for name in wanted.keys() | found.keys():
        if wanted.get(name) != found.get(name):
            raise damaged(path, f"{name} is not what was written")


def damaged(path: Path, why: str) -> YtarchiveError:
    """Give the error to raise for a backup that is not what was written."""
    return YtarchiveError(f"{path} is no whole backup: {why}", hint="Nothing was changed. Use another copy.")
