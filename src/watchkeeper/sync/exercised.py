"""Which rows of a profile's tables its cases exercise, and which there are. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from watchkeeper.mapping.closure import ClosureTable, TableClosure
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.profile import FieldRule, Owner, Profile
from watchkeeper.mapping.templates import FixedValue
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields, RawValue, Side
from watchkeeper.model.rehearsal import Exercise, MappingCase, TableRowId

REST = "*"
"""Stands for every combination that a closure table has no row for."""


def rows_of(profile: Profile) -> frozenset[TableRowId]:
    """Every row that a case can exercise: raw values that are read and count on the other side, canonical values that can come
    to be written, closes."""
    return frozenset((*_values(profile), *_closes(profile)))


def exercised_by(
    case: MappingCase, profile: Profile, held: Mapping[Side, RawFields], actions: Sequence[Action], *, created: bool
) -> frozenset[TableRowId]:
    """The rows that a case which passed stands for: those behind a field that it expects something of."""
    found: set[TableRowId] = set()
    for rule in profile.fields:
        if not _is_asked(case, rule):
            continue
        for side, lens in rule.lenses.items():
            if isinstance(lens, TableLens):
                raw = case.given.get(side)
                found |= {
                    _read(profile, rule, side, row.raw) for row in lens.rows if raw and _holds(raw, lens, row.raw)
                }
        found |= {
            TableRowId(profile.name, Exercise.WRITTEN, action.ref.side, rule.name, str(change.after))
            for action in actions
            for change in action.changes
            if change.field == rule.name
        }
        if created:
            found |= set(_written_anew(case, profile, rule, held))
    found |= set(_closed(case, profile, actions))
    return frozenset(found & rows_of(profile))


def _is_asked(case: MappingCase, rule: FieldRule) -> bool:
    expected = {(side, name) for side, fields in case.expect.items() for name in fields}
    own = {(side, name) for side, lens in rule.lenses.items() for name in lens.raw_fields}
    return rule.name in case.parked or not expected.isdisjoint(own)


def _written_anew(
    case: MappingCase, profile: Profile, rule: FieldRule, held: Mapping[Side, RawFields]
) -> Iterator[TableRowId]:
    for side, lens in rule.lenses.items():
        if side in case.given or side not in held or not isinstance(lens, TableLens):
            continue
        origin = next((other for other in rule.lenses if other in case.given), side)
        value = rule.lenses[origin].get(case.given.get(origin, held[side]))
        yield TableRowId(profile.name, Exercise.WRITTEN, side, rule.name, str(value))


def _closed(case: MappingCase, profile: Profile, actions: Sequence[Action]) -> Iterator[TableRowId]:
    if not isinstance(profile.closure, TableClosure):
        return
    for action in actions:
        side = action.ref.side
        if action.operation is Operation.CLOSE and case.expect.get(side):
            table = profile.closure.tables[side]
            source = case.given[SENTINEL if side == SERVICENOW else SERVICENOW]
            held = tuple(_text(source.get(name)) for name in table.reads)
            yield _close(profile, side, table, held if held in table.rows else None)


def _values(profile: Profile) -> Iterator[TableRowId]:
    for rule in profile.fields:
        for side, lens in rule.lenses.items():
            if not isinstance(lens, TableLens):
                continue
            others = [other for name, other in rule.lenses.items() if name != side]
            if others and rule.owner is not Owner.CREATE_ONCE:
                yield from (_read(profile, rule, side, row.raw) for row in lens.rows)
            told = {row.means for other in others if isinstance(other, TableLens) for row in other.rows}
            told |= {rule.on_create.value} if isinstance(rule.on_create, FixedValue) else set()
            for value in lens.writable:
                if value in told:
                    yield TableRowId(profile.name, Exercise.WRITTEN, side, rule.name, value)


def _closes(profile: Profile) -> Iterator[TableRowId]:
    if isinstance(profile.closure, TableClosure):
        for side, table in profile.closure.tables.items():
            yield from (_close(profile, side, table, held) for held in table.rows)
            if table.otherwise is not None:
                yield _close(profile, side, table, None)


def _read(profile: Profile, rule: FieldRule, side: Side, raw: tuple[str, ...]) -> TableRowId:
    return TableRowId(profile.name, Exercise.READ, side, rule.name, _said(raw))


def _close(profile: Profile, side: Side, table: ClosureTable, held: tuple[str, ...] | None) -> TableRowId:
    value = REST if held is None else _said(held)
    return TableRowId(profile.name, Exercise.CLOSE, side, ", ".join(table.reads), value)


def _holds(raw: RawFields, lens: TableLens, row: tuple[str, ...]) -> bool:
    return tuple(_text(raw.get(name)) for name in lens.raw_fields) == row


def _said(raw: tuple[str, ...]) -> str:
    return ", ".join(value or "''" for value in raw)


def _text(value: RawValue) -> str:
    return ", ".join(value) if isinstance(value, tuple) else value or ""
