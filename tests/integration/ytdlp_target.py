"""What the workers of `test_ytdlp` do."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.options import ArchiveOptions
from ytarchive.settings import Settings
from ytarchive.ytdlp.download import download
from ytarchive.ytdlp.options import base_params

if TYPE_CHECKING:
    from schemas.common import StagedFile


class Fetch(msgspec.Struct, frozen=True):
    info: dict[str, Any]
    staging: str
    options: ArchiveOptions
    ytdlp_options: str
    state_dir: str


def fetch(argument: bytes, emit: Callable[[bytes], None]) -> bytes:
    order = msgspec.json.decode(argument, type=Fetch)
    files: tuple[StagedFile, ...] = download(
        order.info,
        Path(order.staging),
        order.options,
        base_params(Settings(ytdlp_options=order.ytdlp_options, state_dir=Path(order.state_dir))),
        lambda progress: emit(msgspec.json.encode(progress)),
    ).files
    return msgspec.json.encode(files)
