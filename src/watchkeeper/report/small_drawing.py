"""Where the parts of small pictures beside each other stand: one line in each, all on one axis. Pure geometry: a template turns it
into SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from watchkeeper.report.document import Lines, Multiples, Series
from watchkeeper.report.line_drawing import axis_of, described
from watchkeeper.report.texts import Texts

WIDTH: Final = 220
HEIGHT: Final = 64
_MARGIN: Final = 5


@dataclass(frozen=True, slots=True)
class SmallLine:
    """`runs`: the points of each unbroken stretch, as SVG writes them. `dots`: days that stand alone, and the last one. `ending`: what it
    began and ended with, as text beside it; `told`: the same for whoever does not see it."""

    name: str
    ending: str
    told: str
    runs: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class DrawnMultiples:
    """`axis`: between which values all of them stand."""

    axis: tuple[str, str]
    lines: tuple[SmallLine, ...]
    top: float = _MARGIN
    bottom: float = HEIGHT - _MARGIN


def draw_multiples(chart: Multiples, texts: Texts) -> DrawnMultiples:
    all_of_them = _as_lines(chart, chart.series)
    axis = axis_of(all_of_them)
    span = axis.ceiling - axis.floor
    step = (WIDTH - 2 * _MARGIN) / max(len(chart.days) - 1, 1)

    def placed(number: int, value: float) -> tuple[float, float]:
        height = _MARGIN + (axis.ceiling - value) / span * (HEIGHT - 2 * _MARGIN)
        return round(_MARGIN + number * step, 1), round(height, 1)

    lines = []
    for each in chart.series:
        known = [(number, value) for number, value in enumerate(each.values) if value is not None]
        stretches = _stretches(known)
        alone = [its[0] for its in stretches if len(its) == 1]
        runs = (" ".join(f"{x},{y}" for x, y in (placed(*at) for at in its)) for its in stretches if len(its) > 1)
        dots = tuple(placed(*at) for at in dict.fromkeys([*alone, *known[-1:]]))
        told = described(_as_lines(chart, (each,)), texts)
        lines.append(SmallLine(each.name, _ending(chart, known), told, tuple(runs), dots))
    low, high = (f"{value:,g}{chart.unit}" for value in (axis.floor, axis.ceiling))
    return DrawnMultiples((low, high), tuple(lines))


def _as_lines(chart: Multiples, series: tuple[Series, ...]) -> Lines:
    """One of them, or the values of all under one name, as a picture of its own."""
    if len(series) == 1:
        return Lines(chart.caption, chart.days, series, chart.unit, chart.digits)
    values = tuple(value for each in series for value in each.values)
    return Lines(chart.caption, chart.days * len(series), (Series("", values),), chart.unit, chart.digits)


def _stretches(known: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    """Values of days in a row."""
    numbered = enumerate(known)
    return [[at for _, at in its] for _, its in groupby(numbered, key=lambda each: each[1][0] - each[0])]


def _ending(chart: Multiples, known: Sequence[tuple[int, float]]) -> str:
    if not known:
        return ""
    first, last = (f"{value:,.{chart.digits}f}{chart.unit}" for value in (known[0][1], known[-1][1]))
    return f"{first} → {last}" if len(known) > 1 else last
