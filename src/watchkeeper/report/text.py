"""A document as text for terminals and logs: at most `columns` wide, no colour unless asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from watchkeeper.report.document import (
    Block,
    Bullets,
    Cell,
    Document,
    Grid,
    Lines,
    Link,
    Mark,
    Multiples,
    Pairs,
    Paragraph,
    Section,
    Shares,
    Strip,
    Table,
    Trend,
)
from watchkeeper.report.neutralise import guard_line, plain
from watchkeeper.report.squares import as_text
from watchkeeper.report.width import pad, width, wrap

COLUMNS = 100
_INDENT = "  "
_GAP = 2
_NARROWEST = 6

_COLOURS = {
    Mark.ADD: "\x1b[32m",
    Mark.GOOD: "\x1b[32m",
    Mark.CHANGE: "\x1b[33m",
    Mark.CLOSE: "\x1b[36m",
    Mark.OPEN: "\x1b[33m",
    Mark.WARN: "\x1b[33m",
    Mark.BAD: "\x1b[31m",
}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def render(document: Document, *, columns: int = COLUMNS, colour: bool = False) -> str:
    """The document as lines of text, ending in a line break."""
    lines = list(_lines(document, columns))
    return "".join(f"{_painted(line, mark, colour)}\n" for line, mark in lines)


def _painted(line: str, style: str, colour: bool) -> str:
    guarded = guard_line(line.rstrip())
    return f"{style}{guarded}{_PLAIN}" if colour and style and guarded else guarded


Line = tuple[str, str]
"""A line and the escape sequence of its colour ("" for none)."""


def _lines(document: Document, columns: int) -> Iterator[Line]:
    style = _BOLD + _COLOURS.get(document.mark, "")
    yield from ((line, style) for line in wrap(plain(document.sentence), columns))
    for section in document.sections:
        yield "", ""
        yield from _section(section, "", columns)
    if document.next_steps:
        yield "", ""
        yield from ((line, _BOLD) for line in wrap(plain(document.next_title), columns))
        yield from _bullets(Bullets(tuple(Paragraph(step) for step in document.next_steps)), _INDENT, columns)


def _section(section: Section, indent: str, columns: int) -> Iterator[Line]:
    if section.title:
        style = _COLOURS.get(section.mark, "") if indent else _BOLD + _COLOURS.get(section.mark, "")
        yield from _hanging(section.mark, section.title, indent, columns, style)
    inner = indent + _INDENT
    for block in section.blocks:
        yield from _block(block, inner, columns)
    for each in section.sections:
        yield from _section(each, inner, columns)


def _block(block: Block, indent: str, columns: int) -> Iterator[Line]:
    match block:
        case Paragraph():
            yield from _hanging(block.mark, block.text, indent, columns, _COLOURS.get(block.mark, ""))
        case Bullets():
            yield from _bullets(block, indent, columns)
        case Pairs():
            yield from _pairs(block, indent, columns)
        case Table():
            yield from _table(block, indent, columns)
        case Grid() if block.rows:
            table, meanings = as_text(block)
            yield from _table(table, indent, columns)
            yield from _hanging(meanings.mark, meanings.text, indent, columns, "")
        case Grid() | Shares() | Trend() | Lines() | Multiples() | Strip():
            return


def _bullets(block: Bullets, indent: str, columns: int) -> Iterator[Line]:
    for item in block.items:
        sign = item.mark.value or "•"
        yield from _hung(f"{sign} ", plain(item.text), indent, columns, _COLOURS.get(item.mark, ""))


def _hanging(mark: Mark, text: str, indent: str, columns: int, style: str) -> Iterator[Line]:
    return _hung(f"{mark.value} " if mark.value else "", plain(text), indent, columns, style)


def _hung(sign: str, text: str, indent: str, columns: int, style: str) -> Iterator[Line]:
    """A paragraph whose later lines stand under the first word."""
    for number, line in enumerate(wrap(text, columns - width(indent) - width(sign))):
        yield indent + (sign if number == 0 else " " * width(sign)) + line, style


def _pairs(block: Pairs, indent: str, columns: int) -> Iterator[Line]:
    labels = [plain(label) for label, _ in block.rows]
    room = columns - width(indent)
    labelled = min(max((width(label) for label in labels), default=0), room // 3)
    for label, (_, value) in zip(labels, block.rows, strict=True):
        cells = (wrap(label, labelled), wrap(_shown(value), room - labelled - _GAP))
        yield from _beside(cells, (labelled, room - labelled - _GAP), frozenset(), indent, "")


def _table(table: Table, indent: str, columns: int) -> Iterator[Line]:
    if not table.rows:
        return
    signed = any(row.mark.value for row in table.rows)
    margin = indent + _INDENT if signed else indent
    headings = [plain(heading) for heading in table.headings]
    rows = [[_shown(cell) for cell in row.cells] for row in table.rows]
    widths = _fitted(
        [max(width(text) for text in column) for column in zip(headings, *rows, strict=True)], columns - width(margin)
    )
    yield from _beside(
        [wrap(each, size) for each, size in zip(headings, widths, strict=True)], widths, table.numbers, margin, _BOLD
    )
    for row, cells in zip(table.rows, rows, strict=True):
        lines = _beside(
            [wrap(cell, size) for cell, size in zip(cells, widths, strict=True)], widths, table.numbers, "", ""
        )
        for number, (line, _) in enumerate(lines):
            sign = pad(row.mark.value if number == 0 else "", width(_INDENT)) if signed else ""
            yield indent + sign + line, _COLOURS.get(row.mark, "")
        if row.note:
            yield from _hung("", plain(row.note), margin + _INDENT, columns, "")


def _beside(
    cells: Sequence[Sequence[str]], widths: Sequence[int], numbers: frozenset[int], indent: str, style: str
) -> Iterator[Line]:
    """Cells next to each other, each on as many lines as it needs."""
    for parts in zip_longest(*cells, fillvalue=""):
        shown = [
            pad(part, size, right=column in numbers)
            for column, (part, size) in enumerate(zip(parts, widths, strict=True))
        ]
        yield (indent + (" " * _GAP).join(shown)).rstrip(), style


def _fitted(widths: Sequence[int], room: int) -> list[int]:
    """Column widths that fit: the widest give way first, none below a few columns."""
    fitted = [max(size, 1) for size in widths]
    room -= _GAP * (len(fitted) - 1)
    while sum(fitted) > room:
        widest = max(range(len(fitted)), key=lambda column: fitted[column])
        if fitted[widest] <= _NARROWEST:
            return [max(2, room // len(fitted))] * len(fitted)
        fitted[widest] -= 1
    return fitted


def _shown(cell: Cell) -> str:
    return plain(cell.text if isinstance(cell, Link) else cell)
