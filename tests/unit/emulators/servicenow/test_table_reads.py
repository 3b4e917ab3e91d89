from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from watchkeeper.emulators.servicenow.cast import sys_id

Instance = Any
PATHS = ("/api/now/table", "/api/now/v1/table", "/api/now/v2/table")


@pytest.mark.parametrize("base", PATHS)
def test_all_three_versions_list_and_read(instance: Instance, base: str) -> None:
    created = instance.new(short_description="a")
    assert [row["number"] for row in instance.call("GET", f"{base}/incident").result] == [created["number"]]
    assert instance.call("GET", f"{base}/incident/{created['sys_id']}").result["number"] == created["number"]


@pytest.mark.parametrize(("base", "status"), [(PATHS[0], 200), (PATHS[1], 404), (PATHS[2], 200)])
def test_an_empty_list_is_404_in_version_1_only(instance: Instance, base: str, status: int) -> None:
    answer = instance.call("GET", f"{base}/incident")
    assert answer.status == status
    if status == 200:
        assert (answer.body, answer.headers["X-Total-Count"]) == ({"result": []}, "0")


def test_an_unknown_record_is_404_with_the_words_of_the_instance(instance: Instance) -> None:
    answer = instance.get("0" * 32)
    assert answer.status == 404
    assert answer.body == {
        "error": {"message": "No Record found", "detail": "Record doesn't exist or ACL restricts the record retrieval"},
        "status": "failure",
    }


def test_an_unknown_table_is_400_without_detail(instance: Instance) -> None:
    answer = instance.list("incidents")
    assert (answer.status, answer.body["error"]) == (400, {"message": "Invalid table incidents", "detail": None})


@pytest.mark.parametrize(
    "path",
    ["/api/now/v9/table/incident", "/api/now/tables/incident", "/", "/api/now/table", "/api/now/table/incident/x/y"],
)
def test_a_path_that_names_nothing_is_400(instance: Instance, path: str) -> None:
    answer = instance.call("GET", path)
    assert (answer.status, answer.body["error"]["message"]) == (400, "Requested URI does not represent any resource")


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "incident"), ("POST", "incident/" + "0" * 32), ("PATCH", "incident"), ("TRACE", "incident")],
)
def test_a_method_in_the_wrong_place_is_405(instance: Instance, method: str, path: str) -> None:
    assert instance.call(method, f"/api/now/table/{path}", {}).status == 405


def test_every_scalar_is_text(instance: Instance) -> None:
    created = instance.new(short_description="a", knowledge=True, impact=1, urgency=2)
    scalars = {name: value for name, value in created.items() if not isinstance(value, dict)}
    assert all(isinstance(value, str) for value in scalars.values())
    assert (created["knowledge"], created["impact"], created["priority"]) == ("true", "1", "2")


def test_a_reference_has_four_shapes_and_is_text_when_empty(instance: Instance, group: str) -> None:
    created = instance.new(assignment_group=group)
    link = f"https://sn.example/api/now/table/sys_user_group/{group}"
    shapes = {
        ("false", "false"): {"link": link, "value": group},
        ("false", "true"): group,
        ("true", "false"): {"display_value": "SOC Monitoring", "link": link},
        ("true", "true"): "SOC Monitoring",
        ("all", "false"): {"display_value": "SOC Monitoring", "value": group, "link": link},
        ("all", "true"): {"display_value": "SOC Monitoring", "value": group},
    }
    for (mode, bare), shape in shapes.items():
        query = {"sysparm_display_value": mode, "sysparm_exclude_reference_link": bare}
        shown = instance.get(created["sys_id"], **query).result
        assert shown["assignment_group"] == shape
        assert shown["caller_id"] == ({"display_value": "", "value": ""} if mode == "all" else "")


def test_links_repeat_the_version_that_was_called(instance: Instance, group: str) -> None:
    answer = instance.call("POST", "/api/now/v2/table/incident", {"assignment_group": group})
    assert answer.result["assignment_group"]["link"].startswith("https://sn.example/api/now/v2/table/")
    assert answer.headers["Location"] == f"https://sn.example/api/now/v2/table/incident/{answer.result['sys_id']}"


def test_a_reference_to_a_deleted_record_keeps_its_value_and_shows_nothing(instance: Instance) -> None:
    parent = instance.new(short_description="parent")
    child = instance.new(short_description="child", parent_incident=parent["sys_id"])
    assert instance.by("aoife.murphy").call("DELETE", f"/api/now/table/incident/{parent['sys_id']}").status == 204
    shown = instance.get(child["sys_id"], sysparm_display_value="all").result["parent_incident"]
    assert (shown["display_value"], shown["value"]) == ("", parent["sys_id"])


def test_references_may_point_at_what_is_no_sys_id(instance: Instance) -> None:
    assert instance.new()["sys_domain"]["value"] == "global"


def test_choices_show_labels_and_null_when_empty(instance: Instance) -> None:
    shown = instance.get(instance.new(category="soc_maintenance")["sys_id"], sysparm_display_value="all").result
    assert shown["category"] == {"display_value": "SOC maintenance", "value": "soc_maintenance"}
    assert shown["close_code"] == {"display_value": None, "value": ""}


