"""Logins for a NATS server of one's own: what it has to know, and a credentials file for each node.

Each node has users of its own, so that none can take what is another's to do, and one can be shut out alone.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ytarchive.runtime.credentials import ROLES, ensure_logins
from ytarchive.runtime.private_file import write_private
from ytarchive.runtime.server_config import accounts

_ADMIN: Final = "admin"
_NODE: Final = "node-"


class Written(NamedTuple):
    """The files: what the server includes, the administrator's login, and those of each node."""

    server: Path
    admin: Path
    nodes: dict[str, Path]


def write_logins(folder: Path, nodes: Iterable[str]) -> Written:
    """Write the files of the nodes named and of those there are, in which passwords stay as they are.

    None is written without a node. Raises `UsageError` for a file that others can read, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = {file.stem.removeprefix(_NODE) for file in folder.glob(f"{_NODE}*.json")}
    written = Written(
        folder / "logins.conf",
        folder / f"{_ADMIN}.json",
        {node: folder / f"{_NODE}{node}.json" for node in sorted({*there, *nodes})},
    )
    if not written.nodes:
        return written
    admin = ensure_logins(written.admin, {_ADMIN: _ADMIN})[_ADMIN]
    known = {
        node: ensure_logins(file, {role: f"{role}-{node}" for role in ROLES if role != _ADMIN})
        for node, file in written.nodes.items()
    }
    config = msgspec.json.format(msgspec.json.encode(accounts(admin, known)))
    write_private(written.server, config + b"\n")
    return written
