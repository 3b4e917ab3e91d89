from __future__ import annotations

from typing import Any

import pytest

from watchkeeper.emulators.servicenow.cast import sys_id

Instance = Any


def test_rows_are_inserted_changed_and_deleted_as_an_administrator_would(instance: Instance) -> None:
    keiko, csirt = sys_id("sys_user", "keiko.tanaka"), sys_id("sys_user_group", "CSIRT")
    instance.system.seed(
        {
            "rows": [
                {"table": "sys_user", "sys_id": keiko, "fields": {"active": "false"}},
                {"table": "sys_user_group", "sys_id": csirt, "delete": True},
                {"table": "sys_user_group", "fields": {"name": "SOC Night Watch"}},
            ]
        }
    )
    reader = instance.by("liam.byrne")
    assert instance.list().status == 401
    assert reader.get(keiko, "sys_user").result["active"] == "false"
    names = {row["name"] for row in reader.list("sys_user_group").result}
    assert "CSIRT" not in names
    assert "SOC Night Watch" in names


def test_a_choice_list_can_lose_a_value(instance: Instance) -> None:
    code = sys_id("sys_choice", "incident.close_code.Solution provided")
    instance.system.seed({"rows": [{"table": "sys_choice", "sys_id": code, "fields": {"inactive": "true"}}]})
    assert instance.resolve(instance.new()["sys_id"]).status == 403


def test_properties_are_made_or_changed(instance: Instance) -> None:
    instance.system.seed({"properties": {"glide.ui.autoclose.time": "0", "x.y": "z"}})
    values = {row["name"]: row["value"] for row in instance.list("sys_properties").result}
    assert (values["glide.ui.autoclose.time"], values["x.y"]) == ("0", "z")


def test_commands_are_deeds_in_order(instance: Instance) -> None:
    done = instance.system.seed(
        {
            "commands": [
                {
                    "who": "dana.desk",
                    "do": "create",
                    "at": "2026-11-12T08:00:00Z",
                    "fields": {"short_description": "old"},
                },
                {
                    "who": "scanner.bot",
                    "do": "note",
                    "number": "INC0010001",
                    "text": "scan",
                    "at": "2026-11-13T08:00:00Z",
                },
            ]
        }
    )["done"]
    assert [each["record"]["sys_updated_on"] for each in done] == ["2026-11-12 08:00:00", "2026-11-13 08:00:00"]


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ({"incidents": []}, "unknown keys incidents; a seed has"),
        ({"rows": [{"table": "x"}]}, "'x' is none of incident"),
        ({"rows": [{"table": "sys_audit", "fields": {}}]}, "refused"),
        ({"rows": [{"table": "sys_user", "sys_id": "0" * 32, "delete": True}]}, "No Record found"),
        ({"commands": [{"do": "dance", "who": "liam.byrne"}]}, "no incident"),
    ],
)
def test_a_bad_seed_says_what_is_wrong(instance: Instance, command: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        instance.system.seed(command)
