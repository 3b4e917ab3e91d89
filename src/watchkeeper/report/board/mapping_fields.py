"""How a profile keeps its fields in step: field by field, value by value in both directions, and what the sides are told besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from watchkeeper.mapping.explain import FieldStory, SideStory
from watchkeeper.mapping.explain_settings import SettingStory
from watchkeeper.mapping.profile import FieldRule, Owner
from watchkeeper.mapping.round_trips import Return, RoundTrip, TripTable, carried
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.report.board.leads import rule_anchor
from watchkeeper.report.board.mapping_held import held_count
from watchkeeper.report.board.mapping_seen import SeenRow
from watchkeeper.report.document import Cell, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.explain import story_section
from watchkeeper.report.texts import Texts

FIELDS: Final = "fields"
SETTINGS: Final = "besides"


class Flow(StrEnum):
    """Which way a field's values go while both records live."""

    BOTH = "both"
    TO_SENTINEL = "to-sentinel"
    TO_SERVICENOW = "to-servicenow"
    CATALOGUE = "catalogue"
    ONCE = "once"
    NOWHERE = "nowhere"


_ARROWS: Final = {
    Flow.BOTH: "⇄",
    Flow.TO_SENTINEL: "→",
    Flow.TO_SERVICENOW: "←",
    Flow.CATALOGUE: "|",
    Flow.ONCE: "|",
    Flow.NOWHERE: "|",
}
_MARKS: Final = {
    Return.SAME: Mark.GOOD,
    Return.ALIKE: Mark.GOOD,
    Return.STAYS: Mark.WARN,
    Return.OTHER: Mark.BAD,
    Return.CANNOT: Mark.BAD,
}


@dataclass(frozen=True, slots=True)
class MappedField:
    """A field of a profile: which way its values go, and its rule in full."""

    name: str
    flow: Flow
    rule: FieldStory


def mapped_field(story: FieldStory, rule: FieldRule) -> MappedField:
    return MappedField(story.name, flow_of(rule), story)


def flow_of(rule: FieldRule) -> Flow:
    targets = {target for _, target in carried(rule)}
    if len(targets) > 1:
        return Flow.BOTH
    if targets:
        return Flow.TO_SENTINEL if SENTINEL in targets else Flow.TO_SERVICENOW
    match rule.owner:
        case Owner.DEFINITION:
            return Flow.CATALOGUE
        case Owner.CREATE_ONCE:
            return Flow.ONCE
        case _:
            return Flow.NOWHERE


# --- fields ---


def fields_section(fields: Sequence[MappedField], tables: Mapping[Side, str], texts: Texts) -> Section:
    headings = (
        texts.say("board.mapping.column.field"),
        f"{texts.side(SERVICENOW)} ({tables.get(SERVICENOW, '')})",
        texts.say("board.mapping.column.translation"),
        f"{texts.side(SENTINEL)} ({tables.get(SENTINEL, '')})",
        texts.say("board.mapping.column.flow"),
        texts.say("board.mapping.column.rule"),
    )
    rows = tuple(_field(each, texts) for each in fields)
    table = Table(headings, rows, note_heading=texts.say("board.mapping.column.counts"))
    return Section(texts.say("board.mapping.fields", count=f"{len(fields):,}"), (table,), anchor=FIELDS)


def _field(field: MappedField, texts: Texts) -> Row:
    sides = {each.side: each for each in field.rule.sides}
    left, right = sides.get(SERVICENOW), sides.get(SENTINEL)
    arrow = _ARROWS[field.flow]
    counts = f"explain.resolver.{field.rule.resolver}" if field.rule.resolver else f"explain.owner.{field.rule.owner}"
    word = field.rule.resolver or field.rule.owner
    return Row(
        (
            Lead(field.name, f"#{rule_anchor(field.name)}"),
            _raw(left),
            f"{_how(left, texts)} {arrow} {_how(right, texts)}".strip(f"{arrow} "),
            _raw(right),
            texts.say(f"board.mapping.flow.{field.flow}"),
            field.rule.place,
        ),
        note=texts.say("board.mapping.counts", whose=texts.say(counts, word=word)),
    )


