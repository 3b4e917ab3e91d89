from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from watchkeeper.emulators.servicenow.cast import sys_id

Instance = Any
CHOSEN = "00112233445566778899aabbccddeeff"


def test_a_created_record_is_201_with_its_location_and_stamps(instance: Instance) -> None:
    answer = instance.create(short_description="週次点検")
    row = answer.result
    assert answer.status == 201
    assert answer.headers["Location"].endswith(f"/api/now/table/incident/{row['sys_id']}")
    assert row["number"] == "INC0010001"
    assert (row["sys_created_by"], row["sys_updated_by"]) == ("keiko.tanaka", "keiko.tanaka")
    assert row["sys_created_on"] == row["sys_updated_on"] == row["opened_at"] == "2026-11-16 00:30:00"
    assert row["opened_by"]["value"] == sys_id("sys_user", "keiko.tanaka")
    assert (row["sys_mod_count"], row["state"], row["active"]) == ("0", "1", "true")


def test_numbers_follow_each_other(instance: Instance) -> None:
    assert [instance.new()["number"] for _ in range(3)] == ["INC0010001", "INC0010002", "INC0010003"]


def test_text_that_no_encoding_can_hold_is_kept_and_shown(instance: Instance) -> None:
    row = instance.new(short_description="half \ud800 of a pair", work_notes="\udfff")
    assert row["short_description"] == "half \ud800 of a pair"
    (note,) = instance.list("sys_journal_field").result
    assert note["value"] == "\udfff"


def test_a_chosen_sys_id_is_honoured(instance: Instance) -> None:
    assert instance.new(sys_id=CHOSEN)["sys_id"] == CHOSEN


@pytest.mark.parametrize("chosen", ["short", "g" * 32, CHOSEN.upper().replace("0", "O"), 5])
def test_a_chosen_sys_id_that_is_none_is_replaced(instance: Instance, chosen: object) -> None:
    assert instance.new(sys_id=chosen)["sys_id"] != chosen


def test_an_instance_may_ignore_chosen_ids(instance: Instance) -> None:
    instance.system.seed({"honour_chosen_sys_id": False})
    assert instance.new(sys_id=CHOSEN)["sys_id"] != CHOSEN


def test_a_second_record_with_the_same_sys_id_is_refused_and_changes_nothing(instance: Instance) -> None:
    instance.new(sys_id=CHOSEN, short_description="first")
    answer = instance.create(sys_id=CHOSEN, short_description="second", work_notes="lost")
    assert answer.status == 403
    assert "Unique Key violation detected by database" in answer.detail
    assert [row["short_description"] for row in instance.list().result] == ["first"]
    assert instance.list("sys_journal_field").result == []


def test_put_and_patch_both_change_only_what_was_sent(instance: Instance) -> None:
    row = instance.new(short_description="a", description="kept")
    for method in ("PUT", "PATCH"):
        answer = instance.call(method, f"/api/now/table/incident/{row['sys_id']}", {"short_description": method})
        assert (answer.status, answer.result["short_description"], answer.result["description"]) == (
            200,
            method,
            "kept",
        )


def test_an_update_counts_and_stamps(instance: Instance) -> None:
    row = instance.new()
    instance.clock.advance(timedelta(seconds=61.9))
    changed = instance.by("liam.byrne").patch(row["sys_id"], short_description="b").result
    assert (changed["sys_mod_count"], changed["sys_updated_by"], changed["sys_created_by"]) == (
        "1",
        "liam.byrne",
        "keiko.tanaka",
    )
    assert (changed["sys_updated_on"], changed["sys_created_on"]) == ("2026-11-16 00:31:01", "2026-11-16 00:30:00")


def test_an_update_that_changes_nothing_leaves_no_trace(instance: Instance) -> None:
    row = instance.new(short_description="same")
    instance.clock.advance(timedelta(hours=1))
    unchanged = instance.by("liam.byrne").patch(row["sys_id"], short_description="same", priority="1").result
    assert (unchanged["sys_mod_count"], unchanged["sys_updated_by"]) == ("0", "keiko.tanaka")
    assert unchanged["sys_updated_on"] == row["sys_updated_on"]


