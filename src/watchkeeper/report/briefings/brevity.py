"""How a duty's document is kept as short as a work note: lists are cut where its attached file goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from watchkeeper.report import text
from watchkeeper.report.document import Block, Bullets, Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.neutralise import plain
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import moment
from watchkeeper.report.width import cut

LONGEST: Final = 3500
"""Characters of a note that people still read, as plain text."""
ROWS: Final = (12, 9, 7, 5, 4, 3, 2, 1)
"""How many rows of a list are tried, the most first."""
NAME: Final = 48
"""Columns of a name that a note shows; the file beside it has all of it."""


def fitting(build: Callable[[int], Document], listing: Table) -> Document:
    """The document with as many rows in each list as a note has room for, and with a listing of everything."""
    document = build(ROWS[0])
    for most in ROWS[1:]:
        if len(text.render(document)) <= LONGEST:
            break
        document = build(most)
    return replace(document, listing=listing)


def named(name: str, columns: int = NAME) -> str:
    """A name that others gave, on one line and not too long."""
    return cut(plain(name[: 4 * columns]), columns)


def headings(names: Iterable[str], texts: Texts) -> tuple[str, ...]:
    """The headings of columns, by name."""
    return tuple(texts.say(f"briefing.column.{name}") for name in names)


def day_of(day: date | None) -> str:
    return "–" if day is None else day.isoformat()


def hour_of(at: datetime | None) -> str:
    """An instant in UTC without its year, where a column is narrow."""
    return "…" if at is None else at.astimezone(UTC).strftime("%m-%d %H:%M")


def rows_of(shown: tuple[str, ...], rows: Sequence[Row], most: int, texts: Texts, *numbers: int) -> tuple[Block, ...]:
    """A table's first rows under its headings, and how many there are besides. `numbers` are the columns that hold numbers."""
    return Table(shown, tuple(rows[:most]), frozenset(numbers)), *_rest(len(rows), most, texts)


def items_of(items: Sequence[Paragraph], most: int, texts: Texts) -> tuple[Block, ...]:
    """A list's first items, and how many there are besides."""
    return Bullets(tuple(items[:most])), *_rest(len(items), most, texts)


def _rest(count: int, most: int, texts: Texts) -> tuple[Block, ...]:
    return (Paragraph(texts.count("briefing.more", count - most)),) if count > most else ()


def unread(texts: Texts) -> tuple[Block, ...]:
    """What stands where a source could not be read, so that nothing is never taken for good news."""
    return (Paragraph(texts.say("briefing.unread"), Mark.WARN),)


def data_as_of(as_of: datetime, texts: Texts, since: datetime | None = None) -> Section:
    """From when on the data is, and since when they were compared."""
    at = moment(as_of, texts)
    if since is None:
        return Section("", (Paragraph(texts.say("briefing.as_of", at=at)),))
    return Section("", (Paragraph(texts.say("briefing.between", since=moment(since, texts), at=at)),))
