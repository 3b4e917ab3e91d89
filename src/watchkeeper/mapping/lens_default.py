"""What stands for an empty field. Pure; keeps the laws where the lens inside does: an empty field and one that holds the default
are one class."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper.mapping.lens import Lens, TableLens
from watchkeeper.mapping.lens_views import LookedUp, ViewLens
from watchkeeper.model.record import NO_FIELDS, RawFields
from watchkeeper.model.ticket import Canonical, Unmapped


@dataclass(frozen=True, slots=True)
class DefaultLens:
    """Reads an empty field as `default`, and writes nothing over it where the default is wanted. `empty_when_absent`: a field that
    is left out is an empty one."""

    inner: Lens
    default: Canonical
    empty_when_absent: bool = False

    @property
    def raw_fields(self) -> tuple[str, ...]:
        return self.inner.raw_fields

    def get(self, raw: RawFields) -> Canonical | Unmapped:
        if self._is_empty(raw):
            return self.default
        held = self.inner.get(raw)
        return self.default if not isinstance(held, Unmapped) and self._says_nothing(held) else held

    def put(self, value: Canonical, raw: RawFields) -> RawFields | Unmapped:
        if value is None:
            return NO_FIELDS
        held = self.get(raw)
        if not isinstance(held, Unmapped) and self.class_of(held) == self.class_of(value):
            return NO_FIELDS
        return self.inner.put(self.default if self._says_nothing(value) else value, raw)

    def create(self, value: Canonical) -> RawFields | Unmapped:
        return self.inner.create(value)

    def class_of(self, value: Canonical) -> Canonical:
        return self.inner.class_of(self.default if self._says_nothing(value) else value)

    def _says_nothing(self, value: Canonical) -> bool:
        return self.inner.class_of(value) in ("", ())

    def _is_empty(self, raw: RawFields) -> bool:
        values = [raw.get(name) for name in looked_at(self.inner)]
        return all(value in ("", ()) or (value is None and self.empty_when_absent) for value in values)


def looked_at(lens: Lens) -> tuple[str, ...]:
    """The raw fields that a lens reads, written by it or not."""
    match lens:
        case ViewLens():
            return lens.looks_at
        case DefaultLens():
            return looked_at(lens.inner)
        case _:
            return lens.raw_fields


def read_at(lens: Lens, raw: RawFields) -> str:
    """The place of the row by which a record is read, of a table or a lookup; "" where no row is."""
    match without_default(lens):
        case TableLens() as table if row := table.row_of(raw):
            return row.place
        case ViewLens(reading=LookedUp() as lookup) if line := lookup.row_of(raw):
            return line.place
        case _:
            return ""


def without_default(lens: Lens) -> Lens:
    """The lens as it is without what stands for an empty field."""
    return lens.inner if isinstance(lens, DefaultLens) else lens


def is_view(lens: Lens) -> bool:
    """Whether a lens only reads."""
    return isinstance(without_default(lens), ViewLens)
