"""A report's tables with cells that lead on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from watchkeeper.report.document import Cell, Lead, Row, Section, Table


def with_rows(section: Section, changed: Callable[[Row, int], Row]) -> Section:
    """The section with each row of its tables changed, which is told its number in its table."""
    blocks = tuple(
        replace(each, rows=tuple(changed(row, number) for number, row in enumerate(each.rows)))
        if isinstance(each, Table)
        else each
        for each in section.blocks
    )
    return replace(section, blocks=blocks)


def leading_to(row: Row, at: int, place: str) -> Row:
    """The row with one cell that leads to a place."""
    cells: list[Cell] = list(row.cells)
    cells[at] = Lead(str(cells[at]), place)
    return replace(row, cells=tuple(cells))
