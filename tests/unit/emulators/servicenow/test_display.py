"""Display values: the same row as users with other zones, formats and languages read and write it."""

from __future__ import annotations

from typing import Any

import pytest

from watchkeeper.emulators.servicenow.cast import sys_id

Instance = Any


@pytest.fixture(autouse=True)
def japanese(instance: Instance) -> None:
    """Keiko reads Japanese, Liam day-first dates; one label has not been translated."""
    fields = {"name": "incident", "element": "category", "value": "cloud", "label": "Cloud", "language": "en"}
    keiko = {"preferred_language": "ja"}
    liam = {"date_format": "dd/MM/yyyy", "time_format": "hh:mm:ss a"}
    instance.system.seed(
        {
            "rows": [
                {"table": "sys_choice", "fields": fields},
                {"table": "sys_user", "sys_id": sys_id("sys_user", "keiko.tanaka"), "fields": keiko},
                {"table": "sys_user", "sys_id": sys_id("sys_user", "liam.byrne"), "fields": liam},
            ]
        }
    )


def shown(instance: Instance, row: dict[str, Any], mode: str = "true") -> dict[str, Any]:
    answer: dict[str, Any] = instance.get(row["sys_id"], sysparm_display_value=mode).result
    return answer


def test_a_choice_reads_in_the_users_language_and_falls_back_to_english(instance: Instance) -> None:
    row = instance.new(state="2", category="cloud")
    mine, theirs = shown(instance, row), shown(instance.by("liam.byrne"), row)
    assert (mine["state"], theirs["state"]) == ("進行中", "In Progress")
    assert mine["category"] == theirs["category"] == "Cloud"
    assert shown(instance, row, "all")["state"] == {"display_value": "進行中", "value": "2"}


def test_a_time_reads_in_the_users_zone_and_format(instance: Instance) -> None:
    row = instance.new()
    assert shown(instance, row)["opened_at"] == "2026-11-16 09:30:00"
    assert shown(instance.by("liam.byrne"), row)["opened_at"] == "16/11/2026 12:30:00 AM"
    assert shown(instance.by("ava.nguyen"), row)["opened_at"] == "2026-11-15 16:30:00"


def test_what_a_user_has_not_set_is_the_instances(instance: Instance) -> None:
    row = instance.new(state="2")
    properties = {"glide.sys.default.tz": "Europe/Rome", "glide.sys.date_format": "dd.MM.yyyy"}
    instance.system.seed({"properties": {**properties, "glide.sys.language": "ja"}})
    ava = shown(instance.by("ava.nguyen"), row)
    assert (ava["opened_at"], ava["state"]) == ("16.11.2026 01:30:00", "進行中")
    assert shown(instance.by("liam.byrne"), row)["opened_at"] == "16/11/2026 12:30:00 AM"


def test_values_are_the_same_for_everybody(instance: Instance) -> None:
    row = instance.new(state="2")
    assert instance.get(row["sys_id"]).result == instance.by("liam.byrne").get(row["sys_id"]).result


def test_a_journal_reads_in_the_users_language_and_zone(instance: Instance) -> None:
    row = instance.new(work_notes="調査中")
    assert shown(instance, row)["work_notes"] == "2026-11-16 09:30:00 - 田中 恵子 (作業メモ)\n調査中\n\n"
    assert shown(instance.by("ava.nguyen"), row)["work_notes"].startswith(
        "2026-11-15 16:30:00 - 田中 恵子 (Work notes)"
    )
    (entry,) = instance.list("sys_journal_field").result
    assert (entry["value"], entry["sys_created_on"]) == ("調査中", "2026-11-16 00:30:00")


def patched(instance: Instance, row: dict[str, Any], display: str, **fields: str) -> dict[str, Any]:
    path = f"/api/now/table/incident/{row['sys_id']}"
    answer: dict[str, Any] = instance.call("PATCH", path, fields, sysparm_input_display_value=display).result
    return answer


def test_display_values_can_be_written_in_the_users_own_way(instance: Instance) -> None:
    row = instance.new()
    mine = patched(instance, row, "true", state="進行中", due_date="2026-11-20 18:00:00", assigned_to="Liam Byrne")
    assert (mine["state"], mine["due_date"]) == ("2", "2026-11-20 09:00:00")
    assert mine["assigned_to"]["value"] == sys_id("sys_user", "liam.byrne")
    theirs = patched(instance.by("liam.byrne"), row, "true", state="On Hold", due_date="20/11/2026 06:00:00 PM")
    assert (theirs["state"], theirs["due_date"]) == ("3", "2026-11-20 18:00:00")


def test_an_english_label_is_understood_in_every_language(instance: Instance) -> None:
    assert patched(instance, instance.new(), "true", state="in progress")["state"] == "2"


def test_a_time_in_another_format_is_stored_empty(instance: Instance) -> None:
    assert patched(instance, instance.new(), "true", due_date="20/11/2026")["due_date"] == ""


def test_raw_values_are_utc_whoever_writes_them(instance: Instance) -> None:
    row = instance.new()
    assert patched(instance, row, "false", due_date="2026-11-20 18:00:00")["due_date"] == "2026-11-20 18:00:00"
    assert patched(instance, row, "false", state="進行中")["state"] == "1"


def test_bare_pairs_take_labels_in_the_users_language(instance: Instance) -> None:
    instance.new(state="2")
    assert len(instance.call("GET", "/api/now/table/incident", state="進行中").result) == 1


def test_fields_behind_references_can_be_read_and_queried(instance: Instance, group: str) -> None:
    row = instance.new(assignment_group=group, caller_id="Liam Byrne")
    answer = instance.list(
        query="assignment_group.name=SOC Monitoring^caller_id.user_nameSTARTSWITHliam",
        sysparm_fields="number,assignment_group.name,caller_id.manager.user_name",
    )
    assert answer.result == [
        {
            "number": row["number"],
            "assignment_group.name": "SOC Monitoring",
            "caller_id.manager.user_name": "aoife.murphy",
        }
    ]
    assert instance.list(query="caller_id.user_name=nobody").result == []


@pytest.mark.parametrize(("links", "expected"), [("true", "value"), ("false", "link")])
def test_a_reference_comes_with_or_without_its_link(instance: Instance, group: str, links: str, expected: str) -> None:
    instance.new(assignment_group=group)
    (row,) = instance.list(sysparm_exclude_reference_link=links).result
    linked = {"link": f"https://sn.example/api/now/table/sys_user_group/{group}", "value": group}
    assert row["assignment_group"] == (linked if expected == "link" else group)
    assert row["assigned_to"] == ""
