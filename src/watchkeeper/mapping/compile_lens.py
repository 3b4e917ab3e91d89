"""From what a file says of one field on one side to its lens. Only called with what its model found sound."""

from __future__ import annotations

from typing import Final

from watchkeeper.mapping.base_models import Compared
from watchkeeper.mapping.kind_models import (
    Boolean,
    Constant,
    Date,
    DateTime,
    FieldOnSide,
    Join,
    Labels,
    Lookup,
    Reference,
    Several,
    Table,
    Text,
)
from watchkeeper.mapping.lens import (
    ConstantLens,
    DateTimeLens,
    LabelsLens,
    Lens,
    ReferenceLens,
    SetAside,
    TableLens,
    TableRow,
)
from watchkeeper.mapping.lens_default import DefaultLens, is_view, looked_at
from watchkeeper.mapping.lens_text import TextLens
from watchkeeper.mapping.lens_values import BooleanLens, DateLens, ListLens
from watchkeeper.mapping.lens_views import Joined, LookedUp, LookupLine, PlainText, ViewLens
from watchkeeper.mapping.text_steps import ONLY_READ
from watchkeeper.model.population import Condition, Operator
from watchkeeper.model.record import SENTINEL, Side
from watchkeeper.model.ticket import STATUS_FIELD, Canonical

REDIRECTED: Final = SetAside("Closed", "labels", frozenset({"redirected"}), "redirected")
"""Defender closes an incident that it merges into another one and labels it Redirected (Microsoft Learn, "Alerts, incidents,
and correlation in Microsoft Defender XDR"): that is nobody's resolution. Not configurable."""


def compile_lens(name: str, side: Side, spec: FieldOnSide, table: str, *, kept: bool = False) -> Lens:
    """The lens of one canonical field on one side. `kept`: whether changes here are carried, so that it counts whether a text is
    empty or not shown."""
    lens = _of_kind(name, side, spec, table)
    if spec.default is None:
        empty = kept and _leaves_out_what_is_empty(side) and spec.kind in {"text", "date"} and not is_view(lens)
        return DefaultLens(lens, "", empty_when_absent=True) if empty else lens
    default: Canonical = (spec.default,) if isinstance(lens, ListLens) else spec.default
    return DefaultLens(lens, lens.class_of(default), empty_when_absent=_leaves_out_what_is_empty(side))


def raw_fields(spec: FieldOnSide) -> tuple[str, ...]:
    """The raw fields that a translation writes; none where it only reads."""
    return compile_lens("", "", spec, "").raw_fields


def seen_fields(spec: FieldOnSide) -> tuple[str, ...]:
    """The raw fields that a translation reads."""
    return looked_at(compile_lens("", "", spec, ""))


def _leaves_out_what_is_empty(side: Side) -> bool:
    """Sentinel gives no property that is not set; ServiceNow gives every field, and none that we may not see."""
    return side == SENTINEL


def _of_kind(name: str, side: Side, spec: FieldOnSide, table: str) -> Lens:
    absent = _leaves_out_what_is_empty(side)
    match getattr(spec, spec.kind):
        case Table() as rows:
            return _table(rows, table, REDIRECTED if (name, side) == (STATUS_FIELD, SENTINEL) else None)
        case Text() as text:
            return _text(text, absent=absent)
        case Reference(field=field):
            return ReferenceLens(field)
        case Constant(field=field, value=value):
            return ConstantLens(field, value)
        case Labels(field=field):
            return LabelsLens(field)
        case DateTime(field=field, format=form):
            return DateTimeLens(field, form)
        case Boolean(field=field, means_true=true, means_false=false):
            return BooleanLens(field, true, false)
        case Date(field=field, format=form):
            return DateLens(field, form)
        case Several() as several:
            return ListLens(several.field, several.separator, several.in_order, several.max)
        case Lookup() as lookup:
            return ViewLens((lookup.field,), _looked_up(lookup), absent)
        case Join(fields=fields, separator=separator):
            return ViewLens(fields, Joined(fields, separator), absent)
        case other:
            raise AssertionError(f"an unknown kind of translation: {other!r}")


def written_by(table: Table) -> tuple[tuple[str, ...], ...]:
    """What each row of a table writes: as said, else the value it means unless a row says that it writes that one."""
    said = {value for row in table.rows for value in row.writes or ()}
    return tuple(
        row.writes if row.writes is not None else () if row.means in said else (row.means,) for row in table.rows
    )


def condition_of(name: str, compared: Compared) -> Condition:
    """The condition on a raw field that a file gives."""
    spoken = {
        Operator.IN: compared.is_in,
        Operator.NOT_IN: compared.not_in,
        Operator.HAS_ANY: compared.has_any,
        Operator.HAS_NONE: compared.has_none,
        Operator.STARTS_WITH: compared.starts_with,
    }
    operator, values = next((operator, values) for operator, values in spoken.items() if values is not None)
    return Condition(name, operator, tuple(values))


def _table(table: Table, name: str, set_aside: SetAside | None) -> TableLens:
    rows = zip(table.rows, written_by(table), strict=True)
    return TableLens(
        raw_fields=table.fields,
        rows=tuple(TableRow(row.raw, row.means, writes) for row, writes in rows),
        table=name,
        transitions=dict(table.transitions) if table.transitions is not None else None,
        cannot_hold=frozenset(table.cannot_hold),
        set_aside=set_aside,
    )


def _text(text: Text, *, absent: bool) -> Lens:
    if not ONLY_READ.isdisjoint(text.steps):
        return ViewLens((text.field,), PlainText(text.steps, text.max), absent)
    return TextLens(text.field, text.max, text.steps, (text.prefix or "").lstrip(), (text.suffix or "").rstrip())


def _looked_up(lookup: Lookup) -> LookedUp:
    return LookedUp(
        tuple(LookupLine(condition_of(lookup.field, row), row.means) for row in lookup.rows), lookup.otherwise
    )