def _raw(side: SideStory | None) -> str:
    return "" if side is None else ", ".join(side.fields)


def _how(side: SideStory | None, texts: Texts) -> str:
    return "" if side is None else texts.say(f"explain.how.{side.translation}", **side.told)


def rule_sections(fields: Sequence[MappedField], texts: Texts) -> Section:
    """Every rule in full."""
    inner = tuple(_anchored(story_section(each.rule, texts), rule_anchor(each.name)) for each in fields)
    return Section(texts.say("board.mapping.rules"), (), inner, anchor="rules")


def _anchored(section: Section, anchor: str) -> Section:
    """A section and those in it with names that links and lists as files can lead to."""
    inner = tuple(_anchored(each, f"{anchor}-{number}") for number, each in enumerate(section.sections, 1))
    return replace(section, anchor=anchor, sections=inner)


# --- values ---


def value_sections(tables: Sequence[TripTable], seen: Sequence[SeenRow], texts: Texts) -> Iterator[Section]:
    """What becomes of each value, there and back. `seen`: how many tickets hold it."""
    counts = {(each.field, each.side, each.raw): each.tickets for each in seen}
    inner = tuple(_values(each, counts, texts) for each in tables)
    if inner:
        yield Section(
            texts.say("board.mapping.values"),
            (Paragraph(texts.say("board.mapping.values.told")),),
            inner,
            anchor="values",
        )


def values_anchor(field: str, side: Side) -> str:
    return f"values-{field}-{side}"


def _values(table: TripTable, counts: Mapping[tuple[str, str, tuple[str, ...]], int], texts: Texts) -> Section:
    source, target = texts.side(table.source), texts.side(table.target)
    title = texts.say("board.mapping.values.way", field=table.field, source=source, target=target)
    headings = (
        f"{source}: {', '.join(table.source_fields)}",
        texts.say("explain.column.means"),
        f"{target}: {', '.join(table.target_fields)}",
        texts.say("board.mapping.column.read_there"),
        texts.say("board.mapping.column.comes_back"),
        texts.say("board.mapping.column.tickets_seen"),
        texts.say("board.mapping.column.rule"),
    )
    rows = tuple(
        _trip(
            each,
            held_count(counts.get((table.field, table.source, each.raw), 0), table.field, table.source, each.raw),
            texts,
        )
        for each in table.trips
    )
    shown = Table(headings, rows, numbers=frozenset({5}))
    return Section(title, (shown,), anchor=values_anchor(table.field, table.source))


def _trip(trip: RoundTrip, tickets: Cell, texts: Texts) -> Row:
    cells: tuple[Cell, ...] = (
        _parts(trip.raw, texts),
        trip.means,
        _parts(trip.becomes, texts),
        trip.returns_as,
        _parts(trip.comes_back, texts),
        tickets,
        trip.place,
    )
    return Row(cells, _MARKS[trip.returns], _note(trip, texts))


def _note(trip: RoundTrip, texts: Texts) -> str:
    if trip.returns is Return.SAME:
        return ""
    said = texts.say(f"board.mapping.return.{trip.returns}")
    return f"{said} ({trip.why})" if trip.why else said


def _parts(raw: tuple[str, ...], texts: Texts) -> str:
    return ", ".join(part or texts.say("empty") for part in raw)


# --- besides ---


def settings_section(settings: Sequence[SettingStory], texts: Texts) -> Section | None:
    """What a profile says of raw fields besides its rules: constants, conditions, parts that they play."""
    if not settings:
        return None
    headings = tuple(texts.say(f"board.mapping.column.{name}") for name in ("system", "raw_field", "use", "rule"))
    rows = tuple(
        Row(
            (
                texts.side(each.side),
                f"{each.table}.{each.name}",
                texts.say(f"explain.use.{each.use.value}", value=each.value),
                each.place,
            )
        )
        for each in settings
    )
    return Section(texts.say("board.mapping.besides"), (Table(headings, rows),), anchor=SETTINGS)
