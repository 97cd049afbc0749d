"""What was measured, beside what, and whether the target is met."""

from collections.abc import Iterable, Sequence
from statistics import median

import msgspec
from rich import box
from rich.table import Table


class Samples(msgspec.Struct, frozen=True):
    """All values of one quantity, in the order they were taken."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The value to quote."""
        return median(self.values)

    def __str__(self) -> str:
        least, most = min(self.values), max(self.values)
        return _short(least) if least == most else f"{_short(self.median)} ({_short(least)}-{_short(most)})"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table.

    `beside` names what `bare` was measured of, taking turns with `ours`. `limit` is the target: the most the
    ratio ours/bare may be, or, where there is nothing beside, the most `ours` may be.
    """

    name: str
    unit: str
    ours: Samples
    beside: str = ""
    bare: Samples | None = None
    ratio: float | None = None
    limit: float | None = None
    met: bool | None = None


def figure(name: str, unit: str, ours: Iterable[float], *, limit: float | None = None) -> Figure:
    """Give a quantity that stands alone."""
    taken = Samples(tuple(ours))
    met = None if limit is None else taken.median <= limit
    return Figure(name=name, unit=unit, ours=taken, limit=limit, met=met)


def compared(  # noqa: PLR0917 - the columns of the table in their order
    name: str,
    unit: str,
    ours: Sequence[float],
    beside: str,
    bare: Sequence[float],
    limit: float | None = None,
) -> Figure:
    """Give a quantity beside another; the ratio is the median of the ratios within each turn."""
    ratio = median(a / b for a, b in zip(ours, bare, strict=True))
    return Figure(
        name=name,
        unit=unit,
        ours=Samples(tuple(ours)),
        beside=beside,
        bare=Samples(tuple(bare)),
        ratio=ratio,
        limit=limit,
        met=None if limit is None else ratio <= limit,
    )


_COLUMNS = ("measure", "unit", "ytarchive", "beside", "without", "ratio", "target", "")


def table(title: str, figures: Iterable[Figure], *, markdown: bool = False) -> Table:
    """Show figures: median (least-most)."""
    shown = Table(*_COLUMNS, title=None if markdown else title, box=box.MARKDOWN if markdown else box.SIMPLE)
    for one in figures:
        shown.add_row(
            one.name,
            one.unit,
            str(one.ours),
            one.beside,
            str(one.bare or ""),
            "" if one.ratio is None else f"{one.ratio:.2f}",
            "" if one.limit is None else f"≤ {_short(one.limit)}",
            {None: "", True: "✓", False: "✗"}[one.met],
        )
    return shown


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
