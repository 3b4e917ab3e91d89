"""What the parts of the report for SOC Oversight that were collected have in common: from when they are, and where they lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final, TypeVar

from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report.document import Block, Cell, Mark, Paragraph, Row, Table
from watchkeeper.report.oversight import Oversight
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import moment

T = TypeVar("T")

MOST: Final = 10
"""Rows of a list; programs get all of them."""
_LATE: Final = 1
"""Days for which a collection is the latest that can be expected: it is daily."""


def _cut(shown: int, count: int, texts: Texts) -> str:
    return texts.count("oversight.json", count - shown)


def _number(count: int, _task: str, _part: str) -> Cell:
    return f"{count:,}"


def _plain(called: str, _task: str, _team: str = "") -> Cell:
    return called


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a page leads from what the report names, and how much of a list it shows; a report that stands alone leads nowhere. `key`: from
    a duty; `row`: from a word that stands for a task, of a team where one is named; `part`: from a number of a task's duties; `cut`: what is said of the rest of a list."""

    key: Callable[[str], Cell] = str
    row: Callable[..., Cell] = _plain
    part: Callable[[int, str, str], Cell] = _number
    cut: Callable[[int, int, Texts], str] = _cut
    most: int = MOST


NOWHERE: Final = Onward()


def collected_on(kept: Snapshot[Any], oversight: Oversight, texts: Texts) -> Paragraph:
    """From which day something is; marked where a later day of the period might have been expected."""
    expected = min(oversight.period.last, oversight.as_of.astimezone(UTC).date())
    stale = (expected - kept.day).days > _LATE
    said = texts.say("oversight.collected", at=moment(kept.taken_at, texts))
    return Paragraph(said, Mark.WARN if stale else Mark.NONE)


def uncollected(texts: Texts) -> tuple[Block, ...]:
    return (Paragraph(texts.say("oversight.not_yet"), Mark.WARN),)


def listed(
    names: Sequence[str], found: Sequence[T], row: Callable[[T], Row], texts: Texts, onward: Onward, *numbers: int
) -> tuple[Block, ...]:
    """A table of the first ones, and how many there are besides. `numbers` are the columns that hold numbers."""
    headings = tuple(texts.say(f"oversight.column.{name}") for name in names)
    shown = found[: onward.most]
    rest = (Paragraph(onward.cut(len(shown), len(found), texts)),) if len(shown) < len(found) else ()
    return Table(headings, tuple(map(row, shown)), frozenset(numbers)), *rest
