"""How a duty's document is kept readable: names and lists of any length are cut, and its listing has all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final, TypeVar

from watchkeeper.report.document import Block, Bullets, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.neutralise import plain
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import moment
from watchkeeper.report.width import cut

T = TypeVar("T")

ROWS: Final = 200
"""Rows of a list that people may still scroll through."""
NAME: Final = 48
"""Columns of a name that are shown."""


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


def rows_of(
    shown: tuple[str, ...], found: Sequence[T], row: Callable[[T], Row], texts: Texts, *numbers: int
) -> tuple[Block, ...]:
    """A table with a row for each of the first ones, and how many there are besides. `numbers` are the columns that hold numbers."""
    return Table(shown, tuple(row(each) for each in found[:ROWS]), frozenset(numbers)), *_rest(len(found), texts)


def items_of(found: Sequence[T], item: Callable[[T], Paragraph], texts: Texts) -> tuple[Block, ...]:
    """A list with an item for each of the first ones, and how many there are besides."""
    return Bullets(tuple(item(each) for each in found[:ROWS])), *_rest(len(found), texts)


def _rest(count: int, texts: Texts) -> tuple[Block, ...]:
    return (Paragraph(texts.count("briefing.more", count - ROWS)),) if count > ROWS else ()


def unread(texts: Texts) -> tuple[Block, ...]:
    """What stands where a source could not be read, so that nothing is never taken for good news."""
    return (Paragraph(texts.say("briefing.unread"), Mark.WARN),)


def data_as_of(as_of: datetime, texts: Texts, since: datetime | None = None) -> Section:
    """From when on the data is, and since when they were compared."""
    at = moment(as_of, texts)
    if since is None:
        return Section("", (Paragraph(texts.say("briefing.as_of", at=at)),))
    return Section("", (Paragraph(texts.say("briefing.between", since=moment(since, texts), at=at)),))
