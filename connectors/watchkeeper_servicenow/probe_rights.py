"""Per table: are the fields shown, may they be searched and ordered by? A right that is missing shows as a key that is left
out, an empty page under a count, or a 403 (ServiceNowDocs, query-acl-rule; c_RESTAPI)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from watchkeeper.errors import AuthFailed, Reject
from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.probing import Probe, ProbeScope, TableRight, TableUse
from watchkeeper_servicenow.asking import FAIL, OK, SKIPPED, WARN, asked, listed, probe
from watchkeeper_servicenow.client import Listing, TableClient, concerns_the_table
from watchkeeper_servicenow.query import all_of, at_or_after, literal, one_of, ordered

_LOOK_AT = 20
"""Rows whose keys are looked at; field rules may hide a field on some rows."""
_NOBODY = "watchkeeper-no-such-value"
_LONG_AGO = timedelta(days=3650)
_CONSEQUENCES = frozenset({"sys_journal_field", "sys_audit"})


class RightsProbes:
    def __init__(self, client: TableClient, now: datetime, scope: ProbeScope) -> None:
        self._client = client
        self._now = now
        self._scope = scope

    def run(self) -> Iterator[Probe]:
        for right in self._scope.rights:
            if not right.optional:
                yield from asked(Check.READ, partial(self._read, right), right.table)
                yield from asked(Check.MATCH, partial(self._match, right), right.table)
                yield from asked(Check.RANGE, partial(self._range, right), right.table)

    def _read(self, right: TableRight) -> Iterator[Probe]:
        listing = self._sample(right)
        if not listing.rows:
            yield self._nothing(right, listing)
            return
        shown = {name for row in listing.rows for name in row}
        missing = right.read - shown
        if not missing:
            yield probe(Check.READ, OK, Finding.READ_FINE, {"count": str(len(right.read))}, right.table)
            return
        use = next((each for each in self._uses(right) if each.reads & missing), None)
        args = {"fields": listed(missing), "table": right.table, "place": use.place if use else ""}
        finding = Finding.READ_MISSING_MAPPED if use else Finding.READ_MISSING
        yield probe(Check.READ, FAIL, finding, args, right.table)

    def _sample(self, right: TableRight) -> Listing:
        """The first rows; where the instance hides those, the newest ones."""
        listing = self._client.read(right.table, ordered("", "sys_id"), right.read, limit=_LOOK_AT)
        stamps = [name for name in ("sys_updated_on", "sys_created_on") if name in right.range]
        if listing.rows or not listing.total or not stamps:
            return listing
        newest = self._client.read(right.table, f"ORDERBYDESC{stamps[0]}", right.read, limit=_LOOK_AT)
        return newest if newest.rows else listing

    def _nothing(self, right: TableRight, listing: Listing) -> Probe:
        if not listing.total:
            return probe(Check.READ, SKIPPED, Finding.READ_EMPTY, {"table": right.table}, right.table)
        consequence = right.table if right.table in _CONSEQUENCES else "other"
        args = {"table": right.table, "count": str(listing.total), "consequence": consequence}
        return probe(Check.READ, FAIL, Finding.READ_HIDDEN, args, right.table)

    def _uses(self, right: TableRight) -> Sequence[TableUse]:
        return [use for use in self._scope.uses if use.table == right.table]

    def _match(self, right: TableRight) -> Iterator[Probe]:
        """All at once; only after a refusal one by one, to name the fields."""
        names = sorted(right.match)
        words = self._refusal(right.table, all_of(*(f"{name}={literal(_NOBODY)}" for name in names)))
        if not words:
            yield probe(Check.MATCH, OK, Finding.MATCH_FINE, {"fields": listed(names)}, right.table)
            return
        refused = [name for name in names if self._refusal(right.table, f"{name}={literal(_NOBODY)}")]
        args = {"fields": listed(refused or names), "table": right.table, "answer": words}
        yield probe(Check.MATCH, FAIL, Finding.MATCH_REFUSED, args, right.table)

    def _range(self, right: TableRight) -> Iterator[Probe]:
        names = sorted(right.range, key=lambda name: (name == "sys_id", name))
        words = self._refusal(right.table, all_of(*map(self._ranged, names), *(f"ORDERBY{name}" for name in names)))
        if words:
            refused = [name for name in names if self._refusal(right.table, self._alone(name))]
            args = {"fields": listed(refused or names), "table": right.table, "answer": words}
            yield probe(Check.RANGE, FAIL, Finding.RANGE_REFUSED, args, right.table)
        elif "sys_updated_on" in right.range and not self._in_order(right):
            yield probe(Check.RANGE, FAIL, Finding.ORDER_WRONG, {"table": right.table}, right.table)
        else:
            yield probe(Check.RANGE, OK, Finding.RANGE_FINE, {"fields": listed(names)}, right.table)

    def _ranged(self, name: str) -> str:
        return at_or_after(name, self._now - _LONG_AGO) if name.endswith("_on") else ""

    def _alone(self, name: str) -> str:
        return all_of(self._ranged(name), f"ORDERBY{name}")

    def _in_order(self, right: TableRight) -> bool:
        query = ordered(self._ranged("sys_updated_on"), "sys_updated_on", "sys_id")
        rows = self._client.read(right.table, query, ("sys_updated_on",), limit=5).rows
        keys = [(row.get("sys_updated_on") or "", row["sys_id"] or "") for row in rows]
        return keys == sorted(keys)

    def _refusal(self, table: str, query: str) -> str:
        """The instance's words when it refuses a query, else ""."""
        try:
            self._client.read(table, query, ("sys_id",), limit=1)
        except (Reject, AuthFailed) as error:
            if not concerns_the_table(error):
                raise
            return error.attempt.answer or error.message
        return ""


def correlation_probe(client: TableClient, table: str) -> Iterator[Probe]:
    """A condition that is dropped finds everything."""
    if client.read(table, one_of("correlation_id", ["watchkeeper/no-such-key"]), ("sys_id",), limit=1).rows:
        yield probe(Check.CORRELATION, FAIL, Finding.CORRELATION_IGNORED, {"table": table}, table)
    else:
        yield probe(Check.CORRELATION, OK, Finding.CORRELATION_FINE, {}, table)


def invalid_query_probe(client: TableClient, table: str) -> Iterator[Probe]:
    """Which way the instance takes a condition on a field that does not exist (property glide.invalid_query.returns_no_rows)."""
    if not client.read(table, "ORDERBYsys_id", ("sys_id",), limit=1).rows:
        yield probe(Check.INVALID_QUERY, SKIPPED, Finding.READ_EMPTY, {"table": table})
    elif _widened(client, table):
        yield probe(Check.INVALID_QUERY, WARN, Finding.INVALID_QUERY_WIDENS)
    else:
        yield probe(Check.INVALID_QUERY, OK, Finding.INVALID_QUERY_EMPTY)


def _widened(client: TableClient, table: str) -> bool:
    """Whether a condition on a field that does not exist finds rows; some releases refuse it, which widens nothing."""
    try:
        return bool(client.read(table, "zz_no_such_field=1^ORDERBYsys_id", ("sys_id",), limit=1).rows)
    except (Reject, AuthFailed) as error:
        if not concerns_the_table(error):
            raise
        return False
