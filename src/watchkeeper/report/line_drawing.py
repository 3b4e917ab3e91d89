"""Where the parts of a picture of lines stand, in the units of its view box. Pure geometry: a template turns it into SVG.

No line needs its colour: each has a dash and a mark of its own, and its name stands at its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10
from typing import Final

from watchkeeper.report.document import Lines, Series
from watchkeeper.report.drawing import LETTER, WIDE, cut
from watchkeeper.report.texts import Texts
from watchkeeper.report.width import width

_TALL, _TOP, _BOTTOM = 190, 14, 24
_MARKS: Final = 12
"""About how many marks a line gets, however many days it has."""
_APART: Final = 15
"""Heights between the names at the ends of two lines."""
_INTERVALS: Final = 4
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)

_OUTLINES: Final = (
    "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",
    "m-3 -3h6v6h-6z",
    "m0 -4l4 7h-8z",
    "m0 -4.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z",
)
"""As SVG writes them, from the middle."""

_Place = tuple[float, str, float | None]
"""A day's x, its label, and the value there."""


@dataclass(frozen=True, slots=True)
class MarkedPoint:
    x: float
    y: float
    said: str


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """`number` (from 1) is how it is dressed; `runs` are the points of each unbroken stretch, as SVG writes them. What its `ending` says
    stands at the height `at`."""

    number: int
    ending: str
    runs: tuple[str, ...]
    marks: tuple[MarkedPoint, ...]
    at: float | None


@dataclass(frozen=True, slots=True)
class DrawnLines:
    """`rules` are heights with their labels; `days` the dates below, each with the side it is anchored at."""

    height: float
    left: float
    right: float
    bottom: float
    lines: tuple[DrawnLine, ...]
    rules: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str, str], ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """From a floor in equal steps; floor and ceiling are whole steps."""

    floor: float
    step: float
    steps: int

    @property
    def ceiling(self) -> float:
        return self.floor + self.step * self.steps

    def height(self, value: float) -> float:
        return round(_TOP + (self.ceiling - value) / (self.ceiling - self.floor) * _TALL, 1)


def axis_of(chart: Lines) -> Axis:
    """The axis that shows every value. It begins at nothing where the values are quantities, or where that costs little room."""
    known = [value for each in chart.series for value in each.values if value is not None] or [0.0]
    lowest, highest = min(known), max(known)
    if chart.from_zero or 0 <= lowest <= highest / 3:
        lowest = 0.0
    step = _step(highest - lowest or abs(highest) or 1.0, whole=chart.digits == 0)
    first = floor(lowest / step + 1e-9)
    return Axis(first * step, step, max(1, ceil(highest / step - 1e-9) - first))


def _step(span: float, *, whole: bool) -> float:
    """A round number of which a few make the span."""
    least = max(span / _INTERVALS, 1.0 if whole else 0.01)
    power = 10.0 ** floor(log10(least))
    steps = (each * power for each in _STEPS)
    return next(each for each in steps if each >= least - 1e-9 and (not whole or each.is_integer()))


def draw_lines(chart: Lines) -> DrawnLines:
    axis = axis_of(chart)
    labels = tuple((axis.height(value), f"{value:,.{_digits(axis.step)}f}{chart.unit}") for value in _ruled(axis))
    left = max(width(label) for _, label in labels) * LETTER + 14
    right = WIDE - max((width(_ending(chart, each)) for each in chart.series), default=0) * LETTER - 24
    step = (right - left) / max(len(chart.days) - 1, 1)
    across = [round(left + number * step, 1) for number in range(len(chart.days))]
    lines = [_line(chart, each, number, across, axis) for number, each in enumerate(chart.series, 1)]
    return DrawnLines(
        height=_TOP + _TALL + _BOTTOM,
        left=round(left, 1),
        right=round(right, 1),
        bottom=_TOP + _TALL,
        lines=tuple(_kept_apart(lines)),
        rules=labels,
        days=tuple(_dated(across, chart.days)),
    )


def shown(chart: Lines, value: float) -> str:
    """A value of the picture as people read it."""
    return f"{value:,.{chart.digits}f}{chart.unit}"


def described(chart: Lines, texts: Texts) -> str:
    """What a reader who does not see the picture is told of it; the table beside it has the rest."""
    return " ".join(_described(chart, each, texts) for each in chart.series)


