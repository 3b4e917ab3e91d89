"""Whether the instance knows the values that the profiles write, and the profiles those that people can choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from watchkeeper.model.findings import Check, Finding
from watchkeeper.model.probing import Probe, ProbeScope, TableUse
from watchkeeper.model.vocabulary import ChoiceList
from watchkeeper_servicenow.asking import FAIL, OK, SKIPPED, WARN, asked, listed, probe
from watchkeeper_servicenow.client import TableClient
from watchkeeper_servicenow.query import all_of, one_of
from watchkeeper_servicenow.vocabulary import BASE, CHOICES, questions_about, told

_DICTIONARY_FIELDS = ("name", "element", "mandatory", "active", "default_value")


class ChoiceProbes:
    def __init__(self, client: TableClient, now: datetime, scope: ProbeScope) -> None:
        self._client = client
        self._now = now
        self._scope = scope

    def run(self) -> Iterator[Probe]:
        for use in self._scope.uses:
            yield from asked(Check.CHOICES, partial(self._choices, use), use.profile, "sys_choice")
        for use in self._scope.uses:
            if use.creates:
                yield from asked(
                    Check.MANDATORY,
                    partial(self._mandatory, use),
                    use.profile,
                    "sys_dictionary",
                )

    def _choices(self, use: TableUse) -> Iterator[Probe]:
        names = sorted({*use.chosen, *use.codes_read})
        known = self._known(use.table, names)
        if not known:
            yield probe(Check.CHOICES, SKIPPED, Finding.READ_EMPTY, {"table": "sys_choice"}, use.profile)
            return
        yield from self._written(use, known)
        yield from self._chosen_by_people(use, known)

    def _written(self, use: TableUse, known: Mapping[str, ChoiceList]) -> Iterator[Probe]:
        fine = True
        for name, values in use.chosen.items():
            unknown = {value for value in values if name in known and known[name].value(value) is None}
            if unknown:
                fine = False
                args = {"profile": use.profile, "values": listed(unknown), "known": listed(known[name].labels)}
                args |= {"place": use.place, "table": use.table, "field": name}
                subject = f"{use.profile}: {use.table}.{name}"
                yield probe(Check.CHOICES, FAIL, Finding.CHOICES_UNKNOWN, args, subject)
        if fine:
            yield probe(Check.CHOICES, OK, Finding.CHOICES_FINE, {"profile": use.profile}, use.profile)

    def _chosen_by_people(self, use: TableUse, known: Mapping[str, ChoiceList]) -> Iterator[Probe]:
        for name in sorted(use.codes_read):
            if name not in known:
                continue
            mapped = {known[name].value(value) for value in use.understood.get(name, frozenset())}
            unmapped = set(known[name].labels) - mapped
            subject = f"{use.profile}: {use.table}.{name}"
            if unmapped:
                args = {"values": listed(unmapped), "profile": use.profile, "place": use.place}
                yield probe(Check.CODES, WARN, Finding.CODES_UNMAPPED, args, subject)
            else:
                yield probe(Check.CODES, OK, Finding.CODES_KNOWN, {"profile": use.profile}, subject)

    def _known(self, table: str, fields: Sequence[str]) -> Mapping[str, ChoiceList]:
        """The active values of each field that has a list, with their labels."""
        asked = {table: frozenset(fields)}
        questions = [each for each in questions_about(asked) if each.table == CHOICES]
        answers = [self._client.read_all(each.table, each.query, each.fields) for each in questions]
        vocabulary = told(asked, questions, answers, self._now)
        return {name: found for (_, name), found in vocabulary.choices.items()}

    def _mandatory(self, use: TableUse) -> Iterator[Probe]:
        """Fields that the dictionary makes mandatory, without a default, and that a new record of ours does not have."""
        query = all_of(one_of("name", [use.table, BASE]), "mandatory=true", "active=true")
        rows = self._client.read("sys_dictionary", query, _DICTIONARY_FIELDS, limit=500)
        demanded = {
            row.get("element") or ""
            for row in rows.rows
            if row.get("mandatory") == row.get("active") == "true" and not row.get("default_value")
        }
        unfilled = demanded - use.fills - {""}
        if not unfilled:
            yield probe(Check.MANDATORY, OK, Finding.MANDATORY_FILLED, {}, use.profile)
            return
        category = use.sample.get("category")
        args = {
            "profile": use.profile,
            "fields": listed(unfilled),
            "place": use.place,
            "category": str(category or "-"),
        }
        yield probe(Check.MANDATORY, FAIL, Finding.MANDATORY_UNFILLED, args, use.profile)
