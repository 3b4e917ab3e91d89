from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.sync.make import KEY, NOW, REFS, link, record

from watchkeeper.model.link import LinkState
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record, RecordRef
from watchkeeper.sync.match import PAIR_BY, match
from watchkeeper.sync.systems import Systems

GUID = "219bbd91-ac2e-5dcc-bb5a-3e2c60cd40dc"
OTHER = "319bbd91-ac2e-5dcc-bb5a-3e2c60cd40dc"


@pytest.fixture
def group(systems: Systems) -> str:
    """The id of a SOC group, as the population names it."""
    conditions = systems.profiles["escalation"].sides[SERVICENOW].population[0].conditions
    return next(condition.values[0] for condition in conditions if condition.field == "assignment_group")


def ticket(group: str, number: str = "INC0010007", **fields: Any) -> Record:
    """A ticket of the population that we know nothing about."""
    ref = RecordRef(SERVICENOW, "incident", number.removeprefix("INC").rjust(32, "0"))
    held = {"category": "security", "assignment_group": group, "correlation_id": "", "state": "1", **fields}
    return record(SERVICENOW, held, ref=ref, number=number, marker=str(held["correlation_id"]))


def incident(name: str = GUID, **fields: Any) -> Record:
    held = {"labels": ("escalation",), "status": "New", **fields}
    return record(SENTINEL, held, ref=RecordRef(SENTINEL, "incidents", name), number="7")


def keys(matched: Any) -> dict[str, set[str]]:
    return {key: set(sides) for key, sides in matched.records.items()}


class TestByKey:
    def test_two_records_of_one_key_belong_together(self, systems: Systems) -> None:
        staged = [(record(SERVICENOW, {}), KEY), (record(SENTINEL, {}), KEY)]
        assert keys(match(systems, staged)) == {KEY: {SERVICENOW, SENTINEL}}

    def test_a_record_that_nobody_knows_gets_the_key_of_its_origin(self, systems: Systems, group: str) -> None:
        opened, raised = ticket(group), incident()
        assert keys(match(systems, [(opened, None), (raised, None)])) == {
            f"escalation/servicenow/{opened.ref.id}": {SERVICENOW},
            f"escalation/sentinel/{GUID}": {SENTINEL},
        }

    def test_a_record_outside_every_population_is_nobodys_business(self, systems: Systems, group: str) -> None:
        assert not match(systems, [(ticket(group, category="network"), None), (incident(labels=()), None)]).records

    def test_titles_never_matter(self, systems: Systems, group: str) -> None:
        staged = [(ticket(group, short_description="Same"), None), (incident(title="Same"), None)]
        assert all(len(sides) == 1 for sides in match(systems, staged).records.values())


class TestDuplicates:
    COPY = replace(REFS[SERVICENOW], id="c" * 32)

    def test_the_linked_record_stands_for_its_key_even_when_only_the_copy_moved(self, systems: Systems) -> None:
        systems.store.put_links([link(SERVICENOW, {})])
        matched = match(systems, [(record(SERVICENOW, {}, ref=self.COPY, number="INC9"), KEY)])
        assert not matched.records
        [row] = matched.duplicates
        assert (row.key, row.field, row.number) == (KEY, "duplicate", "INC9")
        assert "INC0010001" in row.reason

    def test_a_link_whose_record_is_gone_does_not_stand_in_the_way(self, systems: Systems) -> None:
        systems.store.put_links([link(SERVICENOW, {}, state=LinkState.GONE)])
        matched = match(systems, [(record(SERVICENOW, {}, ref=self.COPY), KEY)])
        assert matched.records[KEY][SERVICENOW].ref == self.COPY

    def test_without_a_link_the_id_that_we_would_have_chosen_counts_before_age(self, systems: Systems) -> None:
        chosen = systems.connectors[SERVICENOW].chosen_ref("incident", systems.marker(KEY))
        ours = record(SERVICENOW, {}, ref=chosen, number="INC2")
        older = record(SERVICENOW, {}, ref=self.COPY, number="INC1", created_at=NOW - timedelta(days=9))
        for staged in ([ours, older], [older, ours]):
            matched = match(systems, [(each, KEY) for each in staged])
            assert matched.records[KEY][SERVICENOW].number == "INC2"
            assert [row.number for row in matched.duplicates] == ["INC1"]

    def test_among_strangers_the_oldest_counts(self, systems: Systems) -> None:
        first = record(SERVICENOW, {}, ref=self.COPY, number="INC1")
        second = record(SERVICENOW, {}, number="INC2", created_at=NOW + timedelta(days=1))
        matched = match(systems, [(second, KEY), (first, KEY)])
        assert matched.records[KEY][SERVICENOW].number == "INC1"


