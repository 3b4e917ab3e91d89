"""The task tables beside `incident`: each by its own states, its own lists and its own rights."""

from __future__ import annotations

from typing import Any

import pytest

from watchkeeper.emulators.servicenow.incidents import CLOSED, ON_HOLD
from watchkeeper.emulators.servicenow.state_model import SECURITY_INCIDENT
from watchkeeper.emulators.servicenow.tables import TABLES
from watchkeeper.emulators.servicenow.task_tables import TASK_TABLES

Instance = Any

DUTY = {
    "name": "u_soc_duty",
    "prefix": "DUTY",
    "states": [
        {"value": "1", "label": "Planned", "ja": "予定"},
        {"value": "2", "label": "Running", "ja": "実行中", "is": "working"},
        {"value": "9", "label": "Done", "ja": "完了", "is": "closed"},
    ],
    "demands": {"9": ["close_notes"]},
    "fields": ["u_shift"],
}


def security_incident(instance: Instance, **fields: Any) -> dict[str, Any]:
    created: dict[str, Any] = instance.create("sn_si_incident", **fields).result
    return created


def change(instance: Instance, table: str, row: dict[str, Any], **fields: Any) -> Any:
    return instance.call("PATCH", f"/api/now/table/{table}/{row['sys_id']}", fields)


def choices(instance: Instance, table: str, element: str, language: str = "en") -> dict[str, str]:
    rows = instance.list("sys_choice", query=f"name={table}^element={element}^language={language}").result
    return {row["value"]: row["label"] for row in rows}


def test_three_is_on_hold_in_incident_and_closed_in_security_incidents(instance: Instance) -> None:
    assert choices(instance, "incident", "state")[ON_HOLD] == "On Hold"
    assert choices(instance, "sn_si_incident", "state")[SECURITY_INCIDENT.closed] == "Closed"
    assert ON_HOLD == SECURITY_INCIDENT.closed == "3"
    assert choices(instance, "sn_si_incident", "state")[CLOSED] == "Cancelled"


def test_a_security_incident_begins_as_a_draft_with_a_number_of_its_own(instance: Instance) -> None:
    row = security_incident(instance, short_description="Phishing")
    assert (row["number"], row["state"], row["active"]) == ("SIR0010001", "10", "true")
    assert row["sys_class_name"] == "sn_si_incident"
    assert instance.new()["number"] == "INC0010001"


def test_a_forward_only_process_refuses_a_step_back_and_a_reopen(instance: Instance) -> None:
    row = security_incident(instance)
    assert change(instance, "sn_si_incident", row, state="18").status == 200
    back = change(instance, "sn_si_incident", row, state="16")
    assert back.status == 403
    assert "aborted by Business Rule" in back.detail
    assert change(instance, "sn_si_incident", row, state="3", close_code="-100", close_notes="done").status == 200
    assert change(instance, "sn_si_incident", row, state="16").status == 403


def test_an_open_process_goes_both_ways(instance: Instance) -> None:
    instance.system.seed({"processes": {"sn_si_incident": "NIST Open"}})
    row = security_incident(instance)
    closed = change(instance, "sn_si_incident", row, state="3", close_code="-101", close_notes="done").result
    assert (closed["active"], closed["closed_at"] != "") == ("false", True)
    again = change(instance, "sn_si_incident", row, state="16").result
    assert (again["active"], again["closed_at"], again["closed_by"]) == ("true", "", "")


@pytest.mark.parametrize("fields", [{}, {"close_code": "-100"}, {"close_code": "no such code", "close_notes": "x"}])
def test_closing_a_security_incident_needs_one_of_its_own_codes_and_notes(
    instance: Instance, fields: dict[str, str]
) -> None:
    row = security_incident(instance)
    refused = change(instance, "sn_si_incident", row, state="3", **fields)
    assert refused.status == 403
    assert "Data Policy Exception" in refused.detail
    assert change(instance, "sn_si_incident", row, state="7").status == 200


