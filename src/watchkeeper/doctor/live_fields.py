"""Whether the fields that a profile names are there, and hold what its translations read and write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from watchkeeper.doctor.standing_place import Places
from watchkeeper.doctor.unchecked import Finding, Lack, Unchecked
from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.closure import TableClosure
from watchkeeper.mapping.lens import ConstantLens, DateTimeLens, LabelsLens, Lens, ReferenceLens, TableLens
from watchkeeper.mapping.lens_default import without_default
from watchkeeper.mapping.lens_text import TextLens
from watchkeeper.mapping.lens_values import BooleanLens, DateLens, ListLens
from watchkeeper.mapping.profile import Profile, SideRules
from watchkeeper.model.nearest import nearest, suggest
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.vocabulary import Column, ColumnKind, Columns
from watchkeeper.sync.systems import Systems

_TRANSLATIONS: Mapping[type[Lens], tuple[str, frozenset[ColumnKind]]] = {
    TextLens: ("text", frozenset({ColumnKind.TEXT})),
    TableLens: ("table", frozenset({ColumnKind.TEXT, ColumnKind.NUMBER, ColumnKind.FLAG, ColumnKind.REFERENCE})),
    ReferenceLens: ("reference", frozenset({ColumnKind.REFERENCE})),
    ConstantLens: ("constant", frozenset({ColumnKind.TEXT, ColumnKind.NUMBER, ColumnKind.FLAG, ColumnKind.REFERENCE})),
    LabelsLens: ("labels", frozenset({ColumnKind.TEXT, ColumnKind.LIST})),
    DateTimeLens: ("datetime", frozenset({ColumnKind.MOMENT})),
    DateLens: ("date", frozenset({ColumnKind.DAY, ColumnKind.TEXT})),
    BooleanLens: ("boolean", frozenset({ColumnKind.FLAG, ColumnKind.TEXT})),
    ListLens: ("list", frozenset({ColumnKind.LIST, ColumnKind.TEXT})),
}
"""The kinds of fields that each kind of translation can read and write, with its name in the files."""

_ROLES: Mapping[str, tuple[frozenset[ColumnKind], str]] = {
    "group_field": (frozenset({ColumnKind.REFERENCE}), "sys_user_group"),
    "assignee_field": (frozenset({ColumnKind.REFERENCE}), "sys_user"),
    "resolver_field": (frozenset({ColumnKind.REFERENCE}), "sys_user"),
    "follow_up_field": (frozenset({ColumnKind.MOMENT, ColumnKind.DAY}), ""),
    "title_field": (frozenset({ColumnKind.TEXT}), ""),
    "pair_by": (frozenset({ColumnKind.TEXT}), ""),
}
"""What a field must be that a profile gives a part to, and whose records it must name."""

_SYS_ID = re.compile(r"[0-9a-f]{32}")
_FLAGS = ("true", "false")


def fields_of(systems: Systems, side: Side, described: dict[str, Columns], places: Places) -> Iterator[Finding]:
    """Of every profile in use. `systems` in the instance's own words; `described` is filled with what the side tells."""
    tables = sorted({profile.sides[side].table for profile in systems.in_use})
    described |= systems.connectors[side].columns(tables)
    for table in tables:
        columns = described.get(table)
        if columns is None:
            yield Unchecked(f"fields of {table}: {side} has no list of them", Lack.KNOWLEDGE)
        elif not columns.known:
            yield Unchecked(f"fields of {table}: {columns.unread}", Lack.RIGHTS)
    for profile in systems.in_use:
        known = described.get(profile.sides[side].table)
        if known is not None and known.known:
            yield from _lacking(profile, side, known, places)
            yield from _parts(profile, side, known, places)
            yield from _constants(profile, side, known, places)
            for rule in profile.fields:
                if side in rule.lenses:
                    yield from _fit(profile, side, rule.name, rule.lenses[side], known, places)


def _lacking(profile: Profile, side: Side, columns: Columns, places: Places) -> Iterator[Finding]:
    table = profile.sides[side].table
    for name in sorted(_named_fields(profile, side)):
        if name.split(".")[0] in columns.known or name in columns.known:
            continue
        place, path = places.of(name, profile.place, *_parts_about(profile, side))
        near = suggest(name, sorted(columns.known))
        if columns.unread:
            perhaps = f"; did you mean {near}?" if near else ""
            yield Unchecked(f"{place}: field {table}.{name}: {columns.unread}{perhaps}", Lack.RIGHTS)
        else:
            said, allowed = f"{table} has no field {name!r}", "a field of the table or of one that it extends"
            yield Problem(place, path, said, allowed, near, ProblemKind.WORD)


def _parts_about(profile: Profile, side: Side) -> Sequence[tuple[str, ...]]:
    """The parts of a profile's file that name fields of a side, in the order of their weight."""
    other = SENTINEL if side == SERVICENOW else SERVICENOW
    mapped = [("fields", rule.name, side) for rule in profile.fields]
    return (*mapped, ("sides", side), ("closure", side), ("closure", other))


