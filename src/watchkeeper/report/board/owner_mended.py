"""What an owner's number of devices mended within a week is the sum of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts


@dataclass(frozen=True, slots=True)
class MendedItem:
    """Something of which devices were mended in the last seven days; fields as those of OwnerItem."""

    ref: str
    title: str
    product: str
    state: str
    mended: int
    left: int
    target: int


@dataclass(frozen=True, slots=True)
class MendedItems:
    """How many there are, and the first of them, those with the most devices first."""

    count: int
    items: tuple[MendedItem, ...]


def mended_section(found: MendedItems, texts: Texts) -> Iterator[Section]:
    if not found.count:
        return
    headings = tuple(texts.say(f"portal.column.{name}") for name in ("task", "state", "mended", "left", "target"))
    rows = tuple(
        Row(
            (
                each.title,
                texts.say(f"portal.state.{each.state}"),
                f"{each.mended:,}",
                f"{each.left:,}",
                f"{each.target:,}",
            )
        )
        for each in found.items
    )
    table = Table(headings, rows, numbers=frozenset({2, 3, 4}))
    said = Paragraph(texts.say("owners.mended.note"))
    blocks = (said, *cut_blocks((table,), found.count, len(found.items), texts))
    yield Section(texts.say("owners.mended", count=f"{found.count:,}"), blocks, anchor="mended")
