"""What is left of a report for whoever wants to hear of problems alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from watchkeeper.report.document import (
    Block,
    Bullets,
    Document,
    Grid,
    Lines,
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

WRONG = frozenset({Mark.WARN, Mark.BAD})


def worth_attention(document: Document) -> Document:
    """The document with those of its parts alone that are marked as wrong or doubtful, and the headings that lead to them. One in
    which nothing is marked comes back whole: what is wrong with it stands somewhere else."""
    sections = tuple(_sections(document.sections))
    return replace(document, sections=sections) if sections else document


def is_well(document: Document) -> bool:
    """Whether nothing in it, and not the whole of it, is marked as wrong or doubtful."""
    return document.mark not in WRONG and not points_at_something(document)


def points_at_something(document: Document) -> bool:
    """Whether a part of it is marked as wrong or doubtful."""
    return any(True for _ in _sections(document.sections))


def _sections(sections: Iterable[Section]) -> Iterator[Section]:
    for section in sections:
        if section.mark in WRONG:
            yield section
            continue
        blocks, inner = tuple(_blocks(section.blocks)), tuple(_sections(section.sections))
        if blocks or inner:
            yield replace(section, blocks=blocks, sections=inner)


def _blocks(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        match block:
            case Paragraph() if block.mark in WRONG:
                yield block
            case Bullets(items) if wrong := tuple(item for item in items if item.mark in WRONG):
                yield replace(block, items=wrong)
            case Table() if rows := tuple(row for row in block.rows if row.mark in WRONG):
                yield replace(block, rows=rows)
            case (
                Paragraph()
                | Bullets()
                | Table()
                | Pairs()
                | Grid()
                | Shares()
                | Trend()
                | Lines()
                | Multiples()
                | Strip()
            ):
                continue