def test_display_times_are_in_the_readers_zone_and_values_in_utc(instance: Instance) -> None:
    created = instance.new()
    times = {
        user: instance.by(user).get(created["sys_id"], sysparm_display_value="all").result["opened_at"]
        for user in ("keiko.tanaka", "liam.byrne", "watchkeeper")
    }
    assert {each["value"] for each in times.values()} == {"2026-11-16 00:30:00"}
    assert times["keiko.tanaka"]["display_value"] == "2026-11-16 09:30:00"
    assert times["liam.byrne"]["display_value"] == "2026-11-16 00:30:00"
    assert times["watchkeeper"]["display_value"] == "2026-11-15 16:30:00"


def test_fields_limit_the_answer_walk_references_and_drop_unknown_names(instance: Instance, group: str) -> None:
    created = instance.new(assignment_group=group)
    fields = "number,assignment_group.name,assignment_group.manager.user_name,zz_no_such,caller_id.name"
    assert instance.get(created["sys_id"], sysparm_fields=fields).result == {
        "number": created["number"],
        "assignment_group.name": "SOC Monitoring",
        "assignment_group.manager.user_name": "aoife.murphy",
        "caller_id.name": "",
    }


def test_pages_have_a_total_and_links_that_lead_through_all_rows(instance: Instance) -> None:
    numbers = [instance.new()["number"] for _ in range(5)]
    first = instance.list(query="ORDERBYnumber", sysparm_limit="2", sysparm_fields="number")
    assert [row["number"] for row in first.result] == numbers[:2]
    assert first.headers["X-Total-Count"] == "5"
    links = dict(reversed(part.split(";rel=")) for part in first.headers["Link"].split(","))  # type: ignore[misc]
    assert set(links) == {'"first"', '"next"', '"last"'}
    following = urlsplit(links['"next"'].strip("<>"))
    page = instance.call("GET", following.path, **dict(parse_qsl(following.query)))
    assert [row["number"] for row in page.result] == numbers[2:4]
    last = instance.list(query="ORDERBYnumber", sysparm_limit="2", sysparm_offset="4")
    assert 'rel="next"' not in last.headers["Link"]
    assert 'rel="prev"' in last.headers["Link"]


def test_a_single_page_and_a_suppressed_header_have_no_links(instance: Instance) -> None:
    for _ in range(3):
        instance.new()
    assert "Link" not in instance.list().headers
    assert "Link" not in instance.list(sysparm_limit="1", sysparm_suppress_pagination_header="true").headers


def test_the_count_can_be_left_out(instance: Instance) -> None:
    assert "X-Total-Count" not in instance.list(sysparm_no_count="true").headers


@pytest.mark.parametrize("limit", ["nonsense", "10000", ""])
def test_an_unreadable_limit_is_the_default(instance: Instance, limit: str) -> None:
    instance.new()
    assert len(instance.list(sysparm_limit=limit, sysparm_offset="-5").result) == 1


def test_bare_pairs_filter_by_value_or_display_value(instance: Instance, group: str) -> None:
    instance.new(short_description="a", assignment_group=group, category="security")
    instance.new(short_description="b")
    for pair in (
        {"assignment_group": "SOC Monitoring"},
        {"assignment_group": group},
        {"category": "Security"},
        {"short_description": "A"},
        {"state": "New", "category": "security"},
    ):
        assert [row["short_description"] for row in instance.list(**pair).result] == ["a"], pair
    assert len(instance.list(zz_no_such="1").result) == 2


def test_a_mistyped_field_in_a_query_widens_the_list_until_the_property_says_otherwise(instance: Instance) -> None:
    instance.new()
    assert len(instance.list(query="numberr=1").result) == 1
    instance.system.seed({"properties": {"glide.invalid_query.returns_no_rows": "true"}})
    answer = instance.list(query="numberr=1")
    assert (answer.status, answer.result) == (200, [])


def test_an_operator_that_is_not_emulated_is_refused_aloud(instance: Instance) -> None:
    assert instance.list(query="opened_atRELATIVEGT@day@ago@1").status == 400


def test_the_session_comes_as_cookies_once(instance: Instance) -> None:
    first = instance.list()
    assert [cookie.partition("=")[0] for cookie in first.headers["Set-Cookie"].split("\n")] == [
        "JSESSIONID",
        "glide_user_route",
        "glide_node_id_for_js",
    ]
    instance.headers["cookie"] = "JSESSIONID=1"
    assert "Set-Cookie" not in instance.list().headers


@pytest.mark.parametrize(
    "table",
    [
        "sys_user",
        "sys_user_group",
        "sys_user_grmember",
        "sys_journal_field",
        "sys_choice",
        "sys_audit",
        "sys_properties",
    ],
)
def test_the_tables_around_incidents_can_be_read(instance: Instance, table: str) -> None:
    assert instance.list(table).status == 200


def test_members_can_be_listed_by_the_names_behind_the_references(instance: Instance) -> None:
    rows = instance.list(
        "sys_user_grmember", query="group.name=SOC Monitoring^ORDERBYuser.user_name", sysparm_fields="user.user_name"
    ).result
    assert [row["user.user_name"] for row in rows] == ["haruto.sato", "keiko.tanaka"]


def test_seeded_ids_never_change(instance: Instance) -> None:
    (user,) = instance.list("sys_user", query="user_name=keiko.tanaka").result
    assert user["sys_id"] == sys_id("sys_user", "keiko.tanaka") == "214d9ae615205949e5045bd884caeed7"
    assert (user["name"], user["email"]) == ("田中 恵子", "keiko.tanaka@soc.example")
