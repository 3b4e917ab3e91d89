"""Rows as the Table API shows them: strings, references in four shapes, display values in the reader's zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from watchkeeper.emulators.servicenow.choices import Choices
from watchkeeper.emulators.servicenow.recorder import Actor
from watchkeeper.emulators.servicenow.store import Row, Store
from watchkeeper.emulators.servicenow.tables import Field, Kind, Table

DisplayMode: TypeAlias = Literal["false", "true", "all"]

_TITLES = {"work_notes": "Work notes", "comments": "Additional comments"}


@dataclass(frozen=True, slots=True)
class View:
    """How the caller wants rows: `base` is where reference links start, `fields` empty means all."""

    mode: DisplayMode
    links: bool
    base: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Renderer:
    store: Store
    choices: Choices
    actor: Actor

    def rows(self, table: str, rows: Sequence[Row], view: View) -> list[dict[str, Any]]:
        return [self.row(table, row, view) for row in rows]

    def row(self, table: str, row: Row, view: View) -> dict[str, Any]:
        """One row; names that the table does not have are left out without a word."""
        definition = self.store.tables[table].table
        shown: dict[str, Any] = {}
        for path in view.fields or definition.fields:
            resolved = self._reach(definition, row, path)
            if resolved is not None:
                shown[path] = self._cell(*resolved, view)
        return shown

    def _reach(self, table: Table, row: Row | None, path: str) -> tuple[Table, Field, Row | None] | None:
        """The table, field and row that a path (with dots through references) ends at."""
        first, _, rest = path.partition(".")
        field = table.fields.get(first)
        if field is None:
            return None
        if not rest:
            return table, field, row
        target = self.store.definition(field.references)
        if target is None:
            return None
        return self._reach(target, self.store.row(target.name, row[first]) if row is not None else None, rest)

    def _cell(self, table: Table, field: Field, row: Row | None, view: View) -> Any:
        value = "" if row is None or field.kind is Kind.JOURNAL else row[field.name]
        if view.mode == "false":
            if field.kind is Kind.REFERENCE and view.links and value:
                return {"link": self._link(field, value, view), "value": value}
            return value
        display = "" if row is None else self._display(table, field, row)
        linked = field.kind is Kind.REFERENCE and view.links and value
        if view.mode == "true":
            return {"display_value": display, "link": self._link(field, value, view)} if linked else display
        cell: dict[str, Any] = {"display_value": None if field.choice and not value else display, "value": value}
        return {**cell, "link": self._link(field, value, view)} if linked else cell

    @staticmethod
    def _link(field: Field, value: str, view: View) -> str:
        return f"{view.base}/{'sys_user_group' if field.references == 'domain' else field.references}/{value}"

    def _display(self, table: Table, field: Field, row: Row) -> str:
        value = row[field.name]
        if field.kind is Kind.JOURNAL:
            return self._journal(field.name, row)
        if value == "":
            return ""
        if field.choice:
            return self.choices.labels(table.name, field.name).get(value, value)
        if field.kind is Kind.REFERENCE:
            return self.store.display(field.references, value)
        if field.name == "sys_class_name":
            return value.replace("_", " ").title()
        return self._local(value) if field.kind is Kind.DATETIME else value

    def _local(self, value: str) -> str:
        moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
        return moment.astimezone(self.actor.zone).strftime("%Y-%m-%d %H:%M:%S")

    def _journal(self, element: str, row: Row) -> str:
        """All entries, newest first, in one text; authors by name, times in the reader's zone."""
        wanted = set(_TITLES) if element == "comments_and_work_notes" else {element}
        entries = [
            e
            for e in self.store.tables["sys_journal_field"].equal("element_id", row["sys_id"])
            if e["element"] in wanted
        ]
        blocks = []
        for entry in reversed(entries):
            author = self.store.first("sys_user", "user_name", entry["sys_created_by"])
            name = entry["sys_created_by"] if author is None else author["name"]
            title = _TITLES.get(entry["element"], entry["element"])
            blocks.append(f"{self._local(entry['sys_created_on'])} - {name} ({title})\n{entry['value']}\n\n")
        return "".join(blocks)
