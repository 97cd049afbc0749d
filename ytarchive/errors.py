"""Errors a person may meet. Each says what happened and, in `hint`, what to do.

::

    YtarchiveError            exit 1   the work failed
    ├── UsageError            exit 2   what was asked makes no sense
    ├── ServerUnavailable     exit 3   no server, or not one we can work with
    ├── TimedOut              exit 4   nothing happened for too long
    ├── Interrupted           exit 130 somebody pressed Ctrl-C
    └── Terminated            exit 143 a supervisor, or the terminal's end, stopped us
"""

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from schemas.common import Failure


class YtarchiveError(Exception):
    """The work failed."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", command: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        self.command = command
        """What mends it when it is entered as it is; empty where it takes thought."""


class UsageError(YtarchiveError):
    """What was asked makes no sense; asking again the same way will not help."""

    exit_code = 2


class ServerUnavailable(YtarchiveError):
    """There is no NATS server, or it refuses us."""

    exit_code = 3


class Refused(ServerUnavailable):
    """The server is there, and does not let us in."""


class TimedOut(YtarchiveError):
    """Nothing answered in the time allowed."""

    exit_code = 4


class Interrupted(YtarchiveError):
    """Ctrl-C was pressed; the message says how to go on."""

    exit_code = 130


class Terminated(YtarchiveError):
    """SIGTERM or SIGHUP came."""

    exit_code = 143


class Unfinished(Exception):
    """Work was ended from outside. It is begun again, as it is when a whole actor is killed."""


class StageFailed(Exception):
    """A stage of a job did not work, for a reason that has a name. It becomes a result, not a crash."""

    def __init__(self, failure: "Failure") -> None:
        super().__init__(failure.message)
        self.failure = failure


def meant(given: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Give which of the known words was probably meant; nothing where none is near."""
    near = difflib.get_close_matches(given.lower(), list(known), n=1, cutoff=cutoff)
    return near[0] if near else ""


def unknown(what: str, given: object, known: Sequence[str], where: str = "") -> UsageError:
    """Give the error for a word that is none of those there are: with the one that was probably meant."""
    near = meant(str(given), known)
    question = f"Did you mean `{near}`? " if near else ""
    return UsageError(
        f"{where}unknown {what}: {given!r:.80}", hint=f"{question}There are: {', '.join(known)}."
    )
