"""The state directory: who runs on it, which layout it has, and where its server is.

::

    lock              held while something runs on the directory; says which process
    version           the layout, a number
    server.json       the running server, while it can be used
    port              the one the server had last
    credentials.json  a login for each role
    jetstream/ run/ logs/ nats-server.conf
    crashes/          what is known of bugs that ended a program
    importing/        a log that is about to be put here
    checkpoint-keys   the public keys with which the log was ever signed here
    last-checkpoint   what was signed last
    libraries         what was ever archived into from here
    signing-key.pem config.toml.restored    from a backup, where they were not put elsewhere
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ytarchive.crashes import FOLDER as CRASHES
from ytarchive.errors import ServerUnavailable, UsageError
from ytarchive.runtime.credentials import FILE as CREDENTIALS
from ytarchive.runtime.lock import alive, held, sign, take
from ytarchive.runtime.private_file import write_private

LAYOUT: Final = 1
_LOCK, _VERSION, _SERVER, _PORT = "lock", "version", "server.json", "port"
STORE: Final = "jetstream"
UNDER_WAY: Final = "importing"
SIGNING_KEY: Final = "signing-key.pem"
KNOWN_KEYS: Final = "checkpoint-keys"
LAST_CHECKPOINT: Final = "last-checkpoint"
LIBRARIES: Final = "libraries"
_OURS: Final = frozenset(
    {_LOCK, _VERSION, _SERVER, _PORT, CREDENTIALS, SIGNING_KEY, KNOWN_KEYS, STORE, UNDER_WAY, "run", "logs"}
    | {LAST_CHECKPOINT, LIBRARIES, "nats-server.conf", "config.toml.restored", CRASHES}
)
_HALF_WRITTEN: Final = tuple(f".{name}." for name in _OURS)


class ServerInfo(msgspec.Struct, frozen=True):
    """The running server: `pid` is nats-server's own, `server_name` is new with every start.

    `library` and `egress` are the settings of those who work with it. One that is `passing` is there for as
    long as somebody looks at what is kept: no actor that waits for a server goes there.
    """

    url: str
    pid: int
    server_name: str
    started: datetime
    credentials: Path
    library: Path = Path()
    egress: str = ""
    passing: bool = False


class StateDir(NamedTuple):
    """A state directory that is ours as long as the file descriptor `lock` is open, here or in a child."""

    path: Path
    lock: int

    @property
    def credentials(self) -> Path:
        """Where the logins are."""
        return self.path / CREDENTIALS

    @property
    def logs(self) -> Path:
        """Where the server's and the actors' own output goes."""
        return self.path / "logs"

    def describe(self, server: ServerInfo) -> None:
        """Let others find the server."""
        write_private(self.path / _SERVER, msgspec.json.encode(server, enc_hook=str) + b"\n")

    def remember_port(self, port: int) -> None:
        """Keep the server's port for the next start."""
        write_private(self.path / _PORT, f"{port}\n".encode())

    def last_port(self) -> int:
        """Give the port the server had last; 0 where that is not known."""
        try:
            return int((self.path / _PORT).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def forget(self) -> None:
        """Let nobody look for the server any longer."""
        (self.path / _SERVER).unlink(missing_ok=True)


@contextlib.contextmanager
def open_state_dir(path: Path, *, passing: bool = False) -> Iterator[StateDir]:
    """Make the directory if need be (mode 0700), and hold its lock; `passing`, to read what is kept.

    Raises `InUse` when somebody else holds it; `ServerUnavailable` when its disk is full; `UsageError` when
    the directory is of a newer version, has other things in it or belongs to somebody else: then nothing in
    it was touched.
    """
    _check(path)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be used: {error.strerror}", hint="YTARCHIVE_STATE_DIR names another place."
        ) from error
    try:
        take(lock, path)
        _check(path)  # while we waited, a newer version may have moved in
        _move_in(path, lock, passing=passing)
        state = StateDir(path, lock)
        try:
            yield state
        finally:
            state.forget()
            os.truncate(lock, 0)
    finally:
        os.close(lock)  # and not unlocked: a server that is still there keeps it


def _move_in(path: Path, lock: int, *, passing: bool) -> None:
    """Say who holds the directory, and its version. Raises `ServerUnavailable` where that cannot be kept."""
    (path / _SERVER).unlink(missing_ok=True)  # whoever wrote it is gone
    try:
        sign(lock, passing=passing)
        if not (path / _VERSION).exists():
            write_private(path / _VERSION, f"{LAYOUT}\n".encode())
        (path / "logs").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ServerUnavailable(
            f"{path} cannot be written: {error.strerror}",
            hint="Free some space there, or let YTARCHIVE_STATE_DIR name another place.",
        ) from error


def exists(path: Path) -> bool:
    """Tell whether something was ever kept there."""
    return (path / _VERSION).is_file()


def running(path: Path) -> ServerInfo | None:
    """Give the server running on a state directory, or None. Who answers there is for the caller to verify.

    A description without a holder of the lock, or of a process that is gone, is not believed.
    """
    if not held(path / _LOCK):
        return None
    try:
        found = msgspec.json.decode((path / _SERVER).read_bytes(), type=ServerInfo, dec_hook=_path)
    except (OSError, msgspec.DecodeError):
        return None
    return msgspec.structs.replace(found, credentials=path / CREDENTIALS) if alive(found.pid) else None


def _path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError("not a path")


def _check(path: Path) -> None:
    try:
        found, names = path.stat(), {entry.name for entry in path.iterdir()}
        version = (path / _VERSION).read_text(encoding="ascii").strip() if _VERSION in names else ""
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if found.st_uid != os.geteuid():
        raise UsageError(
            f"{path} belongs to somebody else (user id {found.st_uid})",
            hint="YTARCHIVE_STATE_DIR names another place.",
        )
    foreign = sorted(name for name in names - _OURS if not name.startswith(_HALF_WRITTEN))
    if foreign and not version:
        raise UsageError(
            f"{path} is no state directory: it has {foreign[0]!r} in it",
            hint="YTARCHIVE_STATE_DIR takes an empty or a new directory.",
        )
    if version and (not version.isdecimal() or int(version) > LAYOUT):
        raise UsageError(
            f"{path} has layout version {version}, and this program knows {LAYOUT}",
            hint="Upgrade ytarchive, or name another place in YTARCHIVE_STATE_DIR. Nothing was changed.",
        )
