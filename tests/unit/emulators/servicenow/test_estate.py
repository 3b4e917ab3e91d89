"""Configuration items, services and changes: what is in the tables, who sees it where, and what the weeks bring."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.evidence.estate import machines
from watchkeeper.emulators.evidence.tenant import managed_devices
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.servicenow import build_servicenow
from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.emulators.servicenow.cmdb_life import FIRST_WEEK

Instance = Any


def column(instance: Instance, table: str, name: str, query: str = "", **more: str) -> list[str]:
    return [row[name] for row in instance.list(table, query, **more).result]


def test_the_tenants_devices_are_known_by_their_names(instance: Instance) -> None:
    intune = {device["deviceName"] for device in managed_devices(FIRST_MONDAY)}
    defender = {machine["computerDnsName"].partition(".")[0] for machine in machines(FIRST_MONDAY)}
    assert intune | defender <= set(column(instance, "cmdb_ci", "name"))


def test_an_item_shows_in_its_own_table_and_in_every_one_above_it_with_what_they_share(instance: Instance) -> None:
    for table in ("cmdb_ci_server", "cmdb_ci_computer", "cmdb_ci_hardware", "cmdb_ci"):
        (row,) = instance.list(table, "name=srv-00").result
        assert (row["sys_class_name"], "os" in row) == (
            "cmdb_ci_server",
            table in {"cmdb_ci_server", "cmdb_ci_computer"},
        )
    assert instance.list("cmdb_ci_service", "name=srv-00").result == []


def test_what_changes_or_goes_below_does_so_above(instance: Instance) -> None:
    server = sys_id("cmdb_ci_server", "srv-00")
    instance.system.seed({"rows": [{"table": "cmdb_ci_server", "sys_id": server, "fields": {"asset_tag": "A1"}}]})
    assert column(instance, "cmdb_ci", "asset_tag", "name=srv-00") == ["A1"]
    instance.system.seed({"rows": [{"table": "cmdb_ci", "sys_id": server, "fields": {"asset_tag": "A2"}}]})
    assert column(instance, "cmdb_ci_server", "asset_tag", "name=srv-00") == ["A2"]
    instance.system.seed({"rows": [{"table": "cmdb_ci", "sys_id": server, "delete": True}]})
    assert column(instance, "cmdb_ci_server", "asset_tag", "name=srv-00") == []


def test_tickets_of_every_table_show_in_task_by_their_parent_with_the_label_of_their_own_state(
    instance: Instance,
) -> None:
    parent = instance.new()
    instance.new(parent=parent["sys_id"], state="2")
    instance.create("sc_task", parent=parent["sys_id"], state="2")
    rows = instance.list("task", f"parent={parent['sys_id']}", sysparm_display_value="true").result
    assert {row["sys_class_name"]: row["state"] for row in rows} == {
        "Incident": "In Progress",
        "Sc Task": "Work in Progress",
    }
    assert {row["parent"]["display_value"] for row in rows} == {parent["number"]}
    assert instance.create("task").status == 403


def test_what_is_hidden_in_its_own_table_is_hidden_in_task_and_counted(instance: Instance) -> None:
    parent = instance.new()
    instance.create("sn_si_incident", parent=parent["sys_id"])
    seen = instance.by("dana.desk").list("task", f"parent={parent['sys_id']}")
    assert (seen.result, seen.headers["X-Total-Count"]) == ([], "1")
    instance.system.seed({"acl": [{"table": "incident", "operation": "read", "deny": ["itil"]}]})
    assert instance.list("task", f"sys_id={parent['sys_id']}").result == []


def test_services_have_owners_of_the_cast_or_none(instance: Instance) -> None:
    rows = instance.list("cmdb_ci_service", "ORDERBYname", sysparm_fields="name,owned_by.user_name").result
    owners = {row["name"]: row["owned_by.user_name"] for row in rows}
    assert owners["Tokyo workplace"] == "keiko.tanaka"
    assert owners["Factory control"] == ""


def test_every_week_brings_a_computer_and_a_change_that_goes_its_way(instance: Instance) -> None:
    open_ones = column(instance, "change_request", "number", "state!=3^state!=4")
    assert open_ones == ["CHG0030007", "CHG0030008"]
    assert column(instance, "change_request", "state", "number=CHG0030008") == ["-2"]
    instance.clock.set(FIRST_WEEK + timedelta(weeks=8, days=5, hours=23))
    assert column(instance, "change_request", "state", "number=CHG0030008") == ["-1"]
    instance.clock.advance(timedelta(days=3))
    assert column(instance, "change_request", "state", "number=CHG0030008") == ["3"]
    since = f"sys_updated_on>={FIRST_MONDAY:%Y-%m-%d %H:%M:%S}"
    assert "pc-dublin-052" in column(instance, "cmdb_ci", "name", since)


def test_the_weeks_bring_the_same_however_often_somebody_looks(instance: Instance) -> None:
    def told(seen: Instance) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = [*seen.list("cmdb_ci").result, *seen.list("change_request").result]
        return sorted(rows, key=lambda row: row["sys_id"])

    for _ in range(6):
        instance.clock.advance(timedelta(days=9))
        instance.list("cmdb_ci_computer")
    fresh = type(instance)(build_servicenow(instance.clock, WorldOptions()), instance.clock)
    assert told(instance) == told(fresh)


def test_what_somebody_else_wrote_meanwhile_stays(instance: Instance) -> None:
    change = sys_id("change_request", "CHG0030008")
    instance.list("change_request")
    instance.clock.advance(timedelta(days=7))
    instance.call("PATCH", f"/api/now/table/change_request/{change}", {"risk": "4"})
    instance.clock.advance(timedelta(days=2))
    (row,) = instance.list("change_request", "number=CHG0030008").result
    assert (row["risk"], row["state"]) == ("4", "3")


def test_nobody_steps_back_in_a_change_or_closes_it_without_a_word(instance: Instance) -> None:
    change = instance.create("change_request", short_description="Swap a disk").result
    path = f"/api/now/table/change_request/{change['sys_id']}"
    assert change["number"].startswith("CHG001")
    assert instance.call("PATCH", path, {"state": "-1"}).status == 200
    assert "aborted by Business Rule" in instance.call("PATCH", path, {"state": "-4"}).detail
    assert "Data Policy Exception" in instance.call("PATCH", path, {"state": "3"}).detail
    done = {"state": "3", "close_code": "successful", "close_notes": "swapped"}
    assert instance.call("PATCH", path, done).result["active"] == "false"


def test_the_story_is_no_ticket_of_the_worlds_and_changes_nothing_until_somebody_looks(instance: Instance) -> None:
    before = len(instance.system.changes())
    instance.list("incident")
    assert len(instance.system.changes()) == before
    instance.list("change_request")
    assert len(instance.system.changes()) > before
    assert instance.system.records() == []


def test_an_estate_can_be_empty_and_stay_so(instance: Instance) -> None:
    instance.list("change_request")
    instance.system.seed({"estate": False})
    instance.clock.advance(timedelta(weeks=2))
    for table in ("cmdb_ci", "cmdb_ci_computer", "cmdb_ci_service", "change_request"):
        assert instance.list(table).result == []


@pytest.mark.parametrize(("language", "label"), [("", "Retired"), ("ja", "廃止")])
def test_a_status_of_an_item_has_the_label_of_the_table_above(instance: Instance, language: str, label: str) -> None:
    user = sys_id("sys_user", "keiko.tanaka")
    instance.system.seed({"rows": [{"table": "sys_user", "sys_id": user, "fields": {"preferred_language": language}}]})
    shown = column(
        instance, "cmdb_ci_service", "operational_status", "name=Legacy intranet", sysparm_display_value="true"
    )
    assert shown == [label]
