from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.unit.escalation.world import CATALOG, INCIDENT, PROFILE, TICKET, a_ticket, an_incident

from watchkeeper.catalog.model import Catalog
from watchkeeper.errors import Config
from watchkeeper.escalation.facts import timeline
from watchkeeper.escalation.ownership import NO_GROUP, ownership_of
from watchkeeper.escalation.population import Population, is_original, other_refs, population_of
from watchkeeper.escalation.reasons import Excluded
from watchkeeper.model.activity import Actor, Principal
from watchkeeper.model.identity import chosen_uuid, marker_of
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record, RecordRef, Revision

NOBODY: Mapping[RecordRef, Link] = {}
INCIDENT_KEY = f"escalation/sentinel/{INCIDENT.id}"
TICKET_KEY = f"escalation/servicenow/{TICKET.id}"
OTHER = RecordRef(SERVICENOW, "incident", f"{2:032x}")


def a_link(ref: RecordRef, key: str, profile: str = "escalation", state: LinkState = LinkState.LIVE) -> Link:
    when = datetime(2026, 11, 16, tzinfo=UTC)
    return Link(key, profile, ref, "N", "https://x.example", Revision("1"), "f" * 32, when, state=state)


def population(*records: Record, links: Mapping[RecordRef, Link] = NOBODY, deployment: str = "test") -> Population:
    return population_of(PROFILE, deployment, records, links)


def keys(found: Population) -> dict[str, tuple[str, ...]]:
    return {each.key: tuple(each.records) for each in found.escalations}


def test_records_that_nothing_ties_together_are_tickets_of_their_own() -> None:
    assert keys(population(a_ticket(), an_incident())) == {INCIDENT_KEY: (SENTINEL,), TICKET_KEY: (SERVICENOW,)}


def test_a_linked_pair_is_one_ticket() -> None:
    links = {TICKET: a_link(TICKET, INCIDENT_KEY), INCIDENT: a_link(INCIDENT, INCIDENT_KEY)}
    assert keys(population(a_ticket(), an_incident(), links=links)) == {INCIDENT_KEY: (SERVICENOW, SENTINEL)}


@pytest.mark.parametrize("deployment", ["test", "d" * 90], ids=["plain marker", "hashed marker"])
def test_with_the_memory_lost_our_copy_s_marker_says_what_it_is_a_copy_of(deployment: str) -> None:
    copy = replace(a_ticket(), marker=marker_of(deployment, INCIDENT_KEY), ours=True)
    assert keys(population(copy, an_incident(), deployment=deployment)) == {INCIDENT_KEY: (SERVICENOW, SENTINEL)}


def test_another_deployment_s_copy_is_not_ours() -> None:
    copy = replace(a_ticket(), marker=marker_of("production", INCIDENT_KEY), ours=True)
    assert keys(population(copy, an_incident())) == {INCIDENT_KEY: (SENTINEL,)}


@pytest.mark.parametrize(
    "held", [INCIDENT.id, "42", f"/subscriptions/s/providers/Microsoft.SecurityInsights/Incidents/{INCIDENT.id}"]
)
def test_a_pair_that_another_integration_made_is_one_ticket(held: str) -> None:
    found = population(a_ticket(correlation_id=held), an_incident())
    assert keys(found) == {INCIDENT_KEY: (SERVICENOW, SENTINEL)}


def test_a_label_with_the_ticket_s_number_pairs_as_well() -> None:
    found = population(a_ticket(), an_incident(labels=("INC0010001", "escalation")))
    assert keys(found) == {TICKET_KEY: (SERVICENOW, SENTINEL)}


def test_two_that_name_each_other_are_one_ticket() -> None:
    found = population(a_ticket(correlation_id="42"), an_incident(labels=("INC0010001", "escalation")))
    assert list(keys(found).values()) == [(SERVICENOW, SENTINEL)]


def test_an_incident_that_two_tickets_name_is_paired_with_neither() -> None:
    second = a_ticket(OTHER, "INC0010002", correlation_id="42")
    assert len(keys(population(a_ticket(correlation_id="42"), second, an_incident()))) == 3


