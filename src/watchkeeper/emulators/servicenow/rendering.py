"""Rows as the Table API shows them: strings, references in four shapes, display values in the reader's zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from watchkeeper.emulators.servicenow.access import Rights
from watchkeeper.emulators.servicenow.display import Display
from watchkeeper.emulators.servicenow.store import Row, Store
from watchkeeper.emulators.servicenow.tables import Field, Kind, Table

DisplayMode: TypeAlias = Literal["false", "true", "all"]


@dataclass(frozen=True, slots=True)
class View:
    """How the caller wants rows: `base` is where reference links start, `fields` empty means all."""

    mode: DisplayMode
    links: bool
    base: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Renderer:
    """Rows for one reader: `rights` leave out the fields that are hidden from them, `shown` knows their display values."""

    store: Store
    rights: Rights
    shown: Display

    def rows(self, table: str, rows: Sequence[Row], view: View) -> list[dict[str, Any]]:
        return [self.row(table, row, view) for row in rows]

    def row(self, table: str, row: Row, view: View) -> dict[str, Any]:
        """One row; names that the table does not have, or that the reader may not read, are left out without a word."""
        definition = self.store.tables[table].table
        shown: dict[str, Any] = {}
        for path in view.fields or definition.fields:
            resolved = self._reach(definition, row, path)
            if resolved is not None and self._may_read(*resolved):
                shown[path] = self._cell(*resolved, view)
        return shown

    def _reach(self, table: Table, row: Row | None, path: str) -> tuple[Table, Field, Row | None] | None:
        """The table, field and row that a path (with dots through references) ends at; none behind a record that is hidden."""
        first, _, rest = path.partition(".")
        field = table.fields.get(first)
        if field is None:
            return None
        if not rest:
            return table, field, row
        target = self.store.definition(field.references)
        if target is None:
            return None
        behind = self.store.row(target.name, row[first]) if row is not None else None
        if behind is not None and not self.rights.sees(target.name, behind):
            return None
        return self._reach(target, behind, rest)

    def _may_read(self, table: Table, field: Field, row: Row | None) -> bool:
        return self.rights.sees_field(table.name, field.name, row)

    def _cell(self, table: Table, field: Field, row: Row | None, view: View) -> Any:
        value = "" if row is None or field.kind is Kind.JOURNAL else row[field.name]
        if view.mode == "false":
            if field.kind is Kind.REFERENCE and view.links and value:
                return {"link": self._link(field, value, view), "value": value}
            return value
        display = "" if row is None else self.shown.of(table, field, row)
        linked = field.kind is Kind.REFERENCE and view.links and value
        if view.mode == "true":
            return {"display_value": display, "link": self._link(field, value, view)} if linked else display
        cell: dict[str, Any] = {"display_value": None if field.choice and not value else display, "value": value}
        return {**cell, "link": self._link(field, value, view)} if linked else cell

    @staticmethod
    def _link(field: Field, value: str, view: View) -> str:
        return f"{view.base}/{'sys_user_group' if field.references == 'domain' else field.references}/{value}"
