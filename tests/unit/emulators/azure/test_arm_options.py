"""The variants of ARM: given at the start or switched while the world runs, and forgotten by a reset."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure import ArmOptions, AzureOptions
from watchkeeper.emulators.options import WorldOptions


def switch(tenant: Tenant, **options: Any) -> dict[str, Any]:
    changed: dict[str, Any] = tenant.arm_system.seed({"system": "sentinel", "options": options})["options"]
    return changed


def test_a_variant_can_be_chosen_from_the_start() -> None:
    tenant = Tenant(azure=AzureOptions(arm=ArmOptions(casing="lower")))
    assert tenant.create()["type"] == "microsoft.securityinsights/incidents"


def test_a_switch_leaves_the_others_as_they_are_and_a_reset_undoes_all(tenant: Tenant) -> None:
    switch(tenant, casing="lower")
    assert switch(tenant, conflict_every=2)["casing"] == "lower"
    tenant.arm_system.reset()
    assert tenant.create()["type"] == "Microsoft.SecurityInsights/Incidents"


@pytest.mark.parametrize(
    "options", [{"casting": "lower"}, {"casing": "upper"}, {"conflict_every": "often"}, "lower", ["casing"]]
)
def test_an_unknown_option_or_value_is_refused_and_changes_nothing(tenant: Tenant, options: Any) -> None:
    with pytest.raises(ValueError):
        tenant.arm_system.seed({"options": options})
    assert tenant.create()["type"] == "Microsoft.SecurityInsights/Incidents"


def test_options_stand_alone(tenant: Tenant) -> None:
    with pytest.raises(ValueError, match="stand alone"):
        tenant.arm_system.seed({"options": {}, "count": 1})


@pytest.mark.parametrize(("digits", "shown"), [(0, "00Z"), (3, "00.000Z"), (7, "00.0000000Z")])
def test_times_have_the_digits_that_were_asked_for(tenant: Tenant, digits: int, shown: str) -> None:
    switch(tenant, fraction_digits=digits)
    assert tenant.create()["properties"]["createdTimeUtc"].endswith(shown)


def test_what_was_sent_beside_the_documented_properties_is_kept_where_the_service_knows_it(tenant: Tenant) -> None:
    (made,) = tenant.arm_system.seed({"extra": {"teamInformation": {"teamId": "7"}}})["incidents"]
    seen = tenant.arm("GET", f"/{made['name']}")
    assert seen["properties"]["teamInformation"] == {"teamId": "7"}
    kept = tenant.put(seen, title="x")
    assert kept["properties"]["teamInformation"] == {"teamId": "7"}
    body = {"title": "x", "severity": "Low", "status": "New", "somebodysOwn": 1}
    bare = tenant.arm("PUT", f"/{made['name']}", {"properties": body})
    assert {"teamInformation", "somebodysOwn"}.isdisjoint(bare["properties"])


def test_every_second_update_conflicts_with_nobody(tenant: Tenant) -> None:
    switch(tenant, conflict_every=2)
    seen = tenant.put(tenant.create(), title="a")
    tenant.put(seen, title="b", expect=409)
    assert tenant.put(seen, title="c")["properties"]["title"] == "c"


def test_a_landed_update_is_stored_and_answered_with_a_conflict(tenant: Tenant) -> None:
    switch(tenant, landed_conflicts=1)
    seen = tenant.create()
    tenant.put(seen, title="a", expect=409)
    assert tenant.arm("GET", "/one")["properties"]["title"] == "a"
    tenant.put(seen, title="b", expect=409)
    assert tenant.arm("GET", "/one")["properties"]["title"] == "a"


@pytest.mark.parametrize(("rule", "expect"), [("overwrites", 200), ("conflicts", 409)])
def test_an_update_without_a_version(tenant: Tenant, rule: str, expect: int) -> None:
    switch(tenant, etagless_update=rule)
    tenant.create()
    body = {"title": "x", "severity": "Low", "status": "New"}
    tenant.arm("PUT", "/one", {"properties": body}, expect=expect)


@pytest.mark.parametrize(("rule", "expect"), [("creates", 201), ("conflicts", 409)])
def test_a_create_with_a_version(tenant: Tenant, rule: str, expect: int) -> None:
    switch(tenant, version_of_nothing=rule)
    body = {"title": "x", "severity": "Low", "status": "New"}
    tenant.arm("PUT", "/one", {"etag": '"0"', "properties": body}, expect=expect)
    tenant.arm("PUT", "/two", {"properties": body}, expect=201)
    tenant.arm("PUT", "/two/tasks/t", {"etag": '"0"', "properties": {"title": "x", "status": "New"}}, expect=expect)


@pytest.mark.parametrize(
    ("rule", "expect", "held"), [("kept", 200, "TruePositive"), ("dropped", 200, None), ("refused", 400, None)]
)
def test_a_classification_on_an_open_incident(tenant: Tenant, rule: str, expect: int, held: str | None) -> None:
    switch(tenant, open_classification=rule)
    tenant.put(tenant.create(), classification="TruePositive", expect=expect)
    assert tenant.arm("GET", "/one")["properties"].get("classification") == held


@pytest.mark.parametrize("moves", [True, False])
def test_a_task_moves_its_incident_or_not(tenant: Tenant, moves: bool) -> None:
    switch(tenant, task_moves_incident=moves)
    before = tenant.create()
    tenant.arm("PUT", "/one/tasks/t", {"properties": {"title": "x", "status": "New"}}, expect=201)
    assert (tenant.arm("GET", "/one")["etag"] != before["etag"]) == moves
    assert len(tenant.arm("GET", "/one/tasks")["value"]) == 1


def test_rows_of_a_page_come_again_on_the_next_one(tenant: Tenant) -> None:
    tenant.arm_system.seed({"count": 5})
    switch(tenant, overlapping_pages=1)
    first = tenant.arm("GET", top="3")
    second = tenant.arm("GET", skipToken=first["nextLink"].split("skipToken=")[1])
    assert first["value"][-1]["name"] == second["value"][0]["name"]


def test_filters_that_the_service_may_not_take_are_bad_requests(tenant: Tenant) -> None:
    both = "properties/labels/any(label: label/labelName eq 'x') and properties/lastModifiedTimeUtc ge 2026-01-01T00:00:00Z"
    for text in ("properties/incidentNumber eq 1", both):
        tenant.arm("GET", filter=text)
    switch(tenant, number_filter=False, label_and_time_filter=False)
    for text in ("properties/incidentNumber eq 1", both):
        tenant.arm("GET", filter=text, expect=400)


def test_a_quota_that_does_not_say_when_to_come_back() -> None:
    tenant = Tenant(WorldOptions(), AzureOptions(arm=ArmOptions(published_minimums=True, retry_after=False)))
    answers = [
        tenant.send("PUT", f"/n{number}", {"properties": {"title": "x", "severity": "Low", "status": "New"}})
        for number in range(76)
    ]
    assert (answers[-1].status, "Retry-After" in answers[-1].headers) == (429, False)


def test_a_workspace_that_is_onboarded_gets_its_incidents_from_defender(tenant: Tenant) -> None:
    switch(tenant, onboarded=True)
    (made,) = tenant.arm_system.seed({})["incidents"]
    seen = tenant.arm("GET", f"/{made['name']}")["properties"]
    assert (seen["providerName"], seen.get("description")) == ("Microsoft XDR", None)


def test_people_complete_reopen_and_delete_tasks(tenant: Tenant) -> None:
    tenant.create()
    tenant.people("task", incident="one", text="Call the owner")
    (task,) = tenant.arm("GET", "/one/tasks")["value"]
    tenant.people("complete-task", "liam.byrne", incident="one", task="Call the owner")
    done = tenant.arm("GET", f"/one/tasks/{task['name']}")["properties"]
    assert (done["status"], done["lastModifiedBy"]["name"]) == ("Completed", "Liam Byrne")
    tenant.people("reopen-task", incident="one", task=task["name"])
    assert tenant.arm("GET", f"/one/tasks/{task['name']}")["properties"]["status"] == "New"
    tenant.people("delete-task", incident="one", task=task["name"])
    assert tenant.arm("GET", "/one/tasks")["value"] == []
    with pytest.raises(ValueError, match="0 tasks of incident 1 are called"):
        tenant.people("complete-task", incident="one", task="Call the owner")
