"""Data policies: fields that the instance demands of a maintenance ticket when it is made and when it is resolved.

Unlike the dictionary's, these depend on a condition, and hold for web services too (ServiceNowDocs,
platform-administration/c_DataPolicy.md). Ordinary accounts may not read them; then nothing is said about them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.probing import Probe, TableUse
from watchkeeper_servicenow.asking import FAIL, OK, WARN, asked, listed, probe
from watchkeeper_servicenow.client import TableClient
from watchkeeper_servicenow.conditions import selects
from watchkeeper_servicenow.probe_effects import exclusion, new_record
from watchkeeper_servicenow.query import all_of, in_portions, one_of
from watchkeeper_servicenow.rows import Row
from watchkeeper_servicenow.vocabulary import BASE

POLICIES, RULES = "sys_data_policy2", "sys_data_policy_rule"
_FIELDS = ("short_description", "model_table", "conditions", "inherit", "active")


class PolicyProbes:
    def __init__(self, client: TableClient, use: TableUse) -> None:
        self._client = client
        self._use = use

    def run(self) -> Iterator[Probe]:
        yield from asked(Check.POLICY, self._policies, self._use.profile, POLICIES)

    def _policies(self) -> Iterator[Probe]:
        policies = self._active()
        rules = self._mandatory([row["sys_id"] or "" for row in policies])
        hit = [found for row in policies for found in _unfilled(row, rules.get(row["sys_id"] or "", set()), self._use)]
        yield from hit
        if not hit:
            yield probe(Check.POLICY, OK, Finding.POLICY_FILLED, {}, self._use.profile)

    def _active(self) -> list[Row]:
        query = all_of("active=true", one_of("model_table", [self._use.table, BASE]))
        rows = self._client.read_all(POLICIES, query, _FIELDS).rows
        return [row for row in rows if row.get("active") == "true" and self._concerns(row)]

    def _concerns(self, row: Row) -> bool:
        table = row.get("model_table")
        return table == self._use.table or (table == BASE and row.get("inherit") == "true")

    def _mandatory(self, policies: Sequence[str]) -> Mapping[str, set[str]]:
        """The fields that each policy makes mandatory."""
        found: dict[str, set[str]] = defaultdict(set)
        for portion in in_portions(policies):
            query = all_of(one_of("sys_data_policy", portion), "mandatory=true")
            for row in self._client.read_all(RULES, query, ("sys_data_policy", "field", "mandatory")).rows:
                if row.get("mandatory") == "true":
                    found[row.get("sys_data_policy") or ""].add(row.get("field") or "")
        return found


def _unfilled(row: Row, demanded: set[str], use: TableUse) -> Iterator[Probe]:
    """What a policy demands of a new ticket, or of a resolved one, and does not get."""
    condition = row.get("conditions") or ""
    new, closed = new_record(use), {**new_record(use), **use.closing}
    sent = [(selects(condition, new), use.fills), (selects(condition, closed), use.fills | use.closing.keys())]
    lacking = {name for applies, names in sent if applies is not False for name in demanded - names - {""}}
    if not lacking:
        return
    certain = any(applies and demanded - names - {""} for applies, names in sent)
    name = row.get("short_description") or row["sys_id"] or ""
    args = {"name": name, "certainty": "yes" if certain else "maybe", "fields": listed(lacking)}
    args |= {"profile": use.profile, "place": use.place, "exclusion": exclusion(use)}
    yield probe(Check.POLICY, FAIL if certain else WARN, Finding.POLICY_UNFILLED, args, f"{use.profile}: {name}")
