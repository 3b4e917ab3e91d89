"""The lens laws, checked over a table's whole domain: what breaks them is a configuration error, not a surprise at run time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from watchkeeper.mapping.lens import LabelsLens, Lens, TableLens
from watchkeeper.model.record import RawFields
from watchkeeper.model.ticket import Canonical, Unmapped


@dataclass(frozen=True, slots=True)
class Violation:
    """Which law does not hold, for which canonical value, and what happened instead."""

    law: str
    value: Canonical
    message: str


def table_violations(lens: TableLens) -> Iterator[Violation]:
    """Every breach of GetPut, PutGet and CreateGet over all rows and all writable values of a table."""
    yield from violations(lens, lens.domain, lens.writable)


def violations(lens: Lens, raws: Iterable[RawFields], values: Iterable[Canonical]) -> Iterator[Violation]:
    """Every breach of the laws over the given raw records and canonical values. A put or create that the lens refuses
    (Unmapped) breaks nothing."""
    raws, values = tuple(raws), tuple(values)
    for raw in raws:
        yield from _get_put(lens, raw)
        for value in values:
            yield from _put_get(lens, value, raw)
    for value in values:
        yield from _create_get(lens, value)


def _get_put(lens: Lens, raw: RawFields) -> Iterator[Violation]:
    value = lens.get(raw)
    if isinstance(value, Unmapped):
        return
    change = lens.put(value, raw)
    if isinstance(change, Unmapped) or change:
        yield Violation("GetPut", value, f"{_shown(raw)} reads {value!r}, and writing that back is not a no-op")


def _put_get(lens: Lens, value: Canonical, raw: RawFields) -> Iterator[Violation]:
    change = lens.put(value, raw)
    if isinstance(change, Unmapped):
        return
    after = lens.get({**raw, **change})
    if not _same(lens, value, after):
        yield Violation("PutGet", value, f"{value!r} written over {_shown(raw)} reads {_said(after)}")


def _create_get(lens: Lens, value: Canonical) -> Iterator[Violation]:
    raw = lens.create(value)
    if isinstance(raw, Unmapped):
        return
    after = lens.get(raw)
    # A new record that was given nothing in the field reads as nothing.
    if not _same(lens, value, after) and not (not value and after is None):
        yield Violation("CreateGet", value, f"{value!r} written into a new record reads {_said(after)}")


def _same(lens: Lens, value: Canonical, after: Canonical | Unmapped) -> bool:
    if value is None:
        return True
    if isinstance(after, Unmapped):
        return False
    if isinstance(lens, LabelsLens):
        return set(value if isinstance(value, tuple) else (value,)) <= set(after or ())
    return lens.class_of(value) == lens.class_of(after)


def _said(value: Canonical | Unmapped) -> str:
    return "as an unknown value" if isinstance(value, Unmapped) else f"as {value!r}"


def _shown(raw: RawFields) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in raw.items())
