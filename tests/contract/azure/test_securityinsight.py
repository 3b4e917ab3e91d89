"""azure-mgmt-securityinsight 1.0.0 (api-version 2021-10-01), as Microsoft publishes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.mgmt.securityinsight import SecurityInsights
from azure.mgmt.securityinsight.models import Incident, IncidentComment, IncidentLabel, IncidentOwnerInfo, Relation
from tests.contract.azure.conftest import OPTIONS, Clients

pytestmark = pytest.mark.interop

WHERE = (OPTIONS.resource_group, OPTIONS.workspace_name)
NAME = "5b1f0c3a-6f5e-4a27-9a51-0d5d2f7a9c11"


@pytest.fixture
def sentinel(clients: Clients) -> Iterator[SecurityInsights]:
    with clients.sentinel() as client:
        yield client


def incident(**changes: Any) -> Incident:
    fields = {"title": "Check licences", "severity": "Informational", "status": "New", **changes}
    return Incident(**fields)


def put(sentinel: SecurityInsights, body: Incident, name: str = NAME) -> Incident:
    return sentinel.incidents.create_or_update(*WHERE, name, body)


def test_an_incident_is_created_and_read_back(sentinel: SecurityInsights, clients: Clients) -> None:
    owner = IncidentOwnerInfo(user_principal_name="keiko.tanaka@soc.example")
    made = put(sentinel, incident(description="説明", labels=[IncidentLabel(label_name="watchkeeper")], owner=owner))
    read = sentinel.incidents.get(*WHERE, NAME)
    assert read.as_dict() == made.as_dict()
    assert (read.title, read.description, read.incident_number) == ("Check licences", "説明", 1)
    assert read.labels[0].label_type == "User"
    assert read.owner.assigned_to == "Keiko Tanaka"
    assert read.created_time_utc == clients.served.world.clock.now()
    assert read.additional_data.comments_count == 0


def test_an_update_with_the_version_that_was_read_is_saved(sentinel: SecurityInsights) -> None:
    put(sentinel, incident(description="text"))
    read = sentinel.incidents.get(*WHERE, NAME)
    read.status, read.classification, read.classification_reason = "Closed", "BenignPositive", "SuspiciousButExpected"
    written = put(sentinel, read)
    assert (written.status, written.classification, written.description) == ("Closed", "BenignPositive", "text")
    assert written.etag != read.etag


def test_a_stale_version_raises_resource_exists(sentinel: SecurityInsights, clients: Clients) -> None:
    read = put(sentinel, incident())
    clients.arm_system.people({"who": "keiko.tanaka", "do": "comment", "incident": NAME, "text": "looking"})
    with pytest.raises(ResourceExistsError) as refused:
        put(sentinel, read)
    assert refused.value.status_code == 409
    assert refused.value.error is not None
    assert refused.value.error.code == "Conflict"


def test_an_unknown_incident_raises_not_found(sentinel: SecurityInsights) -> None:
    with pytest.raises(ResourceNotFoundError):
        sentinel.incidents.get(*WHERE, NAME)


def test_a_missing_field_raises_with_the_services_words(sentinel: SecurityInsights) -> None:
    with pytest.raises(HttpResponseError, match="'Title' must have a non-empty value"):
        put(sentinel, incident(title=""))


def test_a_list_is_paged_through_with_filter_and_order(sentinel: SecurityInsights, clients: Clients) -> None:
    clients.arm_system.seed({"count": 7, "severity": "High"})
    clients.arm_system.seed({"count": 3, "severity": "Low"})
    found = sentinel.incidents.list(
        *WHERE, filter="properties/severity eq 'High'", orderby="properties/createdTimeUtc desc", top=2
    )
    assert [item.incident_number for item in found] == [7, 6, 5, 4, 3, 2, 1]
    assert sum(1 for _ in sentinel.incidents.list(*WHERE)) == 10
    pages = [list(page) for page in sentinel.incidents.list(*WHERE, top=4).by_page()]
    assert [len(page) for page in pages] == [4, 4, 2]


def test_changes_since_an_instant_are_listed(sentinel: SecurityInsights, clients: Clients) -> None:
    clients.arm_system.seed({"count": 3})
    clock = clients.served.world.clock
    clock.advance(timedelta(minutes=1))
    since = clock.now().astimezone(UTC).isoformat().replace("+00:00", "Z")
    clients.arm_system.people({"who": "ava.nguyen", "do": "edit", "incident": 2, "fields": {"status": "Active"}})
    found = list(sentinel.incidents.list(*WHERE, filter=f"properties/lastModifiedTimeUtc ge {since}"))
    assert [(item.incident_number, item.status) for item in found] == [(2, "Active")]
    assert isinstance(found[0].last_modified_time_utc, datetime)


def test_comments_are_written_listed_read_and_deleted(sentinel: SecurityInsights) -> None:
    put(sentinel, incident())
    comments = sentinel.incident_comments
    made = comments.create_or_update(*WHERE, NAME, "c1", IncidentComment(message="<b>done</b>"))
    assert made.author.name == "SOC Administration"
    for number in range(2, 70):
        comments.create_or_update(*WHERE, NAME, f"c{number}", IncidentComment(message=str(number)))
    assert len(list(comments.list(*WHERE, NAME))) == 69
    assert comments.get(*WHERE, NAME, "c1").message == "<b>done</b>"
    comments.delete(*WHERE, NAME, "c1")
    with pytest.raises(ResourceNotFoundError):
        comments.get(*WHERE, NAME, "c1")
    assert sentinel.incidents.get(*WHERE, NAME).additional_data.comments_count == 68


def test_relations_are_written_and_listed(sentinel: SecurityInsights) -> None:
    put(sentinel, incident())
    bookmark = sentinel.incidents.get(*WHERE, NAME).id.rpartition("/Incidents/")[0] + "/bookmarks/b1"
    made = sentinel.incident_relations.create_or_update(*WHERE, NAME, "r1", Relation(related_resource_id=bookmark))
    assert made.related_resource_name == "b1"
    assert [item.name for item in sentinel.incident_relations.list(*WHERE, NAME)] == ["r1"]
    assert sentinel.incident_relations.get(*WHERE, NAME, "r1").related_resource_id == bookmark
    assert [item.kind for item in sentinel.incidents.list_bookmarks(*WHERE, NAME).value] == ["Bookmark"]
    sentinel.incident_relations.delete(*WHERE, NAME, "r1")


def test_alerts_and_entities_of_an_incident_made_from_an_alert(sentinel: SecurityInsights, clients: Clients) -> None:
    name = clients.arm_system.seed({"provider": "xdr"})["incidents"][0]["name"]
    (alert,) = sentinel.incidents.list_alerts(*WHERE, name).value
    assert alert.alert_display_name
    answer = sentinel.incidents.list_entities(*WHERE, name)
    assert [meta.count for meta in answer.meta_data] == [1]
    assert len(answer.entities) == 1


def test_a_deleted_incident_is_gone_and_deleting_it_again_is_no_error(sentinel: SecurityInsights) -> None:
    put(sentinel, incident())
    sentinel.incidents.delete(*WHERE, NAME)
    sentinel.incidents.delete(*WHERE, NAME)
    with pytest.raises(ResourceNotFoundError):
        sentinel.incidents.get(*WHERE, NAME)


def test_the_responder_may_not_delete(clients: Clients) -> None:
    with clients.sentinel(clients.credential()) as responder:
        put(responder, incident())
        with pytest.raises(HttpResponseError) as refused:
            responder.incidents.delete(*WHERE, NAME)
    assert refused.value.status_code == 403
    assert refused.value.error is not None
    assert refused.value.error.code == "AuthorizationFailed"


def test_a_wrong_secret_is_an_authentication_error_with_the_aadsts_text(clients: Clients) -> None:
    with (
        clients.sentinel(clients.credential(secret="wrong")) as stranger,
        pytest.raises(ClientAuthenticationError, match="AADSTS7000215"),
    ):
        stranger.incidents.get(*WHERE, NAME)


def test_automation_rules_are_listed_page_by_page(sentinel: SecurityInsights, clients: Clients) -> None:
    group = f"/subscriptions/{OPTIONS.subscription_id}/resourceGroups/{OPTIONS.resource_group}"
    run = {"logicAppResourceId": f"{group}/providers/Microsoft.Logic/workflows/Block", "tenantId": OPTIONS.tenant_id}
    actions = [{"order": 1, "actionType": "RunPlaybook", "actionConfiguration": run}]
    names = ["First", "Second", "Third"]
    clients.arm_system.seed({"automation_rules": [{"displayName": name, "actions": actions} for name in names]})
    clients.arm_system.seed({"options": {"list_page_size": 2}})
    found = list(sentinel.automation_rules.list(*WHERE))
    assert [rule.display_name for rule in found] == names
    assert found[0].triggering_logic.is_enabled
    assert found[0].actions[0].action_configuration.logic_app_resource_id == run["logicAppResourceId"]
