"""What room there is, here and on the server, and what we take up of it."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.diagnostics_reports import (
    ActorsReport,
    DiskReport,
    FolderLine,
    NodeRoom,
    PlaceLine,
    StoreReport,
)
from ytarchive import crashes
from ytarchive.domain.verdict import ROOM
from ytarchive.library.aside import EVIDENCE, QUARANTINE
from ytarchive.runtime.connection import connect
from ytarchive.runtime.credentials import Login, load_credentials
from ytarchive.runtime.disk import nearest
from ytarchive.runtime.state_dir import STORE, running
from ytarchive.runtime.store import store_of_account, whole_store

if TYPE_CHECKING:
    from ytarchive.runtime.bus import Bus
    from ytarchive.settings import Settings


async def store(bus: "Bus", settings: "Settings") -> StoreReport:
    """Ask the server what it keeps, and whether it does: ours tells more. Raises nats errors."""
    found = None if settings.nats_url else running(settings.state_dir)
    if found is None:
        return await store_of_account(bus)
    system = Login("system", load_credentials(found.credentials, "admin").password)
    async with connect(found.url, system, name="ytarchive-health") as whole:
        return await whole_store(whole, found.pid)


def disk(
    settings: "Settings", found: ActorsReport | None = None, store: StoreReport | None = None
) -> DiskReport:
    """Give what room this machine's disks have, and what we take up; of other nodes, as `found`.

    `store` is what the server tells.
    """
    library, state = settings.library_dir, settings.state_dir
    places = tuple(
        _place(*pair) for pair in (("library", library), ("staging", settings.staging_dir), ("state", state))
    )
    kept = (
        ("staging", settings.staging_dir),
        ("evidence", library / EVIDENCE),
        ("quarantine", library / QUARANTINE),
        ("server's store", state / STORE),
        ("logs", state / "logs"),
        ("crash reports", state / crashes.FOLDER),
    )
    rooms = {
        one.node: one.free
        for one in (found.actors if found else ())
        if one.here and one.free is not None and one.actor in ("download", "storage")
    }
    return DiskReport(
        min_free_bytes=settings.min_free_bytes,
        resting=places[0].free < settings.min_free_bytes,
        places=places,
        kept=tuple(_kept(what, path) for what, path in kept if path.is_dir()),
        full=not settings.nats_url and places[2].free < ROOM,
        nodes=tuple(NodeRoom(node=node, free=free) for node, free in sorted(rooms.items())),
        store=store,
    )


def _place(what: str, path: Path) -> PlaceLine:
    there = nearest(path)
    usage = shutil.disk_usage(there)
    return PlaceLine(what=what, path=str(path), there=there == path, free=usage.free, total=usage.total)


def _kept(what: str, path: Path) -> FolderLine:
    sizes = list(_sizes(path))
    return FolderLine(what=what, path=str(path), files=len(sizes), bytes=sum(sizes))


def _sizes(folder: Path) -> Iterator[int]:
    """Give the size of every file below a folder; what goes away meanwhile, or cannot be read, has none."""
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                yield Path(root, name).lstat().st_size
