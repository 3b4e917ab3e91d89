"""What a grid and a strip are where there are no pictures: signs and tables."""

from __future__ import annotations

from typing import Final, TypeAlias

from watchkeeper.report.document import Cell, Grid, Link, Paragraph, Row, Square, Strip, Table, Tone
from watchkeeper.report.texts import Texts

SIGNS: Final = {
    Tone.GOOD: "✓",
    Tone.OPEN: "○",
    Tone.BAD: "!",
    Tone.WORST: "✗",
    Tone.EXEMPT: "–",
    Tone.UNKNOWN: "?",
}
"""What stands in a square without a text of its own, so that nobody needs its colour."""

Listed: TypeAlias = Table | Grid | Strip
"""Blocks that a spreadsheet can have."""


def seen(square: Square) -> str:
    return square.text or SIGNS[square.tone]


def as_text(grid: Grid) -> tuple[Table, Paragraph]:
    """The grid as a table of what is seen of it, and what its signs mean."""
    rows = tuple(Row((*row.names, *map(_seen, row.squares))) for row in grid.rows)
    meanings = " · ".join(f"{SIGNS[tone]} {name}" for name, tone in grid.legend)
    return Table((*grid.naming, *grid.headings), rows), Paragraph(meanings)


def as_table(block: Listed, texts: Texts) -> Table:
    """The block for programs that calculate: words where people see signs."""
    match block:
        case Table():
            return block
        case Grid():
            words = {tone: name for name, tone in block.legend}
            rows = tuple(Row((*row.names, *(_worded(each, words) for each in row.squares))) for row in block.rows)
            return Table((*block.naming, *block.headings), rows)
        case Strip():
            return _spots(block, texts)


def _seen(square: Square | None) -> Cell:
    if square is None:
        return ""
    return seen(square) if square.link is None else Link(seen(square), square.link.url)


def _worded(square: Square | None, words: dict[Tone, str]) -> str:
    return "" if square is None else square.text or words[square.tone]


def _spots(strip: Strip, texts: Texts) -> Table:
    words = {tone: name for name, tone in strip.legend}
    headings = (texts.say("strip.row"), strip.axis, texts.say("strip.state"), texts.say("strip.what"))
    rows = tuple(
        Row((row.name, f"{spot.at:g}", words[spot.tone], spot.said)) for row in strip.rows for spot in row.spots
    )
    return Table(headings, rows, numbers=frozenset({1}))
