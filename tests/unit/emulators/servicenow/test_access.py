"""Access rules: what a user without a right sees, and is told."""

from __future__ import annotations

from typing import Any

import pytest

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.servicenow import build_servicenow

Instance = Any
KEIKO = ["keiko.tanaka"]


def rule(operation: str, **more: Any) -> dict[str, Any]:
    allowed = {} if "allow" in more else {"deny": KEIKO}
    return {"table": "incident", "operation": operation, **allowed, **more}


def put(instance: Instance, *rules: dict[str, Any]) -> None:
    instance.system.seed({"acl": list(rules)})


def test_without_rules_everybody_with_itil_sees_everything(instance: Instance) -> None:
    instance.new(category="security")
    assert len(instance.list().result) == 1


def test_rows_are_hidden_after_the_limit_so_that_a_page_in_the_middle_is_empty(instance: Instance) -> None:
    for number in range(6):
        instance.new(short_description=str(number), category="security" if number in {2, 3} else "network")
    put(instance, rule("read", condition="category=security"))
    pages = [
        instance.list(query="ORDERBYnumber", sysparm_limit="2", sysparm_offset=offset) for offset in ("0", "2", "4")
    ]
    assert [[row["short_description"] for row in page.result] for page in pages] == [["0", "1"], [], ["4", "5"]]
    assert {page.headers["X-Total-Count"] for page in pages} == {"6"}
    assert 'rel="next"' in pages[1].headers["Link"]


def test_the_count_knows_nothing_of_access(instance: Instance) -> None:
    instance.new()
    put(instance, rule("read"))
    answer = instance.list()
    assert (answer.result, answer.headers["X-Total-Count"]) == ([], "1")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_hidden_record_answers_like_a_missing_one(instance: Instance, method: str) -> None:
    row = instance.new(category="security")
    put(instance, rule("read", condition="category=security"))
    manager = instance.by("aoife.murphy")
    hidden = instance.call(method, f"/api/now/table/incident/{row['sys_id']}", {})
    missing = instance.call(method, f"/api/now/table/incident/{'0' * 32}", {})
    if method != "DELETE":
        assert (hidden.status, hidden.body) == (missing.status, missing.body)
        assert hidden.detail == "Record doesn't exist or ACL restricts the record retrieval"
    assert manager.get(row["sys_id"]).status == 200


def test_a_record_can_be_visible_to_some_only(instance: Instance) -> None:
    row = instance.new()
    put(instance, rule("read", allow=["itil_admin"]))
    assert instance.get(row["sys_id"]).status == 404
    assert instance.by("aoife.murphy").get(row["sys_id"]).status == 200


def test_allowing_rules_add_up(instance: Instance) -> None:
    for category in ("security", "network", "hardware"):
        instance.new(category=category)
    put(
        instance,
        rule("read", allow=["itil"], condition="category=security"),
        rule("read", allow=KEIKO, condition="category=network"),
    )
    assert [row["category"] for row in instance.list().result] == ["security", "network"]


def test_a_condition_can_speak_of_the_reader(instance: Instance) -> None:
    instance.new(assigned_to="keiko.tanaka")
    mine = instance.new()
    instance.patch(mine["sys_id"], assigned_to=instance.list("sys_user", "user_name=keiko.tanaka").result[0]["sys_id"])
    put(instance, rule("read", allow=["itil"], condition="assigned_to=javascript:gs.getUserID()"))
    assert [row["sys_id"] for row in instance.list().result] == [mine["sys_id"]]
    assert instance.by("liam.byrne").list().result == []


def test_a_table_can_refuse_instead_of_hiding(instance: Instance) -> None:
    put(instance, {"table": "sys_choice", "operation": "read", "deny": ["itil"], "answer": "refuse"})
    assert instance.list("sys_choice").status == 403


def test_a_field_that_may_not_be_read_has_no_key(instance: Instance) -> None:
    row = instance.new(short_description="secret")
    put(instance, rule("read", field="short_description"))
    listed = instance.list(sysparm_fields="number,short_description").result[0]
    assert listed.keys() == {"number"}
    assert "short_description" not in instance.get(row["sys_id"]).result
    assert "short_description" not in instance.patch(row["sys_id"], urgency="1").result


def test_a_field_of_a_referenced_record_may_be_hidden_too(instance: Instance) -> None:
    instance.new(caller_id="Liam Byrne")
    put(instance, {"table": "sys_user", "operation": "read", "field": "email", "deny": KEIKO})
    row = instance.list(sysparm_fields="caller_id.email,caller_id.user_name").result[0]
    assert row == {"caller_id.user_name": "liam.byrne"}


def test_nothing_is_shown_of_a_referenced_record_that_is_hidden(instance: Instance) -> None:
    row = instance.new(caller_id="Liam Byrne")
    put(instance, rule("read", table="sys_user", condition="user_name=liam.byrne"))
    fields = "caller_id,caller_id.name,opened_by.name"
    shown = instance.get(row["sys_id"], sysparm_fields=fields, sysparm_exclude_reference_link="true").result
    assert set(shown) == {"caller_id", "opened_by.name"}


def test_a_field_can_be_hidden_on_some_rows_only(instance: Instance) -> None:
    instance.new(category="security")
    instance.new(category="network")
    put(instance, rule("read", field="priority", condition="category=security"))
    assert ["priority" in row for row in instance.list().result] == [False, True]


def test_a_field_that_may_not_be_written_keeps_its_value_without_a_word(instance: Instance) -> None:
    row = instance.new(urgency="3")
    put(instance, rule("write", field="urgency"))
    answer = instance.patch(row["sys_id"], urgency="1", impact="1")
    assert (answer.status, answer.result["urgency"], answer.result["impact"]) == (200, "3", "1")
    assert instance.new(urgency="1")["urgency"] == "3"


