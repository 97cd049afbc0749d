"""How a command that cannot do its work ends: what happened, what to do, and an exit code.

People read that on standard error, programs (``--json``) as the last line there, an `ErrorReport`.
"""

import contextlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from typer.exceptions import Abort, TyperException

from cli.misuse import misused
from cli.sentences import broken, columns_of
from ytarchive.crashes import Bug, bug
from ytarchive.errors import (
    Interrupted,
    ServerUnavailable,
    Terminated,
    TimedOut,
    UsageError,
    YtarchiveError,
)
from ytarchive.plain import LINES, plain

_ENDINGS: Final = {
    UsageError.exit_code: "usage",
    ServerUnavailable.exit_code: "no_server",
    TimedOut.exit_code: "timed_out",
    Interrupted.exit_code: "interrupted",
    Terminated.exit_code: "terminated",
}

_NO_STREAM: Final = 10059
"""What JetStream calls a stream that is not found."""


def fail(error: BaseException, words: Sequence[str], given: Mapping[str, Any]) -> int:
    """Say how a command failed that was called with `words` and the options `given`. Gives its exit code."""
    known = _known(error) or bug(error, words, given)
    with contextlib.suppress(OSError):  # the terminal may be gone, which is why we stop
        if _for_programs(words):
            _write(known)
        else:
            sys.stderr.write(told(known, columns_of(sys.stderr)))
    return known.exit_code


def told(known: YtarchiveError, columns: int | None) -> str:
    """Give what people read of an error, on a terminal of so many `columns` or where there is none."""
    stopped = isinstance(known, Interrupted | Terminated)
    lines = filter(None, (str(known) if stopped else f"error: {known}", known.hint))
    return "".join(f"{broken(plain(line, keep=LINES), columns)}\n" for line in lines)


def _for_programs(words: Sequence[str]) -> bool:
    """Tell whether a program reads us: also where the command line makes no sense."""
    options = words[: words.index("--")] if "--" in words else words
    return "--json" in options


def _known(error: BaseException) -> YtarchiveError | None:
    """Give the error a person can do something about that is in `error`, if there is one."""
    if isinstance(error, YtarchiveError):
        return error
    if isinstance(error, TyperException):
        return misused(error)
    if isinstance(error, KeyboardInterrupt | Abort):  # before anything was begun
        return Interrupted("Stopped.")
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(_known, error.exceptions)), None)
    return _of_the_server(error) if "nats.errors" in sys.modules and isinstance(error, Exception) else None


def _of_the_server(error: Exception) -> ServerUnavailable | None:
    import nats.errors

    from ytarchive.runtime.connection import in_words
    from ytarchive.runtime.outage import is_outage

    if is_outage(error):
        return ServerUnavailable(
            f"the server went away, or hangs: {in_words(error)}",
            hint="`ytarchive diagnostics health` tells whether it is back.",
        )
    if getattr(error, "err_code", None) == _NO_STREAM:
        return ServerUnavailable(
            "the server has nothing of ours yet", hint="The first jobs actor there makes what is needed."
        )
    if isinstance(error, nats.errors.Error):
        return ServerUnavailable(
            f"the server does not do what was asked: {str(error) or type(error).__name__}",
            hint="`ytarchive logs` may tell why.",
        )
    return None


def ending(known: YtarchiveError) -> str:
    """Give the word for programs that goes with an error."""
    return "bug" if isinstance(known, Bug) else _ENDINGS.get(known.exit_code, "failed")


def _write(known: YtarchiveError) -> None:
    from schemas import codec
    from schemas.answers import Ending, ErrorReport

    report = ErrorReport(
        ending=Ending(ending(known)),
        exit_code=known.exit_code,
        message=str(known),
        hint=known.hint,
        report=known.report if isinstance(known, Bug) else "",
    )
    sys.stderr.buffer.write(codec.encode(report) + b"\n")
    sys.stderr.flush()