def test_our_own_maintenance_records_are_never_escalations_whatever_the_query_says() -> None:
    by_sign = replace(a_ticket(), ours=True, marker=marker_of("test", "secure-score/monitoring@2026-11-16"))
    by_memory = an_incident()
    links = {INCIDENT: a_link(INCIDENT, "secure-score/monitoring@2026-11-16", "maintenance")}
    found = population(by_sign, by_memory, replace(a_ticket(OTHER), ours=True), links=links)
    assert found.escalations == ()
    assert found.excluded == {Excluded.OWN_MAINTENANCE: 3}


def test_a_merged_incident_is_not_counted_beside_the_one_it_went_into() -> None:
    merged = replace(an_incident(), redirected_to="another")
    assert population(merged).excluded == {Excluded.MERGED: 1}


def test_of_two_records_of_one_pair_on_a_side_the_linked_one_counts() -> None:
    twin = replace(a_ticket(OTHER, "INC0000001"), ours=True, marker=marker_of("test", INCIDENT_KEY))
    found = population(twin, a_ticket(), links={TICKET: a_link(TICKET, INCIDENT_KEY)})
    assert found.escalations[0].records[SERVICENOW].ref == TICKET
    assert found.excluded == {Excluded.DUPLICATE: 1}


def test_a_ticket_with_a_paired_incident_s_number_on_it_is_still_a_ticket_of_its_own() -> None:
    thief = a_ticket(OTHER, "INC0000001", correlation_id="42")
    links = {TICKET: a_link(TICKET, INCIDENT_KEY), INCIDENT: a_link(INCIDENT, INCIDENT_KEY)}
    found = population(thief, a_ticket(), an_incident(), links=links)
    assert keys(found) == {INCIDENT_KEY: (SERVICENOW, SENTINEL), f"escalation/servicenow/{OTHER.id}": (SERVICENOW,)}
    assert found.excluded == {}


def test_our_sign_without_our_id_is_doubtful_and_with_it_is_not() -> None:
    marker = marker_of("test", "secure-score/monitoring@2026-11-16")
    made = replace(a_ticket(RecordRef(SERVICENOW, "incident", chosen_uuid(marker).hex)), ours=True, marker=marker)
    signed = replace(an_incident(labels=("escalation", "watchkeeper")), ours=True)
    assert population(made, signed).doubtful == (signed,)


def test_the_order_of_the_listing_does_not_matter() -> None:
    records = [a_ticket(), a_ticket(OTHER, "INC2", correlation_id="42"), an_incident()]
    assert population(*records) == population(*reversed(records))


def test_the_rest_of_a_pair_is_read_by_its_link() -> None:
    [escalation] = population(a_ticket(), links={TICKET: a_link(TICKET, INCIDENT_KEY)}).escalations
    merged_into = RecordRef(SENTINEL, "incidents", "new-one")
    assert other_refs(PROFILE, escalation, {SENTINEL: a_link(merged_into, INCIDENT_KEY)}) == (merged_into,)
    assert other_refs(PROFILE, escalation, {}) == (INCIDENT,)


def test_a_record_that_is_gone_is_not_read_again() -> None:
    [escalation] = population(a_ticket(), links={TICKET: a_link(TICKET, INCIDENT_KEY)}).escalations
    assert other_refs(PROFILE, escalation, {SENTINEL: a_link(INCIDENT, INCIDENT_KEY, state=LinkState.GONE)}) == ()


def test_only_the_original_says_when_a_ticket_began() -> None:
    copy = replace(a_ticket(), ours=True, marker=marker_of("test", INCIDENT_KEY))
    assert not is_original(PROFILE, INCIDENT_KEY, copy)
    assert is_original(PROFILE, INCIDENT_KEY, an_incident())
    assert is_original(PROFILE, TICKET_KEY, replace(a_ticket(), ours=True))


# --- whose it is ---

OWNERSHIP = ownership_of(CATALOG, {"SOC Monitoring": "ABC123"}, {})


