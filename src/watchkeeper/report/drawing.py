"""Where the parts of a picture stand, in the units of its view box. Pure geometry: a template turns it into SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Final

from watchkeeper.report.document import Bar, Point, Shares, Tone, Trend
from watchkeeper.report.neutralise import plain
from watchkeeper.report.values import percent
from watchkeeper.report.width import width

WIDE: Final = 720
LETTER: Final = 7.2
"""About the width of a narrow character at the size of a picture's labels."""
NAME_COLUMNS: Final = 26
"""Columns of a bar's name that are shown; the table beside the picture has all of it."""
_BAR, _STEP = 20, 30
_TALL, _TOP, _LEFT, _BOTTOM = 150, 14, 46, 24
_MARGIN = 92
"""To the right of a line, for the name of the share aimed at."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar. `inside` is its number where there is room for it, else empty."""

    x: float
    width: float
    tone: Tone
    inside: str


@dataclass(frozen=True, slots=True)
class DrawnBar:
    name: str
    y: float
    pieces: tuple[Piece, ...]
    total: str
    end: float


@dataclass(frozen=True, slots=True)
class DrawnShares:
    height: float
    left: float
    thickness: float
    bars: tuple[DrawnBar, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    open: bool
    said: str


@dataclass(frozen=True, slots=True)
class DrawnTrend:
    """`lines` are the points of each unbroken stretch, as SVG writes them; `rules` are heights with their labels; `days` the
    dates below."""

    height: float
    left: float
    right: float
    dots: tuple[Dot, ...]
    lines: tuple[str, ...]
    rules: tuple[tuple[float, str], ...]
    target: float
    days: tuple[tuple[float, str, str], ...]
    bottom: float


def draw_shares(chart: Shares) -> DrawnShares:
    """Bars under each other on one scale, so that a team with twice the tickets has a bar twice as long. A bar of one part has its
    number at its end alone."""
    left = min(max((width(cut(bar.name)) for bar in chart.bars), default=0), NAME_COLUMNS) * LETTER + 10
    most = max((sum(bar.counts) for bar in chart.bars), default=0) or 1
    scale = (WIDE - left - 48) / most
    bars = tuple(
        _bar(bar, [tone for _, tone in chart.parts], left, scale, number * _STEP + 4)
        for number, bar in enumerate(chart.bars)
    )
    return DrawnShares(len(bars) * _STEP + 4, left, _BAR, bars)


def _bar(bar: Bar, tones: Sequence[Tone], left: float, scale: float, y: float) -> DrawnBar:
    starts = [left + start * scale for start in accumulate(bar.counts, initial=0)]
    pieces = tuple(
        Piece(
            round(x, 1), round(count * scale, 1), tone, f"{count:,}" if len(tones) > 1 and _fits(count, scale) else ""
        )
        for x, count, tone in zip(starts, bar.counts, tones, strict=False)
        if count
    )
    return DrawnBar(cut(bar.name), y, pieces, f"{sum(bar.counts):,}", round(starts[-1] + 6, 1))


def _fits(count: int, scale: float) -> bool:
    return count * scale > len(f"{count:,}") * 9


def draw_trend(chart: Trend) -> DrawnTrend:
    """A line over days, broken where a day has no share."""
    right = float(WIDE - _MARGIN)
    floor = _floor([*(point.share for point in chart.points if point.share is not None), chart.target])
    step = (right - _LEFT) / max(len(chart.points) - 1, 1)
    places = [(round(_LEFT + number * step, 1), point) for number, point in enumerate(chart.points)]
    dots = tuple(
        Dot(x, _height(point.share, floor), point.open, f"{point.label}: {percent(point.share)}")
        for x, point in places
        if point.share is not None
    )
    return DrawnTrend(
        height=_TOP + _TALL + _BOTTOM,
        left=_LEFT,
        right=right,
        dots=dots,
        lines=tuple(_stretches(places, floor)),
        rules=tuple((_height(share, floor), percent(share)) for share in (floor, (floor + 1) / 2, 1.0)),
        target=_height(chart.target, floor),
        days=tuple(_days(places)),
        bottom=_TOP + _TALL,
    )


def _stretches(places: Sequence[tuple[float, Point]], floor: float) -> Iterator[str]:
    for known, stretch in groupby(places, key=lambda each: each[1].share is not None):
        if known:
            yield " ".join(f"{x},{_height(point.share or 0.0, floor)}" for x, point in stretch)


def _days(places: Sequence[tuple[float, Point]]) -> Iterator[tuple[float, str, str]]:
    """The first day, the last, and the one between them, each with the side it is anchored at."""
    chosen = {0: "start", len(places) // 2: "middle", len(places) - 1: "end"} if len(places) > 2 else {0: "start"}
    for number, anchor in chosen.items() if places else ():
        x, point = places[number]
        yield x, point.label, anchor


def _floor(shares: Sequence[float]) -> float:
    """Where the scale begins, which its labels say: at nothing, unless all shares are in the upper half or fifth."""
    lowest = min(shares)
    return 0.0 if lowest < 0.5 else 0.5 if lowest < 0.8 else 0.8


def _height(share: float, floor: float) -> float:
    return round(_TOP + (1 - share) / (1 - floor) * _TALL, 1)


def cut(name: str) -> str:
    """A name as long as a picture has room for."""
    shown = plain(name)
    if width(shown) <= NAME_COLUMNS:
        return shown
    while width(shown) > NAME_COLUMNS - 1:
        shown = shown[:-1]
    return f"{shown}…"
