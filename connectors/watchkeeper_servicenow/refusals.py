"""What a refusal of the instance means to whoever can lift it: the rule, the fields or the right by name, and what to do.

The instance's own words are the only source, and it may leave the detail out (ServiceNowDocs, query-acl-rule.md and
c_DataPolicy.md; MicrosoftDocs/azure-docs, itsmc-dashboard-errors.md), so each remedy also says what we asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from watchkeeper.errors import AuthFailed, Rejected

FORBIDDEN = 403
_ABORTED = re.compile(r"aborted by Business Rule '(?:(?P<name>.+?)\^[0-9a-f]{32}'|(?P<bare>[^']+)')")
_MANDATORY = re.compile(r"fields are mandatory: (?P<labels>.+)")
_ACL = re.compile(r"ACL Exception (?P<verb>Insert|Update|Delete)")
_QUERY = re.compile(r"Insufficient rights to query records(?:.*?to be read: (?P<fields>[\w., ]+))?")
_USE = re.compile(
    r"(?:^|\^)(?:NQ|OR(?!DERBY))?(?:ORDERBY(?:DESC)?)?(?P<field>[a-z][a-z0-9_.]*)(?P<operator>[<>]=?|STARTSWITH|)"
)
_RIGHTS = {"Insert": "create", "Update": "write", "Delete": "delete"}


@contextmanager
def explaining(table: str, *, query: str = "", fields: Iterable[str] = ()) -> Iterator[None]:
    """Gives a Rejected that is raised inside its remedy. `query` is what was asked, `fields` what was to be written."""
    try:
        yield
    except Rejected as error:
        remedy = _remedy(error.attempt.answer, table, query, sorted(fields))
        if not remedy:
            raise
        raise Rejected(error.message, remedy=remedy, attempt=error.attempt) from error


@contextmanager
def needed_by_every_record() -> Iterator[None]:
    """Around the reads that every record of a table goes through: a right that is missing there is missing for all of them."""
    try:
        yield
    except Rejected as error:
        if error.attempt.status != FORBIDDEN:
            raise
        raise AuthFailed(error.message, remedy=error.remedy, attempt=error.attempt) from error


def _remedy(answer: str, table: str, query: str, fields: list[str]) -> str:
    if found := _ABORTED.search(answer):
        name = found["name"] or found["bare"]
        return f"the instance's business rule {name!r} on {table} stopped it: let the rule pass our account, or meet it"
    if found := _MANDATORY.search(answer):
        return f"a data policy of {table} wants {found['labels'].strip()}: let the profile give these fields a value"
    if found := _ACL.search(answer):
        which = f" (fields {', '.join(fields)})" if fields else ""
        return (
            f"give the account {_RIGHTS[found['verb']]} access to {table}{which}, or take the record out of the profile"
        )
    if found := _QUERY.search(answer):
        needed = _rights(query, found["fields"] or "")
        return f"let the account query {table}: {needed}; some releases say so of a field that the table does not have, too"
    return ""


def _rights(query: str, named: str) -> str:
    """The query rights that a query needs, of the fields that the instance named if it named any."""
    barred = {name.strip() for name in named.split(",")} - {""}
    needed: dict[str, dict[str, None]] = {"query_range": {}, "query_match": {}}
    for use in _USE.finditer(query):
        ranging = use["operator"] or "ORDERBY" in use[0]
        if not barred or use["field"] in barred:
            needed["query_range" if ranging else "query_match"][use["field"]] = None
    told = [f"{right} on {', '.join(names)}" for right, names in needed.items() if names]
    return "; ".join(told) or f"query_match and query_range on {', '.join(sorted(barred)) or 'its fields'}"
