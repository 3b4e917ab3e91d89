"""What people, playbooks and the correlation engine can do, and how it shows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure import PEOPLE


@pytest.fixture
def tenant() -> Tenant:
    tenant = Tenant()
    tenant.create("one", description="keep me", labels=[{"labelName": "watchkeeper"}])
    return tenant


def properties(tenant: Tenant, name: str = "one") -> dict[str, Any]:
    return dict(tenant.arm("GET", f"/{name}")["properties"])


def test_the_cast_are_users_of_the_tenant() -> None:
    assert {person.user_principal_name for person in PEOPLE} >= {"keiko.tanaka@soc.example", "noah.berg@soc.example"}
    assert len({person.object_id for person in PEOPLE}) == len(PEOPLE) == 7


def test_an_edit_changes_only_what_it_names(tenant: Tenant) -> None:
    before = properties(tenant)
    done = tenant.people("edit", incident=1, fields={"severity": "High", "add_labels": ["vip"]})
    after = properties(tenant)
    assert done["name"] == "one"
    assert after["severity"] == "High"
    assert after["description"] == before["description"]
    assert [label["labelName"] for label in after["labels"]] == ["watchkeeper", "vip"]


def test_close_and_reopen(tenant: Tenant) -> None:
    trio = {"classification": "TruePositive", "classificationReason": "SuspiciousActivity"}
    tenant.people("close", incident="one", text="contained", fields=trio)
    closed = properties(tenant)
    assert (closed["status"], closed["classification"], closed["classificationComment"]) == (
        "Closed",
        "TruePositive",
        "contained",
    )
    tenant.people("reopen", incident="one", who="liam.byrne")
    opened = properties(tenant)
    assert opened["status"] == "Active"
    assert "classification" not in opened


def test_assigning_to_oneself_to_another_and_to_nobody(tenant: Tenant) -> None:
    tenant.people("assign", incident="one")
    assert properties(tenant)["owner"]["userPrincipalName"] == "keiko.tanaka@soc.example"
    tenant.people("assign", incident="one", to="noah.berg")
    assert properties(tenant)["owner"]["assignedTo"] == "Noah Berg"
    tenant.people("edit", incident="one", fields={"owner": None})
    assert properties(tenant)["owner"]["objectId"] is None


def test_create_comment_and_task_are_signed_by_the_person(tenant: Tenant) -> None:
    made = tenant.people("create", who="niamh.kelly", text="Phone call from finance", fields={"labels": ["escalation"]})
    tenant.people("comment", who="haruto.sato", incident=made["number"], text="確認中")
    tenant.people("task", who="aoife.murphy", incident=made["number"], text="Call back")
    comment = tenant.arm("GET", f"/{made['name']}/comments")["value"][0]["properties"]
    task = tenant.arm("GET", f"/{made['name']}/tasks")["value"][0]["properties"]
    assert comment["author"]["userPrincipalName"] == "haruto.sato@soc.example"
    assert task["createdBy"]["name"] == "Aoife Murphy"
    record = tenant.arm_system.records()[-1]
    assert record["history"][0]["who"] == "niamh.kelly@soc.example"


def test_a_merge_closes_the_source_and_moves_labels_and_alerts(tenant: Tenant) -> None:
    first, second = (
        item["number"]
        for item in tenant.arm_system.seed({"count": 2, "provider": "xdr", "labels": ["vip"]})["incidents"]
    )
    tenant.people("comment", incident=first, text="stays behind")
    tenant.people("merge", who="system", incident=first, into=second)
    by_number = {item["properties"]["incidentNumber"]: item["properties"] for item in tenant.arm("GET")["value"]}
    source, target = by_number[first], by_number[second]
    assert (source["status"], source["classification"]) == ("Closed", "Undetermined")
    assert {"labelName": "Redirected", "labelType": "AutoAssigned"} in source["labels"]
    assert source["additionalData"]["alertsCount"] == 0
    assert source["additionalData"]["commentsCount"] == 1
    assert target["additionalData"]["alertsCount"] == 2
    assert {"labelName": "vip", "labelType": "User"} in target["labels"]


def test_a_deed_can_be_backdated(tenant: Tenant) -> None:
    tenant.people("comment", incident="one", text="on Friday", at="2026-11-13T10:00:00+09:00")
    comment = tenant.arm("GET", "/one/comments")["value"][0]["properties"]
    assert comment["createdTimeUtc"] == "2026-11-13T01:00:00Z"
    (row,) = tenant.ask("SecurityIncident | extend Ingested = ingestion_time()")
    assert (row["TimeGenerated"], row["Ingested"]) == ("2026-11-13T01:00:00Z", "2026-11-13T01:05:00Z")


def test_a_new_name_becomes_a_new_user(tenant: Tenant) -> None:
    tenant.people("comment", who="guest.auditor", incident="one", text="hello")
    author = tenant.arm("GET", "/one/comments")["value"][0]["properties"]["author"]
    assert author["userPrincipalName"] == "guest.auditor@soc.example"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ({"do": "dance"}, "'dance' is none of create, edit"),
        ({"do": "edit", "incident": 99}, "there is no incident 99"),
        ({"do": "edit", "incident": "nope"}, "there is no incident 'nope'"),
        ({"do": "edit", "incident": "one", "fields": {"colour": "red"}}, "unknown fields: colour"),
        ({"do": "edit", "incident": "one", "fields": ["severity"]}, "fields must be an object"),
        ({"do": "edit", "incident": "one", "fields": {"severity": "Extreme"}}, "Invalid value 'Extreme'"),
        ({"do": "edit", "incident": "one", "who": ""}, "who:"),
        ({"do": "comment", "incident": "one"}, "'Message' must have a non-empty value"),
        ({"do": "merge", "incident": "one", "into": "one"}, "into itself"),
        ({"do": "create", "incident": "one", "text": "again"}, "named one already"),
        ({"do": "comment", "incident": "one", "text": "x", "at": "2026-11-13T10:00:00"}, "ISO instant"),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(tenant: Tenant, command: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        tenant.arm_system.people({"who": "keiko.tanaka", **command})
