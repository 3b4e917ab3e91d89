"""The rules that watch the suite: each kind of violation is seen, and what is allowed passes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.api_rules.rights import RIGHTS
from tests.api_rules.sentinel import violations
from tests.api_rules.watch import API
from tests.contract.sentinel_connector.rig import SentinelRig

from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.inprocess import in_process_session
from watchkeeper.model.activity import CommentDraft

ROOT = (
    "/subscriptions/d0cfe6b2-9ac0-4464-9919-dccaee2e48c0/resourceGroups/soc-rg/providers/Microsoft.OperationalInsights"
    "/workspaces/soc-workspace/providers/Microsoft.SecurityInsights"
)
VERSION = "api-version=2025-09-01"
NAME = "73e01a99-5cd7-4139-a149-9f2736ff2ab5"
SOUND: dict[str, Any] = {"title": "Check licences", "severity": "Low", "status": "New"}


def put(properties: Any, path: str = f"incidents/{NAME}", held: Any = None, **envelope: Any) -> list[str]:
    body = json.dumps({"properties": properties, **envelope}).encode()
    return violations("PUT", f"{ROOT}/{path}", VERSION, body, held)


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"severity": "Low", "status": "New"}, "properties.title is required"),
        ({"title": "x", "status": "New"}, "properties.severity is required"),
        ({"title": "x", "severity": "Low", "status": None}, "properties.status is required"),
        (SOUND | {"status": "Done"}, "properties.status is 'Done', none of New, Active, Closed"),
        (SOUND | {"classification": "Positive"}, "properties.classification is 'Positive'"),
        (SOUND | {"classificationReason": "Because"}, "properties.classificationReason is 'Because'"),
        (SOUND | {"incidentNumber": 7}, "properties.incidentNumber is read-only"),
        (SOUND | {"additionalData": {}}, "properties.additionalData is read-only"),
        (SOUND | {"description": 7}, "properties.description is no string: 7"),
        (SOUND | {"firstActivityTimeUtc": "yesterday"}, "properties.firstActivityTimeUtc is no date-time"),
        (SOUND | {"labels": "x"}, "properties.labels is no array"),
        (SOUND | {"labels": ["x"]}, "properties.labels[0] is no object"),
        (SOUND | {"labels": [{}]}, "properties.labels[0].labelName is required"),
        (SOUND | {"labels": [{"labelName": "x", "labelType": "User"}]}, "properties.labels[0].labelType is read-only"),
        (SOUND | {"owner": "keiko"}, "properties.owner is no object"),
        (SOUND | {"owner": {"objectId": "keiko"}}, "properties.owner.objectId is no uuid: 'keiko'"),
        (SOUND | {"owner": {"ownerType": "Robot"}}, "properties.owner.ownerType is 'Robot'"),
    ],
)
def test_an_incident_that_the_description_does_not_allow_is_told(properties: Any, told: str) -> None:
    (found,) = put(properties)
    assert found.startswith(told)


@pytest.mark.parametrize(
    ("path", "properties", "told"),
    [
        (f"incidents/{NAME}/comments/1", {}, "properties.message is required"),
        (f"incidents/{NAME}/comments/1", {"message": "x", "author": {}}, "properties.author is read-only"),
        (f"incidents/{NAME}/tasks/1", {"title": "x"}, "properties.status is required"),
        (f"incidents/{NAME}/tasks/1", {"title": "x", "status": "Closed"}, "properties.status is 'Closed'"),
        (f"incidents/{NAME}/tasks/1", {"title": "x", "status": "New", "createdBy": {}}, "properties.createdBy is read"),
    ],
)
def test_a_child_that_the_description_does_not_allow_is_told(path: str, properties: Any, told: str) -> None:
    (found,) = put(properties, path)
    assert found.startswith(told)


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "told"),
    [
        ("PATCH", f"incidents/{NAME}", VERSION, b"", "there is no PATCH incidents"),
        ("GET", f"incidents/{NAME}/evidence", VERSION, b"", "there is no GET incidents"),
        ("GET", "incidents", "", b"", "api-version is ''"),
        ("GET", "incidents", "api-version=latest", b"", "api-version is 'latest'"),
        ("GET", "incidents", f"{VERSION}&$expand=x", b"", "GET incidents takes no $expand"),
        ("GET", "incidents", f"{VERSION}&$top=many", b"", "$top is 'many'"),
        ("GET", f"incidents/{NAME}/tasks", f"{VERSION}&$top=5", b"", f"GET incidents/{NAME}/tasks takes no $top"),
        ("GET", f"incidents/{NAME}/tasks", "api-version=2023-02-01", b"", "api-version 2023-02-01 has no tasks"),
        ("GET", "incidents", VERSION, b"{}", "GET takes no body"),
        ("PUT", f"incidents/{NAME}", VERSION, b"{'title': 'x'}", "the body is not JSON"),
        ("PUT", f"incidents/{NAME}", VERSION, b"[]", "the body is not an object"),
        ("PUT", f"incidents/{NAME}", VERSION, b"{}", "properties is required"),
    ],
)
def test_a_request_that_the_description_does_not_allow_is_told(
    method: str, path: str, query: str, body: bytes, told: str
) -> None:
    (found,) = violations(method, f"{ROOT}/{path}", query, body)
    assert found.startswith(told)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("d0cfe6b2-9ac0-4464-9919-dccaee2e48c0", "my-subscription", "the path's subscription is 'my-subscription'"),
        ("soc-workspace", "-soc-", "the path's workspace is '-soc-'"),
        ("soc-rg", "soc rg", "the path's group is 'soc rg'"),
    ],
)
def test_a_path_that_the_description_does_not_allow_is_told(old: str, new: str, told: str) -> None:
    assert violations("GET", f"{ROOT.replace(old, new)}/incidents", VERSION, b"") == [told]


def test_an_envelope_part_that_the_service_sets_is_told() -> None:
    assert put(SOUND, id="/x", etag='"1"') == ["id is read-only"]


def test_what_is_read_only_or_new_may_go_back_as_it_came_and_not_otherwise() -> None:
    label = {"labelName": "Redirected", "labelType": "AutoAssigned"}
    held = {"labels": [label], "status": "Escalated"}
    assert put(SOUND | {"labels": [label], "status": "Escalated"}, held=held) == []
    assert put(SOUND | {"labels": [label | {"labelType": "User"}]}, held=held)


def test_unknown_properties_are_nobodys_business() -> None:
    assert put(SOUND | {"teamInformation": {"teamName": "soc"}}, etag='"1"') == []


WORKSPACE = ROOT.removesuffix("/providers/Microsoft.SecurityInsights")


@pytest.mark.parametrize(
    "path",
    [
        f"{ROOT}s/incidents",
        f"{ROOT}/",
        ROOT,
        f"{ROOT.replace('SecurityInsights', 'SecurityInsight')}/incidents",
        f"{ROOT.replace('OperationalInsights', 'OperationInsights')}/incidents",
        f"{ROOT.replace('resourceGroups', 'resourceGroup')}/incidents",
        f"{ROOT.replace('/workspaces', '')}/incidents",
        f"{WORKSPACE}/incidents",
        f"{WORKSPACE}/providers/Microsoft.Authorisation/permissions",
        "/providers/Microsoft.SecurityInsights/incidents",
        "/subscriptions/d0cfe6b2-9ac0-4464-9919-dccaee2e48c0/providers/Microsoft.Authorization/permissions",
    ],
)
def test_a_path_that_is_nobodys_is_told(path: str) -> None:
    assert violations("GET", path, VERSION, b"") == [f"there is no {path}"]


@pytest.mark.parametrize("path", [WORKSPACE, f"{WORKSPACE}/providers/Microsoft.Authorization/permissions"])
def test_a_workspace_and_the_rights_in_it_may_be_read(path: str) -> None:
    assert violations("GET", path, "api-version=2022-04-01", b"") == []
    assert violations("PUT", path, "api-version=2022-04-01", b"") == [
        "a workspace and the rights in it are read, not PUT"
    ]
    assert violations("GET", path, "", b"{}") == ["api-version is ''", "GET takes no body"]


PLAYBOOKS = f"{WORKSPACE.partition('/providers/')[0]}/providers/Microsoft.Logic/workflows"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"{ROOT}/automationRules", "$skipToken=x"),
        (f"{ROOT}/contentPackages", "$filter=a&$orderby=b&$top=5&$skipToken=x&$search=phish"),
        (f"{ROOT}/contentProductPackages", "$search=phish"),
        (PLAYBOOKS, "$top=5&$filter=State eq 'Enabled'"),
    ],
)
def test_lists_of_what_is_beside_incidents_may_be_read_and_nothing_else(path: str, query: str) -> None:
    assert violations("GET", path, f"{VERSION}&{query}", b"") == []
    assert len(violations("PUT", path, VERSION, b"{}")) == 1
    assert len(violations("GET", path, f"{VERSION}&$select=x", b"")) == 1


def test_other_services_are_not_judged() -> None:
    assert violations("POST", "/v1/workspaces/c2a9e7b4-6d51-4f08-b3c7-1e5f9a8d7c60/query", "", b"{}") == []


def test_what_the_connector_sends_is_seen_and_allowed() -> None:
    before = API.seen
    rig = SentinelRig()
    record = rig.connector.create(rig.draft("contract/x@2026-11-16", "Check licences")).record
    rig.connector.add_comment(CommentDraft(record.ref, "origin-1", "done"))
    list(rig.connector.scan(rig.feed(), None))
    assert API.seen > before
    assert API.taken() == []


@pytest.mark.parametrize("agent", ["watchkeeper/0", "somebody-else"])
def test_only_our_own_requests_are_held_to_the_rules(agent: str) -> None:
    rig = SentinelRig()
    headers = {"user-agent": agent}
    rig.world.handle("arm", Request("PATCH", "arm.emulator", f"{ROOT}/incidents/{NAME}", VERSION, headers))
    ours = agent.startswith("watchkeeper/")
    assert (bool(API.taken()), bool(RIGHTS.taken())) == (ours, ours)


def test_a_request_that_leaves_for_somewhere_else_is_seen_too() -> None:
    session = in_process_session(SentinelRig().world)
    session.headers["User-Agent"] = "watchkeeper/0"
    with pytest.raises(OSError, match="is not in this world"):
        session.get(f"https://management.azure.com{ROOT}/incidents?$top=0x10")
    assert len(API.taken()) == 2
