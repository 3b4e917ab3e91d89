"""What an owner has to mend, listed on the page of remediation behind the numbers of its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from watchkeeper.evidence.owners import Item, Workload
from watchkeeper.evidence.remediation import Progress
from watchkeeper.report.board.leads import filtered, owner_page
from watchkeeper.report.board.nouns import MOST
from watchkeeper.report.board.of_period import OfPeriod
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Lead, Paragraph, Row, Section, Table
from watchkeeper.report.figures import NOTHING, points
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.remediation_document import MARKS, OWNED
from watchkeeper.report.remediation_words import owner_name
from watchkeeper.report.texts import Texts

PARTS_OF: Final = ("", *OWNED)
"""What can be chosen of an owner's items: all, or what one column of its row counts."""
_COLUMNS: Final = ("item", "progress", "days_left", "left")


@dataclass(frozen=True, slots=True)
class RemediationOfPeriod(OfPeriod[RemediationReport]):
    """`owner` (an id, "" for none) and `part` (a word of PARTS_OF) are what is listed of owners' items, `most` how many entries of a
    list are shown."""

    owner: str = ""
    part: str = ""
    most: int = MOST

    @property
    def is_of_today(self) -> bool:
        """Which devices wait, and what owners' pages tell, is known of the latest day alone."""
        return self.report.period.until >= self.report.as_of.date()

    @property
    def workload(self) -> Workload | None:
        return next((each for each in self.report.workloads if each.owner.id == self.owner), None)


def items_place(found: RemediationOfPeriod, owner: str, part: str) -> str:
    """Where an owner's items are listed."""
    return f"{filtered('', period=found.spelled, owner=owner, part=part)}#items"


def items_section(found: RemediationOfPeriod, texts: Texts) -> Iterator[Section]:
    """None as long as no owner is chosen."""
    workload = found.workload
    if workload is None:
        return
    listed = [each for each in workload.items if not found.part or each.progress in OWNED[found.part]]
    chosen = texts.say(f"remediation.column.{found.part}" if found.part else "board.remediation.all")
    name = owner_name(workload.owner, texts)
    title = texts.say("board.remediation.items", owner=name, chosen=chosen, count=f"{len(listed):,}")
    leads = (Lead(texts.say("board.all_of_them"), items_place(found, found.owner, "")),) if found.part else ()
    if not listed:
        yield Section(title, (Paragraph(texts.say("board.list.nothing")),), anchor="items", leads=leads)
        return
    shown = listed[: found.most]
    headings = tuple(texts.say(f"remediation.column.{name}") for name in _COLUMNS)
    table = Table(headings, tuple(_row(each, found, texts) for each in shown), frozenset({2, 3}))
    yield Section(title, cut_blocks((table,), len(listed), len(shown), texts), anchor="items", leads=leads)


def _row(item: Item, found: RemediationOfPeriod, texts: Texts) -> Row:
    left = 0 if item.progress is Progress.DONE else item.left
    return Row(
        (
            Lead(item.title, owner_page(item.owner.id)) if found.is_of_today else item.title,
            texts.say(f"remediation.progress.{item.progress.value}"),
            NOTHING if item.days_left is None else points(item.days_left),
            texts.say("remediation.of", left=f"{left:,}", target=f"{item.target:,}"),
        ),
        MARKS[item.progress],
    )
