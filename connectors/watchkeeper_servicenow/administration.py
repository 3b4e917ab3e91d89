"""What the instance tells besides tickets: configuration items, planned changes, who answers for a service, and what hangs on a ticket.

Items are read from `cmdb_ci` and follow-ups from `task`, the parent tables, which show the rows of every table that extends them
(ServiceNowDocs, table-administration-and-data-management). Conditions are looked at again here: an instance may drop one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from watchkeeper.evidence_ports import AdministrationEvidence
from watchkeeper.model.administration import ChangeRequest, ConfigurationItem, FollowUp, ServiceOwner
from watchkeeper.model.evidence import Emptiness, Listing, SetAside
from watchkeeper.ports import Clock
from watchkeeper_servicenow.client import TableClient
from watchkeeper_servicenow.query import (
    SYS_ID,
    TABLE,
    all_of,
    at_or_after,
    in_portions,
    instant,
    none_of,
    one_of,
)
from watchkeeper_servicenow.rows import Row, label, url_of
from watchkeeper_servicenow.walk import Source, every_row

T = TypeVar("T")

_PERSON: Final = ("user_name", "name", "email", "active")
ITEMS: Final = Source(
    "cmdb_ci",
    ("name", "sys_class_name", "operational_status", "sys_created_on", "sys_updated_on", "sys_updated_by"),
)
CHANGES: Final = Source(
    "change_request",
    (
        "number",
        "short_description",
        "type",
        "state",
        "active",
        "risk",
        "cmdb_ci",
        "assignment_group",
        "start_date",
        "end_date",
    ),
)
SERVICES: Final = Source(
    "cmdb_ci_service",
    (
        "name",
        "operational_status",
        "install_status",
        "support_group",
        *(name for who in ("owned_by", "managed_by") for name in (who, *(f"{who}.{field}" for field in _PERSON))),
    ),
    behind="sys_user",
)
TICKETS: Final = Source(
    "task", ("number", "short_description", "parent", "state", "active", "due_date", "sys_class_name")
)
_OVER: Final = ("3", "4")
"""States of a change that is closed or cancelled (ansible-collections/servicenow.itsm, change_request). A change model may have other
last states, which leave a change not active either."""
_RETIRED: Final = {"operational_status": "6", "install_status": "7"}
"""A fresh instance's values for a service that is no more."""
_FAR: Final = datetime.max.replace(tzinfo=UTC)


