"""The options of ``submit`` and ``playlist submit``: said once, and had by both."""

from typing import Annotated, Any, Final, NamedTuple

import typer

from cli.options import Files, Force, Json, Order, Quiet, Rescan, Timeout, Urls, in_place_of, loaded_of


class Asked(NamedTuple):
    """What was given beside wishes and choices."""

    urls: list[str] | None
    files: list[str] | None
    force: bool
    priority: str | None
    rescan: bool
    wait: bool
    timeout: float | None
    quiet: bool
    as_json: bool


def _given(  # noqa: PLR0917 - Typer gives them by name
    urls: Urls = None,
    files: Files = None,
    force: Force = False,
    priority: Order = None,
    rescan: Rescan = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress until all have ended.")] = False,
    timeout: Timeout = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> Asked:
    """Give all of them."""
    return Asked(urls, files, force, priority, rescan, wait, timeout, quiet, as_json)


submitting: Final = in_place_of("asked", _given)
"""Gives a command all these options, in the place of its parameter `asked`."""


def submit(context: typer.Context, asked: Asked, wishes: Any, chosen: Any, *, together: bool = False) -> int:
    """Ask the running system for what was asked, all `together` in a batch or as it comes."""
    from cli import archive
    from cli.watched_work import Shown

    loaded = loaded_of(context)
    wanted = archive.wanted(
        loaded,
        asked.urls,
        asked.files,
        wishes,
        chosen,
        force=asked.force,
        priority=asked.priority,
        whole=asked.rescan,
        together=together,
    )
    shown = Shown(asked.timeout, as_json=asked.as_json, quiet=asked.quiet)
    return archive.submit(loaded.settings, wanted, shown, wait=asked.wait)
