"""What our records would set off on the instance, and who else is at work on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Final

from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.identity import OUR_SIGN
from watchkeeper.model.probing import Probe, ProbeScope, TableUse
from watchkeeper.model.record import RawFields
from watchkeeper_servicenow.asking import OK, SKIPPED, WARN, asked, listed, probe
from watchkeeper_servicenow.client import TableClient
from watchkeeper_servicenow.conditions import selects
from watchkeeper_servicenow.query import all_of, one_of
from watchkeeper_servicenow.rows import Row
from watchkeeper_servicenow.vocabulary import BASE

CODE_TAG_PROPERTY: Final = "glide.ui.security.allow_codetag"
VENDOR: Final = re.compile(r"sentinel|defender|azure", re.IGNORECASE)
"""Words in the names of ServiceNow's own integrations with Microsoft's products (its Sentinel one has the scope
`sn_sec_sentinel`), and in the correlation_display that such an integration leaves."""
_NEWEST: Final = 50
_PRIORITY: Final = {
    ("1", "1"): "1",
    ("1", "2"): "2",
    ("2", "1"): "2",
    ("3", "3"): "5",
    ("2", "3"): "4",
    ("3", "2"): "4",
}
"""Priority by impact and urgency, as it is shipped; every other combination is 3 (ServiceNowDocs, def-prio-lookup-rules)."""


class EffectProbes:
    def __init__(self, client: TableClient, scope: ProbeScope) -> None:
        self._client = client
        self._scope = scope

    def run(self) -> Iterator[Probe]:
        use = self._scope.maintenance
        if use is not None:
            yield from asked(Check.SLA, partial(self._slas, use), table="contract_sla")
            yield from asked(Check.NOTIFICATION, partial(self._mails, use), table="sysevent_email_action")
        yield from asked(Check.MARKUP, self._markup, table="sys_properties")
        yield from asked(Check.VENDOR, self._apps, table="sys_store_app")
        for table in sorted({use.table for use in self._scope.uses}):
            yield from asked(Check.VENDOR, partial(self._foreign, table), table, table)

    def _slas(self, use: TableUse) -> Iterator[Probe]:
        rows = self._rules("contract_sla", use, "start_condition")
        yield from _set_off(rows, use, "start_condition", Check.SLA, Finding.SLA_STARTS, Finding.SLA_QUIET)

    def _mails(self, use: TableUse) -> Iterator[Probe]:
        """Notifications that are sent when a record is inserted, and those that an event sends."""
        names = ("condition", "action_insert", "generation_type", "event_name")
        rows = self._rules("sysevent_email_action", use, *names)
        fired = [row for row in rows if row.get("generation_type") == "event"]
        inserted = [row for row in rows if row.get("action_insert") == "true" and row not in fired]
        yield from _set_off(
            inserted, use, "condition", Check.NOTIFICATION, Finding.NOTIFICATION_SENT, Finding.NOTIFICATION_QUIET
        )
        yield from _fired(fired, use)

    def _rules(self, table: str, use: TableUse, *fields: str) -> list[Row]:
        query = all_of("active=true", one_of("collection", [use.table, BASE]))
        rows = self._client.read_all(table, query, ("name", "collection", "active", *fields)).rows
        return [row for row in rows if row.get("active") == "true" and row.get("collection") in {use.table, BASE}]

    def _markup(self) -> Iterator[Probe]:
        """The property has no row where nobody changed it, and then it is on; a property that is always there tells whether
        properties are shown at all."""
        rows = self._client.read(
            "sys_properties", one_of("name", [CODE_TAG_PROPERTY, "instance_name"]), ("name", "value"), limit=5
        ).rows
        told = {row.get("name"): row.get("value") for row in rows}
        if not told:
            args = {"table": "sys_properties", "answer": "-"}
            yield probe(Check.MARKUP, SKIPPED, Finding.NOT_READABLE, args)
        elif (told.get(CODE_TAG_PROPERTY) or "true") == "false":
            yield probe(Check.MARKUP, OK, Finding.MARKUP_OFF)
        else:
            yield probe(Check.MARKUP, WARN, Finding.MARKUP_ON)

    def _apps(self) -> Iterator[Probe]:
        rows = self._client.read_all("sys_store_app", "active=true", ("name", "scope", "active")).rows
        found = {
            f"{row.get('name')} ({row.get('scope')})"
            for row in rows
            if row.get("active") == "true" and VENDOR.search(f"{row.get('name')} {row.get('scope')}")
        }
        if found:
            yield probe(Check.VENDOR, WARN, Finding.VENDOR_INSTALLED, {"apps": listed(found)})
        else:
            yield probe(Check.VENDOR, OK, Finding.VENDOR_NONE)

    def _foreign(self, table: str) -> Iterator[Probe]:
        """Marks of another integration on the records that changed last."""
        rows = self._client.read(
            table, "ORDERBYDESCsys_updated_on", ("correlation_display", "sys_updated_on"), limit=_NEWEST
        ).rows
        signs = (row.get("correlation_display") or "" for row in rows)
        others = Counter(sign for sign in signs if sign != OUR_SIGN and VENDOR.search(sign))
        for who, count in sorted(others.items()):
            args = {"who": who, "count": str(count), "looked": str(len(rows))}
            yield probe(Check.VENDOR, WARN, Finding.VENDOR_WRITES, args, table)
        if not others:
            yield probe(Check.VENDOR, OK, Finding.VENDOR_NONE, {}, table)


def _set_off(
    rows: list[Row], use: TableUse, field: str, check: Check, loud: Finding, quiet: Finding
) -> Iterator[Probe]:
    record = new_record(use)
    answers = [(row, selects(row.get(field) or "", record)) for row in rows]
    hit = [(row, answer) for row, answer in answers if answer is not False]
    for row, answer in hit:
        name = row.get("name") or row["sys_id"] or ""
        args = {"name": name, "certainty": "yes" if answer else "maybe", "exclusion": exclusion(use)}
        yield probe(check, WARN, loud, args, name)
    if not hit:
        yield probe(check, OK, quiet)


def _fired(rows: list[Row], use: TableUse) -> Iterator[Probe]:
    """All that an event may send, in one finding: which events the instance fires for a ticket stands in scripts, so that only a
    condition can exclude ours. A fresh instance has a dozen of them on incidents."""
    record = new_record(use)
    loud = [row for row in rows if selects(row.get("condition") or "", record) is not False]
    if loud:
        named = (f"“{row.get('name') or row['sys_id']}” ({row.get('event_name') or '-'})" for row in loud)
        args = {"names": listed(named), "exclusion": exclusion(use)}
        yield probe(Check.NOTIFICATION, WARN, Finding.NOTIFICATION_BY_EVENT, args, "events")


def new_record(use: TableUse) -> RawFields:
    """A new maintenance ticket as rules see it, as far as it is the same for all of them."""
    record = {**use.sample, "active": "true", "correlation_display": OUR_SIGN}
    pair = (str(record.get("impact")), str(record.get("urgency")))
    return {**record, "priority": _PRIORITY.get(pair, "3")} if use.table == "incident" else record


def exclusion(use: TableUse) -> str:
    category = use.sample.get("category")
    return f"category!={category}" if category else f"correlation_display!={OUR_SIGN}"