class Administration:
    """Behind the port AdministrationEvidence. `origin` is where people open the records."""

    def __init__(self, client: TableClient, origin: str, clock: Clock) -> None:
        self._client = client
        self._origin = origin
        self._clock = clock

    def configuration_changes(self, since: datetime) -> Listing[ConfigurationItem]:
        start = since.astimezone(UTC).replace(microsecond=0)
        rows = every_row(self._client, ITEMS, at_or_after("sys_updated_on", start))
        listing = self._listing(ITEMS, rows, lambda row: self._item(row, start))
        return _sorted(listing, lambda item: (-item.changed_at.timestamp(), item.id))

    def open_changes(self) -> Listing[ChangeRequest]:
        query = all_of(none_of("state", _OVER), none_of("active", ["false"]))
        rows = every_row(self._client, CHANGES, query)
        listing = self._listing(CHANGES, rows, self._change)
        return _sorted(listing, lambda change: (change.starts_at or _FAR, change.number, change.id))

    def service_owners(self) -> Listing[ServiceOwner]:
        """A person who has left owns nothing: where the owner's account is not active, the manager answers, or nobody."""
        query = all_of(*(none_of(name, [value]) for name, value in _RETIRED.items()))
        listing = self._listing(SERVICES, every_row(self._client, SERVICES, query), _service)
        return _sorted(listing, lambda service: (service.service.casefold(), service.id))

    def follow_ups(self, parents: Sequence[str]) -> Listing[FollowUp]:
        wanted = frozenset(name for name in parents if SYS_ID.fullmatch(name))
        rows = (
            row
            for portion in in_portions(sorted(wanted))
            for row in every_row(self._client, TICKETS, one_of("parent", portion))
        )
        listing = self._listing(TICKETS, rows, lambda row: self._follow_up(row, wanted))
        return _sorted(listing, lambda ticket: (ticket.parent, ticket.number, ticket.id))

    def _listing(self, source: Source, rows: Iterable[Row], read: Callable[[Row], T | None]) -> Listing[T]:
        """The rows as ours; None leaves one out, ValueError sets it aside."""
        found: list[T] = []
        aside: list[SetAside] = []
        for row in rows:
            try:
                item = read(row)
            except ValueError as error:
                aside.append(SetAside(f"{source.table} {row['sys_id']}", str(error)))
                continue
            if item is not None:
                found.append(item)
        as_of = self._client.server_time or self._clock.now()
        empty = None if found or aside else Emptiness.NOTHING_LISTED
        return Listing(tuple(found), as_of, tuple(aside), empty)

    def _item(self, row: Row, since: datetime) -> ConfigurationItem | None:
        changed = _time(row, "sys_updated_on")
        if changed < since:
            return None
        return ConfigurationItem(
            id=row["sys_id"] or "",
            name=row["name"] or "",
            kind=_word(row, "sys_class_name"),
            status=_word(row, "operational_status"),
            created=_time(row, "sys_created_on") >= since,
            changed_at=changed,
            changed_by=row["sys_updated_by"] or "",
            url=self._url(row, ITEMS.table),
        )

    def _change(self, row: Row) -> ChangeRequest | None:
        if row["state"] in _OVER or row["active"] == "false":
            return None
        return ChangeRequest(
            id=row["sys_id"] or "",
            number=row["number"] or "",
            title=row["short_description"] or "",
            kind=_word(row, "type"),
            state=_word(row, "state"),
            risk=_word(row, "risk"),
            item=label(row, "cmdb_ci"),
            group=label(row, "assignment_group"),
            starts_at=_time_if_any(row, "start_date"),
            ends_at=_time_if_any(row, "end_date"),
            url=self._url(row, CHANGES.table),
        )

    def _follow_up(self, row: Row, parents: frozenset[str]) -> FollowUp | None:
        parent = row["parent"] or ""
        if parent not in parents:
            return None
        return FollowUp(
            id=row["sys_id"] or "",
            number=row["number"] or "",
            title=row["short_description"] or "",
            parent=parent,
            state=_word(row, "state"),
            open=row["active"] == "true",
            due_at=_time_if_any(row, "due_date"),
            url=self._url(row, TICKETS.table),
        )

    def _url(self, row: Row, table: str) -> str:
        """In the table that the record is of, where the form is its own."""
        kind = row.get("sys_class_name") or table
        return url_of(self._origin, kind if TABLE.fullmatch(kind) else table, row["sys_id"] or "")


def _service(row: Row) -> ServiceOwner | None:
    if any(row[name] == value for name, value in _RETIRED.items()):
        return None
    if not row["name"]:
        raise ValueError("has no name")
    active = [who for who in ("owned_by", "managed_by") if row[who] and row.get(f"{who}.active") == "true"]
    who = active[0] if active else ""
    return ServiceOwner(
        id=row["sys_id"] or "",
        service=row["name"],
        owner=row.get(f"{who}.user_name") or "",
        owner_name=row.get(f"{who}.name") or "",
        contact=row.get(f"{who}.email") or "",
        group=label(row, "support_group"),
    )


def _sorted(listing: Listing[T], key: Callable[[T], Any]) -> Listing[T]:
    return replace(listing, rows=tuple(sorted(listing.rows, key=key)))


def _word(row: Row, name: str) -> str:
    """A choice as people see it; its value where it has no label."""
    return label(row, name) or row[name] or ""


def _time(row: Row, name: str) -> datetime:
    """Raises ValueError, naming the field."""
    try:
        return instant(row[name] or "")
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _time_if_any(row: Row, name: str) -> datetime | None:
    return _time(row, name) if row[name] else None


def _is_evidence(administration: Administration) -> AdministrationEvidence:  # pragma: no cover - mypy alone reads it
    return administration
