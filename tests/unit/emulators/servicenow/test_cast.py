from __future__ import annotations

import re
from typing import Any

from watchkeeper.emulators.servicenow.cast import CHOICES, GROUPS, PEOPLE
from watchkeeper.emulators.servicenow.incidents import PRIORITY
from watchkeeper.emulators.servicenow.store import ALL_TABLES
from watchkeeper.emulators.servicenow.tables import TABLES, Kind

Instance = Any


def test_the_six_groups_are_there(instance: Instance) -> None:
    rows = instance.list("sys_user_group", query="ORDERBYname").result
    assert sorted(GROUPS, key=str.casefold) == [row["name"] for row in rows]


def test_everybody_has_a_name_an_address_and_at_most_one_group(instance: Instance) -> None:
    users = {row["user_name"]: row for row in instance.list("sys_user").result}
    assert set(users) == set(PEOPLE)
    assert all(row["email"] == f"{name}@soc.example" and row["name"] for name, row in users.items())
    members = instance.list("sys_user_grmember", sysparm_exclude_reference_link="true").result
    assert len({row["user"] for row in members}) == len(members) == 8


def test_machines_are_marked_and_belong_to_no_group(instance: Instance) -> None:
    machines = instance.list("sys_user", query="web_service_access_only=true^ORDERBYuser_name").result
    assert [row["user_name"] for row in machines] == ["scanner.bot", "watchkeeper"]


def test_every_choice_list_belongs_to_a_choice_field(instance: Instance) -> None:
    assert all(TABLES["incident"].fields[element].choice for element in CHOICES)
    values = {row["value"] for row in instance.list("sys_choice", query="name=incident^element=category").result}
    assert {"security", "soc_maintenance"} <= values


def test_the_priority_table_stays_inside_its_choices() -> None:
    assert {pair[0] for pair in PRIORITY} | {pair[1] for pair in PRIORITY} == set(CHOICES["impact"])
    assert set(PRIORITY.values()) == set(CHOICES["priority"])


def test_every_row_has_a_well_formed_id_and_every_field_of_its_table(instance: Instance) -> None:
    for name, table in ALL_TABLES.items():
        for row in instance.list(name).result:
            assert re.fullmatch(r"[0-9a-f]{32}", row["sys_id"])
            assert set(row) == set(table.fields)


def test_every_reference_field_names_a_table() -> None:
    references = {
        field.references
        for table in ALL_TABLES.values()
        for field in table.fields.values()
        if field.kind is Kind.REFERENCE
    }
    assert references <= {*ALL_TABLES, "domain"}
