"""Answers of the query API in its documented shapes: tables, limits, and everything that may come instead of them.

Sources: learn.microsoft.com/azure/azure-monitor/logs/api/errors and
learn.microsoft.com/azure/azure-monitor/service-limits (log queries).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from watchkeeper.emulators.azure.logs_options import LogsOptions
from watchkeeper.emulators.exchange import Response
from watchkeeper.emulators.kql import Table, as_cell

_GATEWAY: Final = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def table_answer(table: Table, prefer: str, options: LogsOptions) -> dict[str, Any]:
    """The answer to a query, cut where it is larger than an answer may be."""
    types = [column.type for column in table.columns]
    kept = table.rows[: options.most_rows]
    rows = [[as_cell(value, type_) for value, type_ in zip(row, types, strict=False)] for row in kept]
    columns = [{"name": column.name, "type": column.type} for column in table.columns]
    fitting = _fitting(rows, options.most_bytes)
    answer: dict[str, Any] = {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows[:fitting]}]}
    if len(table.rows) > options.most_rows:
        answer["error"] = _partial(f"the set limit of {options.most_rows} records")
    elif fitting < len(rows):
        answer["error"] = _partial(f"the set limit of {options.most_bytes} bytes")
    if "include-statistics=true" in prefer:
        answer["statistics"] = {
            "query": {"executionTime": 0.01, "resourceUsage": {"cpu": {"total cpu": "00:00:00.01"}}}
        }
    if "include-render=true" in prefer:
        answer["render"] = {"visualization": None, "title": None}
    return answer


def halved(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The first half of an answer's rows, as when a part of the cluster did not answer."""
    tables = [{**table, "rows": table["rows"][: len(table["rows"]) // 2]} for table in answer["tables"]]
    return {**answer, "tables": tables, "error": _partial("what could be read")}


def timed_out() -> Response:
    return _failed(504, "GatewayTimeout", "Gateway timeout")


def _failed(status: int, code: str, message: str) -> Response:
    inner = {"code": code, "message": message}
    return Response.of_json(status, {"error": {"message": message, "code": code, "innererror": inner}})


INSTEAD: Final[Mapping[str, Callable[[], Response]]] = {
    "gateway": lambda: Response(502, _GATEWAY, {"Content-Type": "text/html"}),
    "empty": lambda: Response(200),
    "nothing": lambda: Response(204),
    "timeout": timed_out,
    "throttled": lambda: _failed(429, "ThrottledError", "Rate limit is exceeded"),
}
"""What a query gets instead of an answer, by the names of LogsOptions' `Answer`."""


def _fitting(rows: list[list[Any]], most_bytes: int) -> int:
    """How many of the rows fit into an answer."""
    size = 0
    for index, row in enumerate(rows):
        size += len(json.dumps(row, ensure_ascii=False, default=str).encode(errors="replace"))
        if size > most_bytes:
            return index
    return len(rows)


def _partial(limit: str) -> dict[str, Any]:
    return {
        "code": "PartialError",
        "message": "There were some errors when processing your query.",
        "innererror": {"code": "-2133196797", "message": f"The results of this query exceed {limit}."},
    }
