"""Curves over time as a PNG: one panel below the other, faults as lines through all of them."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont

_WIDTH, _HEIGHT = 1400, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 34, 34
_FONT: Final = ImageFont.load_default(13)
_COLOURS: Final = (
    *("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b"),
    *("#e377c2", "#7f7f7f", "#bcbd22", "#17becf", "#393b79", "#ad494a"),
)
_GRID, _MARK, _INK = "#e4e4e4", "#f3b0b0", "#222222"

Curve = Sequence[tuple[float, float]]
"""Points: minutes, and a value."""


class Panel(NamedTuple):
    """A title with the unit, and the curves by their names."""

    title: str
    curves: Mapping[str, Curve]


def draw(panels: Sequence[Panel], marks: Sequence[tuple[float, str]], out: Path) -> None:
    """Write the picture. `marks` are moments, in minutes, and what happened then."""
    image = Image.new("RGB", (_WIDTH, _HEIGHT * len(panels)), "white")
    ink = ImageDraw.Draw(image)
    times = [at for panel in panels for curve in panel.curves.values() for at, _ in curve]
    end = max(times, default=1.0) or 1.0
    for number, panel in enumerate(panels):
        _panel(ink, panel, marks, end, number * _HEIGHT)
    image.save(out, "PNG")


def _panel(
    ink: ImageDraw.ImageDraw, panel: Panel, marks: Sequence[tuple[float, str]], end: float, top: int
) -> None:
    most = max((value for curve in panel.curves.values() for _, value in curve), default=1.0) or 1.0
    right, upper, lower = _WIDTH - _RIGHT, top + _TOP, top + _HEIGHT - _BOTTOM

    def place(at: float, value: float) -> tuple[float, float]:
        return _LEFT + at / end * (right - _LEFT), lower - value / most * (lower - upper)

    for at, what in marks:
        x, _ = place(at, 0)
        ink.line(((x, upper), (x, lower)), _MARK)
        ink.text((x + 2, upper), what, _MARK, _FONT)
    for value in _ticks(most):
        _, y = place(0, value)
        ink.line(((_LEFT, y), (right, y)), _GRID)
        ink.text((_LEFT - 6, y), f"{value:g}", _INK, _FONT, "rm")
    for at in _ticks(end):
        x, _ = place(at, 0)
        ink.text((x, lower + 4), f"{at:g} min", _INK, _FONT, "ma")
    ink.text((_LEFT, top + 10), panel.title, _INK, _FONT)
    for number, (name, curve) in enumerate(panel.curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        ink.line([place(*point) for point in curve], colour, 2)
        last = f" {curve[-1][1]:.4g}" if curve else ""
        ink.text((right + 10, upper + 18 * number), f"{name}{last}", colour, _FONT)


def _ticks(most: float) -> list[float]:
    """Give round numbers from 0 to `most`, five or so."""
    step = 10.0 ** math.floor(math.log10(most / 5))
    step *= next(factor for factor in (1, 2, 5, 10) if step * factor >= most / 5)
    return [step * number for number in range(int(most / step) + 1)]
