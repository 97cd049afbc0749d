"""A bar on a terminal, for what reads many bytes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cli.output import console


@contextmanager
def meter(what: str, total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show how many of so many bytes are done, on a terminal. What is given may be called by any thread."""
    err = console(stderr=True)
    if quiet or not total or not err.is_interactive:
        yield lambda _bytes: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(what, *columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda count: progress.advance(task, count)
