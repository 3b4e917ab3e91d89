"""Views: values that are read from raw fields of a side and never written there, for what no lens can give back. Pure.

A view's raw fields may belong to another rule: a view takes no part in what that rule remembers of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from watchkeeper.mapping.lens import one_text
from watchkeeper.mapping.lens_text import cut, normal_text
from watchkeeper.mapping.text_steps import Step, stepped
from watchkeeper.model.population import Condition
from watchkeeper.model.record import NO_FIELDS, RawFields
from watchkeeper.model.ticket import Canonical, Unmapped


class Reading(Protocol):
    """How a view makes one canonical value of a record that shows all the fields it looks at."""

    def of(self, raw: RawFields) -> Canonical | Unmapped: ...


@dataclass(frozen=True, slots=True)
class ViewLens:
    """A value that is only read. `empty_when_absent`: a field that is left out is an empty one (Sentinel leaves out what is not
    set), rather than one that we may not see."""

    looks_at: tuple[str, ...]
    reading: Reading
    empty_when_absent: bool = False

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return ()

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        seen = {name: raw.get(name) for name in self.looks_at}
        if self.empty_when_absent:
            seen = {name: "" if value is None else value for name, value in seen.items()}
        return None if any(value is None for value in seen.values()) else self.reading.of(seen)

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        if value is None or self.get(raw) == value:
            return NO_FIELDS
        return Unmapped(self.looks_at, str(value), "is only read here")

    def create(self, value: Canonical) -> RawFields | Unmapped:
        """Nothing: a new record has no place for what is only read."""
        del value
        return NO_FIELDS

    def class_of(self, value: Canonical) -> Canonical:
        return value


@dataclass(frozen=True, slots=True)
class LookupLine:
    """A condition, and the value where it holds. `place`: its `file:line:col`."""

    condition: Condition
    means: str
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The meaning of the first row whose condition holds; else `otherwise`; without that the value is unknown."""

    rows: tuple[LookupLine, ...]
    otherwise: str | None

    def row_of(self, raw: RawFields) -> LookupLine | None:
        """The row that a record is read by; None for none."""
        return next((row for row in self.rows if row.condition.holds(raw)), None)

    def of(self, raw: RawFields) -> Canonical | Unmapped:
        row = self.row_of(raw)
        found = self.otherwise if row is None else row.means
        if found is not None:
            return found
        return Unmapped(tuple(raw), ", ".join(one_text(value) or "" for value in raw.values()))


@dataclass(frozen=True, slots=True)
class Joined:
    """The fields' texts one after the other; empty ones are left out."""

    fields: tuple[str, ...]
    separator: str

    def of(self, raw: RawFields) -> Canonical | Unmapped:
        texts = (normal_text(one_text(raw.get(name)) or "") for name in self.fields)
        return self.separator.join(text for text in texts if text)


@dataclass(frozen=True, slots=True)
class PlainText:
    """A field's text after steps that cannot be undone."""

    steps: Sequence[Step]
    limit: int

    def of(self, raw: RawFields) -> Canonical | Unmapped:
        (value,) = raw.values()
        return cut(normal_text(stepped(one_text(value) or "", self.steps)), self.limit)