def test_security_incidents_are_hidden_from_itil_and_counted_all_the_same(instance: Instance) -> None:
    row = security_incident(instance)
    desk = instance.by("dana.desk")
    listed = desk.list("sn_si_incident")
    assert (listed.result, listed.headers["X-Total-Count"]) == ([], "1")
    assert desk.get(row["sys_id"], "sn_si_incident").status == 404
    assert desk.create("sn_si_incident").status == 403


def test_a_seed_gives_an_account_other_roles(instance: Instance) -> None:
    security_incident(instance)
    instance.system.seed({"roles": {"dana.desk": ["sn_si.read"]}})
    assert len(instance.by("dana.desk").list("sn_si_incident").result) == 1


def test_a_catalogue_task_has_three_closed_states_and_demands_nothing(instance: Instance) -> None:
    for state in ("3", "4", "7"):
        row = instance.create("sc_task", short_description="Order").result
        assert (row["number"][:6], row["state"]) == ("SCTASK", "1")
        assert change(instance, "sc_task", row, state=state).result["active"] == "false"
    assert choices(instance, "sc_task", "state", "ja")["-5"] == "保留中"


def test_configuration_items_are_read_and_walked_to_and_not_written(instance: Instance) -> None:
    item = instance.list("cmdb_ci", query="name=soc-siem-01").result[0]
    row = instance.new(cmdb_ci=item["sys_id"])
    shown = instance.get(row["sys_id"], sysparm_fields="cmdb_ci.name", sysparm_exclude_reference_link="true").result
    assert shown == {"cmdb_ci.name": "soc-siem-01"}
    assert instance.create("cmdb_ci", name="x").status == 403


def test_a_table_of_ones_own_extends_task(instance: Instance) -> None:
    instance.system.seed({"tables": [DUTY]})
    row = instance.create("u_soc_duty", short_description="Shift", u_shift="late", state="2").result
    assert (row["number"], row["state"], row["u_shift"]) == ("DUTY0010001", "2", "late")
    assert change(instance, "u_soc_duty", row, state="9").status == 403
    assert change(instance, "u_soc_duty", row, state="9", close_notes="ok").result["active"] == "false"
    assert change(instance, "u_soc_duty", row, state="1").status == 200
    assert choices(instance, "u_soc_duty", "state", "ja") == {"1": "予定", "2": "実行中", "9": "完了"}


def test_people_work_on_every_table_of_tickets(instance: Instance) -> None:
    instance.system.seed({"tables": [DUTY]})
    for table, closed in (("incident", "6"), ("sn_si_incident", "3"), ("sc_task", "3"), ("u_soc_duty", "9")):
        who = {"who": "keiko.tanaka", "table": table}
        made = instance.system.people({**who, "do": "create", "fields": {"short_description": table}})["record"]
        done = instance.system.people({**who, "do": "resolve", "number": made["number"], "text": "ok"})["record"]
        assert (done["state"], done["close_notes"]) == (closed, "ok")
    assert [row["table"] for row in instance.system.records()] == [
        "incident",
        "sn_si_incident",
        "sc_task",
        "u_soc_duty",
    ]


def test_a_deed_that_a_table_has_no_state_for_is_refused(instance: Instance) -> None:
    row = security_incident(instance)
    with pytest.raises(ValueError, match="'hold' is none of"):
        instance.system.people(
            {"who": "keiko.tanaka", "do": "hold", "table": "sn_si_incident", "sys_id": row["sys_id"]}
        )
    with pytest.raises(ValueError, match="'problem' is none of incident"):
        instance.system.people({"who": "keiko.tanaka", "do": "create", "table": "problem"})


