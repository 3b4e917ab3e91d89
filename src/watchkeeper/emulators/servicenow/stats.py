"""The Aggregate API: `/api/now[/v1|/v2]/stats/{table}`. Who may not read every record of the table is refused.

Source: ServiceNowDocs, api-reference/rest-apis/c_AggregateAPI.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.addressing import Address
from watchkeeper.emulators.servicenow.choices import Choices
from watchkeeper.emulators.servicenow.display import Display
from watchkeeper.emulators.servicenow.encoded_query import Order, Query, parse
from watchkeeper.emulators.servicenow.errors import Refused, invalid_table, no_such_resource, not_emulated, unqueryable
from watchkeeper.emulators.servicenow.recorder import Recorder
from watchkeeper.emulators.servicenow.selection import selector
from watchkeeper.emulators.servicenow.store import Row, Store
from watchkeeper.emulators.servicenow.tables import Table

_FIGURES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "avg": lambda numbers: sum(numbers) / len(numbers),
    "sum": sum,
    "min": min,
    "max": max,
}


class StatsApi:
    """Answers aggregate requests; raises Refused. The caller holds the lock."""

    def __init__(self, store: Store, recorder: Recorder, choices: Choices) -> None:
        self._store = store
        self._recorder = recorder
        self._choices = choices

    def respond(self, request: Request, address: Address, actor: Actor) -> Response:
        if request.method != "GET":
            raise Refused(405, "Method not supported", f"Method {request.method} not supported here")
        if len(address.rest) != 1:
            raise no_such_resource()
        if request.parameter("sysparm_having"):
            raise not_emulated("sysparm_having")
        rows = self._store.tables.get(address.rest[0])
        if rows is None:
            raise invalid_table(address.rest[0])
        groups = [name for name in _names(request, "group_by") if name in rows.table.fields]
        matches = self._matches(request, rows.table, groups, actor)
        if not groups:
            return Response.of_json(200, {"result": {"stats": _stats(request, matches)}})
        return Response.of_json(200, {"result": self._grouped(request, rows.table, groups, matches, actor)})

    def _matches(self, request: Request, table: Table, groups: Sequence[str], actor: Actor) -> Sequence[Row]:
        query, rights = parse(request.parameter("sysparm_query") or ""), self._recorder.access.of(actor)
        rights.open_endpoint(table.name)
        rows = list(self._store.tables[table.name].rows.values())
        if len(rights.visible(table.name, rows)) < len(rows):
            raise unqueryable(())
        asked = Query(query.branches, (*query.order, *(Order(name, descending=False) for name in groups)))
        rights.check_query(table.name, asked)
        return selector(self._store, actor).select(table.name, asked)

    def _grouped(
        self, request: Request, table: Table, groups: Sequence[str], matches: Sequence[Row], actor: Actor
    ) -> list[dict[str, Any]]:
        parts: dict[tuple[str, ...], list[Row]] = {}
        for row in matches:
            parts.setdefault(tuple(row[name] for name in groups), []).append(row)
        display, mode = (
            Display(self._store, self._choices, actor),
            request.parameter("sysparm_display_value") or "false",
        )
        return [
            {
                "stats": _stats(request, rows),
                "groupby_fields": [_group(display, table, name, rows[0], mode) for name in groups],
            }
            for rows in parts.values()
        ]


def _group(display: Display, table: Table, name: str, row: Row, mode: str) -> dict[str, str]:
    shown = display.of(table, table.fields[name], row)
    if mode == "all":
        return {"field": name, "value": row[name], "display_value": shown}
    return {"field": name, "value": shown if mode == "true" else row[name]}


def _stats(request: Request, rows: Sequence[Row]) -> dict[str, Any]:
    """Every figure is text; a field without a value in any row is left out."""
    stats: dict[str, Any] = {}
    if (request.parameter("sysparm_count") or "").lower() == "true":
        stats["count"] = str(len(rows))
    for figure in _FIGURES:
        told = {name: text for name in _names(request, f"{figure}_fields") if (text := _figure(figure, name, rows))}
        if told:
            stats[figure] = told
    return stats


def _figure(figure: str, name: str, rows: Sequence[Row]) -> str:
    values = [row[name] for row in rows if row.get(name)]
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return {"min": min(values), "max": max(values)}.get(figure, "")
    return f"{_FIGURES[figure](numbers):g}" if numbers else ""


def _names(request: Request, parameter: str) -> list[str]:
    return [name.strip() for name in (request.parameter(f"sysparm_{parameter}") or "").split(",") if name.strip()]
