"""Which fields a table has, by sys_dictionary: its own, and those of the tables that it extends, by sys_db_object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from watchkeeper.errors import AuthFailed, Reject
from watchkeeper.model.vocabulary import Column, ColumnKind, Columns
from watchkeeper_servicenow.client import TableClient, concerns_the_table
from watchkeeper_servicenow.query import one_of
from watchkeeper_servicenow.rows import Row
from watchkeeper_servicenow.vocabulary import BASE, DICTIONARY

TABLES = "sys_db_object"
_FIELDS = ("name", "element", "max_length", "internal_type", "reference", "choice")
_PARENTS = ("name", *(".".join(["super_class"] * depth) + ".name" for depth in (1, 2, 3)))
_DEEPEST = 12
"""Questions about ever higher parents, three of them in each; where tables extend each other in a circle."""

KINDS: Mapping[str, ColumnKind] = {
    **dict.fromkeys(("integer", "longint", "decimal", "float", "percent_complete", "order_index"), ColumnKind.NUMBER),
    "boolean": ColumnKind.FLAG,
    **dict.fromkeys(("glide_date_time", "due_date", "schedule_date_time"), ColumnKind.MOMENT),
    "glide_date": ColumnKind.DAY,
    "reference": ColumnKind.REFERENCE,
    "glide_list": ColumnKind.LIST,
    **dict.fromkeys(("journal", "journal_input", "journal_list"), ColumnKind.JOURNAL),
    **dict.fromkeys(
        ("string", "translated_text", "translated_field", "html", "translated_html", "multi_two_lines", "choice"),
        ColumnKind.TEXT,
    ),
    **dict.fromkeys(("url", "email", "ph_number", "ip_addr", "string_full_utf8"), ColumnKind.TEXT),
}
"""By `internal_type` (ServiceNowDocs, r_FieldTypes.md); what is not here is taken for something of its own."""


def columns_of(client: TableClient, tables: Sequence[str]) -> Mapping[str, Columns]:
    """The columns of each table. Where rows are hidden from us, or the whole dictionary is, or it is not known what a table
    extends, what is lacking proves nothing."""
    lines, doubt = _lineages(client, tables)
    wanted = sorted({each for line in lines.values() for each in line})
    try:
        answer = client.read_all(DICTIONARY, one_of("name", wanted), _FIELDS)
    except (Reject, AuthFailed) as error:
        if not concerns_the_table(error):
            raise
        said = error.attempt.answer or error.message
        return {table: Columns({}, f"{DICTIONARY} is not readable ({said})") for table in tables}
    unread = f"{DICTIONARY} hides {answer.hidden} rows from us" if answer.hidden else ""
    return {table: _of_table(answer.rows, lines[table], unread or doubt.get(table, "")) for table in tables}


def _lineages(client: TableClient, tables: Sequence[str]) -> tuple[Mapping[str, Sequence[str]], Mapping[str, str]]:
    """Each table with those above it, nearest first, and why they may not be all of them: many accounts cannot read the list of
    tables. Then `task` is taken for the only one above."""
    parents: dict[str, str] = {}
    waiting = set(tables)
    try:
        for _ in range(_DEEPEST):
            if not waiting:
                break
            for row in client.read_all(TABLES, one_of("name", sorted(waiting)), _PARENTS).rows:
                parents |= _steps(row)
            waiting = {above for above in parents.values() if above} - parents.keys()
    except (Reject, AuthFailed) as error:
        if not concerns_the_table(error):
            raise
        said = (
            f"{TABLES} is not readable ({error.attempt.answer or error.message}), so only {BASE} is known as a parent"
        )
        return {table: (table, BASE) for table in tables}, dict.fromkeys(tables, said)
    hidden = f"{TABLES} does not show us what it extends"
    doubts = {table: hidden for table in tables if table not in parents}
    return {table: tuple(_line(table, parents)) if table in parents else (table, BASE) for table in tables}, doubts


def _steps(row: Row) -> Iterator[tuple[str, str]]:
    """Child and parent ("" at the top) for each step that a row tells of."""
    names = [row.get(name) or "" for name in _PARENTS]
    for child, parent in pairwise(names):
        if child:
            yield child, parent


def _line(table: str, parents: Mapping[str, str]) -> Iterator[str]:
    seen: set[str] = set()
    while table and table not in seen:
        seen.add(table)
        yield table
        table = parents.get(table, "")


def _of_table(rows: Sequence[Row], line: Sequence[str], unread: str) -> Columns:
    known: dict[str, Column] = {}
    for owner in reversed(line):
        known |= _columns([row for row in rows if row.get("name") == owner])
    nothing = f"{DICTIONARY} shows nothing of {line[0]}" if not known else ""
    return Columns(known, nothing or unread)


def _columns(rows: Sequence[Row]) -> Mapping[str, Column]:
    return {element: _column(row) for row in rows if (element := row.get("element") or "")}


def _column(row: Row) -> Column:
    return Column(
        max_length=_length(row.get("max_length") or ""),
        kind=KINDS.get(row.get("internal_type") or ""),
        references=row.get("reference") or "",
        listed=row.get("choice") in {"1", "3"},
    )


def _length(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
