"""What would be done to one key, told value by value with the rule behind each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.mapping.closure import TableClosure
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.lens_default import looked_at, read_at
from watchkeeper.mapping.profile import FieldRule, Owner, Profile
from watchkeeper.model.plan import Action, Operation, Parked
from watchkeeper.model.preview import (
    PreviewedField,
    PreviewedPair,
    PreviewedRecord,
    PreviewedWrite,
    ShownRaw,
    ShownSide,
    Standing,
    Unconcern,
)
from watchkeeper.model.record import NO_FIELDS, SERVICENOW, RawFields, RawValue, Record, Side
from watchkeeper.model.ticket import Canonical, Unmapped
from watchkeeper.model.vocabulary import ChoiceList, FieldKey
from watchkeeper.sync.case import SIDE_ORDER, Case, Sighting


def record_told(record: Record, sighting: Sighting) -> PreviewedRecord:
    """Where a record is."""
    return PreviewedRecord(record.ref.side, record.ref.table, record.number, record.url, sighting.value)


@dataclass(frozen=True, slots=True)
class Telling:
    """One key, put into words. `case`: what was decided on; None where nothing was, and then `records` are those that were found.
    `remarks`: what is to be said of the key besides what is left alone. `lists` and `groups`: the instance's own words for choices, and
    groups' names by id."""

    key: str
    profile: Profile
    case: Case | None
    records: Mapping[Side, Record]
    actions: Sequence[Action]
    parked: Sequence[Parked]
    lists: Mapping[FieldKey, ChoiceList]
    groups: Mapping[str, str]
    remarks: Sequence[str] = ()
    unconcern: Unconcern | None = None

    def pair(self) -> PreviewedPair:
        profile = self.profile
        fields = tuple(self._field(rule) for rule in profile.fields)
        told = {each.name for each in fields if each.standing in {Standing.PARKED, Standing.UNMAPPED}}
        notes = [(row.reason, row.remedy) for row in self.parked if row.field not in told]
        notes += [(reason, "") for reason in self.remarks]
        return PreviewedPair(
            key=self.key,
            profile=profile.name,
            place=profile.place,
            records=tuple(self._records()),
            fields=fields,
            besides=tuple(self._besides()),
            writes=tuple(_write(action) for action in self.actions),
            notes=tuple(dict.fromkeys(notes)),
            unconcern=self.unconcern,
        )

    def _records(self) -> Sequence[PreviewedRecord]:
        """Those that the key has or may get."""
        rows = []
        for side in self._sides():
            if self.case is not None and side not in self.case.sides:
                continue
            view = self.case.sides.get(side) if self.case is not None else None
            record = self._record(side)
            sighting = view.sighting if view is not None else Sighting.FOUND if record else Sighting.NEVER
            if record is not None:
                rows.append(record_told(record, sighting))
            else:
                link = view.link if view is not None else None
                table = self.profile.sides[side].table
                number, url = (link.number, link.url) if link is not None else ("", "")
                rows.append(PreviewedRecord(side, table, number, url, sighting.value))
        return rows

    def _sides(self) -> Sequence[Side]:
        return [side for side in SIDE_ORDER if side in self.profile.sides]

    def _record(self, side: Side) -> Record | None:
        if self.case is not None and side in self.case.sides:
            return self.case.sides[side].record
        return self.records.get(side)

    def _raw(self, side: Side) -> RawFields:
        record = self._record(side)
        return record.fields if record is not None else NO_FIELDS

    def _body(self, side: Side) -> RawFields:
        """What would be written on a side, comments apart."""
        body: dict[str, RawValue] = {}
        for action in self.actions:
            if action.ref.side == side and action.operation is not Operation.COMMENT:
                body.update(action.body)
        return body

    def _field(self, rule: FieldRule) -> PreviewedField:
        sides = tuple(self._side(rule, side) for side in self._sides() if side in rule.lenses)
        parked = next((row for row in self.parked if row.field == rule.name), None)
        return PreviewedField(
            name=rule.name,
            owner=rule.owner.value,
            rule=rule.place,
            standing=self._standing(rule, sides, parked),
            sides=sides,
            reason=parked.reason if parked is not None else self._reason(sides),
            remedy=parked.remedy if parked is not None else "",
        )

    def _standing(self, rule: FieldRule, sides: Sequence[ShownSide], parked: Parked | None) -> Standing:
        values = {side: rule.lenses[side].get(self._raw(side)) for side in rule.lenses if self._record(side)}
        if parked is not None:
            unmapped = any(isinstance(value, Unmapped) for value in values.values())
            return Standing.UNMAPPED if unmapped else Standing.PARKED
        if any(raw.is_written for side in sides for raw in side.raw):
            return Standing.WRITTEN
        if rule.owner is Owner.CREATE_ONCE:
            return Standing.CREATE_ONCE
        return _agreement(rule, list(values.values()))

    def _reason(self, sides: Sequence[ShownSide]) -> str:
        """Why a field is written: what the call says that carries it."""
        written = {(each.side, raw.name) for each in sides for raw in each.raw if raw.is_written}
        carriers = (each for each in self.actions for name in each.body if (each.ref.side, name) in written)
        return next((each.reason for each in carriers), "")

    def _side(self, rule: FieldRule, side: Side) -> ShownSide:
        lens, raw = rule.lenses[side], self._raw(side)
        value = lens.get(raw)
        return ShownSide(
            side=side,
            raw=tuple(self._shown(side, name, is_ours=name in lens.raw_fields) for name in looked_at(lens)),
            meaning=None if isinstance(value, Unmapped) else value,
            read_by=read_at(lens, raw),
            written_by=self._row_written(rule, side),
        )

    def _row_written(self, rule: FieldRule, side: Side) -> str:
        lens = rule.lenses[side]
        target = self._target(rule.name, side)
        row = lens.row_for(target) if isinstance(lens, TableLens) else None
        return row.place if row is not None else ""

    def _target(self, field: str, side: Side) -> Canonical:
        changes = (each for action in self.actions if action.ref.side == side for each in action.changes)
        return next((each.after for each in changes if each.field == field), None)

    def _shown(self, side: Side, name: str, *, is_ours: bool = True) -> ShownRaw:
        """One raw field. `is_ours`: whether a write of it is the shown field's, and not another one's that keeps it."""
        before, body = self._raw(side).get(name), self._body(side) if is_ours else NO_FIELDS
        is_written = name in body
        after = body.get(name)
        return ShownRaw(
            name=name,
            before=before,
            after=after,
            is_written=is_written,
            before_labels=self._labels(side, name, before),
            after_labels=self._labels(side, name, after),
        )

    def _labels(self, side: Side, name: str, value: RawValue) -> tuple[str, ...]:
        if side != SERVICENOW or not isinstance(value, str):
            return ()
        if value in self.groups:
            return (self.groups[value],)
        choices = self.lists.get((self.profile.sides[side].table, name))
        labels = choices.labels.get(value, ()) if choices is not None else ()
        return tuple(label for label in labels if label != value)

    def _besides(self) -> Sequence[PreviewedField]:
        """Raw fields that are written without a rule of their own, each with what says so."""
        rows = []
        for side in self._sides():
            for name in sorted(self._body(side).keys() - self.profile.mapped_fields(side)):
                shown = ShownSide(side, (self._shown(side, name),))
                place, reason = self._place(side, name), self._reason((shown,))
                rows.append(PreviewedField(name, "", place, Standing.WRITTEN, (shown,), reason))
        return rows

    def _place(self, side: Side, name: str) -> str:
        """Where the mappings say what is written in a raw field without a rule; the profile where no single line does."""
        closure = self.profile.closure
        closes = any(action.ref.side == side and action.operation is Operation.CLOSE for action in self.actions)
        if isinstance(closure, TableClosure) and closes:
            table, source = closure.tables[side], next(each for each in self._sides() if each != side)
            if name in table.texts:
                return table.place
            if name in table.written:
                return table.place_of(self._raw(source))
        return self.profile.sides[side].constant_places.get(name, self.profile.place)


def _agreement(rule: FieldRule, values: Sequence[Canonical | Unmapped]) -> Standing:
    if len(values) < 2:
        return Standing.ONE_SIDED
    left, right = values
    if left == right:
        return Standing.AGREES
    alike = not isinstance(left, Unmapped) and not isinstance(right, Unmapped) and rule.agree(left, right)
    return Standing.SAME_CLASS if alike else Standing.STANDS


def _write(action: Action) -> PreviewedWrite:
    text = action.body.get("text") if action.operation is Operation.COMMENT else ""
    return PreviewedWrite(action.ref.side, action.operation, action.reason, text if isinstance(text, str) else "")
