"""Is this instance fit to be kept in step, with this account? Reads only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from watchkeeper.errors import AuthFailed, Unavailable, WatchkeeperError
from watchkeeper.model.capabilities import Probe, ProbeOutcome
from watchkeeper.model.record import SERVICENOW
from watchkeeper.ports import Clock
from watchkeeper_servicenow.activity import AUDIT, JOURNAL
from watchkeeper_servicenow.client import Listing, TableClient
from watchkeeper_servicenow.people import Directory
from watchkeeper_servicenow.query import all_of, at_or_after, one_of, ordered
from watchkeeper_servicenow.rows import SYSTEM_FIELDS

_TABLE = "incident"
_NO_SUCH_FIELD = "zz_no_such_field"
_SKEW = timedelta(seconds=90)


class Probes:
    def __init__(self, client: TableClient, directory: Directory, clock: Clock) -> None:
        self._client = client
        self._directory = directory
        self._clock = clock

    def run(self) -> Sequence[Probe]:
        """All probes in a fixed order; after a failed login or connection the others are not tried."""
        first = self._reach()
        if first.outcome is ProbeOutcome.FAIL:
            return (first,)
        return (
            first,
            self._account(),
            self._asked("incident fields", self._fields),
            self._asked("range and order on sys_updated_on", self._range),
            self._asked("equality on correlation_id", self._equality),
            self._asked("invalid query mode", self._invalid_query),
            self._asked(
                "journal", lambda: self._readable(JOURNAL, "comments are not mirrored and audits stay unknown")
            ),
            self._asked(
                "audit history", lambda: self._readable(AUDIT, "field changes cannot be told to their authors")
            ),
            self._skew(),
            _probe(
                "chosen sys_id",
                ProbeOutcome.SKIPPED,
                "only a create can show whether the instance keeps the sys_id that we choose",
            ),
        )

    def _reach(self) -> Probe:
        try:
            self._read(ordered("", "sys_id"))
        except Unavailable as error:
            return _probe("reach", ProbeOutcome.FAIL, error.message, "check SERVICENOW_INSTANCE, proxy and firewall")
        except AuthFailed as error:
            return _probe("authentication", ProbeOutcome.FAIL, error.message, error.remedy)
        except WatchkeeperError as error:
            return _probe("reach", ProbeOutcome.FAIL, error.message, error.remedy)
        return _probe("reach and authentication", ProbeOutcome.OK, f"{_TABLE} can be read")

    def _account(self) -> Probe:
        try:
            name = self._directory.current_user()
        except WatchkeeperError as error:
            return _probe("account", ProbeOutcome.WARN, error.message, "let the account read its own sys_user row")
        if not name:
            remedy = "let the account read its own sys_user row, so that its own notes are never taken for a person's"
            return _probe("account", ProbeOutcome.WARN, "the instance does not say who we are", remedy)
        return _probe("account", ProbeOutcome.OK, f"we are {name}")

    def _asked(self, name: str, ask: Callable[[], tuple[ProbeOutcome, str, str]]) -> Probe:
        try:
            outcome, finding, remedy = ask()
        except WatchkeeperError as error:
            return _probe(name, ProbeOutcome.FAIL, error.message, error.remedy)
        return _probe(name, outcome, finding, remedy)

    def _fields(self) -> tuple[ProbeOutcome, str, str]:
        listing = self._read(ordered("", "sys_id"))
        if not listing.rows:
            return ProbeOutcome.SKIPPED, f"no row of {_TABLE} is visible to look at", ""
        missing = [name for name in SYSTEM_FIELDS if name not in listing.rows[0]]
        if missing:
            return (
                ProbeOutcome.FAIL,
                f"not readable: {', '.join(missing)}",
                "give the account read access to these fields",
            )
        return ProbeOutcome.OK, "all fields that identify a record are readable", ""

    def _range(self) -> tuple[ProbeOutcome, str, str]:
        since = at_or_after("sys_updated_on", self._clock.now() - timedelta(days=3650))
        listing = self._read(ordered(since, "sys_updated_on", "sys_id"), limit=5)
        keys = [(row.get("sys_updated_on") or "", row["sys_id"] or "") for row in listing.rows]
        if keys != sorted(keys):
            remedy = "allow query_range on sys_updated_on for this account"
            return ProbeOutcome.FAIL, "rows do not come in the order that was asked for", remedy
        return ProbeOutcome.OK, "changes can be asked for in order", ""

    def _equality(self) -> tuple[ProbeOutcome, str, str]:
        listing = self._read(one_of("correlation_id", ["watchkeeper/no-such-key"]))
        if listing.rows:
            remedy = "allow query_match on correlation_id for this account"
            return ProbeOutcome.FAIL, "a search for an unknown correlation_id finds records", remedy
        return ProbeOutcome.OK, "records can be found by correlation_id", ""

    def _invalid_query(self) -> tuple[ProbeOutcome, str, str]:
        before = self._read(ordered("", "sys_id"))
        canary = self._read(all_of(f"{_NO_SUCH_FIELD}=1", "ORDERBYsys_id"))
        if not before.rows:
            return ProbeOutcome.SKIPPED, f"no row of {_TABLE} is visible to tell by", ""
        if canary.rows:
            finding = "a condition on an unknown field is dropped and widens the query; every row is checked again here"
            return ProbeOutcome.WARN, finding, "set glide.invalid_query.returns_no_rows to true if you may"
        return ProbeOutcome.OK, "a condition on an unknown field finds nothing", ""

    def _readable(self, table: str, consequence: str) -> tuple[ProbeOutcome, str, str]:
        listing = self._client.read(table, ordered("", "sys_id"), ("sys_created_on",), limit=1)
        if listing.total and not listing.rows:
            remedy = f"give the account read access to {table}"
            return ProbeOutcome.FAIL, f"{table} has rows but shows none: {consequence}", remedy
        return ProbeOutcome.OK, f"{table} can be read", ""

    def _skew(self) -> Probe:
        server = self._client.server_time
        if server is None:
            return _probe("clock", ProbeOutcome.SKIPPED, "the instance did not say its time")
        skew = server - self._clock.now()
        outcome = ProbeOutcome.WARN if abs(skew) > _SKEW else ProbeOutcome.OK
        return _probe(
            "clock",
            outcome,
            f"the instance's clock is {skew.total_seconds():+.0f} s from ours",
            "set this machine's clock" if outcome is ProbeOutcome.WARN else "",
        )

    def _read(self, query: str, limit: int = 1) -> Listing:
        return self._client.read(_TABLE, query, SYSTEM_FIELDS, limit=limit)


def _probe(name: str, outcome: ProbeOutcome, finding: str, remedy: str = "") -> Probe:
    return Probe(SERVICENOW, name, outcome, finding, remedy)
