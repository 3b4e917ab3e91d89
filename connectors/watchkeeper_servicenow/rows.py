"""From a row of the Table API to a Record, and from what we asked for to what the instance refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import quote

from watchkeeper.model.identity import OUR_SIGN
from watchkeeper.model.record import SERVICENOW, RawFields, RawValue, Record, RecordRef, Refused, Revision
from watchkeeper_servicenow.query import instant
from watchkeeper_servicenow.text import JOURNALS, incoming

Row: TypeAlias = Mapping[str, str | None]
"""A row as text. A missing key (hidden by an access rule, or no such field) stays missing."""

SYSTEM_FIELDS = (
    "sys_id",
    "number",
    "sys_mod_count",
    "sys_created_on",
    "sys_updated_on",
    "sys_updated_by",
    "correlation_id",
    "correlation_display",
)


GIVEN = "given"
"""Stands for the id and the revision of a record that says none."""
_EPOCH = datetime.fromtimestamp(0, UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_LABEL = "@"
"""Before the name of a field: no field is named so."""


def row_of(raw: Mapping[str, Any]) -> Row:
    """Every value as text: references as their sys_id, booleans and numbers (other APIs send them) as the Table API's."""
    return {str(name): _text(value) for name, value in raw.items()}


def labelled_row_of(raw: Mapping[str, Any]) -> Row:
    """The same of an answer with `sysparm_display_value=all`, in which each value has the text beside it that people are shown."""
    labels = {
        f"{_LABEL}{name}": _text(cell.get("display_value")) for name, cell in raw.items() if isinstance(cell, dict)
    }
    return {**row_of(raw), **labels}


def label(row: Row, name: str) -> str:
    """What people are shown for a value of a labelled row: a choice's label, a record's name; "" where there is none."""
    return row.get(f"{_LABEL}{name}") or ""


def _text(value: Any) -> str | None:
    match value:
        case str():
            return incoming(value)
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case {"value": inner}:
            return _text(inner)
        case _:
            return None


def record_of(row: Row, table: str, fields: Iterable[str] | None, origin: str) -> Record:
    """A Record with the named fields (all of the row's for None). Raises ValueError, naming the field that is missing or
    malformed: without its key, revision and times a row cannot be kept in step, and one whose correlation is hidden would
    pass for nobody's."""
    ref = RecordRef(SERVICENOW, table, _needed(row, "sys_id"))
    count = _needed(row, "sys_mod_count")
    if not re.fullmatch(r"[0-9]{1,18}", count):
        raise ValueError(f"sys_mod_count is {count[:40]!r}, not a number")
    names = row.keys() if fields is None else fields
    return Record(
        ref=ref,
        number=row.get("number") or "",
        url=url_of(origin, table, ref.id),
        revision=Revision(count, int(count)),
        created_at=instant(_needed(row, "sys_created_on")),
        updated_at=instant(_needed(row, "sys_updated_on")),
        fields={name: row.get(name) for name in names},
        updated_by=row.get("sys_updated_by") or "",
        marker=_shown(row, "correlation_id"),
        ours=_shown(row, "correlation_display") == OUR_SIGN,
    )


def given_record(raw: Mapping[str, Any], table: str) -> Record:
    """A row that somebody shows us rather than the instance: whatever it has of its fields, and nothing is asked of the rest."""
    row = row_of(raw)
    sys_id = row.get("sys_id") or ""
    known = re.fullmatch("[0-9a-f]{32}", sys_id) is not None
    ref = RecordRef(SERVICENOW, table, sys_id if known else GIVEN)
    return Record(
        ref=ref,
        number=row.get("number") or "",
        url="",
        revision=Revision(GIVEN),
        created_at=_created(row),
        updated_at=_EPOCH,
        fields=row,
        updated_by=row.get("sys_updated_by") or "",
        marker=row.get("correlation_id") or "",
        ours=row.get("correlation_display") == OUR_SIGN,
    )


def _created(row: Row) -> datetime:
    """When a row says that it was created; the last moment of all, which is from before no first day, where it says none."""
    try:
        return instant(row.get("sys_created_on") or "")
    except ValueError:
        return _LAST


def _needed(row: Row, name: str) -> str:
    value = row.get(name)
    if not value:
        raise ValueError(f"{name} is not readable")
    return value


def _shown(row: Row, name: str) -> str:
    value = row.get(name)
    if value is None:
        raise ValueError(f"{name} is not readable")
    return value


def url_of(origin: str, table: str, sys_id: str) -> str:
    """Opens the record inside the platform's frame; the inner address has to be quoted (ServiceNow Community ba-p/2291798)."""
    return f"{origin}/nav_to.do?uri={quote(f'{table}.do?sys_id={sys_id}', safe='')}"


def refused_fields(asked: RawFields, row: Row) -> tuple[Refused, ...]:
    """The fields that the instance dropped, cut or changed, by comparing its answer with what was asked for. Journals are
    left out: they always read back empty."""
    return tuple(
        Refused(name, value, row.get(name))
        for name, value in sorted(asked.items())
        if name not in JOURNALS and row.get(name) != _wanted(value)
    )


def _wanted(value: RawValue) -> str:
    return ",".join(value) if isinstance(value, tuple) else value or ""
