"""What a grid is where there are no pictures: signs and a table."""

from __future__ import annotations

from typing import Final, TypeAlias

from watchkeeper.report.document import Cell, Grid, Link, Paragraph, Row, Square, Table, Tone

SIGNS: Final = {
    Tone.GOOD: "✓",
    Tone.OPEN: "○",
    Tone.BAD: "!",
    Tone.WORST: "✗",
    Tone.EXEMPT: "–",
    Tone.UNKNOWN: "?",
}
"""What stands in a square without a text of its own, so that nobody needs its colour."""

Listed: TypeAlias = Table | Grid
"""Blocks that are a list, which a file can have."""


def seen(square: Square) -> str:
    return square.text or SIGNS[square.tone]


def as_text(grid: Grid) -> tuple[Table, Paragraph]:
    """The grid as a table of what is seen of it, and what its signs mean."""
    rows = tuple(Row((*row.names, *map(_seen, row.squares))) for row in grid.rows)
    meanings = " · ".join(f"{SIGNS[tone]} {name}" for name, tone in grid.legend)
    return Table((*grid.naming, *grid.headings), rows), Paragraph(meanings)


def as_table(block: Listed) -> Table:
    """The block for a file: what people see as a sign, in full."""
    if isinstance(block, Table):
        return block
    rows = tuple(Row((*row.names, *("" if each is None else each.said for each in row.squares))) for row in block.rows)
    return Table((*block.naming, *block.headings), rows)


def _seen(square: Square | None) -> Cell:
    if square is None:
        return ""
    return seen(square) if square.link is None else Link(seen(square), square.link.url)
