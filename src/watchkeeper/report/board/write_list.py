"""How writes ended, newest first: the list behind the numbers of writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchkeeper.report.board.leads import key_lead, next_page, run_lead
from watchkeeper.report.board.nouns import DAYS_BACK, Head
from watchkeeper.report.board.writes import Write, mark_of, outcome_text, said
from watchkeeper.report.document import Block, Document, Link, Paragraph, Row, Section, Table
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, shortened

DAYS: Final = (str(DAYS_BACK), "all")
_HEADINGS: Final = ("at", "key", "side", "number", "operation", "outcome", "run")


@dataclass(frozen=True, slots=True)
class WriteList:
    """What was chosen ("": anything), and the writes that ended so, newest first; their fields are on the page of their run. `days`: of the
    last 7 days (today and the six before, in UTC), or `all`. `goes_on` is the sequence before which there may be more, None where there is
    none; `until`: as far back as this page has looked, where few of many rows are wanted."""

    head: Head
    side: str
    operation: str
    outcome: str
    run: str
    key: str
    days: str
    writes: tuple[Write, ...]
    goes_on: int | None
    until: datetime | None


def write_list_document(found: WriteList, lang: str = "en") -> Document:
    texts = texts_in(lang)
    chosen = {name: getattr(found, name) for name in ("side", "operation", "outcome", "run", "key", "days")}
    leads = next_page("" if found.goes_on is None else str(found.goes_on), texts, **chosen)
    blocks: tuple[Block, ...] = (_table(found, texts) if found.writes else Paragraph(texts.say("board.list.nothing")),)
    if found.until is not None:
        blocks = (*blocks, Paragraph(texts.say("board.writes.until", at=moment(found.until, texts))))
    return Document(
        texts.say("board.list.writes", deployment=found.head.deployment),
        texts.say(f"board.writes.days.{found.days}"),
        (Section("", blocks, anchor="list", leads=leads),),
    )


def _table(found: WriteList, texts: Texts) -> Table:
    rows = tuple(_row(write, texts) for write in found.writes)
    headings = tuple(texts.say(f"board.writes.{name}") for name in _HEADINGS)
    return Table(headings, rows, note_heading=texts.say("column.message"))


def _row(write: Write, texts: Texts) -> Row:
    return Row(
        (
            moment(write.ended_at or write.at, texts),
            key_lead(write.key),
            texts.side(write.side),
            Link(write.number, write.url),
            said("operation", write.operation, texts),
            outcome_text(write.outcome, texts),
            run_lead(write.run_id),
        ),
        mark_of(write),
        "" if write.happened else shortened(reason_text(write.said, texts), texts),
    )
