"""What a database does for a statement: heard while it is asked, explained afterwards, and judged by which tables it goes through from
end to end."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import column, event, select, table
from sqlalchemy.engine import Connection, Engine

FEW: Final = 5_000
"""Rows of a table that is soon read from end to end."""
_SCANNED: Final = re.compile(r"SCAN (?:TABLE )?(\S+)")
_WALKED: Final = re.compile(r"SEARCH (\S+) .*\(deployment=\?\)$")
"""Everything that a deployment has, which most stores have one of."""
_STOPS: Final = re.compile(r"\bLIMIT\b|\bmin\(|\bmax\(", re.IGNORECASE)
"""What ends such a walk at its first steps."""
_MADE: Final = re.compile(r"(?:MATERIALIZE|CO-ROUTINE) (\S+)")
_NAMED_QUERY: Final = re.compile(
    r'\b"?(\w+)"?(?: ?\([^()]*\))? AS (?:NOT MATERIALIZED |MATERIALIZED )?\(', re.IGNORECASE
)
_CONSTANT: Final = re.compile(r"SCAN (?:\d+ )?CONSTANT ROWS?")
_NAMED: Final = re.compile(r'\b(?:FROM|JOIN) "?(\w+)"?(?: AS "?(\w+)"?)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """As the driver was given it."""

    text: str
    parameters: Any

    @property
    def is_question(self) -> bool:
        return self.text.lstrip().upper().startswith(("SELECT", "WITH"))


@contextmanager
def heard() -> Iterator[list[Statement]]:
    """Every statement that any engine of this process sends meanwhile."""
    statements: list[Statement] = []

    def hear(_connection: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        statements.append(Statement(text, parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def scans(connection: Connection, statement: Statement, small: Collection[str]) -> list[str]:
    """The steps of the database's plan that go through the whole of a table, or of an index on one; those of `small` tables may.
    Rows that the statement holds itself, or has made of others, are no table (sqlite.org/eqp.html)."""
    if connection.dialect.name == "postgresql":
        return _scans_of_server(connection, statement, small)
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", statement.parameters)
    steps = [str(row[3]) for row in rows]
    made = {found[1] for step in steps if (found := _MADE.search(step))} | set(_NAMED_QUERY.findall(statement.text))
    tables = {alias or name: name for name, alias in _NAMED.findall(statement.text)}
    scanned = [(step, found[1]) for step in steps if (found := _SCANNED.match(step)) and not _CONSTANT.match(step)]
    scanned += [
        (step, found[1]) for step in steps if (found := _WALKED.match(step)) and not _STOPS.search(statement.text)
    ]
    return [step for step, name in scanned if name not in made and tables.get(name, name) not in small]


def _scans_of_server(connection: Connection, statement: Statement, small: Collection[str]) -> list[str]:
    """A server reads a table of few rows from end to end although it has an index. Of such a table it counts whether there is one for the
    statement: that is shown by the plan in which reading so is the last resort (postgresql.org/docs/current/runtime-config-query.html)."""
    few = select(column("relname")).select_from(table("pg_class", column("relname"), column("reltuples")))
    rows = connection.execute(few.where(column("reltuples") < FEW)).scalars()
    read_at_will = {*small, *rows}
    found = _plan(connection, statement, read_at_will)
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    found += _plan(connection, statement, small)
    connection.exec_driver_sql("SET LOCAL enable_seqscan = on")
    return found


def _plan(connection: Connection, statement: Statement, small: Collection[str]) -> list[str]:
    [plan] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement.text}", statement.parameters).scalar_one()
    nodes = [each for each in _nodes(plan["Plan"]) if _is_scan(each)]
    names = [(each["Node Type"], each["Relation Name"]) for each in nodes]
    return [f"{kind} on {name}" for kind, name in names if name not in small and not name.startswith("pg_")]


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for each in node.get("Plans", ()):
        yield from _nodes(each)


def _is_scan(node: Mapping[str, Any]) -> bool:
    """From end to end: without an index, or along one with nothing to look for."""
    kind = node["Node Type"]
    return kind == "Seq Scan" or (kind in {"Index Scan", "Index Only Scan"} and "Index Cond" not in node)
