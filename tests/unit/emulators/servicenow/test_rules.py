"""Business rules and data policies: what the instance's own scripts make of a write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.servicenow import build_servicenow

Instance = Any


def put(instance: Instance, **rule: Any) -> None:
    instance.system.seed({"rules": [{"name": "Guard", "table": "incident", **rule}]})


def test_a_rule_aborts_the_writes_that_meet_its_condition(instance: Instance) -> None:
    put(instance, condition="category=security^urgency=1", abort=True)
    row = instance.new(category="security")
    answer = instance.patch(row["sys_id"], urgency="1")
    assert (answer.status, answer.body["error"]["message"]) == (403, "Operation Failed")
    assert answer.detail.startswith("Operation against file 'incident' was aborted by Business Rule 'Guard^")
    assert instance.get(row["sys_id"]).result["urgency"] == "3"
    assert instance.create(category="security", urgency="1").status == 403
    assert len(instance.list().result) == 1


def test_a_rule_can_be_about_one_kind_of_write_and_some_users(instance: Instance) -> None:
    put(instance, on=["delete"], users=["aoife.murphy"], abort=True)
    row = instance.new()
    answer = instance.by("aoife.murphy").call("DELETE", f"/api/now/table/incident/{row['sys_id']}")
    assert answer.status == 403
    assert instance.get(row["sys_id"]).status == 200


def test_a_data_policy_names_what_is_missing(instance: Instance) -> None:
    put(instance, condition="state=2", mandatory=["assignment_group", "business_service"])
    row = instance.new()
    answer = instance.patch(row["sys_id"], state="2")
    assert answer.status == 403
    assert answer.detail == (
        "Data Policy Exception: The following fields are mandatory: Assignment group, Business service"
    )


def test_a_before_rule_sets_a_value_in_the_same_update(instance: Instance) -> None:
    put(instance, condition="category=security", set={"urgency": "1", "short_description": "[SOC]"})
    row = instance.new(category="security", short_description="mine")
    assert (row["short_description"], row["priority"], row["sys_mod_count"]) == ("[SOC]", "3", "0")


def test_an_after_rule_makes_an_update_of_its_own_with_the_rights_of_a_script(instance: Instance) -> None:
    put(instance, when="after", condition="state=6", set={"state": "7"})
    row = instance.new()
    answer = instance.resolve(row["sys_id"])
    assert (answer.result["state"], answer.result["active"], answer.result["sys_mod_count"]) == ("7", "false", "2")
    audited = instance.list("sys_audit", f"documentkey={row['sys_id']}^fieldname=state").result
    assert [(each["oldvalue"], each["newvalue"]) for each in audited] == [("1", "6"), ("6", "7")]


def test_an_asynchronous_rule_runs_when_the_answer_is_on_its_way(instance: Instance) -> None:
    put(instance, when="async", on=["update"], condition="state=2", set={"state": "3"})
    row = instance.new()
    answer = instance.patch(row["sys_id"], state="2")
    assert (answer.result["state"], answer.result["sys_mod_count"]) == ("2", "1")
    later = instance.get(row["sys_id"]).result
    assert (later["state"], later["sys_mod_count"]) == ("3", "2")


def test_a_rule_without_auto_sys_fields_leaves_no_trace(instance: Instance) -> None:
    put(instance, when="async", on=["update"], auto_sys_fields=False, set={"short_description": "quiet"})
    row = instance.new()
    answer = instance.patch(row["sys_id"], urgency="1")
    later = instance.get(row["sys_id"]).result
    assert later["short_description"] == "quiet"
    assert (later["sys_mod_count"], later["sys_updated_on"]) == (
        answer.result["sys_mod_count"],
        answer.result["sys_updated_on"],
    )
    assert instance.list("sys_audit", f"documentkey={row['sys_id']}^fieldname=short_description").result == []


def test_a_script_can_change_a_row_where_no_watermark_sees_it(instance: Instance, clock: WorldClock) -> None:
    row = instance.new()
    clock.advance(timedelta(hours=1))
    quiet = {"table": "incident", "sys_id": row["sys_id"], "fields": {"urgency": "1"}, "quiet": True}
    instance.system.seed({"rows": [quiet]})
    later = instance.get(row["sys_id"]).result
    assert later["urgency"] == "1"
    assert [later[name] == row[name] for name in ("sys_updated_on", "sys_mod_count")] == [True, True]


def test_rules_can_be_part_of_the_build(clock: WorldClock, instance: Instance) -> None:
    guard = {"name": "Guard", "table": "incident", "abort": True}
    instance.system = build_servicenow(clock, WorldOptions(servicenow_rules=(guard,)))
    assert instance.create().status == 403


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"table": "nothing"}, "'nothing' is none of incident"),
        ({"set": {"u_none": "1"}}, "no field u_none"),
        ({"on": ["query"]}, "a business rule runs"),
        ({"when": "after", "abort": True}, "only a before rule"),
        ({"name": ""}, "has a name"),
        ({"script": "x"}, "unknown keys script"),
    ],
)
def test_a_bad_rule_says_what_is_wrong(instance: Instance, wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        put(instance, **wrong)
