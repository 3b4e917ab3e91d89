"""What is left for people: pairs that wait and values that were overtaken, as tables of several pages and as pages of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from watchkeeper.report.board.leads import key_lead, next_page, run_lead
from watchkeeper.report.board.nouns import Head, SetAside, Waiting
from watchkeeper.report.document import Block, Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, stored_value


@dataclass(frozen=True, slots=True)
class WaitingList:
    """Pairs that wait for another look, the longest waiting first. `goes_on` is what `after` has to be for more of them, "" where there
    are none."""

    head: Head
    waiting: tuple[Waiting, ...]
    goes_on: str


@dataclass(frozen=True, slots=True)
class OvertakenList:
    """Values that were overtaken, newest first."""

    head: Head
    set_aside: tuple[SetAside, ...]
    goes_on: str


def waiting_document(found: WaitingList, lang: str = "en") -> Document:
    texts = texts_in(lang)
    return _document("waiting", found, waiting_table(found.waiting, texts), texts)


def overtaken_document(found: OvertakenList, lang: str = "en") -> Document:
    texts = texts_in(lang)
    return _document("overtaken", found, overtaken_table(found.set_aside, texts), texts)


def _document(name: str, found: WaitingList | OvertakenList, table: Table, texts: Texts) -> Document:
    nothing: Block = Paragraph(texts.say("board.list.nothing"), Mark.GOOD)
    block = table if table.rows else nothing
    section = Section("", (block,), anchor="list", leads=next_page(found.goes_on, texts))
    title = texts.say(f"board.list.{name}", deployment=found.head.deployment)
    return Document(title, texts.say(f"board.about.{name}"), (section,))


def waiting_table(waiting: Iterable[Waiting], texts: Texts) -> Table:
    headings = tuple(texts.say(f"board.column.{name}") for name in ("key", "since", "attempts", "reason"))
    rows = tuple(
        Row(
            (key_lead(each.key), moment(each.since, texts), f"{each.attempts:,}", reason_text(each.reason, texts)),
            Mark.WARN,
        )
        for each in waiting
    )
    return Table(headings, rows, numbers=frozenset({2}))


def overtaken_table(set_aside: Iterable[SetAside], texts: Texts) -> Table:
    names = ("at", "key", "field", "winner", "winning", "losing", "run")
    return Table(
        tuple(texts.say(f"column.{name}") for name in names), tuple(_overtaken(each, texts) for each in set_aside)
    )


def _overtaken(row: SetAside, texts: Texts) -> Row:
    return Row(
        (
            moment(row.at, texts),
            key_lead(row.key),
            texts.field(row.field),
            texts.side(row.winner),
            stored_value(row.winning, texts),
            stored_value(row.losing, texts),
            run_lead(row.run_id),
        ),
        Mark.WARN,
    )
