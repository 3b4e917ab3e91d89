"""Creating, reading, replacing and deleting incidents."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

from watchkeeper.emulators.azure.identities import object_id_of

KEIKO = {
    "objectId": object_id_of("keiko.tanaka"),
    "email": "keiko.tanaka@soc.example",
    "assignedTo": "Keiko Tanaka",
    "userPrincipalName": "keiko.tanaka@soc.example",
}


def test_a_new_incident_gets_what_the_server_fills(tenant: Tenant) -> None:
    made = tenant.create(
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301", description="text", labels=[{"labelName": "watchkeeper"}]
    )
    properties = made["properties"]
    assert made["id"].endswith("/Microsoft.SecurityInsights/Incidents/3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    assert made["type"] == "Microsoft.SecurityInsights/Incidents"
    assert made["etag"].startswith('"')
    assert made["etag"].endswith('"')
    assert properties["incidentNumber"] == 1
    assert properties["providerName"] == "Azure Sentinel"
    assert properties["providerIncidentId"] == "1"
    assert properties["incidentUrl"].endswith(made["id"])
    assert properties["createdTimeUtc"] == properties["lastModifiedTimeUtc"] == "2026-11-16T00:30:00Z"
    assert properties["labels"] == [{"labelName": "watchkeeper", "labelType": "User"}]
    assert properties["additionalData"]["commentsCount"] == 0
    assert set(properties["owner"].values()) == {None}
    assert "classification" not in properties


def test_text_that_no_encoding_can_hold_is_kept_and_shown_by_every_view(tenant: Tenant) -> None:
    made = tenant.create("one", title="half \ud800 of a pair")
    tenant.arm("PUT", "/one/comments/c", {"properties": {"message": "\udfff"}}, expect=201)
    assert made["properties"]["title"] == "half \ud800 of a pair"
    assert tenant.arm("GET", "/one/comments/c")["properties"]["message"] == "\udfff"
    tenant.wait(minutes=10)
    (row,) = tenant.ask(
        "SecurityIncident | summarize arg_max(TimeGenerated, *) by IncidentName | project Title, Comments"
    )
    assert row["Title"] == "half \ud800 of a pair"
    assert "\udfff" in row["Comments"]


def test_numbers_are_a_sequence_of_the_workspace(tenant: Tenant) -> None:
    assert [tenant.create(name)["properties"]["incidentNumber"] for name in ("a", "b", "c")] == [1, 2, 3]


@pytest.mark.parametrize(
    "owner",
    [
        {"objectId": KEIKO["objectId"]},
        {"objectId": KEIKO["objectId"].upper()},
        {"userPrincipalName": "Keiko.Tanaka@soc.example"},
        {"email": "keiko.tanaka@soc.example"},
        {**KEIKO, "assignedTo": "somebody else"},
    ],
)
def test_an_owner_is_filled_from_the_directory(tenant: Tenant, owner: dict[str, str]) -> None:
    assert tenant.create(owner=owner)["properties"]["owner"] == {**KEIKO, "ownerType": "Unknown"}


@pytest.mark.parametrize("owner", [None, {}, {"objectId": None, "email": None}])
def test_an_empty_owner_is_nobody(tenant: Tenant, owner: Any) -> None:
    assert tenant.create(owner=owner)["properties"]["owner"]["objectId"] is None


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"title": ""}, "'Title' must have a non-empty value"),
        ({"title": "  "}, "'Title' must have a non-empty value"),
        ({"title": None}, "'Title' must have a non-empty value"),
        ({"status": None}, "status must not be empty."),
        ({"severity": None}, "severity must not be empty."),
        ({"severity": "Critical"}, "Invalid value 'Critical' for 'severity'"),
        ({"status": "Resolved"}, "Invalid value 'Resolved' for 'status'"),
        ({"status": "Closed", "classification": "Maybe"}, "Invalid value 'Maybe' for 'classification'"),
        ({"description": "x" * 5001}, "5000 characters or fewer"),
        ({"title": 7}, "'title' must be a string"),
        ({"labels": "urgent"}, "'labels' must be an array"),
        ({"labels": [{"name": "x"}]}, "'LabelName' must have a non-empty value"),
        ({"owner": "keiko"}, "'owner' must be an object"),
        ({"owner": {"objectId": 5}}, "no string"),
        ({"firstActivityTimeUtc": "yesterday"}, "no date-time"),
    ],
)
def test_a_bad_body_is_refused_and_nothing_is_stored(tenant: Tenant, properties: dict[str, Any], message: str) -> None:
    body = {"properties": {"title": "t", "severity": "Low", "status": "New", **properties}}
    error = tenant.arm("PUT", "/one", body, expect=400)["error"]
    assert message in error["message"]
    assert tenant.send("GET", "/one").status == 404


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"properties": []}', b"{'title': 'python repr'}", b"[" * 10_000]
)
def test_a_body_that_is_no_resource_is_refused(tenant: Tenant, content: bytes) -> None:
    assert tenant.arm("PUT", "/one", content, expect=400)["error"]["code"] == "InvalidRequestContent"


def test_titles_are_trimmed_and_choices_compare_without_case(tenant: Tenant) -> None:
    made = tenant.create(title="  padded ", severity="high", status="ACTIVE")["properties"]
    assert (made["title"], made["severity"], made["status"]) == ("padded", "High", "Active")


def test_a_put_replaces_and_what_it_leaves_out_is_gone(tenant: Tenant) -> None:
    seen = tenant.create(description="text", owner={"objectId": KEIKO["objectId"]}, labels=[{"labelName": "x"}])
    body = {"etag": seen["etag"], "properties": {"title": "t", "severity": "Low", "status": "Active"}}
    properties = tenant.arm("PUT", "/one", body)["properties"]
    assert "description" not in properties
    assert properties["owner"]["objectId"] is None
    assert properties["labels"] == []


def test_a_whole_put_of_what_was_read_changes_nothing_but_the_version(tenant: Tenant) -> None:
    tenant.arm_system.seed({"provider": "xdr", "owner": "ava.nguyen", "labels": ["vip"]})
    seen = tenant.arm("GET")["value"][0]
    written = tenant.put(seen)
    assert written["etag"] != seen["etag"]
    moving = {"lastModifiedTimeUtc"}
    assert {k: v for k, v in written["properties"].items() if k not in moving} == {
        k: v for k, v in seen["properties"].items() if k not in moving
    }


def test_read_only_properties_are_ignored(tenant: Tenant) -> None:
    seen = tenant.create()
    written = tenant.put(
        seen, incidentNumber=99, providerName="Nobody", createdTimeUtc="2001-01-01T00:00:00Z", strange=True
    )
    for name in ("incidentNumber", "providerName", "createdTimeUtc"):
        assert written["properties"][name] == seen["properties"][name]
    assert "strange" not in written["properties"]


def test_a_stale_version_is_a_conflict_and_saves_nothing(tenant: Tenant) -> None:
    seen = tenant.create("one")
    tenant.people("edit", incident="one", fields={"severity": "High"})
    error = tenant.put(seen, expect=409, title="mine")["error"]
    assert error == {"code": "Conflict", "message": "Newer version of resource 'one' exists. Data was not saved"}
    assert tenant.arm("GET", "/one")["properties"]["severity"] == "High"


def test_a_put_without_a_version_overwrites(tenant: Tenant) -> None:
    tenant.create("one", description="will be lost")
    tenant.people("edit", incident="one", fields={"severity": "High"})
    body = {"properties": {"title": "mine", "severity": "Low", "status": "New"}}
    assert "description" not in tenant.arm("PUT", "/one", body)["properties"]


def test_a_version_on_a_create_is_ignored(tenant: Tenant) -> None:
    body = {"etag": '"old"', "properties": {"title": "t", "severity": "Low", "status": "New"}}
    assert tenant.arm("PUT", "/one", body, expect=201)["etag"] != '"old"'


def test_an_automatic_label_stays_automatic_when_it_is_sent_back_and_goes_when_it_is_not(tenant: Tenant) -> None:
    tenant.arm_system.seed({"provider": "xdr"})
    seen = tenant.arm("GET")["value"][0]
    labels = [{"labelName": "Defender"}, {"labelName": "ours", "labelType": "AutoAssigned"}]
    kept = tenant.put(seen, labels=labels)
    assert kept["properties"]["labels"] == [
        {"labelName": "Defender", "labelType": "AutoAssigned"},
        {"labelName": "ours", "labelType": "User"},
    ]
    assert tenant.put(kept, labels=[])["properties"]["labels"] == []


def test_closing_without_a_classification_is_undetermined(tenant: Tenant) -> None:
    closed = tenant.put(tenant.create(), status="Closed")
    assert closed["properties"]["classification"] == "Undetermined"


def test_closing_keeps_classification_reason_and_comment(tenant: Tenant) -> None:
    trio = {
        "classification": "BenignPositive",
        "classificationReason": "SuspiciousButExpected",
        "classificationComment": "known test",
    }
    closed = tenant.put(tenant.create(), status="Closed", **trio)["properties"]
    assert {name: closed[name] for name in trio} == trio


def test_changes_within_one_frozen_instant_still_have_times_in_order(tenant: Tenant) -> None:
    seen = tenant.create()
    times = [seen["properties"]["lastModifiedTimeUtc"]]
    for _ in range(3):
        seen = tenant.put(seen)
        times.append(seen["properties"]["lastModifiedTimeUtc"])
    assert times == ["2026-11-16T00:30:00Z", *(f"2026-11-16T00:30:00.000000{digit}Z" for digit in (1, 2, 3))]


def test_a_deleted_incident_is_gone_and_its_name_can_be_used_again(tenant: Tenant) -> None:
    tenant.create("one")
    tenant.arm("DELETE", "/one", token=tenant.administrator())
    assert tenant.arm("GET", "/one", expect=404)["error"]["code"] == "NotFound"
    assert tenant.arm("GET")["value"] == []
    assert tenant.create("one")["properties"]["incidentNumber"] == 2


def test_an_incident_from_defender_cannot_be_deleted(tenant: Tenant) -> None:
    name = tenant.arm_system.seed({"provider": "xdr"})["incidents"][0]["name"]
    assert tenant.arm("DELETE", f"/{name}", token=tenant.administrator(), expect=400)["error"]["code"] == "BadRequest"


def test_reset_forgets_everything(tenant: Tenant) -> None:
    tenant.create()
    tenant.arm_system.reset()
    assert tenant.arm("GET")["value"] == []
    assert tenant.arm_system.records() == []
    assert tenant.create()["properties"]["incidentNumber"] == 1
    tenant.wait(minutes=5)
    assert len(tenant.ask("SecurityIncident")) == 1


def test_records_tell_every_version_and_its_author(tenant: Tenant) -> None:
    tenant.create()
    tenant.people("comment", incident=1, text="looking")
    tenant.arm("DELETE", "/one", token=tenant.administrator())
    (record,) = tenant.arm_system.records()
    assert record["deleted"] is True
    assert [(entry["what"], entry["who"], entry["kind"]) for entry in record["history"]] == [
        ("create", "Watchkeeper Integration", "application"),
        ("comment", "keiko.tanaka@soc.example", "user"),
        ("delete", "SOC Administration", "application"),
    ]
    assert record["comments"][0]["properties"]["message"] == "looking"
