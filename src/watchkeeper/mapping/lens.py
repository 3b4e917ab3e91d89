"""Lenses: one canonical field on one side, read and written, so that what was read stays and what was written is read back.

Pure. Every lens here keeps three laws, per coarsening class (values that a side cannot tell apart):

- GetPut: putting what was just read changes nothing, so a side keeps its own nuance.
- PutGet: what was put is read back.
- CreateGet: what a new record was given is read back.

Compiled tables are checked against the laws over their whole domain at load (watchkeeper.mapping.lint).
None, as a raw value, is a field that the side does not show; as a canonical value, nothing to say. Neither is ever written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from watchkeeper.model.record import NO_FIELDS, RawFields, RawValue
from watchkeeper.model.ticket import Canonical, Unmapped


class Lens(Protocol):
    """One canonical field on one side."""

    @property
    def raw_fields(self) -> tuple[str, ...]:
        """The raw fields that the lens reads and writes; no other lens of the profile has them."""

    def get(self, raw: RawFields) -> Canonical | Unmapped: ...

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        """The raw fields to change so that `get` gives `value` (within its coarsening class); empty when it already does,
        so that the side's nuance stays. Unmapped when the side cannot hold the value or may not make the transition."""

    def create(self, value: Canonical) -> RawFields | Unmapped:
        """The raw fields of a new record that hold `value`."""

    def class_of(self, value: Canonical) -> Canonical:
        """The representative of the value's coarsening class on this side: values of one class look the same here."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """`raw` is one combination of the table's raw fields, `means` its value on read, `writes` the canonical values that
    are written as this row (none for a row that is only read). `place`: its `file:line:col`."""

    raw: tuple[str, ...]
    means: str
    writes: tuple[str, ...]
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record whose value is not to be believed: the raw `field` is `value` while `labels_field` has one of `labels`
    (compared without case)."""

    value: str
    labels_field: str
    labels: frozenset[str]
    reason: str

    def applies(self, held: str, raw: RawFields) -> bool:
        labels = raw.get(self.labels_field)
        return (
            held == self.value
            and isinstance(labels, tuple)
            and any(label.casefold() in self.labels for label in labels)
        )


@dataclass(frozen=True, slots=True)
class TableLens:
    """A value table over one raw field, or over several that make a value together (impact and urgency).

    `transitions`, for a table over one field, lists per raw value the raw values that it may become; without it everything
    may become everything. `table` is the side's table, for messages: the same raw value means different things in different
    tables. `cannot_hold` are canonical values that the side has no word for.
    """

    raw_fields: tuple[str, ...]
    rows: tuple[TableRow, ...]
    table: str
    transitions: Mapping[str, tuple[str, ...]] | None = None
    cannot_hold: frozenset[str] = frozenset()
    set_aside: SetAside | None = None
    _by_raw: Mapping[tuple[str, ...], TableRow] = field(init=False, repr=False, compare=False)
    _writers: Mapping[str, TableRow] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_raw", {row.raw: row for row in self.rows})
        object.__setattr__(self, "_writers", {value: row for row in self.rows for value in row.writes})

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        held = self._held(raw)
        if held is None:
            return None
        row = self._by_raw.get(held)
        if row is None:
            return Unmapped(self.raw_fields, ", ".join(held))
        if self.set_aside and self.set_aside.applies(held[0], raw):
            return Unmapped(self.raw_fields, held[0], self.set_aside.reason)
        return row.means

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        if value is None:
            return NO_FIELDS
        now = self.get(raw)
        if isinstance(now, Unmapped) and now.reason:
            return now
        if isinstance(now, str) and self.class_of(now) == self.class_of(value):
            return NO_FIELDS
        row = self._writers.get(str(value))
        if row is None:
            return self._no_word(value)
        barred = self.barred(raw, row.raw[0])
        if barred:
            return Unmapped(self.raw_fields, str(value), barred)
        return {name: new for name, new in zip(self.raw_fields, row.raw, strict=True) if raw.get(name) != new}

    def create(self, value: Canonical) -> RawFields | Unmapped:
        if value is None:
            return NO_FIELDS
        row = self._writers.get(str(value))
        return self._no_word(value) if row is None else dict(zip(self.raw_fields, row.raw, strict=True))

    def class_of(self, value: Canonical) -> Canonical:
        row = self._writers.get(value) if isinstance(value, str) else None
        if row is None:
            return value
        return row.means if row.means in row.writes else row.writes[0]

    def row_of(self, raw: RawFields) -> TableRow | None:
        """The row that a record's value is read by; None where it is in none, or not shown."""
        held = self._held(raw)
        return None if held is None else self._by_raw.get(held)

    def row_for(self, value: Canonical) -> TableRow | None:
        """The row that a value is written as; None where there is none."""
        return self._writers.get(value) if isinstance(value, str) else None

    @property
    def domain(self) -> tuple[RawFields, ...]:
        """Every combination of raw values that the table knows."""
        return tuple(dict(zip(self.raw_fields, row.raw, strict=True)) for row in self.rows)

    @property
    def writable(self) -> tuple[str, ...]:
        """Every canonical value that can be written."""
        return tuple(self._writers)

    def _held(self, raw: RawFields) -> tuple[str, ...] | None:
        held = [raw.get(name) for name in self.raw_fields]
        if any(value is None for value in held):
            return None
        return tuple(", ".join(value) if isinstance(value, tuple) else str(value) for value in held)

    def barred(self, raw: RawFields, target: str) -> str:
        """Why a record that holds `raw` may not become the raw value `target`; "" where it may."""
        if self.transitions is None:
            return ""
        held = self._held(raw)
        if held is None:
            return f"{self.table}.{self.raw_fields[0]} is not shown to us, so it is not known what it may become"
        allowed = self.transitions.get(held[0], ())
        if target in allowed:
            return ""
        return f"{self.table}.{self.raw_fields[0]} {held[0]} may become {', '.join(allowed) or 'nothing else'}, not {target}"

    def _no_word(self, value: Canonical) -> Unmapped:
        return Unmapped(self.raw_fields, str(value), f"{self.table} has no value for it")


