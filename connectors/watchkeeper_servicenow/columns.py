"""Which fields a table has, by sys_dictionary: its own, and those that it inherits from `task`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watchkeeper.errors import AuthFailed, Reject
from watchkeeper.model.vocabulary import Column, Columns
from watchkeeper_servicenow.client import TableClient, concerns_the_table
from watchkeeper_servicenow.query import one_of
from watchkeeper_servicenow.rows import Row
from watchkeeper_servicenow.vocabulary import BASE, DICTIONARY

_FIELDS = ("name", "element", "max_length")


def columns_of(client: TableClient, tables: Sequence[str]) -> Mapping[str, Columns]:
    """The columns of each table. Where rows are hidden from us, or the whole dictionary is, what is lacking proves nothing."""
    wanted = sorted({*tables, BASE})
    try:
        answer = client.read_all(DICTIONARY, one_of("name", wanted), _FIELDS)
    except (Reject, AuthFailed) as error:
        if not concerns_the_table(error):
            raise
        said = error.attempt.answer or error.message
        return {table: Columns({}, f"{DICTIONARY} is not readable ({said})") for table in tables}
    unread = f"{DICTIONARY} hides {answer.hidden} rows from us" if answer.hidden else ""
    return {table: _of_table(answer.rows, table, unread) for table in tables}


def _of_table(rows: Sequence[Row], table: str, unread: str) -> Columns:
    described = {owner: _columns([row for row in rows if row.get("name") == owner]) for owner in (BASE, table)}
    nothing = f"{DICTIONARY} shows nothing of {table}" if not any(described.values()) else ""
    return Columns({**described[BASE], **described[table]}, unread or nothing)


def _columns(rows: Sequence[Row]) -> Mapping[str, Column]:
    return {
        element: Column(_length(row.get("max_length") or "")) for row in rows if (element := row.get("element") or "")
    }


def _length(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
