"""Where the spots of a strip stand, in the units of its view box. Pure geometry: a template turns it into SVG.

Spots that would cover each other stand above and below one another. Each tone has a shape of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from watchkeeper.report.document import Spot, Strip, StripRow, Tone
from watchkeeper.report.drawing import LETTER, NAME_COLUMNS, WIDE, cut
from watchkeeper.report.texts import Texts
from watchkeeper.report.width import width

_TOP, _BOTTOM, _ROW = 22, 26, 58
_ACROSS: Final = 10.0
"""How far two spots at one height are apart at least."""
_LANES: Final = (0.0, -9.0, 9.0, -18.0, 18.0)
"""Heights around the middle of a row, in the order in which they fill."""

_ON_TOP: Final = (Tone.EXEMPT, Tone.GOOD, Tone.UNKNOWN, Tone.OPEN, Tone.BAD, Tone.WORST)
"""What is drawn first, and covered where there is no room for all."""

_OUTLINES: Final = {
    Tone.GOOD: "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    Tone.OPEN: "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    Tone.BAD: "m0 -4.5l4.5 8h-9z",
    Tone.WORST: "m0 -5l5 5l-5 5l-5 -5z",
    Tone.EXEMPT: "m-3.5 -3.5h7v7h-7z",
    Tone.UNKNOWN: "m-4 -4l8 8m0 -8l-8 8",
}
"""As SVG writes them, from the middle. The open one is hollow."""


@dataclass(frozen=True, slots=True)
class DrawnSpot:
    path: str
    tone: Tone
    said: str


@dataclass(frozen=True, slots=True)
class DrawnRow:
    name: str
    middle: float
    spots: tuple[DrawnSpot, ...]


@dataclass(frozen=True, slots=True)
class DrawnStrip:
    """`ticks`: where, label, and the side it is anchored at. `limit`: the line across, None where there is none."""

    height: float
    left: float
    right: float
    top: float
    bottom: float
    rows: tuple[DrawnRow, ...]
    ticks: tuple[tuple[float, str, str], ...]
    limit: float | None


def draw_strip(strip: Strip) -> DrawnStrip:
    left = (
        min(max(width(cut(name)) for name in (strip.axis, *(row.name for row in strip.rows))), NAME_COLUMNS) * LETTER
        + 20
    )
    right = WIDE - 20.0
    places = [left + (right - left) * number / (len(strip.ticks) - 1) for number in range(len(strip.ticks))]
    rows = tuple(
        _row(row, strip, (left, right), _TOP + number * _ROW + _ROW / 2) for number, row in enumerate(strip.rows)
    )
    bottom = _TOP + len(strip.rows) * _ROW
    return DrawnStrip(
        height=bottom + _BOTTOM,
        left=round(left, 1),
        right=right,
        top=_TOP,
        bottom=bottom,
        rows=rows,
        ticks=tuple(
            (round(x, 1), label, "end" if number == len(places) - 1 else "middle")
            for number, (x, (_, label)) in enumerate(zip(places, strip.ticks, strict=True))
        ),
        limit=None if strip.limit is None else round(left + (right - left) * _share(strip, strip.limit[0]), 1),
    )


def spot_path(tone: Tone, x: float, y: float) -> str:
    """The outline of a spot around a point."""
    return f"M{x} {y}{_OUTLINES[tone]}"


def described_strip(strip: Strip, texts: Texts) -> str:
    """What a reader who does not see the picture is told of it; the table beside it has the rest."""
    return " ".join(_described(row, strip, texts) for row in strip.rows)


def _described(row: StripRow, strip: Strip, texts: Texts) -> str:
    counts = [(name, sum(spot.tone is tone for spot in row.spots)) for name, tone in strip.legend]
    said = texts.join([texts.say("strip.part", count=f"{count:,}", name=name) for name, count in counts if count])
    return texts.say("strip.told", row=row.name, said=said) if said else texts.say("strip.nothing", row=row.name)


def _share(strip: Strip, at: float) -> float:
    """How far along the axis a value is, 0 to 1."""
    places = [place for place, _ in strip.ticks]
    held = min(max(at, places[0]), places[-1])
    number = max(index for index, place in enumerate(places[:-1]) if place <= held)
    inside = (held - places[number]) / (places[number + 1] - places[number])
    return (number + inside) / (len(places) - 1)


def _row(row: StripRow, strip: Strip, span: tuple[float, float], middle: float) -> DrawnRow:
    left, right = span
    placed = sorted(
        ((round(left + (right - left) * _share(strip, spot.at), 1), spot) for spot in row.spots),
        key=lambda each: (each[0], _ON_TOP.index(each[1].tone)),
    )
    return DrawnRow(cut(row.name), middle, tuple(_spots(placed, middle)))


def _spots(placed: Sequence[tuple[float, Spot]], middle: float) -> Iterator[DrawnSpot]:
    """From the left: each in the first lane that has room. Where none has, it covers another one."""
    ends = [float("-inf")] * len(_LANES)
    for x, spot in placed:
        free = (number for number, end in enumerate(ends) if x - end >= _ACROSS)
        lane = next(free, min(range(len(ends)), key=ends.__getitem__))
        ends[lane] = x
        yield DrawnSpot(spot_path(spot.tone, x, middle + _LANES[lane]), spot.tone, spot.said)
