"""Comments, tasks, relations, alerts, bookmarks, entities."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant

OURS = {"email": None, "name": "Watchkeeper Integration", "userPrincipalName": None}


def comment(tenant: Tenant, name: str, message: Any = "text", expect: int = 201, etag: str | None = None) -> Any:
    body = {"properties": {"message": message}, **({"etag": etag} if etag else {})}
    return tenant.arm("PUT", f"/one/comments/{name}", body, expect=expect)


def task(tenant: Tenant, name: str, expect: int = 201, **properties: Any) -> Any:
    whole = {"title": "Look at the logs", "status": "New", **properties}
    return tenant.arm("PUT", f"/one/tasks/{name}", {"properties": whole}, expect=expect)


@pytest.fixture(autouse=True)
def incident(tenant: Tenant) -> Any:
    return tenant.create("one")


def test_a_comment_is_signed_by_whoever_holds_the_token(tenant: Tenant) -> None:
    made = comment(tenant, "c1", "こんにちは")
    author = made["properties"]["author"]
    assert {name: author[name] for name in OURS} == OURS
    assert made["properties"]["message"] == "こんにちは"
    assert tenant.arm("GET", "/one/comments/C1") == made


def test_a_comment_moves_the_incidents_version_time_and_count(tenant: Tenant, incident: Any) -> None:
    tenant.wait(minutes=1)
    comment(tenant, "c1")
    after = tenant.arm("GET", "/one")
    assert after["etag"] != incident["etag"]
    assert after["properties"]["additionalData"]["commentsCount"] == 1
    assert after["properties"]["lastModifiedTimeUtc"] == "2026-11-16T00:31:00Z"
    tenant.put(incident, expect=409)


def test_the_same_comment_again_is_an_update_and_not_a_second_one(tenant: Tenant) -> None:
    made = comment(tenant, "c1")
    again = comment(tenant, "c1", "changed", expect=200)
    assert again["properties"]["createdTimeUtc"] == made["properties"]["createdTimeUtc"]
    assert again["properties"]["message"] == "changed"
    assert len(tenant.arm("GET", "/one/comments")["value"]) == 1
    assert comment(tenant, "c1", expect=409, etag=made["etag"])["error"]["code"] == "Conflict"


def test_only_the_author_may_edit_a_comment(tenant: Tenant) -> None:
    tenant.people("comment", incident="one", text="mine", fields={"name": "theirs"})
    assert comment(tenant, "theirs", "not mine", expect=403)["error"]["code"] == "Forbidden"


@pytest.mark.parametrize("message", ["", "  ", None, "x" * 30_001, 7])
def test_an_empty_or_overlong_comment_is_refused(tenant: Tenant, message: Any) -> None:
    comment(tenant, "c1", message, expect=400)


def test_the_hundred_and_first_comment_is_refused_and_an_edit_is_not(tenant: Tenant) -> None:
    for number in range(100):
        comment(tenant, f"c{number}", "x" * 30_000 if number == 0 else "text")
    comment(tenant, "c100", expect=400)
    comment(tenant, "c5", "edited", expect=200)
    assert tenant.arm("GET", "/one")["properties"]["additionalData"]["commentsCount"] == 100


def test_comments_come_in_pages_and_in_the_order_that_is_asked_for(tenant: Tenant) -> None:
    for number in range(60):
        comment(tenant, f"c{number:02d}", str(number))
    first = tenant.arm("GET", "/one/comments")
    assert len(first["value"]) == 50
    assert "skipToken" in first["nextLink"]
    newest = tenant.arm("GET", "/one/comments", orderby="properties/createdTimeUtc desc", top="2")["value"]
    assert [item["properties"]["message"] for item in newest] == ["59", "58"]


def test_deleting_a_comment_needs_the_contributor(tenant: Tenant) -> None:
    comment(tenant, "c1")
    assert tenant.send("DELETE", "/one/comments/c1").status == 403
    assert tenant.send("DELETE", "/one/comments/c1", token=tenant.administrator()).status == 200
    assert tenant.send("DELETE", "/one/comments/c1", token=tenant.administrator()).status == 204
    assert tenant.send("GET", "/one/comments/c1").status == 404


def test_a_task_is_created_completed_and_replaced(tenant: Tenant) -> None:
    made = task(tenant, "t1", description="all of them")
    assert made["properties"]["createdBy"]["name"] == "Watchkeeper Integration"
    tenant.people("task", incident="one", text="Look at the logs", fields={"name": "t1", "status": "Completed"})
    (done,) = tenant.arm("GET", "/one/tasks")["value"]
    assert done["properties"]["status"] == "Completed"
    assert "description" not in done["properties"]
    assert done["properties"]["createdBy"]["name"] == "Watchkeeper Integration"
    assert done["properties"]["lastModifiedBy"]["userPrincipalName"] == "keiko.tanaka@soc.example"
    assert done["etag"] != made["etag"]


@pytest.mark.parametrize("properties", [{"title": ""}, {"status": None}, {"status": "Doing"}])
def test_a_task_needs_a_title_and_a_known_status(tenant: Tenant, properties: dict[str, Any]) -> None:
    task(tenant, "t1", expect=400, **properties)


def test_an_incident_takes_forty_tasks(tenant: Tenant) -> None:
    for number in range(40):
        task(tenant, f"t{number}")
    task(tenant, "t40", expect=400)


def test_children_of_an_unknown_incident_are_not_found(tenant: Tenant) -> None:
    for tail in ("/none/comments", "/none/tasks/t", "/none/relations"):
        assert tenant.send("GET", tail).status == 404
    assert tenant.send("PUT", "/none/comments/c", {"properties": {"message": "x"}}).status == 404


def test_a_relation_to_a_bookmark_is_counted_and_listed(tenant: Tenant) -> None:
    bookmark = f"{tenant.workspace_path}/providers/Microsoft.SecurityInsights/bookmarks/b1"
    made = tenant.arm("PUT", "/one/relations/r1", {"properties": {"relatedResourceId": bookmark}}, expect=201)
    assert made["properties"]["relatedResourceName"] == "b1"
    assert made["properties"]["relatedResourceType"] == "Microsoft.SecurityInsights/bookmarks"
    assert tenant.arm("GET", "/one")["properties"]["additionalData"]["bookmarksCount"] == 1
    assert tenant.arm("POST", "/one/bookmarks")["value"][0]["name"] == "b1"
    assert tenant.arm("GET", "/one/relations")["value"] == [made]
    assert tenant.send("DELETE", "/one/relations/r1", token=tenant.administrator()).status == 200
    tenant.arm("PUT", "/one/relations/r2", {"properties": {"relatedResourceId": "b1"}}, expect=400)


def test_alerts_and_entities_belong_to_incidents_made_from_alerts(tenant: Tenant) -> None:
    name = tenant.arm_system.seed({})["incidents"][0]["name"]
    (alert,) = tenant.arm("POST", f"/{name}/alerts")["value"]
    assert alert["kind"] == "SecurityAlert"
    assert "entities" not in alert
    answer = tenant.arm("POST", f"/{name}/entities")
    assert answer["metaData"] == [{"entityKind": answer["entities"][0]["kind"], "count": 1}]
    assert tenant.arm("POST", "/one/alerts") == {"value": []}
    assert tenant.arm("POST", "/one/entities") == {"entities": [], "metaData": []}
