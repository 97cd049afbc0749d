"""``config logins``: who may come to a NATS server of one's own, and what for."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from cli import render
from cli.output import answer
from schemas.envelope import NodeName
from schemas.settings_reports import LoginsReport
from ytarchive.errors import UsageError, YtarchiveError
from ytarchive.runtime.server_logins import write_logins


def write(folder: Path, nodes: Sequence[str], *, as_json: bool) -> int:
    """Write the files, for `nodes` and those that have one. Raises `UsageError` for what names no node."""
    for node in nodes:
        try:
            msgspec.convert(node, NodeName)
        except msgspec.ValidationError as error:
            raise UsageError(
                f"{node!r} cannot be a node's name", hint="It has letters, digits, - and _, 64 at most."
            ) from error
    try:
        written = write_logins(folder.absolute(), nodes)
    except OSError as error:
        raise YtarchiveError(f"{folder} cannot be written: {error.strerror}") from error
    if not written.nodes:
        raise UsageError("there is no node yet", hint="--node names a machine, as YTARCHIVE_NODE does there.")
    report = LoginsReport(
        server=str(written.server),
        admin=str(written.admin),
        nodes={node: str(file) for node, file in written.nodes.items()},
    )
    answer(report, render.logins, as_json=as_json)
    return 0