def test_the_dictionary_says_what_is_enforced(instance: Instance) -> None:
    """An inherited field stands under `task` alone; every length is the one at which text is cut."""
    rows = instance.list("sys_dictionary", query="nameINtask,incident,sn_si_incident").result
    lengths = {(row["name"], row["element"]): int(row["max_length"]) for row in rows}
    assert ("incident", "short_description") not in lengths
    assert ("task", "close_code") not in lengths
    for name, table in (("incident", TABLES["incident"]), ("sn_si_incident", TASK_TABLES["sn_si_incident"])):
        for field in table.fields.values():
            if field.name not in {"sys_tags", "sys_class_name"}:
                assert lengths.get((name, field.name), lengths.get(("task", field.name))) is not None
    made = security_incident(instance, short_description="x" * 300)
    assert len(made["short_description"]) == lengths["task", "short_description"] == 160


def test_every_choice_has_a_label_in_both_languages(instance: Instance) -> None:
    rows = instance.list("sys_choice").result
    by_language = {
        language: {(row["name"], row["element"], row["value"]) for row in rows if row["language"] == language}
        for language in ("en", "ja")
    }
    assert by_language["en"] == by_language["ja"]
    assert {("incident", "close_code", "Duplicate"), ("sn_si_incident", "close_code", "-100")} <= by_language["ja"]


def test_a_table_can_be_closed_to_readers(instance: Instance) -> None:
    instance.system.seed(
        {"acl": [{"table": "sys_dictionary", "operation": "read", "allow": ["personalize_dictionary"]}]}
    )
    assert instance.list("sys_dictionary").result == []


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ({"tables": [{"name": "duty"}]}, "begins with u_"),
        ({"tables": [{**DUTY, "colour": "red"}]}, "colour"),
        ({"tables": [{**DUTY, "states": []}]}, "states is a list"),
        ({"tables": [{**DUTY, "fields": ["shift"]}]}, "not 'shift'"),
        ({"processes": {"incident": "NIST Open"}}, "cannot have the process"),
        ({"processes": {"sn_si_incident": "ISO"}}, "NIST Stateful, NIST Open"),
        ({"acl": [{"table": "nothing", "operation": "read", "allow": ["x"]}]}, "'nothing' is none of"),
    ],
)
def test_a_bad_table_seed_says_what_is_wrong(instance: Instance, command: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        instance.system.seed(command)


def dictionary(instance: Instance, table: str) -> dict[str, str]:
    rows = instance.list("sys_dictionary", query=f"name={table}").result
    return {row["element"]: row["internal_type"] for row in rows}


def test_a_table_has_its_parents_fields_which_the_dictionary_describes_once(instance: Instance) -> None:
    shift = {"name": "u_shift_end", "type": "glide_date_time"}
    instance.system.seed({"tables": [{**DUTY, "fields": ["u_shift", shift]}]})
    instance.system.seed(
        {"tables": [{**DUTY, "name": "u_soc_night_duty", "extends": "u_soc_duty", "fields": ["u_lamp"]}]}
    )
    assert dictionary(instance, "u_soc_duty") == {"u_shift": "string", "u_shift_end": "glide_date_time"}
    assert dictionary(instance, "u_soc_night_duty") == {"u_lamp": "string"}
    row = instance.create("u_soc_night_duty", u_shift="late", u_lamp="on", u_shift_end="no time").result
    assert (row["u_shift"], row["u_lamp"], row["u_shift_end"]) == ("late", "on", "")


def test_the_list_of_tables_tells_which_extends_which(instance: Instance) -> None:
    instance.system.seed({"tables": [DUTY, {**DUTY, "name": "u_soc_night_duty", "extends": "u_soc_duty"}]})
    asked = {"sysparm_fields": "name,super_class.name"}
    rows = instance.list("sys_db_object", query="nameINincident,task,u_soc_night_duty", **asked)
    assert {row["name"]: row.get("super_class.name", "") for row in rows.result} == {
        "incident": "task",
        "task": "",
        "u_soc_night_duty": "u_soc_duty",
    }


@pytest.mark.parametrize("wrong", [{"extends": "sys_user"}, {"fields": [{"name": "u_a", "type": "colour"}]}])
def test_a_table_that_cannot_be_is_refused(instance: Instance, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not '(sys_user|colour)'"):
        instance.system.seed({"tables": [{**DUTY, **wrong}]})
