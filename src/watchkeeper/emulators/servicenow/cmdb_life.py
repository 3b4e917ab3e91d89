"""What happens to the configuration items and to planned changes in the course of the weeks. Made up from the clock: every week a new
computer comes, one gets another release, now and then one is retired, and a change goes its way.

Nothing of it is written before somebody looks, so a world in which nobody asks for these tables has none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.evidence.tenant import device_name
from watchkeeper.emulators.servicenow.cast import referring, seeded_row, sys_id
from watchkeeper.emulators.servicenow.cmdb_seeds import COMPUTERS
from watchkeeper.emulators.servicenow.cmdb_tables import CMDB_TABLES, ROOT
from watchkeeper.emulators.servicenow.recorder import stamped
from watchkeeper.emulators.servicenow.store import Store
from watchkeeper.emulators.servicenow.task_tables import BASE

FIRST_WEEK: Final = FIRST_MONDAY.replace(hour=0, minute=0) - timedelta(weeks=8)
"""When the story begins; a world that starts earlier has none yet."""
CHANGES: Final = "change_request"
SHOWN_IN: Final = frozenset({*CMDB_TABLES, CHANGES, BASE})
"""The tables that show any of it."""
_LONGEST: Final = 4
"""Weeks that a change takes at most."""
_WEEK: Final = timedelta(weeks=1)

_PLANS: Final = (
    ("Install the monthly security updates on the servers", "standard", "4", "cmdb_ci_server", "srv-00"),
    ("Replace the certificate of the jump host", "normal", "3", ROOT, "soc-jump-01"),
    ("Move log collection to a new agent", "normal", "2", ROOT, "soc-siem-01"),
    ("東京オフィスの端末を Windows 11 25H2 に更新", "normal", "3", "cmdb_ci_service", "Tokyo workplace"),
    ("Open the firewall for remote access", "emergency", "2", "cmdb_ci_service", "Remote access"),
)


@dataclass(frozen=True, slots=True)
class Deed:
    """Somebody writes `values` to a row, which is new if there is none of this name."""

    at: datetime
    by: str
    table: str
    name: str
    values: Mapping[str, str]


class EstateLife:
    """Carries out what is due; not thread-safe, the instance's lock guards it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._until: datetime | None = FIRST_WEEK
        self.made: set[str] = set()
        """The sys_ids of what came with the story."""

    def go_on(self, now: datetime) -> None:
        """Whatever has happened by now. Nothing is taken back when the clock is."""
        if self._until is None or now <= self._until:
            return
        first = max((self._until - FIRST_WEEK) // _WEEK - _LONGEST, 0)
        weeks = range(first, (now - FIRST_WEEK) // _WEEK + 1)
        due = [deed for week in weeks for deed in _deeds(week) if self._until < deed.at <= now]
        self._until = now
        for deed in sorted(due, key=lambda each: (each.at, each.name)):
            self._do(deed)

    def clear(self) -> None:
        """No configuration item, no change, and none will come."""
        self._until = None
        for table in (*reversed(tuple(CMDB_TABLES)), CHANGES):
            for name in list(self._store.tables[table].rows):
                self._store.delete(table, name, "system", stamped(FIRST_WEEK))

    def _do(self, deed: Deed) -> None:
        """A row that somebody else has changed since, or taken away, is left alone."""
        identity, stamp = sys_id(deed.table, deed.name), stamped(deed.at)
        written = {"sys_updated_on": stamp, "sys_updated_by": deed.by}
        row = self._store.row(deed.table, identity)
        if row is not None and row["sys_updated_on"] <= stamp:
            count = str(int(row["sys_mod_count"]) + 1)
            self._store.update(deed.table, {**row, **deed.values, **written, "sys_mod_count": count}, deed.by, stamp)
        elif row is None and deed.values.get("sys_created_by"):
            self.made.add(identity)
            new = seeded_row(deed.table, deed.name, **deed.values)
            self._store.insert(deed.table, {**new, **written, "sys_created_on": stamp}, deed.by, stamp)


def _deeds(week: int) -> Iterator[Deed]:
    yield from _items(week, FIRST_WEEK + week * _WEEK)
    yield from _change(week, FIRST_WEEK + week * _WEEK)


def _items(week: int, monday: datetime) -> Iterator[Deed]:
    def deed(days: int, hours: float, by: str, which: str, **values: str) -> Deed:
        return Deed(monday + timedelta(days=days, hours=hours), by, "cmdb_ci_computer", which, values)

    new = device_name(COMPUTERS + week)
    bought = {"name": new, "host_name": new, "os": "Windows 11 Enterprise", "discovery_source": "ServiceNow"}
    yield deed(1, 6.25, "dana.desk", new, sys_created_by="dana.desk", **bought)
    yield deed(2, 13.5, "scanner.bot", device_name(7 * week % COMPUTERS), os_version=f"10.0.26200.{week}")
    if week >= _LONGEST and week % _LONGEST == 0:
        old = device_name(COMPUTERS + week - _LONGEST)
        yield deed(3, 8.5, "dana.desk", old, operational_status="6", install_status="7")


def _change(week: int, monday: datetime) -> Iterator[Deed]:
    """Assessed on Tuesday, planned on Wednesday for the Saturday after next, and closed two days after that; every fifth one is never
    planned, and called off in the end."""
    title, kind, risk, table, item = _PLANS[week % len(_PLANS)]
    number, starts = f"CHG{30_001 + week:07}", monday + timedelta(days=12, hours=22)
    ends = starts + timedelta(hours=4)

    def deed(at: datetime, **values: str) -> Deed:
        return Deed(at, "dana.desk", CHANGES, number, values)

    opened = monday + timedelta(hours=9)
    people = {"opened_by": "dana.desk", "requested_by": "ava.nguyen", "assignment_group": "SOC Engineering"}
    said = {"number": number, "short_description": title, "type": kind, "risk": risk, "cmdb_ci": sys_id(table, item)}
    yield deed(opened, sys_created_by="dana.desk", opened_at=stamped(opened), **said, **referring(CHANGES, people))
    yield deed(opened + timedelta(days=1), state="-4")
    if week % 5 == 4:
        over = opened + timedelta(days=22)
        yield deed(over, state="4", active="false", closed_at=stamped(over))
        return
    yield deed(opened + timedelta(days=2), state="-2", start_date=stamped(starts), end_date=stamped(ends))
    yield deed(starts, state="-1", work_start=stamped(starts))
    yield deed(ends, state="0", work_end=stamped(ends))
    over = ends + timedelta(days=2)
    done = {"close_code": "successful", "close_notes": "Done as planned."}
    yield deed(over, state="3", active="false", closed_at=stamped(over), **done)
