"""A documented subset of the Kusto Query Language: a grammar, a type checker and an evaluator.

Statements: `let`. Sources: a table, `print`, `datatable`, `union`. Operators: `where`/`filter`, `extend`, `project`,
`project-away`, `project-keep`, `project-rename`, `summarize`, `order`/`sort by`, `take`/`limit`, `top`, `mv-expand`,
`distinct`, `count`, `union`. Everything else is refused with QueryError, as the service refuses what it cannot parse.
"""

from __future__ import annotations

from watchkeeper.emulators.kql.engine import run_query
from watchkeeper.emulators.kql.errors import QueryError, QuerySemanticError, QuerySyntaxError
from watchkeeper.emulators.kql.values import (
    Column,
    Row,
    Table,
    as_cell,
    datetime_text,
    moment_of,
    parse_datetime,
    parse_timespan,
    ticks_of,
)

__all__ = [
    "Column",
    "QueryError",
    "QuerySemanticError",
    "QuerySyntaxError",
    "Row",
    "Table",
    "as_cell",
    "datetime_text",
    "moment_of",
    "parse_datetime",
    "parse_timespan",
    "run_query",
    "ticks_of",
]
