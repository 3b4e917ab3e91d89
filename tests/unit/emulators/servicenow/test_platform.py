"""What an administrator set up besides tickets: there to be read."""

from __future__ import annotations

from tests.unit.emulators.servicenow.conftest import Instance

from watchkeeper.emulators.servicenow.cast import sys_id


def test_roles_of_a_user_are_rows_that_lead_to_the_roles_names(instance: Instance) -> None:
    query = f"user={sys_id('sys_user', 'aoife.murphy')}"
    rows = instance.list("sys_user_has_role", query, sysparm_fields="role.name,inherited").result
    assert {"itil", "itil_admin"} <= {row["role.name"] for row in rows}


def test_sla_definitions_mails_and_applications_are_there_and_about_other_things(instance: Instance) -> None:
    slas = instance.list("contract_sla", "collection=incident^active=true").result
    mails = instance.list("sysevent_email_action", "action_insert=true").result
    apps = instance.list("sys_store_app").result
    assert [row["start_condition"] for row in slas] == ["active=true^priority=1", "active=true^priority=2"]
    assert all("priority=1" in row["condition"] or "category!=soc_maintenance" in row["condition"] for row in mails)
    assert [row["scope"] for row in apps if "sentinel" in row["scope"]] == []


def test_the_same_rows_have_the_same_ids_each_time(instance: Instance) -> None:
    (row,) = instance.list("sys_user_role", "name=itil").result
    assert row["sys_id"] == sys_id("sys_user_role", "itil")
