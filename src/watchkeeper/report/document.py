"""What a report consists of, whatever it is rendered as. Texts in it are raw: renderers neutralise them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


class Mark(StrEnum):
    """What a line means, as a sign and (where asked for) a colour."""

    NONE = ""
    ADD = "+"
    CHANGE = "~"
    CLOSE = "-"
    GOOD = "✓"
    WARN = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; where links cannot be shown, only the text is."""

    text: str
    url: str


Cell: TypeAlias = str | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels and their values, in order."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """`note` is a longer text about the row; it takes a line of its own where columns would be narrow."""

    cells: tuple[Cell, ...]
    mark: Mark = Mark.NONE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. `numbers` names the columns (from 0) that hold numbers and stand to the right; `note_heading`
    is what the rows' notes are."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    numbers: frozenset[int] = frozenset()
    note_heading: str = ""

    def __post_init__(self) -> None:
        if any(len(row.cells) != len(self.headings) for row in self.rows):
            raise ValueError("every row has a cell for every heading")


Block: TypeAlias = Paragraph | Bullets | Pairs | Table


@dataclass(frozen=True, slots=True)
class Section:
    """`folded`: where a reader can unfold it, only its title is shown at first."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    mark: Mark = Mark.NONE
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A title for files, the whole story in one sentence, the parts, and at the end what to do next."""

    title: str
    sentence: str
    sections: tuple[Section, ...] = ()
    mark: Mark = Mark.NONE
    next_steps: tuple[str, ...] = field(default=())
    next_title: str = ""
