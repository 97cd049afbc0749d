"""``ytarchive-actor NAME``: one actor in the foreground, for supervisors."""

import sys
from importlib import import_module
from typing import Final

from ytarchive.errors import UsageError, YtarchiveError

NAMES: Final = ("jobs", "metadata", "download", "storage", "logs")


def main(argv: list[str] | None = None) -> int:
    """Run the actor named by the first argument; settings come from the usual places."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        name = _named(arguments)
        # structlog would draw tracebacks with rich: 5 MB, 70 ms and nothing anybody reads in a log
        sys.modules["rich"] = None  # type: ignore[assignment]  # to Python: there is no such module
        run(name)
    except YtarchiveError as error:
        print(f"error: {error}", *filter(None, [error.hint]), sep="\n", file=sys.stderr)  # noqa: T201 - the CLI is not loaded here
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort
        from ytarchive.crashes import bug  # noqa: PLC0415 - nobody needs it who does not crash

        found = bug(error, arguments)
        print(f"error: {found}", found.hint, sep="\n", file=sys.stderr)  # noqa: T201 - the same
        return found.exit_code
    return 0


def _named(arguments: list[str]) -> str:
    if len(arguments) != 1 or arguments[0] not in NAMES:
        raise UsageError(f"usage: ytarchive-actor {'|'.join(NAMES)}")
    return arguments[0]


def run(name: str, *, overrides: dict[str, object] | None = None) -> None:
    """Run one actor until SIGTERM. Raises `YtarchiveError` where it cannot even start."""
    from ytarchive.runtime.process import run_actor  # noqa: PLC0415 - nats costs 170 ms a usage error need not pay
    from ytarchive.runtime.rendezvous import server_for  # noqa: PLC0415 - the same
    from ytarchive.sources import load  # noqa: PLC0415 - the same

    loaded = load(overrides)
    for problem in loaded.problems:
        print(f"warning: {problem}", file=sys.stderr)  # noqa: T201 - before there is a log
    settings = loaded.settings
    actor = import_module(f"actors.{name}.actor")
    run_actor(name, actor.run, settings, lambda: server_for(settings, name), owns_topology=name == "jobs")


if __name__ == "__main__":
    sys.exit(main())
