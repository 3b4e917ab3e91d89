"""One pair: both records side by side, what they agree on, what is in the way, and everything that was done to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from watchkeeper.model.record import RawValue, Side
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.audit import MARKS
from watchkeeper.report.board.duties import row_address
from watchkeeper.report.board.leads import filtered, mapping_page, next_page, rule_lead, run_lead
from watchkeeper.report.board.left_over import overtaken_table
from watchkeeper.report.board.nouns import Head, SetAside, Waiting
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.board.writes import Write, field_name, mark_of, outcome_text, said
from watchkeeper.report.document import Cell, Document, Lead, Link, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import changed, in_order, moment, named, on_the_wall, shortened, shown, yes_no
from watchkeeper.report.verdict_rows import judged_because

_FACTS: Final = ("number", "record", "state", "closed", "confirmed", "revision", "comments", "reason")


@dataclass(frozen=True, slots=True)
class LinkedRecord:
    """One side of a pair as it was last confirmed. `state` is live, missing or gone; `comments` how many it had (None: the system does
    not count them); `reason` why its state is not live or a field of it is left alone."""

    side: Side
    table: str
    record_id: str
    number: str
    url: str
    state: str
    closed: bool
    reason: str
    revision: str
    confirmed_at: datetime
    comments: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """What one side held of a field when both last agreed: as that system spells it, and what it means to us (None where the mappings
    do not say). `asked`: what we last asked it to hold, where that is something else."""

    side: Side
    raw: Mapping[str, RawValue]
    meaning: RawValue
    asked: Mapping[str, RawValue]


@dataclass(frozen=True, slots=True)
class AgreedField:
    """A field of ours and the place of its rule, as the mappings folder has them now; `field` is "" for a raw one that no rule names."""

    field: str
    rule: str
    sides: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A comment that needs no further thought: what became of it, and the id of its mirror on the other side. The store keeps no text."""

    side: Side
    record_id: str
    comment_id: str
    outcome: str
    mirror_id: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A day on which an audit judged an escalation. `reason` is in English; its code and what belongs to it tell it in other languages."""

    day: date
    verdict: str
    final: bool
    reason: str
    reason_code: str
    reason_args: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DutyBehind:
    """The occurrence of a duty that a pair is of, and what was decided on it and why."""

    task: str
    team: str
    period: str
    due: datetime
    zone: str
    decision: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class LinkDetail:
    """`profile` is "" where nothing is linked. `fields` are what both sides last agreed on; `mapped`: the mappings folder could be read to
    tell what they mean. `writes` are the latest, newest first, from `before` on, and `goes_on` is the sequence before which there are more
    (None: there are none). Lists are cut; the counts are of everything."""

    head: Head
    key: str
    profile: str
    records: tuple[LinkedRecord, ...]
    mapped: bool
    fields: tuple[AgreedField, ...]
    waiting: Waiting | None
    duty: DutyBehind | None
    set_aside_count: int
    set_aside: tuple[SetAside, ...]
    comments_count: int
    comments: tuple[Mirrored, ...]
    judged: tuple[Judged, ...]
    before: int | None
    writes: tuple[Write, ...]
    goes_on: int | None


def link_document(detail: LinkDetail, lang: str = "en") -> Document:
    texts = texts_in(lang)
    sections = (
        _waiting(detail, texts),
        _records(detail, texts),
        _fields(detail, texts),
        _duty(detail, texts),
        _set_aside(detail, texts),
        _comments(detail, texts),
        _judged(detail, texts),
        _writes(detail, texts),
    )
    left = detail.waiting is not None or any(each.reason or each.state != "live" for each in detail.records)
    return Document(
        title=texts.say("board.link", key=detail.key),
        sentence=_sentence(detail, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=Mark.WARN if left else Mark.NONE,
    )


def _sentence(detail: LinkDetail, texts: Texts) -> str:
    if not detail.records:
        return texts.say("board.link.none")
    numbers = texts.join([f"{texts.side(each.side)} {each.number or each.record_id}" for each in detail.records])
    return texts.say("board.link.sentence", numbers=numbers, profile=detail.profile)


def _waiting(detail: LinkDetail, texts: Texts) -> Section | None:
    row = detail.waiting
    if row is None:
        return None
    told = {"at": moment(row.since, texts), "attempts": f"{row.attempts:,}"}
    line = texts.say("show.waiting", reason=reason_text(row.reason, texts), **told)
    return Section(texts.say("board.link.waiting"), (Paragraph(line, Mark.WARN),), anchor="waiting")


def _records(detail: LinkDetail, texts: Texts) -> Section | None:
    """A column for each side."""
    if not detail.records:
        return None
    headings = ("", *(texts.side(each.side) for each in detail.records))
    columns = [dict(_told(each, texts)) for each in detail.records]
    rows = tuple(
        Row((texts.say(f"board.link.{name}"), *(column[name] for column in columns)))
        for name in _FACTS
        if any(column[name] != "" for column in columns)
    )
    return Section(texts.say("board.link.records"), (Table(headings, rows),), anchor="records")


def _told(record: LinkedRecord, texts: Texts) -> Iterator[tuple[str, Cell]]:
    yield "number", Link(record.number or record.record_id, record.url)
    yield "record", f"{record.table}/{record.record_id}"
    yield "state", texts.say(f"board.link.state.{record.state}")
    yield "closed", yes_no(record.closed, texts)
    yield "confirmed", moment(record.confirmed_at, texts)
    yield "revision", record.revision
    yield "comments", "" if record.comments is None else f"{record.comments:,}"
    yield "reason", reason_text(record.reason, texts)


def _fields(detail: LinkDetail, texts: Texts) -> Section | None:
    """Field by field, a column for each side; what this cannot know is said below."""
    if not detail.fields:
        return None
    sides = in_order({held.side for field in detail.fields for held in field.sides})
    headings = (texts.say("column.field"), *map(texts.side, sides), texts.say("column.rule"))
    rows = tuple(_field(field, sides, detail.profile, texts) for field in detail.fields)
    notes = [Paragraph(texts.say("board.link.fields.what"))]
    if not detail.mapped:
        notes.append(Paragraph(texts.say("board.link.fields.unmapped"), Mark.WARN))
    trial = Lead(texts.say("board.try"), filtered(mapping_page(detail.profile), ticket=detail.key))
    leads = (trial,) if detail.mapped else ()
    return Section(texts.say("show.fields"), (Table(headings, rows), *notes), anchor="fields", leads=leads)


def _field(field: AgreedField, sides: list[Side], profile: str, texts: Texts) -> Row:
    held = {each.side: each for each in field.sides}
    cells = (_held(field.field, held[side], texts) if side in held else "" for side in sides)
    name = texts.field(field.field) if field.field else texts.join([raw for each in field.sides for raw in each.raw])
    return Row((name, *cells, rule_lead(profile, field.field, field.rule)))


def _held(field: str, held: Held, texts: Texts) -> str:
    """What it means, how the system spells it where that is something else, and what it was asked for."""
    raw = "; ".join(f"{name}: {shown(value, texts)}" for name, value in held.raw.items())
    meaning = "" if held.meaning is None else named(field, held.meaning, texts)
    plain = {shown(value, texts) for value in held.raw.values()}
    told = meaning if plain == {meaning} else texts.say("board.field", field=meaning, name=raw) if meaning else raw
    asked = "; ".join(f"{name}: {shown(value, texts)}" for name, value in held.asked.items())
    return texts.say("board.link.asked", told=told, asked=asked) if asked else told


def _duty(detail: LinkDetail, texts: Texts) -> Section | None:
    duty = detail.duty
    if duty is None:
        return None
    headings = tuple(texts.say(f"column.{name}") for name in ("task", "team", "due", "decision", "reason"))
    team = texts.say("board.all_teams") if duty.team == "all" else duty.team
    cells: tuple[Cell, ...] = (
        Lead(duty.task, row_address(duty.task, duty.team)),
        team,
        on_the_wall(duty.due, duty.zone, texts),
        texts.say(f"decision.{duty.decision}"),
        reason_text(duty.reason, texts),
    )
    return Section(texts.say("show.occurrence"), (Table(headings, (Row(cells),)),), anchor="duty")


def _set_aside(detail: LinkDetail, texts: Texts) -> Section | None:
    if not detail.set_aside:
        return None
    table = overtaken_table(detail.set_aside, texts)
    blocks = cut_blocks((table,), detail.set_aside_count, len(detail.set_aside), texts)
    title = texts.say("conflicts.title", count=f"{detail.set_aside_count:,}")
    return Section(title, tuple(blocks), anchor="set-aside")


def _comments(detail: LinkDetail, texts: Texts) -> Section | None:
    if not detail.comments:
        return None
    names = ("at", "side", "comment", "outcome", "mirror")
    rows = tuple(
        Row(
            (
                moment(each.at, texts),
                texts.side(each.side),
                each.comment_id,
                said("board.link.comment", each.outcome, texts),
                each.mirror_id,
            )
        )
        for each in detail.comments
    )
    table = Table(tuple(texts.say(f"board.link.column.{name}") for name in names), rows)
    blocks = cut_blocks((table,), detail.comments_count, len(rows), texts)
    title = texts.say("show.comments", count=f"{detail.comments_count:,}")
    return Section(title, (*blocks, Paragraph(texts.say("board.link.comments.what"))), anchor="comments")


def _judged(detail: LinkDetail, texts: Texts) -> Section | None:
    if not detail.judged:
        return None
    headings = tuple(texts.say(f"column.{name}") for name in ("day", "verdict", "final", "reason"))
    rows = tuple(
        Row(
            (
                each.day.isoformat(),
                texts.say(f"verdict.{each.verdict}"),
                yes_no(each.final, texts),
                judged_because(each.reason, each.reason_code, each.reason_args, texts),
            ),
            MARKS[VerdictKind(each.verdict)],
        )
        for each in detail.judged
    )
    return Section(texts.say("board.link.judged"), (Table(headings, rows),), anchor="judged")


def _writes(detail: LinkDetail, texts: Texts) -> Section:
    title = texts.say("board.link.writes")
    after = "" if detail.goes_on is None else str(detail.goes_on)
    first = (Lead(texts.say("board.first_page"), "?"),) if detail.before is not None else ()
    if not detail.writes:
        return Section(title, (Paragraph(texts.say("board.run.no_writes")),), anchor="writes", leads=first)
    table = history_table(detail.writes, texts)
    return Section(title, (table,), anchor="writes", leads=(*first, *next_page(after, texts)))


def history_table(writes: Iterable[Write], texts: Texts) -> Table:
    """A row per write, its changes below."""
    names = ("at", "run", "side", "operation", "outcome", "reason")
    rows = tuple(
        Row(
            (
                moment(each.at, texts),
                run_lead(each.run_id),
                texts.side(each.side),
                said("operation", each.operation, texts),
                outcome_text(each.outcome, texts),
                shortened(reason_text(each.reason, texts), texts),
            ),
            mark_of(each),
            _changes(each, texts),
        )
        for each in writes
    )
    headings = tuple(texts.say(f"column.{name}") for name in names)
    return Table(headings, rows, note_heading=texts.say("column.change"))


def _changes(write: Write, texts: Texts) -> str:
    lines = [f"{field_name(each, texts)}: {changed(each.before, each.after, texts)}" for each in write.fields]
    if write.said and not write.happened:
        lines.append(reason_text(write.said, texts))
    return "; ".join(lines)
