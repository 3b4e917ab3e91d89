"""The API of Defender for Endpoint as its documentation describes it: shapes, pages, empty tenants, limits, and time that passes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.unit.emulators.evidence.conftest import Client

from watchkeeper.emulators.clock import FIRST_MONDAY

MACHINES = "/api/machines"
TASKS = "/api/remediationTasks"


def test_devices_without_a_sensor_are_those_that_only_intune_knows(client: Client) -> None:
    sensed = {each["aadDeviceId"] for each in client.drained("defender", MACHINES)}
    managed = {each["azureADDeviceId"] for each in client.graph("deviceManagement/managedDevices")["value"]}
    assert len(managed - sensed) == 6
    assert None in sensed


def test_completed_tasks_are_gone_180_days_after_their_end(client: Client) -> None:
    def completed() -> dict[str, datetime]:
        rows = client.drained("defender", TASKS, "$filter=status%20eq%20'Completed'")
        return {each["id"]: datetime.fromisoformat(each["statusLastModifiedOn"][:19] + "+00:00") for each in rows}

    first = completed()
    assert first
    assert all((FIRST_MONDAY - ended).days <= 180 for ended in first.values())
    client.wait(days=181)
    later = completed()
    assert not first.keys() & later.keys()
    assert later


def test_tasks_make_progress_as_time_passes_until_they_are_done_or_stall(client: Client) -> None:
    def fixed() -> dict[str, tuple[int, int]]:
        rows = client.drained("defender", TASKS)
        return {each["id"]: (each["fixedDevices"], each["targetDevices"]) for each in rows}

    before = fixed()
    client.wait(days=30)
    after = fixed()
    common = before.keys() & after.keys()
    assert all(before[each][0] <= after[each][0] <= after[each][1] for each in common)
    assert any(before[each][0] < after[each][0] for each in common)
    assert any(before[each] == after[each] for each in common)


def test_a_task_may_be_completed_by_hand_with_devices_left(client: Client) -> None:
    rows = client.drained("defender", TASKS)
    by_hand = [each for each in rows if each["completionMethod"] == "Manual"]
    assert by_hand
    assert all(each["completerEmail"] and each["fixedDevices"] < each["targetDevices"] for each in by_hand)
    assert any(each["dueOn"] is None for each in rows)


def test_the_devices_that_a_task_waits_for_are_listed_under_its_id(client: Client) -> None:
    machines = {each["id"]: each for each in client.drained("defender", MACHINES)}
    some = 0
    for task in client.drained("defender", TASKS):
        found = client.defender(f"remediationtasks/{task['id'].upper()}/machinereferences")
        assert found["@odata.context"] == "https://defender.emulator/api/$metadata#MachineReferences"
        assert len(found["value"]) <= task["targetDevices"] - task["fixedDevices"]
        some += len(found["value"])
        for each in found["value"]:
            assert each.keys() == {"id", "computerDnsName", "osPlatform", "rbacGroupName"}
            assert each == {name: machines[each["id"]][name] for name in each}
            assert each["rbacGroupName"] in task["rbacGroupNames"]
    assert some > 20


def test_devices_that_are_mended_leave_the_list_and_no_other_comes(client: Client) -> None:
    task = max(client.drained("defender", TASKS), key=lambda each: each["createdOn"])
    before = {each["id"] for each in client.defender(f"remediationTasks/{task['id']}/machineReferences")["value"]}
    client.wait(days=20)
    after = {each["id"] for each in client.defender(f"remediationTasks/{task['id']}/machineReferences")["value"]}
    assert after <= before


def test_a_task_that_there_is_not_has_no_devices(client: Client) -> None:
    error = client.defender("remediationTasks/none/machineReferences", expect=404)["error"]
    assert error["code"] == "ResourceNotFound"
    client.defender("machines/none/machineReferences", expect=404)
    client.defender("machineReferences", expect=404)
    (first, *_) = client.drained("defender", TASKS)
    client.defender(f"remediationTasks/{first['id']}/machineReferences", "$filter=id%20eq%20'x'", expect=400)


def test_fewer_waiting_devices_make_a_lower_score(client: Client) -> None:
    first = client.defender("exposureScore")
    assert first.keys() == {"@odata.context", "time", "score"}
    client.wait(days=400)
    assert client.defender("exposureScore")["score"] < first["score"]


def test_recommendations_and_software_name_the_same_products(client: Client) -> None:
    named = {each["productName"] for each in client.defender("recommendations")["value"]}
    assert named == {each["name"] for each in client.defender("Software")["value"]}


def test_top_limits_the_rows_in_all_and_skip_passes_over_some(client: Client) -> None:
    assert len(client.drained("defender", MACHINES, "$top=5")) == 5
    assert len(client.drained("defender", MACHINES, "$skip=40")) == 2
    client.seed("defender", options={"page_size": 10})
    assert len(client.drained("defender", MACHINES)) == 42
    assert len(client.drained("defender", MACHINES, "$top=25")) == 25


def test_more_than_ten_thousand_are_not_asked_for_at_once(client: Client) -> None:
    error = client.defender("machines", "$top=10001", expect=400)["error"]
    assert "limit of '10000'" in error["message"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("$filter=healthStatus%20eq%20'Inactive'", 3),
        ("$filter=machineTags/any(tag:%20tag%20eq%20'tier-0')", 4),
        ("$filter=rbacGroupId%20eq%20100%20and%20riskScore%20eq%20'high'", 4),
        ("$filter=lastSeen%20ge%202026-11-16T00:00:00Z", 2),
        ("$filter=startswith(computerDnsName,'srv-')", 4),
    ],
)
def test_machines_are_filtered_by_documented_properties(client: Client, query: str, count: int) -> None:
    assert len(client.defender("machines", query)["value"]) == count


def test_a_tenant_without_recent_machines_answers_404_or_as_it_is_told(client: Client) -> None:
    client.seed("defender", collections={"machines": []})
    assert client.defender("machines", expect=404)["error"]["code"] == "ResourceNotFound"
    for status in (200, 204):
        client.seed("defender", options={"no_machines": status})
        assert client.send("defender", MACHINES).status == status
    client.seed("defender", collections={"exposureScore": [], "recommendations": []})
    client.defender("exposureScore", expect=404)
    assert client.defender("recommendations")["value"] == []


def test_without_the_licence_the_vulnerability_apis_are_refused_and_machines_are_not(client: Client) -> None:
    client.seed("defender", options={"vulnerability_licence": False})
    assert "No Tvm license" in client.defender("remediationTasks", expect=401)["error"]["message"]
    client.defender("machines")


def test_paths_compare_without_case_and_may_name_the_version(client: Client) -> None:
    client.defender("v1.0/remediationtasks")
    client.defender("software")
    client.defender("machines/x", expect=404)
    client.read("defender", MACHINES, expect=405, method="DELETE")


def test_a_hundred_calls_a_minute_and_then_a_time_to_come_back(client: Client) -> None:
    token = client.token("defender")
    for _ in range(100):
        client.read("defender", MACHINES, "$top=1", token=token)
    answer = client.send("defender", MACHINES, "$top=1", token=token)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
    client.defender("Software", token=token)
    client.seed("defender", options={"hint": False})
    assert "Retry-After" not in client.send("defender", MACHINES, token=token).headers


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ("other_name", "https://api.securitycenter.microsoft.com/api/machines?$skip=10"),
        ("foreign_host", "attacker"),
        ("endless", "https://defender.emulator/api/machines?$skip=10"),
    ],
)
def test_a_link_may_lead_elsewhere(client: Client, links: str, expected: str) -> None:
    client.seed("defender", options={"links": links, "page_size": 10})
    assert expected in client.defender("machines")["@odata.nextLink"]


def test_a_page_may_come_without_a_link(client: Client) -> None:
    client.seed("defender", options={"links": "none", "page_size": 10})
    body = client.defender("machines", "$count=true")
    assert (len(body["value"]), body["@odata.count"]) == (10, 42)
    assert "@odata.nextLink" not in body


@pytest.mark.parametrize("command", [{"options": {"page": 1}}, {"collections": {"alerts": []}}, {"rows": []}])
def test_a_bad_seed_says_what_there_is(client: Client, command: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        client.seed("defender", **command)
