"""A write as the board shows it: what was changed where, field by field, by which rule, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchkeeper.model.plan import Operation
from watchkeeper.model.record import RawValue
from watchkeeper.report.board.leads import link_page
from watchkeeper.report.document import Block, Cell, Lead, Link, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.plan import MARKS
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import changed, moment, shortened

WRITTEN: Final = frozenset({"done", "adopted"})
_LISTED: Final = (
    "sequence",
    "at",
    "key",
    "side",
    "number",
    "operation",
    "outcome",
    "message",
    "field",
    "before",
    "after",
    "rule",
)


@dataclass(frozen=True, slots=True)
class FieldWritten:
    """One raw field of a write. `field` is the field of ours that it carries and `rule` the place of the rule behind it, "" where the
    write log does not say; `refused`: the system did not take it as it was sent. Of a note the store keeps a digest alone."""

    name: str
    before: RawValue
    after: RawValue
    field: str = ""
    rule: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a run. `outcome` is a word of watchkeeper.model.run.Outcome, "" where none is on record; `said` what the system
    answered or what stood in the way. `times`: how often the run tried. `number` and `url` are of the record as it is linked now."""

    sequence: int
    run_id: str
    at: datetime
    ended_at: datetime | None
    key: str
    side: str
    table: str
    record_id: str
    number: str
    url: str
    operation: str
    reason: str
    outcome: str
    said: str
    times: int
    fields: tuple[FieldWritten, ...]

    @property
    def happened(self) -> bool:
        return self.outcome in WRITTEN


def mark_of(write: Write) -> Mark:
    """The sign of what was written, else that something is to be looked at or to be done."""
    if not write.happened:
        return Mark.WARN if write.outcome in ("", "skipped") else Mark.BAD
    if any(each.refused for each in write.fields):
        return Mark.WARN
    return MARKS[Operation(write.operation)] if write.operation in {each.value for each in Operation} else Mark.NONE


def said(family: str, word: str, texts: Texts) -> str:
    """What people call a word of the log; any other as it is."""
    key = f"{family}.{word}"
    return texts.say(key) if texts.has(key) else word


def outcome_text(outcome: str, texts: Texts) -> str:
    return said("outcome", outcome, texts) if outcome else texts.say("board.no_answer")


def by_key(writes: Iterable[Write], texts: Texts) -> Iterator[Section]:
    """The tree of what was written: pair by pair in the order in which each was begun, then write by write."""
    trees: dict[str, list[Write]] = {}
    for write in writes:
        trees.setdefault(write.key, []).append(write)
    for key, its in trees.items():
        lead = Lead(texts.say("board.to_link"), link_page(key))
        yield Section(key, sections=tuple(_write(write, texts) for write in its), leads=(lead,))


def _write(write: Write, texts: Texts) -> Section:
    operation, side = said("operation", write.operation, texts), texts.side(write.side)
    named = {"operation": operation, "side": side, "reason": reason_text(write.reason, texts)}
    title = texts.say("plan.action.numbered" if write.number else "plan.action", number=write.number, **named)
    return Section(title, (Pairs(tuple(_facts(write, texts))), *_fields(write, texts)), mark=mark_of(write))


def _facts(write: Write, texts: Texts) -> Iterator[tuple[str, Cell]]:
    yield texts.say("show.record"), Link(write.number or f"{write.table}/{write.record_id}", write.url)
    yield texts.say("column.outcome"), outcome_text(write.outcome, texts)
    if write.said:
        yield texts.say("board.answer"), reason_text(write.said, texts)
    yield texts.say("column.at"), moment(write.ended_at or write.at, texts)
    if write.times > 1:
        yield texts.say("board.times"), f"{write.times:,}"


def _fields(write: Write, texts: Texts) -> tuple[Block, ...]:
    if not write.fields:
        return ()
    headings = (texts.say("column.field"), texts.say("column.change"), texts.say("column.rule"))
    rows = tuple(
        Row(
            (field_name(each, texts), changed(each.before, each.after, texts), each.rule),
            Mark.WARN if each.refused else Mark.NONE,
        )
        for each in write.fields
    )
    table = Table(headings, rows)
    refused = texts.join([each.name for each in write.fields if each.refused])
    return (table, Paragraph(texts.say("run.refused", fields=refused), Mark.WARN)) if refused else (table,)


def field_name(field: FieldWritten, texts: Texts) -> str:
    """What people call it, and what the system does."""
    return texts.say("board.field", field=texts.field(field.field), name=field.name) if field.field else field.name


def writes_listing(writes: Iterable[Write], texts: Texts) -> Table:
    """A row for every field of every write, for a spreadsheet; one for a write without fields."""
    rows = tuple(row for write in writes for row in _listed(write, texts))
    return Table(tuple(texts.say(f"board.writes.{name}") for name in _LISTED), rows, numbers=frozenset({0}))


def _listed(write: Write, texts: Texts) -> Iterator[Row]:
    start = (
        str(write.sequence),
        (write.ended_at or write.at).isoformat(timespec="seconds"),
        write.key,
        texts.side(write.side),
        Link(write.number, write.url),
        said("operation", write.operation, texts),
        outcome_text(write.outcome, texts),
        shortened(reason_text(write.said, texts), texts),
    )
    for each in write.fields or (FieldWritten("", None, None),):
        yield Row((*start, each.name, _text(each.before), _text(each.after), each.rule))


def _text(value: RawValue) -> str:
    return ", ".join(value) if isinstance(value, tuple) else value or ""
