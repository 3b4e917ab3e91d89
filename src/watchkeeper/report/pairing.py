"""Pairs of records that exist already, as `link` and `adopt` show them before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from watchkeeper.model.record import Record
from watchkeeper.report.document import Cell, Document, Link, Mark, Row, Section, Table
from watchkeeper.report.texts import texts_in


class Pair(Protocol):
    """Two records that may be paired: the names they were asked for by, what was found, and what stands against it."""

    @property
    def names(self) -> tuple[str, str]: ...

    @property
    def key(self) -> str: ...

    @property
    def ticket(self) -> Record | None: ...

    @property
    def incident(self) -> Record | None: ...

    @property
    def problem(self) -> str: ...


def pairing_document(pairs: Sequence[Pair], stored: int, lang: str = "en", *, confirmed: bool) -> Document:
    """Every pair with its key, or with the reason why it cannot be made; `stored` pairs are remembered when confirmed."""
    texts = texts_in(lang)
    possible = sum(1 for pair in pairs if not pair.problem)
    sentence = texts.count("pairing.stored" if confirmed else "pairing.shown", stored if confirmed else possible)
    refused = len(pairs) - possible
    rows = tuple(
        Row(
            (_cell(pair.ticket, pair.names[0]), _cell(pair.incident, pair.names[1]), pair.key),
            Mark.BAD if pair.problem else Mark.ADD,
            pair.problem,
        )
        for pair in pairs
    )
    headings = (texts.say("side.servicenow"), texts.say("side.sentinel"), texts.say("column.key"))
    return Document(
        title=texts.say("pairing.title"),
        sentence=f"{sentence} {texts.count('pairing.refused', refused)}" if refused else sentence,
        sections=(Section("", (Table(headings, rows, note_heading=texts.say("column.reason")),)),) if rows else (),
        mark=Mark.BAD if refused else Mark.NONE,
        next_steps=(texts.say("pairing.next.sync" if confirmed else "pairing.next.confirm"),) if possible else (),
        next_title=texts.say("next.title"),
    )


def _cell(record: Record | None, name: str) -> Cell:
    return name if record is None else Link(record.number or record.ref.id, record.url)