@pytest.mark.parametrize("name", ["zz_no_such", "sys_created_by", "sys_updated_on", "sys_mod_count", "sys_id"])
def test_unknown_and_platform_fields_are_dropped_without_a_word(instance: Instance, name: str) -> None:
    row = instance.new()
    answer = instance.patch(row["sys_id"], **{name: "9" * 32})
    assert answer.status == 200
    assert answer.result == row


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("short_description", 160),
        ("correlation_id", 100),
        ("correlation_display", 100),
        ("description", 4_000),
        ("category", 40),
    ],
)
def test_text_beyond_a_fields_length_is_cut_without_a_word(instance: Instance, name: str, length: int) -> None:
    assert instance.new(**{name: "字" * (length + 5)})[name] == "字" * length


def test_an_empty_string_clears_a_field(instance: Instance, group: str) -> None:
    row = instance.new(description="a", assignment_group=group)
    cleared = instance.patch(row["sys_id"], description="", assignment_group="").result
    assert (cleared["description"], cleared["assignment_group"]) == ("", "")


def test_a_reference_takes_an_id_or_a_name_and_is_empty_when_nothing_fits(instance: Instance, group: str) -> None:
    assert instance.new(assignment_group=group)["assignment_group"]["value"] == group
    assert instance.new(assignment_group="SOC Monitoring")["assignment_group"]["value"] == group
    assert instance.new(assignment_group="SOC Monitring")["assignment_group"] == ""
    assert instance.new(assignment_group="f" * 32)["assignment_group"] == ""


def test_an_unknown_choice_is_stored_as_it_is(instance: Instance) -> None:
    row = instance.new(category="no such category", state="42")
    assert (row["category"], row["state"]) == ("no such category", "42")


@pytest.mark.parametrize(
    ("name", "sent", "held"),
    [
        ("state", "In Progress", "1"),
        ("reopen_count", "many", "0"),
        ("due_date", "tomorrow", ""),
        ("due_date", "2026-11-20", "2026-11-20 00:00:00"),
        ("knowledge", "TRUE", "true"),
        ("knowledge", "maybe", "false"),
        ("description", None, ""),
        ("description", {"a": 1}, ""),
    ],
)
def test_values_that_do_not_fit_the_fields_type_are_bent_or_ignored(
    instance: Instance, name: str, sent: object, held: str
) -> None:
    assert instance.new(**{name: sent})[name] == held


def test_display_values_can_be_sent_when_asked_for(instance: Instance) -> None:
    answer = instance.call(
        "POST",
        "/api/now/table/incident",
        {"state": "In Progress", "category": "Security", "due_date": "2026-11-20 09:00:00"},
        sysparm_input_display_value="true",
    )
    assert (answer.result["state"], answer.result["category"]) == ("2", "security")
    assert answer.result["due_date"] == "2026-11-20 00:00:00"


def test_notes_become_journal_rows_and_are_never_returned_as_values(instance: Instance) -> None:
    row = instance.new(work_notes="first", comments="to the caller")
    instance.clock.advance(timedelta(seconds=5))
    updated = instance.by("liam.byrne").patch(row["sys_id"], work_notes="second").result
    assert (row["work_notes"], updated["work_notes"], updated["comments"]) == ("", "", "")
    assert updated["sys_mod_count"] == "1"
    journal = instance.list("sys_journal_field", query=f"element_id={row['sys_id']}^ORDERBYsys_created_on").result
    assert [(each["element"], each["value"], each["sys_created_by"], each["name"]) for each in journal] == [
        ("work_notes", "first", "keiko.tanaka", "incident"),
        ("comments", "to the caller", "keiko.tanaka", "incident"),
        ("work_notes", "second", "liam.byrne", "incident"),
    ]


def test_the_same_note_twice_is_two_entries(instance: Instance) -> None:
    row = instance.new()
    for _ in range(2):
        instance.patch(row["sys_id"], work_notes="again")
    assert len(instance.list("sys_journal_field").result) == 2


