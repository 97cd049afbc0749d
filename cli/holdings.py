"""What must be there, by the log, and where it is: for whatever holds the library against it."""

from pathlib import Path
from typing import TYPE_CHECKING

from cli import render
from cli.output import complain
from cli.replaying import Replay
from cli.session import library_of, reading
from ytarchive.library.due import is_there
from ytarchive.library.inventories import Inventories
from ytarchive.library.inventory import channels
from ytarchive.library.scan import LibraryAway, Place

if TYPE_CHECKING:
    from ytarchive.settings import Settings


async def folded_log(settings: "Settings") -> Replay:
    """Give the whole log, folded."""
    async with reading(settings) as bus:
        return await Replay.of(bus)


def library_there(settings: "Settings") -> Path:
    """Give the library. Raises `LibraryAway` where it is not there, or nobody may look into it."""
    library = Place(library_of(settings)).library
    try:
        channels(library)
    except OSError as error:
        raise LibraryAway(library, f"cannot be listed ({error.strerror})") from error
    return library


def due(settings: "Settings", library: Path, folded: Replay) -> Inventories:
    """Give what must be in the library. Raises `LibraryAway` where nothing is, and something must be."""
    found = Inventories(library, folded.jobs, settings.node)
    files = (file for row in found.rows() for file in row.files)
    if not any(is_there(library, file.path) for file in files) and any(found.rows()):
        raise LibraryAway(library, "holds none of the files that must be there")
    return found


def tell_breaks(folded: Replay) -> int:
    """Say where the log does not hold together. Gives 1 where that is anywhere."""
    for fault in folded.breaks:
        complain(render.fault(fault), wrong=True)
    return 1 if folded.breaks else 0
