"""How a workspace spells what SecurityIncident shows: the property names in dynamic columns, and columns that it lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from watchkeeper.emulators.azure.logs_options import LogsOptions
from watchkeeper.emulators.kql.values import Row, Table, Value

_SPELLED: Final = frozenset({"Owner", "Comments", "Labels", "Tasks", "AdditionalData"})


def as_spelled(table: Table, options: LogsOptions) -> Table:
    """The same rows under the names that this workspace gives things; the last cell of a row, its ingestion, stays."""
    if options.key_case == "mixed" and not options.missing_columns:
        return table
    kept = [index for index, column in enumerate(table.columns) if column.name not in options.missing_columns]
    first = str.lower if options.key_case == "camel" else str.upper
    spelled = {
        index for index, column in enumerate(table.columns) if column.name in _SPELLED and options.key_case != "mixed"
    }

    def cells(row: Row) -> Row:
        shown = (_renamed(row[index], first) if index in spelled else row[index] for index in kept)
        return (*shown, *row[len(table.columns) :])

    return replace(
        table, columns=tuple(table.columns[index] for index in kept), rows=[cells(row) for row in table.rows]
    )


def _renamed(value: Value, first: Callable[[str], str]) -> Value:
    if isinstance(value, dict):
        return {first(name[:1]) + name[1:]: _renamed(each, first) for name, each in value.items()}
    return [_renamed(each, first) for each in value] if isinstance(value, list) else value