def test_the_display_value_of_a_journal_is_its_text_newest_first(instance: Instance) -> None:
    row = instance.new(work_notes="first")
    instance.patch(row["sys_id"], work_notes="second")
    shown = instance.get(row["sys_id"], sysparm_display_value="true", sysparm_fields="work_notes").result["work_notes"]
    assert (
        shown
        == "2026-11-16 09:30:00 - 田中 恵子 (Work notes)\nsecond\n\n2026-11-16 09:30:00 - 田中 恵子 (Work notes)\nfirst\n\n"
    )


def test_each_changed_field_leaves_an_audit_row_with_both_values(instance: Instance) -> None:
    row = instance.new(short_description="a")
    assert instance.list("sys_audit").result == []
    instance.by("liam.byrne").patch(row["sys_id"], short_description="b", impact="1", work_notes="why")
    audit = instance.list("sys_audit", query=f"tablename=incident^documentkey={row['sys_id']}").result
    assert {(each["fieldname"], each["oldvalue"], each["newvalue"]) for each in audit} == {
        ("short_description", "a", "b"),
        ("impact", "3", "1"),
        ("priority", "5", "3"),
        ("work_notes", "", "why"),
    }
    assert {(each["user"], each["record_checkpoint"]) for each in audit} == {("liam.byrne", "1")}


@pytest.mark.parametrize(
    "table", ["sys_journal_field", "sys_audit", "sys_user", "sys_user_group", "sys_choice", "sys_properties"]
)
def test_tables_without_write_access_refuse(instance: Instance, table: str) -> None:
    answer = instance.create(table, name="x")
    assert (answer.status, answer.detail) == (403, "ACL Exception Insert Failed due to security constraints")


def test_deleting_needs_a_role(instance: Instance) -> None:
    row = instance.new()
    refused = instance.call("DELETE", f"/api/now/table/incident/{row['sys_id']}")
    assert (refused.status, refused.detail) == (403, "ACL Exception Delete Failed due to security constraints")
    done = instance.by("aoife.murphy").call("DELETE", f"/api/now/table/incident/{row['sys_id']}")
    assert (done.status, done.body) == (204, None)
    assert instance.get(row["sys_id"]).status == 404
    assert instance.by("aoife.murphy").call("DELETE", f"/api/now/table/incident/{row['sys_id']}").status == 404


@pytest.mark.parametrize(("body", "status"), [(b"{not json", 400), (b'"text"', 400), (b"[]", 400), (b"", 400)])
def test_a_body_that_is_no_record_is_refused(instance: Instance, body: bytes, status: int) -> None:
    answer = instance.call("POST", "/api/now/table/incident", body)
    assert (answer.status, answer.body["error"]["message"]) == (status, "Exception while reading request")


def test_a_body_of_another_type_is_415(instance: Instance) -> None:
    instance.headers["content-type"] = "application/xml"
    assert instance.create(short_description="a").status == 415


def test_of_several_records_in_one_body_only_the_first_is_made(instance: Instance) -> None:
    answer = instance.call(
        "POST", "/api/now/table/incident", [{"short_description": "one"}, {"short_description": "two"}]
    )
    assert (answer.status, len(instance.list().result)) == (201, 1)


def test_the_answers_body_can_be_left_out(instance: Instance) -> None:
    instance.headers["x-no-response-body"] = "true"
    answer = instance.create(short_description="a")
    assert (answer.status, answer.body, "Location" in answer.headers) == (201, None, True)


def test_a_post_can_stand_for_a_patch(instance: Instance) -> None:
    row = instance.new()
    instance.headers["x-http-method-override"] = "PATCH"
    assert (
        instance.call("POST", f"/api/now/table/incident/{row['sys_id']}", {"description": "b"}).result["description"]
        == "b"
    )


def test_every_change_is_kept_with_author_time_and_values(instance: Instance) -> None:
    row = instance.new(short_description="a")
    instance.by("liam.byrne").patch(row["sys_id"], short_description="b")
    instance.by("aoife.murphy").call("DELETE", f"/api/now/table/incident/{row['sys_id']}")
    changes = instance.system.changes(row["sys_id"])
    assert [(change.kind, change.by) for change in changes] == [
        ("insert", "keiko.tanaka"),
        ("update", "liam.byrne"),
        ("delete", "aoife.murphy"),
    ]
    assert (changes[1].before["short_description"], changes[1].after["short_description"]) == ("a", "b")
