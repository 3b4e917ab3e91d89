"""Data policies that an administrator has set up: rows of sys_data_policy2 with their rules in sys_data_policy_rule.

They hold for web services as for people (ServiceNowDocs, platform-administration/c_DataPolicy.md). A policy on `task` holds for
the tables below it where it is inherited.
"""

from __future__ import annotations

from collections.abc import Iterator

from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.encoded_query import parse
from watchkeeper.emulators.servicenow.selection import Asker, Selector
from watchkeeper.emulators.servicenow.store import Row, Store

BASE = "task"


def missing(store: Store, table: str, row: Row, actor: Actor) -> list[str]:
    """The fields that a policy demands of a row and that it does not have."""
    policies, rules = store.tables["sys_data_policy2"], store.tables["sys_data_policy_rule"]
    if not policies.rows:
        return []
    selector = Selector(store, Asker(actor.user_id, actor.zone))
    demanded = [
        rule["field"]
        for policy in _policies_on(store, table)
        if not policy["conditions"] or selector.predicate(table, parse(policy["conditions"]))(row)
        for rule in rules.equal("sys_data_policy", policy["sys_id"])
        if rule["mandatory"] == "true"
    ]
    return [name for name in dict.fromkeys(demanded) if name in row and not row[name].strip()]


def _policies_on(store: Store, table: str) -> Iterator[Row]:
    policies = store.tables["sys_data_policy2"]
    yield from (row for row in policies.equal("model_table", table) if row["active"] == "true")
    if table in store.tasks():
        inherited = (row for row in policies.equal("model_table", BASE) if row["inherit"] == "true")
        yield from (row for row in inherited if row["active"] == "true")