def test_or_the_whole_write_is_refused(instance: Instance) -> None:
    row = instance.new(urgency="3")
    put(instance, rule("write", field="urgency", answer="refuse"))
    answer = instance.patch(row["sys_id"], urgency="1", impact="1")
    assert (answer.status, answer.detail) == (403, "ACL Exception Update Failed due to security constraints")
    assert instance.get(row["sys_id"]).result["impact"] == "3"


@pytest.mark.parametrize(
    ("operation", "method", "word"),
    [("create", "POST", "Insert"), ("write", "PATCH", "Update"), ("delete", "DELETE", "Delete")],
)
def test_writes_to_rows_are_refused_by_name(instance: Instance, operation: str, method: str, word: str) -> None:
    manager = instance.by("aoife.murphy")
    row = manager.new(category="security")
    put(instance, rule(operation, deny=["aoife.murphy"], condition="category=security"))
    place = "" if method == "POST" else f"/{row['sys_id']}"
    answer = manager.call(method, f"/api/now/table/incident{place}", {"category": "security"})
    assert (answer.status, answer.body["error"]["message"]) == (403, "Operation Failed")
    assert answer.detail == f"ACL Exception {word} Failed due to security constraints"


def test_an_endpoint_can_be_closed_for_a_table(instance: Instance) -> None:
    put(instance, rule("api"))
    answer = instance.list()
    assert (answer.status, answer.detail) == (403, "Failed API level ACL Validation")
    assert instance.list("sys_user").status == 200


@pytest.mark.parametrize(
    "query",
    [
        "sys_updated_on>2026-01-01 00:00:00",
        "sys_updated_on<=2026-01-01 00:00:00",
        "active=true^ORDERBYsys_updated_on",
        "ORDERBYDESCsys_updated_on",
        "sys_updated_onBETWEEN2026-01-01 00:00:00@2026-01-02 00:00:00",
    ],
)
def test_a_field_without_query_range_can_be_neither_compared_nor_sorted_by(instance: Instance, query: str) -> None:
    put(instance, rule("query_range", field="sys_updated_on"))
    answer = instance.list(query=query)
    assert (answer.status, answer.body["error"]["message"]) == (403, "Insufficient rights to query records")
    assert answer.detail.endswith(": sys_updated_on")
    assert instance.list(query="sys_updated_on=2026-01-01 00:00:00").status == 200
    assert "sys_updated_on" in instance.new()


def test_query_match_is_about_equality(instance: Instance) -> None:
    put(instance, rule("query_match", field="correlation_id"))
    assert instance.list(query="correlation_id=x").status == 403
    assert instance.list(query="correlation_idINx,y").status == 403
    assert instance.list(query="correlation_idSTARTSWITHx").status == 200
    assert instance.call("GET", "/api/now/table/incident", correlation_id="x").status == 403


def test_a_field_that_may_not_be_read_may_not_be_queried_either(instance: Instance) -> None:
    put(instance, rule("read", field="correlation_id"))
    assert instance.list(query="correlation_id=x").status == 403
    put(instance, rule("read", field="correlation_id"), rule("query_match", field="correlation_id", allow=["itil"]))
    assert instance.list(query="correlation_id=x").status == 200


def test_a_field_behind_a_reference_is_judged_on_its_own_table(instance: Instance) -> None:
    put(instance, {"table": "sys_user", "operation": "query_match", "field": "user_name", "deny": ["itil"]})
    assert instance.list(query="caller_id.user_name=x").status == 403
    assert instance.list(query="caller_id.nothing=x").status == 200


def test_a_rule_about_every_field_and_an_answer_that_names_none(instance: Instance) -> None:
    put(instance, rule("query_range", named=False))
    assert (
        instance.list(query="numberSTARTSWITHI").detail
        == "Field(s) present in the query do not have permission to be read"
    )


@pytest.mark.parametrize("query", ["u_none=1", "ORDERBYu_none", "caller_id.u_none=1", "nonsense"])
def test_a_query_by_an_unknown_field_can_be_refused_like_one_without_the_right(instance: Instance, query: str) -> None:
    assert instance.list(query=query).status == 200
    instance.system.seed({"refuse_unknown_fields": True})
    assert instance.list(query=query).body["error"]["message"] == "Insufficient rights to query records"
    assert instance.list(query="number=1").status == 200


def test_an_administrator_passes_every_rule(instance: Instance) -> None:
    put(instance, rule("create", deny=["admin", "system"]))
    assert instance.system.seed({"rows": [{"table": "incident", "fields": {}}]})["rows"]


def test_the_rules_can_be_part_of_the_build(clock: WorldClock, instance: Instance) -> None:
    system = build_servicenow(clock, WorldOptions(servicenow_acl=(rule("api"),)))
    instance.system = system
    assert instance.list().status == 403
    system.reset()
    assert instance.list().status == 403
    system.seed({"acl": []})
    assert instance.list().status == 200


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"table": "nothing"}, "'nothing' is none of incident"),
        ({"operation": "look"}, "'look' is none of api"),
        ({"field": "u_none"}, "no field 'u_none'"),
        ({"allow": ["itil"]}, "either allow or deny"),
        ({"answer": "shout"}, "'shout' is none of quiet, refuse"),
        ({"where": "x"}, "unknown keys where"),
    ],
)
def test_a_bad_rule_says_what_is_wrong_and_changes_nothing(
    instance: Instance, wrong: dict[str, Any], complaint: str
) -> None:
    put(instance, rule("api"))
    with pytest.raises(ValueError, match=complaint):
        instance.system.seed({"acl": [{**rule("api"), "deny": KEIKO, **wrong}]})
    assert instance.list().status == 403