class TestPairBy:
    @pytest.mark.parametrize("value", [GUID, GUID.upper(), f"/subscriptions/x/Incidents/{GUID}", f"ms-{GUID}"])
    def test_a_ticket_that_names_an_incident_is_its_counterpart(self, systems: Systems, group: str, value: str) -> None:
        matched = match(systems, [(ticket(group, correlation_id=value), None), (incident(), None)])
        key = f"escalation/sentinel/{GUID}"
        assert keys(matched) == {key: {SERVICENOW, SENTINEL}}
        assert matched.foreign == {key}

    def test_an_incident_that_carries_a_tickets_number_is_its_counterpart(self, systems: Systems, group: str) -> None:
        staged = [(ticket(group), None), (incident(labels=("escalation", "INC0010007")), None)]
        assert keys(match(systems, staged)) == {f"escalation/sentinel/{GUID}": {SERVICENOW, SENTINEL}}

    def test_both_pointing_at_each_other_are_one_pair(self, systems: Systems, group: str) -> None:
        staged = [(ticket(group, correlation_id=GUID), None), (incident(labels=("escalation", "INC0010007")), None)]
        assert len(match(systems, staged).records) == 1

    def test_the_incident_need_not_be_in_the_population(self, systems: Systems, group: str) -> None:
        matched = match(systems, [(ticket(group, correlation_id=GUID), None)])
        assert keys(matched) == {f"escalation/sentinel/{GUID}": {SERVICENOW}}

    @pytest.mark.parametrize("value", ["", "12345", "not an id", "x" * 36])
    def test_anything_else_in_the_field_is_somebody_elses(self, systems: Systems, group: str, value: str) -> None:
        assert not match(systems, [(ticket(group, correlation_id=value), None)]).foreign

    def test_two_tickets_for_one_incident_pair_with_nobody(self, systems: Systems, group: str) -> None:
        both = [ticket(group, "INC0010007", correlation_id=GUID), ticket(group, "INC0010008", correlation_id=GUID)]
        matched = match(systems, [*((each, None) for each in both), (incident(), None)])
        assert not matched.records
        assert {(row.field, row.number) for row in matched.parked} == {(PAIR_BY, "INC0010007"), (PAIR_BY, "INC0010008")}

    def test_one_ticket_for_two_incidents_pairs_with_nobody(self, systems: Systems, group: str) -> None:
        labels = ("escalation", "INC0010007")
        staged = [
            (ticket(group, correlation_id=GUID), None),
            (incident(), None),
            (incident(OTHER, labels=labels), None),
        ]
        matched = match(systems, staged)
        assert not matched.records
        assert {row.number for row in matched.parked} == {"INC0010007"}

    def test_a_claim_on_an_incident_that_has_its_ticket_is_a_duplicate(self, systems: Systems, group: str) -> None:
        key = f"escalation/sentinel/{GUID}"
        systems.store.put_links([link(SERVICENOW, {}, key=key, of="escalation")])
        matched = match(systems, [(ticket(group, correlation_id=GUID), None)])
        assert not matched.records
        assert [row.number for row in matched.duplicates] == ["INC0010007"]
