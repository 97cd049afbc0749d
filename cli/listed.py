"""Whether SHA256SUMS and CATALOGUE.jsonl in the library are as the log has it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ytarchive.library.inventories import Inventories

if TYPE_CHECKING:
    from cli.replaying import Replay
    from schemas.fixity import Finding
    from ytarchive.runtime.bus import Bus

_TRIES: Final = 5


async def faults(bus: "Bus", folded: "Replay", library: Path, node: str) -> "tuple[Finding, ...]":
    """Compare the inventories of a node's library with the log, and go on with the log meanwhile.

    Who archives lists a video before the log has it: what is found is looked at again while the log moves.
    """

    def look() -> "tuple[Finding, ...]":
        return tuple(Inventories(library, folded.jobs, node).faults())

    for _ in range(_TRIES):
        last = folded.last
        found = await asyncio.to_thread(look)
        async for _ in folded.go_on(bus):
            pass
        if not found or folded.last == last:
            break
    return found
