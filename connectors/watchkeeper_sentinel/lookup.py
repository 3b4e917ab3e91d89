"""Incidents by id and by marker, each read now."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from watchkeeper.errors import Attempt, Protocol
from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.record import SENTINEL, Absent, Record, RecordRef
from watchkeeper_sentinel.feed import narrowed
from watchkeeper_sentinel.incidents import Incidents, labelled
from watchkeeper_sentinel.logs import Logs
from watchkeeper_sentinel.people import is_guid
from watchkeeper_sentinel.records import KEY_LABEL, incident_ref, read_record, read_row


def read_all(
    incidents: Incidents, logs: Logs, refs: Sequence[RecordRef], fields: frozenset[str]
) -> dict[RecordRef, Record | Absent]:
    """Each incident, or its absence. ARM says 404 for a deleted one as for one that never was: the table keeps a `Deleted`
    row, so it is asked about everything that is missing (one query)."""
    items = {ref: incidents.get(ref.id) for ref in refs}
    missing = [ref for ref, item in items.items() if item is None]
    deleted, doubt = logs.deleted([ref.id for ref in missing])
    found: dict[RecordRef, Record | Absent] = {
        ref: _readable(item, ref, fields) for ref, item in items.items() if item is not None
    }
    found.update({ref: _absent(ref, ref.id in deleted, doubt) for ref in missing})
    return found


def find_marked(incidents: Incidents, marker: str, fields: frozenset[str]) -> tuple[Record, ...]:
    """Incidents that carry a marker's label, and the one under its chosen id even if somebody took the label away."""
    rows = [read_row(item) for items in incidents.pages(labelled(KEY_LABEL + marker)) for item in items]
    found = {row.ref: row for row in rows if isinstance(row, Record) and KEY_LABEL + marker in _labels(row)}
    chosen = str(chosen_uuid(marker))
    if all(ref.id != chosen for ref in found):
        item = incidents.get(chosen)
        if item is not None:
            record = _readable(item, incident_ref(chosen), None)
            found[record.ref] = record
    return tuple(narrowed(found[ref], fields) for ref in sorted(found, key=lambda ref: ref.id))


def find_named(incidents: Incidents, name: str, fields: frozenset[str]) -> tuple[Record, ...]:
    """Incidents that a person means by a number (`42`, `#42`), a name, an ARM id or the address of its page."""
    wanted = name.strip()
    number = wanted.removeprefix("#")
    if re.fullmatch(r"[0-9]{1,10}", number):
        condition: str | None = f"properties/incidentNumber eq {int(number)}"
        records = _matching(incidents, condition, lambda record: record.number == str(int(number)))
    elif (guid := wanted.rstrip("/").rpartition("/")[2]) and is_guid(guid):
        item = incidents.get(guid.lower())
        records = [_readable(item, incident_ref(guid), None)] if item is not None else []
    elif wanted.startswith("https://"):
        records = _matching(incidents, None, lambda record: record.url.casefold() == wanted.casefold())
    else:
        records = []
    return tuple(narrowed(record, fields) for record in sorted(records, key=lambda record: record.ref.id))


def _matching(incidents: Incidents, condition: str | None, meant: Callable[[Record], bool]) -> list[Record]:
    """Rows of a listing that are meant, each checked here as well; of the whole listing where the service refuses the
    condition."""
    rows = (read_row(item) for items in incidents.pages_or(condition, None) for item in items)
    return [row for row in rows if isinstance(row, Record) and meant(row)]


def _labels(record: Record) -> tuple[str, ...]:
    labels = record.fields.get("labels")
    return labels if isinstance(labels, tuple) else ()


def _readable(item: object, ref: RecordRef, fields: frozenset[str] | None) -> Record:
    try:
        return read_record(item, fields)
    except ValueError as error:
        attempt = Attempt(SENTINEL, "GET incident", ref.id, 200)
        raise Protocol(f"incident {ref.id} cannot be read: {error}", attempt=attempt) from error


def _absent(ref: RecordRef, deleted: bool, doubt: str) -> Absent:
    if deleted:
        return Absent(ref, deleted=True, reason="the SecurityIncident table has a Deleted row for it")
    return Absent(ref, reason=doubt or "ARM has no incident of that name, and the table no Deleted row")