def _named_fields(profile: Profile, side: Side) -> frozenset[str]:
    names = {*profile.raw_fields(side), *profile.sides[side].constants}
    if isinstance(profile.closure, TableClosure):
        table = profile.closure.tables[side]
        names |= {*table.written, *table.texts}
    return frozenset(names)


def _parts(profile: Profile, side: Side, columns: Columns, places: Places) -> Iterator[Problem]:
    """Fields with a part of their own: who a ticket belongs to, until when it waits."""
    rules = profile.sides[side]
    for part, (kinds, table) in _ROLES.items():
        name = _field_of(rules, part)
        column = columns.known.get(name) if name else None
        if name is None or column is None or column.kind is None:
            continue
        if column.kind not in kinds or (table and column.references and column.references != table):
            place, path = places.of(name, profile.place, ("sides", side, part))
            wanted = " or ".join(sorted(each.value for each in kinds)) + (f" to {table}" if table else "")
            yield Problem(place, path, f"{rules.table}.{name} is a {_kind(column)}", f"a {wanted}")


def _field_of(rules: SideRules, part: str) -> str | None:
    found: str | None = getattr(rules, part)
    return found


def _kind(column: Column) -> str:
    kind = column.kind.value if column.kind is not None else ""
    return f"{kind} to {column.references}" if column.references else kind


def _constants(profile: Profile, side: Side, columns: Columns, places: Places) -> Iterator[Problem]:
    rules = profile.sides[side]
    for name, value in sorted(rules.constants.items()):
        column = columns.known.get(name)
        if column is None or not isinstance(value, str) or name == rules.group_field:
            continue
        place, path = places.of(name, profile.place, ("sides", side, "constants"))
        yield from _held_by(f"{rules.table}.{name}", column, value, place, path)


def _fit(profile: Profile, side: Side, name: str, lens: Lens, columns: Columns, places: Places) -> Iterator[Problem]:
    """Whether the fields of a translation are of its kind, and hold its values and its longest text."""
    lens = without_default(lens)
    for raw in lens.raw_fields:
        column = columns.known.get(raw)
        if column is not None:
            place, path = places.of(raw, profile.place, ("fields", name, side))
            yield from _of_kind(lens, f"{profile.sides[side].table}.{raw}", column, place, path)
    column = columns.known.get(lens.raw_fields[0]) if lens.raw_fields else None
    if column is None:
        return
    table = f"{profile.sides[side].table}.{lens.raw_fields[0]}"
    match lens:
        case TextLens(limit=int(limit)) | ListLens(limit=int(limit)) if (
            column.max_length is not None and limit > column.max_length and _is_text(column)
        ):
            place, path = places.of(str(limit), profile.place, ("fields", name, side))
            said = f"{limit} is longer than {table} takes"
            yield Problem(place, path, said, f"at most {column.max_length}", kind=ProblemKind.VALUE)
        case TableLens():
            for row in lens.rows:
                yield from _held_by(table, column, row.raw[0], row.place, "")
        case BooleanLens(true=true, false=false):
            for word in (true[0], false[0]):
                place, path = places.of(word, profile.place, ("fields", name, side))
                yield from _held_by(table, column, word, place, path)
        case _:
            return


def _is_text(column: Column) -> bool:
    return column.kind in {None, ColumnKind.TEXT}


def _of_kind(lens: Lens, field: str, column: Column, place: str, path: str) -> Iterator[Problem]:
    kind, translation = column.kind, _TRANSLATIONS.get(type(lens))
    if kind is None or translation is None or kind in translation[1]:
        return
    fitting = sorted(name for name, kinds in _TRANSLATIONS.values() if kind in kinds)
    allowed = ", ".join(fitting) if fitting else "another field: no translation reads and writes a journal or its like"
    said = f"{field} is a {_kind(column)}, which `{translation[0]}` does not translate"
    yield Problem(place, path, said, allowed, kind=ProblemKind.VALUE)


def _held_by(field: str, column: Column, value: str, place: str, path: str) -> Iterator[Problem]:
    """Whether a field can hold one of our values at all; its choices are looked at elsewhere."""
    if column.values and value not in column.values:
        near, allowed = next(iter(nearest(value, column.values)), ""), ", ".join(column.values)
        yield Problem(place, path, f"{field} takes no {value!r}", allowed, near, ProblemKind.WORD)
    elif column.kind is ColumnKind.FLAG and value not in _FLAGS:
        yield Problem(place, path, f"{field} is yes or no, never {value!r}", ", ".join(_FLAGS), kind=ProblemKind.WORD)
    elif column.kind is ColumnKind.REFERENCE and value and not _SYS_ID.fullmatch(value):
        said = f"{field} is a {_kind(column)}, which keeps nothing of {value!r}"
        yield Problem(place, path, said, "a sys_id: 32 hexadecimal digits", kind=ProblemKind.WORD)
