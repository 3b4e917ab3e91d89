"""What the rows of the SecurityIncident table tell: every row is a whole state, so who changed what is the difference of two."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from watchkeeper.model.activity import Activity, ActivityKind
from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.record import Record
from watchkeeper.transport.times import write_instant
from watchkeeper_sentinel.people import People, is_upn
from watchkeeper_sentinel.records import KEY_LABEL, flatten, incident_ref, label_names, text_of

WATCHED: Final = (
    "status",
    "owner.userPrincipalName",
    "owner.objectId",
    "severity",
    "labels",
    "classification",
    "classificationReason",
    "classificationComment",
)
"""The fields that people set on an incident, as Record.fields names them."""
_SAME_SECOND: Final = timedelta(seconds=1)
"""Two rows that were equally long under way differ by fractions of this."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One state of an incident. `name` is its ARM name, lower case; `fields` the watched ones as text, labels joined.
    `stamp` is the instant of the change with all seven digits, which `at` does not hold: two changes may be that close.
    `ingested_at`: when the row could be queried, None where that was not asked for."""

    name: str
    at: datetime
    stamp: str
    written_at: datetime
    created_at: datetime
    modified_by: str
    fields: Mapping[str, str]
    ingested_at: datetime | None = None


def read_history_row(cells: Mapping[str, Any]) -> HistoryRow:
    """A row from a query's cells (datetimes aware, dynamic columns as JSON text). Raises ValueError."""
    name, at = text_of(cells.get("IncidentName")), cells.get("LastModifiedTime")
    written_at, created_at, ingested_at = (cells.get(each) for each in ("TimeGenerated", "CreatedTime", "Ingested"))
    if not name or not isinstance(at, datetime):
        raise ValueError("a SecurityIncident row has no IncidentName or no LastModifiedTime")
    return HistoryRow(
        name=name.lower(),
        at=at,
        stamp=text_of(cells.get("Stamp")) or write_instant(at),
        written_at=written_at if isinstance(written_at, datetime) else at,
        created_at=created_at if isinstance(created_at, datetime) else at,
        modified_by=text_of(cells.get("ModifiedBy")) or "",
        fields=_watched(cells),
        ingested_at=ingested_at if isinstance(ingested_at, datetime) else None,
    )


def maker_of_ours(cells: Mapping[str, Any]) -> str:
    """Who made an incident, if its key label derives its name, so that nobody but us makes such a one; else "".

    A user's name is never taken for ours: somebody who copied our labels by hand would pass as the automation.
    """
    name, maker = text_of(cells.get("IncidentName")) or "", text_of(cells.get("ModifiedBy")) or ""
    markers = [
        label.removeprefix(KEY_LABEL)
        for label in label_names(_dynamic(cells.get("Labels")))
        if label.startswith(KEY_LABEL)
    ]
    ours = any(str(chosen_uuid(marker)) == name.lower() for marker in markers)
    return maker.strip() if ours and not is_upn(maker.strip()) else ""


def _watched(cells: Mapping[str, Any]) -> dict[str, str]:
    raw = flatten(properties_of(cells))
    return {name: _as_text(raw.get(name)) for name in WATCHED}


def properties_of(cells: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties that a row tells, as the REST interface names them. Property names in the dynamic columns differ in case from
    REST, which `flatten` tolerates. Raises ValueError."""
    return {
        "status": cells.get("Status"),
        "severity": cells.get("Severity"),
        "classification": cells.get("Classification"),
        "classificationReason": cells.get("ClassificationReason"),
        "classificationComment": cells.get("ClassificationComment"),
        "owner": _dynamic(cells.get("Owner")),
        "labels": _dynamic(cells.get("Labels")),
    }


def _dynamic(cell: object) -> object:
    """A dynamic cell decoded. It arrives as JSON text, or decoded already, or null."""
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell) if cell.strip() else None
    except ValueError as error:
        raise ValueError(f"a dynamic cell is not JSON: {cell[:60]!r}") from error


def _as_text(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value or "")


def changes(rows: Iterable[HistoryRow], baseline: Mapping[str, HistoryRow], people: People) -> Iterator[Activity]:
    """The field changes that the rows of a window show, incident by incident, in order of time.

    `baseline` is each incident's last state before the window. A first row without one is the incident's creation, or a
    change that cannot be told (see `untold`), and shows no field change.
    """
    ordered = sorted(rows, key=lambda row: (row.name, row.stamp, row.written_at))
    for name, states in groupby(ordered, key=lambda row: row.name):
        before = baseline.get(name)
        for state in _settled(states):
            if before is not None:
                yield from _difference(before, state, people)
            before = state


def _settled(states: Iterable[HistoryRow]) -> Iterator[HistoryRow]:
    """One state per change: of several rows about the same instant the one written last."""
    for _, same in groupby(states, key=lambda row: row.stamp):
        *_, last = same
        yield last


def _difference(before: HistoryRow, after: HistoryRow, people: People) -> Iterator[Activity]:
    changed = [name for name in WATCHED if before.fields[name] != after.fields[name]]
    if "owner.userPrincipalName" in changed and "owner.objectId" in changed:
        changed.remove("owner.objectId")
    for name in changed:
        yield Activity(
            ref=incident_ref(after.name),
            author=people.named(after.modified_by),
            at=after.at,
            kind=ActivityKind.FIELD,
            field=name,
            old=before.fields[name],
            new=after.fields[name],
            id=f"{after.stamp}/{name}",
        )


def untold(rows: Iterable[HistoryRow], baseline: Mapping[str, HistoryRow], since: datetime) -> frozenset[str]:
    """Names of incidents older than the window whose state before it is no longer kept: their first change is unknown."""
    return frozenset(row.name for row in rows if row.created_at < since and row.name not in baseline)


def unsettled(rows: Iterable[HistoryRow], now: datetime) -> frozenset[str]:
    """Names of incidents with a change that is younger than the longest that any row here was under way.

    Rows arrive late and out of order. Of two changes the first may still be missing, and what it changed would then be laid at
    the door of whoever made the second: where that matters, it cannot be told yet. The very first late row of all gives no
    warning; when it has arrived, its author is told.
    """
    told = list(rows)
    longest = max((row.ingested_at - row.at for row in told if row.ingested_at), default=timedelta())
    return frozenset(row.name for row in told if row.at > now - longest + _SAME_SECOND)


def lagging(records: Iterable[Record], rows: Iterable[HistoryRow], since: datetime, until: datetime) -> frozenset[str]:
    """Names of incidents that ARM knows to have changed in the window after the newest row about them: the table lags by
    minutes, and who changed them is not known yet."""
    newest: dict[str, datetime] = {}
    for row in rows:
        newest[row.name] = max(row.at, newest.get(row.name, row.at))
    return frozenset(
        record.ref.id
        for record in records
        if since <= record.updated_at <= until and newest.get(record.ref.id, since) < record.updated_at
    )
