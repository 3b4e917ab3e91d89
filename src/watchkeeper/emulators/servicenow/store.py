"""The versioned store: current rows with their indexes, and every change ever made to them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from watchkeeper.emulators.servicenow.cmdb_tables import CMDB_TABLES
from watchkeeper.emulators.servicenow.tables import TABLES, Table
from watchkeeper.emulators.servicenow.task_tables import TASK, TASK_TABLES

Row: TypeAlias = dict[str, str]

ALL_TABLES: Mapping[str, Table] = {**TABLES, **TASK_TABLES, **CMDB_TABLES, TASK.name: TASK}
"""What a fresh instance has."""

ORDERED = ("sys_updated_on", "sys_created_on")
"""The fields that every table keeps in order, so that a feed by time reads only what it returns."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed what, when. `before` and `after` hold the fields that changed; times are `YYYY-MM-DD HH:MM:SS` UTC."""

    at: str
    by: str
    table: str
    sys_id: str
    kind: Literal["insert", "update", "delete"]
    before: Mapping[str, str]
    after: Mapping[str, str]


class TableRows:
    """The rows of one table by sys_id, with hash indexes (letter case folded) and two time orders."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: dict[str, Row] = {}
        self.version = 0
        self._indexes: dict[str, dict[str, dict[str, None]]] = {name: {} for name in table.indexed}
        self._orders: dict[str, list[tuple[str, str]]] = {name: [] for name in ORDERED}

    @property
    def indexed(self) -> frozenset[str]:
        return frozenset({"sys_id", *self._indexes})

    def equal(self, field: str, value: str) -> Iterable[Row]:
        """The rows whose indexed `field` equals `value`, in the order they were indexed."""
        if field == "sys_id":
            row = self.rows.get(value.casefold())
            return () if row is None else (row,)
        return [self.rows[sys_id] for sys_id in self._indexes[field].get(value.casefold(), ())]

    def between(self, field: str, lower: str, upper: str) -> Iterator[Row]:
        """The rows whose time `field` lies in [lower, upper], ordered by (time, sys_id); "" and "~" are open ends."""
        order = self._orders[field]
        for _, sys_id in order[bisect_left(order, (lower, "")) : bisect_right(order, (upper, "~"))]:
            yield self.rows[sys_id]

    def put(self, row: Row) -> None:
        """Insert a row, or replace the one that has its sys_id."""
        sys_id = row["sys_id"]
        self.version += 1
        old = self.rows.get(sys_id)
        self.rows[sys_id] = row
        for field, index in self._indexes.items():
            self._reindex(index, sys_id, None if old is None else old[field], row[field])
        for field, order in self._orders.items():
            if old is not None and old[field] == row[field]:
                continue
            if old is not None:
                del order[bisect_left(order, (old[field], sys_id))]
            insort(order, (row[field], sys_id))

    def remove(self, sys_id: str) -> Row:
        """Take a row out; raises KeyError."""
        row = self.rows.pop(sys_id)
        self.version += 1
        for field, index in self._indexes.items():
            self._reindex(index, sys_id, row[field], None)
        for field, order in self._orders.items():
            del order[bisect_left(order, (row[field], sys_id))]
        return row

    @staticmethod
    def _reindex(index: dict[str, dict[str, None]], sys_id: str, old: str | None, new: str | None) -> None:
        if old == new:
            return
        if old is not None:
            index[old.casefold()].pop(sys_id, None)
        if new is not None:
            index.setdefault(new.casefold(), {})[sys_id] = None


class GatheredRows(TableRows):
    """The rows of a table that shows those of many others, and is seldom looked at: taken in when it is."""

    def __init__(self, table: Table) -> None:
        self._waiting: dict[str, Row | None] = {}
        super().__init__(table)

    @property
    def rows(self) -> dict[str, Row]:
        self._take_in()
        return self._taken

    @rows.setter
    def rows(self, rows: dict[str, Row]) -> None:
        self._taken = rows

    def equal(self, field: str, value: str) -> Iterable[Row]:
        self._take_in()
        return super().equal(field, value)

    def between(self, field: str, lower: str, upper: str) -> Iterator[Row]:
        self._take_in()
        return super().between(field, lower, upper)

    def put(self, row: Row) -> None:
        self._waiting[row["sys_id"]] = row

    def remove(self, sys_id: str) -> Row:
        row = self.rows[sys_id]
        self._waiting[sys_id] = None
        return row

    def _take_in(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for sys_id, row in waiting.items():
            if row is None:
                super().remove(sys_id)
            else:
                super().put(row)


class Store:
    """All tables and the history; not thread-safe, its owner holds the lock. A row stands in its own table and in every table above
    that one, as the platform shows it."""

    def __init__(self) -> None:
        self.tables: dict[str, TableRows] = {
            name: (GatheredRows if name == TASK.name else TableRows)(table) for name, table in ALL_TABLES.items()
        }
        self._relate()
        self.changes: list[Change] = []
        self.roles: dict[str, frozenset[str]] = {}
        """Roles that a seed gave to accounts, by user_name, instead of those they have of old."""
        self.forward_only: set[str] = set()
        """The task tables whose process refuses a step back."""

    def definition(self, table: str) -> Table | None:
        """What a table is; None when there is no such table."""
        rows = self.tables.get(table)
        return None if rows is None else rows.table

    def define(self, table: Table) -> None:
        """Add a table, or change what an existing one is; its rows stay."""
        known = self.tables.get(table.name)
        if known is None:
            self.tables[table.name] = TableRows(table)
        else:
            known.table = table
        self._relate()

    def _relate(self) -> None:
        """Find out anew which tables are above and below which."""
        self._above = {name: tuple(self._parents(rows)) for name, rows in self.tables.items()}
        self._below = {
            name: tuple(rows for rows in self.tables.values() if rows.table.extends == name) for name in self.tables
        }

    def _parents(self, rows: TableRows) -> Iterator[TableRows]:
        while (above := self.tables.get(rows.table.extends)) is not None:
            yield above
            rows = above

    def tasks(self) -> list[str]:
        """The tables of tickets: `incident`, and every table with a state model."""
        return [name for name, rows in self.tables.items() if name == "incident" or rows.table.states is not None]

    def is_extended(self, table: str) -> bool:
        """Whether other tables have their rows in this one too."""
        return bool(self._below[table])

    def class_of(self, table: str, row: Row) -> str:
        """The table that a row shown in `table` is of; that one itself where the row's class is not known here."""
        name = row.get("sys_class_name", table)
        return name if name in self.tables else table

    def row(self, table: str, sys_id: str) -> Row | None:
        rows = self.tables.get(table)
        return None if rows is None else rows.rows.get(sys_id)

    def first(self, table: str, field: str, value: str) -> Row | None:
        """The first row whose indexed `field` equals `value`."""
        return next(iter(self.tables[table].equal(field, value)), None)

    def display(self, table: str, sys_id: str) -> str:
        """What stands for a referenced row; empty when the row is gone, as a dangling reference displays."""
        if table == "domain":
            return sys_id
        row = self.row(table, sys_id)
        return "" if row is None else row[self.tables[table].table.display]

    def insert(self, table: str, row: Row, by: str, at: str) -> None:
        self._put(table, row)
        self.changes.append(Change(at, by, table, row["sys_id"], "insert", {}, row))

    def update(self, table: str, row: Row, by: str, at: str) -> None:
        old = self.tables[table].rows[row["sys_id"]]
        changed = [name for name in row if row[name] != old[name]]
        self._put(table, row)
        before, after = {name: old[name] for name in changed}, {name: row[name] for name in changed}
        self.changes.append(Change(at, by, table, row["sys_id"], "update", before, after))

    def delete(self, table: str, sys_id: str, by: str, at: str) -> None:
        row = self.tables[table].rows[sys_id]
        for rows in self._line(table, sys_id):
            rows.remove(sys_id)
        self.changes.append(Change(at, by, table, sys_id, "delete", row, {}))

    def _put(self, table: str, row: Row) -> None:
        for rows in self._line(table, row["sys_id"]):
            rows.put(row)

    def _line(self, table: str, sys_id: str) -> Iterator[TableRows]:
        """The table that a row is of (which may be below the one that it was named by), and those above it."""
        here = self.tables[table]
        while (below := self._child(here.table.name, sys_id)) is not None:
            here = below
        yield here
        yield from self._above[here.table.name]

    def _child(self, table: str, sys_id: str) -> TableRows | None:
        return next((rows for rows in self._below[table] if sys_id in rows.rows), None)
