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


def _called(called: str, **_chosen: str) -> Cell:
    return called


def _counted(count: int, **_chosen: str) -> Cell:
    return f"{count:,}"


def _uses(count: int, _pack: str, _use: str) -> Cell:
    return f"{count:,}"


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a page leads from what the report names, and how much of a list it shows; a report that stands alone leads nowhere. `key`: from
    a duty; `board`: from a name to what the task board has of it (`task`, `team`, `pack`); `duties`: from a number to as many duties of
    the period (`task`, `pack`, `part`); `uses`: from a number to the tasks of a pack that are used so; `cut`: what is said of the rest
    of a list."""

    key: Callable[[str], Cell] = str
    board: Callable[..., Cell] = _called
    duties: Callable[..., Cell] = _counted
    uses: Callable[[int, str, str], Cell] = _uses
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
