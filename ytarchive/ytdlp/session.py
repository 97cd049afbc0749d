"""One use of `YoutubeDL`: quiet, with parameters of its own, and with errors that have a name."""

import copy
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from ytarchive.errors import StageFailed, UsageError
from ytarchive.ytdlp.failures import YtdlpFailure, classify

_log: Final = logging.getLogger("yt-dlp")


class Journal:
    """What yt-dlp says, where it would print it. Its complaints are kept, the rest goes to the log."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        """Log it; yt-dlp's informative lines come here too."""
        _log.debug("%s", message)

    def warning(self, message: str) -> None:
        """Keep it, unless it is about a means that other yt-dlp installations have and that is not missed."""
        if "impersonation" not in message:
            self.warnings.append(message)

    def error(self, message: str) -> None:
        """Keep it: where errors are let pass, it is said nowhere else."""
        self.warnings.append(message)


@contextmanager
def session(params: Mapping[str, Any], journal: Journal) -> Iterator[Any]:
    """Give a `YoutubeDL` with a copy of `params`, which it changes. Its errors become `YtdlpFailure`."""
    from yt_dlp import YoutubeDL  # noqa: PLC0415 - 1 s, in worker processes only

    with named(journal), YoutubeDL(copy.deepcopy(dict(params)) | {"logger": journal}) as ydl:
        ydl._forceprint = _print_nothing  # noqa: SLF001 - nothing public keeps it from drawing tables
        yield ydl


@contextmanager
def named(journal: Journal) -> Iterator[None]:
    """Make errors of yt-dlp in the block, which said more in the `journal`, into `YtdlpFailure`."""
    try:
        yield
    except (StageFailed, UsageError):
        raise
    except Exception as error:
        raise YtdlpFailure(classify(error, journal.warnings), journal.warnings) from error


def _print_nothing(_stage: str, _info: object) -> None:
    """Stand in for what prepares ``--print``, which we refuse: tables of all formats, at every stage."""
