"""Whether a value that was found unmapped is one of a list of choices, and whether a table knows it by now. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.mapping.closure import TableClosure
from watchkeeper.mapping.lens import Lens, TableLens
from watchkeeper.mapping.lens_default import without_default
from watchkeeper.mapping.lens_values import BooleanLens
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.record import Side
from watchkeeper.model.unmapped import LONGEST, UnknownValue


def knows(profile: Profile, value: UnknownValue) -> bool | None:
    """Whether the profile's tables have a row for the value. None for one that is of no list of choices, but text that people wrote, or of
    a field that the profile does not have."""
    found = list(_answers(profile, value))
    return any(found) if found else None


def table_place(profile: Profile, field: str, side: Side) -> str:
    """Where to add a value that a field's table on a side does not know: its last row, else the field's rule."""
    rule = profile.field(field)
    lens = without_default(rule.lenses[side])
    return lens.rows[-1].place if isinstance(lens, TableLens) and lens.rows else rule.place


def _answers(profile: Profile, value: UnknownValue) -> Iterator[bool]:
    rule = next((each for each in profile.fields if each.name == value.field), None)
    if rule is None:
        return
    if value.side in rule.lenses:
        yield from _of_lens(without_default(rule.lenses[value.side]), value)
    tables = profile.closure.tables if isinstance(profile.closure, TableClosure) else {}
    for target, table in tables.items():
        if target != value.side and ", ".join(table.reads) == value.name:
            spelt = {", ".join(filter(None, row))[:LONGEST] for row in table.rows}
            yield table.otherwise is not None or value.value in spelt


def _of_lens(lens: Lens, value: UnknownValue) -> Iterator[bool]:
    match lens:
        case TableLens(raw_fields=names, rows=rows) if ", ".join(names) == value.name:
            yield value.value in {", ".join(row.raw)[:LONGEST] for row in rows}
        case BooleanLens(raw_field=name, true=true, false=false) if name == value.name:
            yield value.value.strip().casefold() in {word.casefold() for word in (*true, *false)}
        case _:
            return
