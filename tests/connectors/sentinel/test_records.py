from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.connectors.sentinel.exchanges import NAME, incident

from watchkeeper.model.identity import chosen_uuid
from watchkeeper.model.record import Record, RecordRef, Revision, Unreadable
from watchkeeper_sentinel.records import flatten, read_record, read_row

MARKER = "soc/escalation-audit/all@2026-11-23"
UNASSIGNED: list[dict[str, Any]] = [
    {},
    {"owner": None},
    {"owner": {}},
    {"owner": {"objectId": None, "email": None, "assignedTo": None, "userPrincipalName": None}},
    {"owner": {"ownerType": "Unknown"}},
]


def test_an_incident_becomes_a_record_with_the_fields_asked_for() -> None:
    record = read_record(incident(labels=("soc", "azure")), frozenset({"title", "labels", "owner.userPrincipalName"}))

    assert record == Record(
        ref=RecordRef("sentinel", "incidents", NAME),
        number="3177",
        url="https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident/x",
        revision=Revision('"0300bf09-0000-0000-0000-5c37296e0000"'),
        created_at=datetime(2026, 11, 22, 13, 15, 30, tzinfo=UTC),
        updated_at=datetime(2026, 11, 23, 8, 15, 30, 123_456, tzinfo=UTC),
        fields={
            "title": "Suspicious sign-in",
            "labels": ("azure", "soc"),
            "owner.userPrincipalName": "keiko.tanaka@soc.example",
        },
        comments=0,
    )


@pytest.mark.parametrize("properties", UNASSIGNED)
def test_every_form_of_an_unassigned_owner_reads_the_same(properties: dict[str, Any]) -> None:
    fields = flatten(properties)

    assert [fields[f"owner.{name}"] for name in ("assignedTo", "email", "objectId", "userPrincipalName")] == [""] * 4


def test_a_property_that_is_left_out_is_not_an_empty_one() -> None:
    fields = flatten({"description": "", "classification": None})

    assert (fields["description"], fields["classification"], fields["classificationReason"]) == ("", None, None)


def test_enumerations_are_read_without_case_and_unknown_values_as_they_are() -> None:
    fields = flatten({"severity": "HIGH", "status": "active", "classification": "truePositive", "Title": "x"})

    assert (fields["severity"], fields["status"], fields["classification"]) == ("High", "Active", "TruePositive")
    assert fields["title"] == "x"
    assert flatten({"status": "Escalated"})["status"] == "Escalated"


def test_odd_casing_of_names_and_paths_changes_nothing() -> None:
    odd = incident(name=NAME.upper())
    odd["type"], odd["Properties"] = "microsoft.securityinsights/Incidents", odd.pop("properties")

    assert read_record(odd) == read_record(incident())


def test_the_portal_page_of_defender_wins_over_the_azure_one() -> None:
    defender = "https://security.microsoft.com/incidents/812"

    assert read_record(incident(additionalData={"providerIncidentUrl": defender})).url == defender


def test_an_address_that_is_no_https_page_is_not_taken_over() -> None:
    assert read_record(incident(incidentUrl="javascript:alert(1)")).url == ""


def test_the_key_label_gives_the_marker_and_makes_the_record_ours() -> None:
    record = read_record(incident(labels=(f"watchkeeper-key:{MARKER}", "soc-maintenance")))

    assert (record.marker, record.ours) == (MARKER, True)


def test_our_label_alone_makes_the_record_ours_without_a_marker() -> None:
    record = read_record(incident(labels=("watchkeeper",)))

    assert (record.marker, record.ours) == ("", True)


def test_a_key_label_that_a_merge_brought_along_does_not_hide_the_incidents_own() -> None:
    own = incident(
        str(chosen_uuid(MARKER)), labels=("watchkeeper-key:soc/a/all@2026-01-01", f"watchkeeper-key:{MARKER}")
    )

    assert read_record(own).marker == MARKER


@pytest.mark.parametrize(("extra", "target"), [({"mergedIncidentNumber": 812}, "812"), ({}, "unknown")])
def test_a_merged_incident_says_where_it_went(extra: dict[str, Any], target: str) -> None:
    merged = incident(status="Closed", **extra)
    merged["properties"]["labels"] = [{"labelName": "Redirected", "labelType": "AutoAssigned"}]

    assert read_record(merged).redirected_to == target


def test_text_that_no_store_can_keep_is_cleaned() -> None:
    assert flatten({"title": "a\x00b\ud800c"})["title"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({**incident(), "etag": None}, "etag"),
        (incident(lastModifiedTimeUtc="soon"), "not a time"),
        (incident(lastModifiedTimeUtc=None, createdTimeUtc=None), "not a time"),
        ({"properties": {}}, "no name"),
        ("text", "JSON object"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(broken: Any, reason: str) -> None:
    row = read_row(broken)

    assert isinstance(row, Unreadable)
    assert reason in row.reason


@pytest.mark.parametrize("count", [None, "three", "-1", "9" * 30, -1, True])
def test_a_comment_count_that_is_no_count_is_unknown(count: object) -> None:
    assert read_record(incident(additionalData={"commentsCount": count})).comments is None


def test_a_value_that_is_no_text_is_read_as_json_spells_it() -> None:
    fields = flatten({"title": True, "description": False, "classification": 7, "classificationComment": {"a": 1}})

    assert (fields["title"], fields["description"]) == ("true", "false")
    assert (fields["classification"], fields["classificationComment"]) == ("7", None)
