"""Every row of a query, or none of it: keyset pages by sys_id, which no edit moves.

What is read here is evidence: a row that the account may not see, or a field of it, is a right that is missing and never a shorter list.
The instance applies access rules to a page after its limit, so a page that is short of what it counts has rows that are hidden; or it was
cut without a word, which a small page is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from watchkeeper.errors import Attempt, AuthFailed, Protocol, Rejected
from watchkeeper.model.record import SERVICENOW
from watchkeeper_servicenow.client import CutAnswer, Listing, TableClient, concerns_the_table
from watchkeeper_servicenow.query import SYS_ID, all_of, ordered
from watchkeeper_servicenow.refusals import FORBIDDEN
from watchkeeper_servicenow.rows import Row, label
from watchkeeper_servicenow.scan import SMALLEST_PAGE

_RIGHTS = "deploy/permissions/servicenow.csv lists what it reads"


@dataclass(frozen=True, slots=True)
class Source:
    """A table, and the fields that are read of it. Those behind a dot are of records of the table `behind`, and may be missing where
    no such record is referenced."""

    table: str
    fields: tuple[str, ...]
    behind: str = ""


def every_row(client: TableClient, source: Source, query: str) -> Iterator[Row]:
    """The labelled rows of a query, by sys_id, a page at a time in memory. Raises AuthFailed, naming the table and what may not be read
    of it."""
    with _needed(source.table):
        for page in _pages(client, source, query):
            for row in page.rows:
                _check_fields(source, row)
                yield row


def _pages(client: TableClient, source: Source, query: str) -> Iterator[Listing]:
    limit, last = client.page_size, ""
    while True:
        asked = all_of(query, f"sys_id>{last}" if last else "")
        try:
            page = client.read(source.table, ordered(asked, "sys_id"), source.fields, limit=limit, labelled=True)
        except CutAnswer:
            if limit // 2 < SMALLEST_PAGE:
                raise
            limit //= 2
            continue
        lacking = 0 if page.total is None else min(page.total, limit) - len(page.rows)
        if lacking > 0 and limit > SMALLEST_PAGE:
            limit = SMALLEST_PAGE
            continue
        if lacking > 0:
            raise _hidden(source.table, lacking)
        last = _last(source.table, page.rows, last)
        yield page
        if not page.rows or (page.total is not None and page.total <= len(page.rows)):
            return


def _last(table: str, rows: Iterable[Row], before: str) -> str:
    """The greatest sys_id; raises Protocol where the rows do not come in order: the next page would leave some out."""
    for row in rows:
        sys_id = row["sys_id"] or ""
        if sys_id <= before or not SYS_ID.fullmatch(sys_id):
            raise Protocol(
                f"servicenow: {table} did not come ordered by sys_id",
                remedy="let the account order and range by sys_id (query ACL of type query_range)",
                attempt=_reading(table),
            )
        before = sys_id
    return before


def _check_fields(source: Source, row: Row) -> None:
    missing = sorted(name for name in source.fields if name not in row and _is_expected(name, row))
    if missing:
        own = not all("." in name for name in missing)
        needed = (
            f"these fields of {source.table}" if own else f"{source.behind}: the rows, and the fields behind the dots"
        )
        raise AuthFailed(
            f"servicenow: {source.table} does not show {', '.join(missing)} to our account",
            remedy=f"give the account read access to {needed}; {_RIGHTS}",
            attempt=_reading(source.table),
        )


def _is_expected(name: str, row: Row) -> bool:
    """A field behind a dot is, where a record is referenced. One that was deleted since leaves its id, and no name to be shown for it
    (elastic/integrations, packages/servicenow, test-event.log)."""
    reference, dot, _ = name.partition(".")
    return not dot or (row.get(reference) != "" and (reference not in row or label(row, reference) != ""))


@contextmanager
def _needed(table: str) -> Iterator[None]:
    """A refusal that is about the table becomes one that names it, and the right."""
    try:
        yield
    except (Rejected, AuthFailed) as error:
        if error.attempt.status != FORBIDDEN or not concerns_the_table(error):
            raise
        remedy = error.remedy if isinstance(error, Rejected) else ""
        needed = remedy or f"give the account read access to {table}"
        raise AuthFailed(
            f"servicenow: {table} may not be read ({error.attempt.answer or error.message})",
            remedy=f"{needed}; {_RIGHTS}",
            attempt=error.attempt,
        ) from error


def _hidden(table: str, count: int) -> AuthFailed:
    return AuthFailed(
        f"servicenow: {table} has rows that are hidden from our account, {count} on one page",
        remedy=f"give the account read access to every row of {table}; {_RIGHTS}",
        attempt=_reading(table),
    )


def _reading(table: str) -> Attempt:
    return Attempt(SERVICENOW, f"GET /api/now/table/{table}", status=200)