def _described(chart: Lines, series: Series, texts: Texts) -> str:
    known = [(day, value) for day, value in zip(chart.days, series.values, strict=True) if value is not None]
    if not known:
        return texts.say("lines.nothing", name=series.name)
    values = [value for _, value in known]
    (first_day, first), (last_day, last) = known[0], known[-1]
    return texts.say(
        "lines.told",
        name=series.name,
        first=shown(chart, first),
        first_day=first_day,
        last=shown(chart, last),
        last_day=last_day,
        lowest=shown(chart, min(values)),
        highest=shown(chart, max(values)),
    )


def mark_path(number: int, x: float, y: float) -> str:
    """The outline of a line's mark around a point: a circle, a square, a triangle or a diamond."""
    return f"M{x} {y}{_OUTLINES[number - 1]}"


def _ruled(axis: Axis) -> Iterator[float]:
    return (axis.floor + axis.step * number for number in range(axis.steps + 1))


def _ending(chart: Lines, series: Series) -> str:
    """What stands at the end of a line: its name, or where it is alone its last value, for the caption names it."""
    if len(chart.series) > 1:
        return cut(series.name)
    last = _last(series)
    return "" if last is None else shown(chart, last)


def _last(series: Series) -> float | None:
    return next((value for value in reversed(series.values) if value is not None), None)


def _digits(step: float) -> int:
    """How many the numbers of an axis need to be told apart."""
    return next((digits for digits in (0, 1) if round(step * 10**digits, 6).is_integer()), 2)


def _line(chart: Lines, series: Series, number: int, across: Sequence[float], axis: Axis) -> DrawnLine:
    places = list(zip(across, chart.days, series.values, strict=True))
    stretches = [list(its) for known, its in groupby(places, key=lambda each: each[2] is not None) if known]
    last = _last(series)
    return DrawnLine(
        number,
        _ending(chart, series),
        tuple(" ".join(f"{x},{axis.height(value or 0.0)}" for x, _, value in its) for its in stretches if len(its) > 1),
        tuple(_marked(chart, stretches, number, axis)),
        None if last is None else axis.height(last),
    )


def _marked(chart: Lines, stretches: Sequence[Sequence[_Place]], number: int, axis: Axis) -> Iterator[MarkedPoint]:
    """Some of a line's points, not the same days for every line; its last one always, and one that stands alone, which has no line."""
    known = [place for its in stretches for place in its]
    alone = {its[0][1] for its in stretches if len(its) == 1}
    every = max(1, ceil(len(known) / _MARKS))
    shift = (number - 1) * every // max(len(chart.series), 1)
    for index, (x, day, value) in enumerate(known):
        if (index - shift) % every == 0 or index == len(known) - 1 or day in alone:
            yield MarkedPoint(x, axis.height(value or 0.0), f"{day}: {shown(chart, value or 0.0)}")


def _kept_apart(lines: Sequence[DrawnLine]) -> Iterator[DrawnLine]:
    """Names at the ends of lines that meet move down, and up again where they would leave the picture."""
    named = sorted((each for each in lines if each.at is not None), key=lambda each: (each.at, each.number))
    heights: list[float] = []
    for line in named:
        heights.append(max(line.at or 0.0, heights[-1] + _APART if heights else 0.0))
    limit = float(_TOP + _TALL)
    for index in range(len(heights) - 1, -1, -1):
        heights[index] = min(heights[index], limit)
        limit = heights[index] - _APART
    placed = {line.number: height for line, height in zip(named, heights, strict=True)}
    for line in lines:
        yield DrawnLine(line.number, line.ending, line.runs, line.marks, placed.get(line.number))


def _dated(across: Sequence[float], days: Sequence[str]) -> Iterator[tuple[float, str, str]]:
    """As many days as there is room for, the first and the last among them."""
    parts = 4 if len(days) >= 9 else 2 if len(days) >= 3 else 1
    chosen = sorted({number * (len(days) - 1) // parts for number in range(parts + 1)}) if days else []
    for number in chosen:
        anchor = "start" if number == 0 else "end" if number == len(days) - 1 else "middle"
        yield across[number], days[number], anchor
