"""``ytarchive``: the program. Whatever happens ends in one clear line and an exit code, never a traceback."""

import os
import sys
import traceback

from ytarchive.errors import Interrupted, ServerUnavailable, Terminated, YtarchiveError


def main() -> int:
    """Run the command on the command line and give its exit code: see `ytarchive.errors`."""
    from cli.app import app

    try:
        app(prog_name="ytarchive")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BrokenPipeError:  # whoever read our output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Interrupted, Terminated) as stopped:
        _say(str(stopped))
        return stopped.exit_code
    except KeyboardInterrupt:  # before anything was begun
        return Interrupted.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort
        known = _known(error)
        if known is None:
            _say(f"error: {type(error).__name__}: {error}", f"That is a bug of ours. {_report(error)}")
            return 1
        _say(f"error: {known}", known.hint)
        return known.exit_code
    return 0


def _known(error: BaseException) -> YtarchiveError | None:
    """Give the error a person can do something about that is in `error`, if there is one."""
    if isinstance(error, YtarchiveError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(_known, error.exceptions)), None)
    nats = sys.modules.get("nats.errors")
    if nats and isinstance(error, nats.Error):
        return ServerUnavailable(
            f"the server does not do what was asked: {error or type(error).__name__}",
            hint="`ytarchive logs` may tell why.",
        )
    return None


def _report(error: BaseException) -> str:
    """Keep the traceback in a file, and say where it is."""
    import tempfile

    try:
        descriptor, path = tempfile.mkstemp(prefix="ytarchive-crash-", suffix=".txt")
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            traceback.print_exception(error, file=file)
    except OSError as unwritten:
        return f"Its report could not be written: {unwritten}"
    return f"Please report it with {path}."


def _say(*lines: str) -> None:
    print(*filter(None, lines), sep="\n", file=sys.stderr)  # noqa: T201 - rich may not be what works


if __name__ == "__main__":
    sys.exit(main())
