"""A document as the text of a ticket's note: short, and without columns, which a ticket's form would not keep.

A row of a table becomes a line: its first cell, then what the others say under their headings. Long tables and lists are cut, and the
shorter the more there is to tell; the whole of them is in the files that go with the note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from watchkeeper.report.document import Block, Bullets, Cell, Document, Link, Mark, Pairs, Paragraph, Section, Table
from watchkeeper.report.figures import NOTHING
from watchkeeper.report.neutralise import plain
from watchkeeper.report.texts import Texts

ROWS: Final = 8
"""Rows of a table that are told where there is room."""
ITEMS: Final = 4
"""Items of a list that are told also where there is little."""
MOST: Final = 3500
"""Characters. A journal entry may be 4,000 long by default (ServiceNowDocs, dictionary: a journal field's maximum length), and whoever
is mailed it reads no more than that either."""


def render(document: Document, *, texts: Texts, rows: int = ROWS, most: int = MOST) -> str:
    """The document's lines, with as many rows of each table (`rows` at most) as there is room for. Where one row is too much, the lines
    end where there are too many characters, which the last one then says."""
    told = "\n".join(_lines(document, texts, rows)).strip()
    while len(told) > most and rows > 1:
        rows -= 1
        told = "\n".join(_lines(document, texts, rows)).strip()
    return told if len(told) <= most else _ended(told, texts, most)


def _ended(told: str, texts: Texts, most: int) -> str:
    lines: list[str] = []
    left = most - len(texts.say("note.cut")) - 1
    for line in told.split("\n"):
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line)
    return "\n".join([*lines, texts.say("note.cut")]).strip()


def _lines(document: Document, texts: Texts, rows: int) -> Iterator[str]:
    yield plain(document.sentence)
    for section in _unfolded(document.sections):
        yield ""
        yield from _section(section, texts, rows)
    if document.next_steps:
        yield ""
        yield plain(document.next_title)
        yield from (f"- {plain(step)}" for step in document.next_steps)


def _section(section: Section, texts: Texts, rows: int) -> Iterator[str]:
    if section.title:
        yield _marked(section.mark, section.title)
    for block in section.blocks:
        yield from _block(block, texts, rows)
    for inner in _unfolded(section.sections):
        yield from _section(inner, texts, rows)


def _unfolded(sections: Iterable[Section]) -> Iterator[Section]:
    """What a page folds away is for whoever wants all of it, and has the files."""
    return (section for section in sections if not section.folded)


def _block(block: Block, texts: Texts, rows: int) -> Iterator[str]:
    match block:
        case Paragraph():
            yield _marked(block.mark, block.text)
        case Bullets():
            yield from _bullets(block, texts, max(rows, ITEMS))
        case Pairs():
            yield from (f"- {plain(label)}: {_text(value)}" for label, value in block.rows)
        case Table():
            yield from _table(block, texts, rows)
        case _:
            return  # a picture of what a table says as well


def _bullets(block: Bullets, texts: Texts, most: int) -> Iterator[str]:
    yield from (f"- {_marked(item.mark, item.text)}" for item in block.items[:most])
    if len(block.items) > most:
        yield f"- {texts.count('note.more', len(block.items) - most)}"


def _table(table: Table, texts: Texts, rows: int) -> Iterator[str]:
    for row in table.rows[:rows]:
        first, *others = (_text(cell) for cell in row.cells)
        named = zip(table.headings[1:], others, strict=True)
        said = [f"{plain(name)}: {cell}" for name, cell in named if cell not in {"", NOTHING}]
        note = [plain(row.note)] if row.note else []
        yield f"- {_marked(row.mark, '; '.join([first, *said, *note]))}"
    if len(table.rows) > rows:
        yield f"- {texts.count('note.more', len(table.rows) - rows)}"


def _text(cell: Cell) -> str:
    return plain(cell.text if isinstance(cell, Link) else cell)


def _marked(mark: Mark, text: str) -> str:
    return f"{mark.value} {plain(text)}" if mark.value else plain(text)