@dataclass(frozen=True, slots=True)
class ReferenceLens:
    """The side's own id of a group or a person, passed through; "" is nobody. Ids compare without case."""

    raw_field: str

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return (self.raw_field,)

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        return one_text(raw.get(self.raw_field))

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        held = raw.get(self.raw_field)
        if value is None or (isinstance(held, str) and self.class_of(held) == self.class_of(value)):
            return NO_FIELDS
        return {self.raw_field: str(value)}

    def create(self, value: Canonical) -> RawFields | Unmapped:
        return {self.raw_field: str(value)} if value else NO_FIELDS

    def class_of(self, value: Canonical) -> Canonical:
        return value.casefold() if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class ConstantLens:
    """A raw field that holds one fixed text on every record of the profile."""

    raw_field: str
    value: str

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return (self.raw_field,)

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        held = one_text(raw.get(self.raw_field))
        if held is None or held == self.value:
            return held
        return Unmapped(self.raw_fields, held, f"is always {self.value!r} in this profile")

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        change = self.create(value)
        return NO_FIELDS if not isinstance(change, Unmapped) and raw.get(self.raw_field) == self.value else change

    def create(self, value: Canonical) -> RawFields | Unmapped:
        if value in (None, self.value):
            return NO_FIELDS if value is None else {self.raw_field: self.value}
        return Unmapped(self.raw_fields, str(value), f"is always {self.value!r} in this profile")

    def class_of(self, value: Canonical) -> Canonical:
        return value


@dataclass(frozen=True, slots=True)
class LabelsLens:
    """A set of labels. Labels are only ever added, never taken away: most of them are other people's.

    PutGet reads "what was put is among what is read".
    """

    raw_field: str

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return (self.raw_field,)

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        held = raw.get(self.raw_field)
        return None if held is None else _labels(held)

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        held, wanted = _labels(raw.get(self.raw_field)), _labels(value)
        if set(wanted) <= set(held):
            return NO_FIELDS
        if raw.get(self.raw_field) is None:
            return Unmapped(self.raw_fields, ", ".join(wanted), "the labels are not shown to us, so none can be added")
        return {self.raw_field: _labels((*held, *wanted))}

    def create(self, value: Canonical) -> RawFields | Unmapped:
        return {self.raw_field: _labels(value)} if value else NO_FIELDS

    def class_of(self, value: Canonical) -> Canonical:
        return value


class TimeFormat(StrEnum):
    SERVICENOW = "servicenow"
    """2026-11-23 08:00:00, in UTC: what the Table API gives and takes when display values are not asked for."""
    ISO = "iso"
    """2026-11-23T08:00:00Z"""


@dataclass(frozen=True, slots=True)
class DateTimeLens:
    """An instant. Canonically ISO 8601 in UTC with whole seconds (2026-11-23T08:00:00Z); an empty raw value is None."""

    raw_field: str
    format: TimeFormat

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return (self.raw_field,)

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        held = one_text(raw.get(self.raw_field))
        if not held:
            return None
        moment = read_instant(held)
        return Unmapped(self.raw_fields, held, "is not a date and time") if moment is None else instant(moment)

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        if value is None or self.get(raw) == self.class_of(value):
            return NO_FIELDS
        return self.create(value)

    def create(self, value: Canonical) -> RawFields | Unmapped:
        if not value:
            return NO_FIELDS
        moment = read_instant(str(value))
        if moment is None:
            return Unmapped(self.raw_fields, str(value), "is not a date and time")
        text = instant(moment)
        return {self.raw_field: text if self.format is TimeFormat.ISO else text.replace("T", " ").removesuffix("Z")}

    def class_of(self, value: Canonical) -> Canonical:
        moment = read_instant(value) if isinstance(value, str) else None
        return value if moment is None else instant(moment)


def instant(moment: datetime) -> str:
    """The canonical text of an aware instant."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def read_instant(text: str) -> datetime | None:
    """An instant from ISO 8601 or from ServiceNow's format; without an offset it is UTC. None when it is neither."""
    try:
        moment = datetime.fromisoformat(text.strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def _labels(value: RawValue | Canonical) -> tuple[str, ...]:
    names = value if isinstance(value, tuple) else (value,) if value else ()
    return tuple(sorted(set(names)))


def one_text(value: RawValue) -> str | None:
    """A raw value as one text; None for one that is not shown."""
    return ", ".join(value) if isinstance(value, tuple) else value
