"""nats-server's configuration, which it reads as JSON."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from schemas.codec import MAX_BYTES
from ytarchive.runtime.credentials import ROLES
from ytarchive.runtime.permissions import permissions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ytarchive.runtime.credentials import Credentials, Login
    from ytarchive.runtime.state_dir import StateDir
    from ytarchive.settings import Settings

_MEMORY_STORE: Final = 256 << 20
_SPARE_STORE: Final = 1 << 30
_LOG_BYTES: Final = 8 << 20


def server_config(
    state: "StateDir", settings: "Settings", logins: "Credentials", name: str, port: int, *, sync: bool = True
) -> dict[str, Any]:
    """Give the configuration of a server on 127.0.0.1, syncing every write if wished; -1 is any free `port`.

    ``$SYS`` stays in an account of its own, whose user ``system`` has the password of ``admin``.
    """
    return {
        "server_name": name,
        "host": "127.0.0.1",
        "port": port,
        "ports_file_dir": str(state.path / "run"),
        "max_payload": MAX_BYTES,
        "logfile": str(state.logs / "nats-server.log"),
        "logfile_size_limit": _LOG_BYTES,
        "logfile_max_num": 2,
        "jetstream": {
            "store_dir": str(state.path),
            "sync_interval": "always" if sync else "2m",
            "max_memory_store": _MEMORY_STORE,
            "max_file_store": _room(state.path / "jetstream", settings),
        },
        **accounts(logins["admin"], {settings.node: logins}),
    }


def accounts(admin: "Login", nodes: "Mapping[str, Credentials]") -> dict[str, Any]:
    """Give the part that says who may do what: the administrator, and the roles of each node."""
    users: list[dict[str, Any]] = [msgspec.structs.asdict(admin)]
    for node, logins in nodes.items():
        for role in ROLES:
            login = logins.get(role)
            if login and (allowed := permissions(role, node, login.user)):
                users.append({**msgspec.structs.asdict(login), "permissions": allowed})
    return {
        "accounts": {
            "YTARCHIVE": {"jetstream": "enabled", "users": users},
            "SYSTEM": {"users": [{"user": "system", "password": admin.password}]},
        },
        "system_account": "SYSTEM",
    }


def _room(store: Path, settings: "Settings") -> int:
    """Give the bytes the server may fill: what it has, and nine tenths of what is free.

    Beyond that it refuses with an error; on a disk that is really full it only stops answering. Never less
    than the streams reserve, or the server would not open them.
    """
    used = sum(file.stat().st_size for file in store.rglob("*") if file.is_file())
    return max(used + shutil.disk_usage(store.parent).free * 9 // 10, settings.log_bytes + _SPARE_STORE)