def owner(*records: Record) -> tuple[str, str]:
    team, group = OWNERSHIP.owner(PROFILE, {record.ref.side: timeline(record, []) for record in records})
    return team.id, group


@pytest.mark.parametrize("group", ["SOC Monitoring", "soc monitoring", "abc123", "SOC監視チーム"])
def test_the_assignment_group_says_whose_a_ticket_is(group: str) -> None:
    assert owner(a_ticket(assignment_group=group)) == ("monitoring", "")


def test_a_group_that_no_team_has_is_a_row_of_its_own_under_oversight() -> None:
    assert owner(a_ticket(assignment_group="Network")) == ("soc-oversight", "Network")


def test_a_ticket_without_a_group_is_oversight_s() -> None:
    assert owner(a_ticket(assignment_group="")) == ("soc-oversight", NO_GROUP)


def test_servicenow_s_group_decides_over_sentinel_s_owner() -> None:
    assert owner(a_ticket(assignment_group="CSIRT"), an_incident()) == ("csirt", "")


def test_an_incident_alone_belongs_to_its_owner_s_team_else_to_oversight() -> None:
    assert owner(an_incident()) == ("monitoring", "")
    assert owner(an_incident(**{"owner.userPrincipalName": ""})) == ("soc-oversight", "")


def test_a_person_is_found_by_address_where_the_sides_have_different_names() -> None:
    haruto = Principal(Actor(SERVICENOW, "haruto.sato"), email="haruto.sato@soc.example")
    ownership = ownership_of(CATALOG, {}, {(SERVICENOW, "haruto.sato"): haruto})
    line = timeline(an_incident(**{"owner.userPrincipalName": "Haruto.Sato@soc.example"}), [])
    assert ownership.owner(PROFILE, {SENTINEL: line})[0].id == "monitoring"


def test_an_oversight_team_that_does_not_exist_is_refused() -> None:
    lost = replace(CATALOG, deployment=replace(CATALOG.deployment, oversight_team="overlords"))
    with pytest.raises(Config, match="there is no team 'overlords'"):
        ownership_of(lost, {}, {})


def with_teams(**changes: Mapping[str, object]) -> Catalog:
    changed = {name: replace(CATALOG.teams[name], **what) for name, what in changes.items()}
    return replace(CATALOG, teams={**CATALOG.teams, **changed})


def owner_in(catalog: Catalog, **raw: str) -> str:
    return ownership_of(catalog, {}, {}).owner(PROFILE, {SERVICENOW: timeline(a_ticket(**raw), [])})[0].id


def test_a_group_that_two_teams_share_is_the_assignee_s_team_s_else_the_first_one_s() -> None:
    shared = with_teams(csirt={"group": "SOC Monitoring"})
    assert owner_in(shared, assigned_to="niamh.kelly") == "csirt"
    assert owner_in(shared, assigned_to="keiko.tanaka") == "monitoring"
    assert owner_in(shared, assigned_to="noah.berg") == "monitoring"


def test_another_team_s_alias_never_takes_a_group_away() -> None:
    greedy = with_teams(**{"soc-oversight": {"aliases": ("CSIRT",)}})
    assert owner_in(greedy, assignment_group="CSIRT") == "csirt"


def test_a_person_whom_a_side_holds_by_id_is_one_of_their_team() -> None:
    sys_id = "5f1a" * 8
    keiko = {(SERVICENOW, sys_id): Principal(Actor(SERVICENOW, "keiko.tanaka", "Keiko Tanaka"))}
    shared = with_teams(csirt={"group": "SOC Monitoring"}, monitoring={"enabled": True})
    first = replace(shared, teams={"csirt": shared.teams["csirt"], **shared.teams})
    lines = {SERVICENOW: timeline(a_ticket(assigned_to=sys_id), [])}
    assert ownership_of(first, {}, {}).owner(PROFILE, lines)[0].id == "csirt"
    assert ownership_of(first, {}, keiko).owner(PROFILE, lines)[0].id == "monitoring"
