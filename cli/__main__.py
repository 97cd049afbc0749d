"""``ytarchive``: the program. Whatever happens ends in one clear line and an exit code, never a traceback."""

import os
import sys
from typing import Any


def main() -> int:
    """Run the command on the command line and give its exit code: see `ytarchive.errors`."""
    given: dict[str, Any] = {}
    if (
        "_YTARCHIVE_COMPLETE" in os.environ
    ):  # Typer would draw each line with rich, for 150 ms, to show no colours
        sys.modules["rich"] = None  # type: ignore[assignment]  # to Python: there is no such module
    try:
        from cli.standard_output import watched

        watched()
        from cli.app import app

        return app(prog_name="ytarchive", standalone_mode=False, obj=given) or 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:  # noqa: BLE001 - the last resort
        from cli.failing import fail

        return fail(error, sys.argv[1:], given)


if __name__ == "__main__":
    sys.exit(main())
