from __future__ import annotations

from typing import Any

import pytest

from watchkeeper.emulators.servicenow.cast import sys_id

Instance = Any


def do(instance: Instance, who: str, deed: str, **more: Any) -> Any:
    return instance.system.people({"system": "servicenow", "who": who, "do": deed, **more})


@pytest.fixture
def number(instance: Instance) -> str:
    return str(
        do(instance, "keiko.tanaka", "create", fields={"short_description": "a", "assignment_group": "SOC Monitoring"})[
            "record"
        ]["number"]
    )


def test_somebody_creates_a_ticket(instance: Instance, number: str) -> None:
    (row,) = instance.list().result
    assert (row["number"], row["sys_created_by"], row["assignment_group"]["value"]) == (
        number,
        "keiko.tanaka",
        sys_id("sys_user_group", "SOC Monitoring"),
    )


def test_somebody_edits_fields_and_says_why(instance: Instance, number: str) -> None:
    record = do(instance, "liam.byrne", "edit", number=number, fields={"urgency": "1"}, text="raised")["record"]
    assert (record["urgency"], record["priority"], record["sys_updated_by"]) == ("1", "3", "liam.byrne")
    assert instance.list("sys_journal_field").result[0]["value"] == "raised"


@pytest.mark.parametrize(("deed", "element"), [("note", "work_notes"), ("comment", "comments")])
def test_somebody_writes(instance: Instance, number: str, deed: str, element: str) -> None:
    do(instance, "haruto.sato", deed, number=number, text="対応中です")
    (entry,) = instance.list("sys_journal_field").result
    assert (entry["element"], entry["value"], entry["sys_created_by"]) == (element, "対応中です", "haruto.sato")


@pytest.mark.parametrize(
    ("deed", "who", "state"),
    [
        ("resolve", "liam.byrne", "6"),
        ("close", "aoife.murphy", "7"),
        ("cancel", "liam.byrne", "8"),
        ("hold", "liam.byrne", "3"),
    ],
)
def test_somebody_moves_a_ticket_on(instance: Instance, number: str, deed: str, who: str, state: str) -> None:
    assert do(instance, who, deed, number=number, text="because")["record"]["state"] == state


def test_somebody_resolves_with_a_code_of_their_own_and_reopens(instance: Instance, number: str) -> None:
    resolved = do(instance, "liam.byrne", "resolve", number=number, fields={"close_code": "Duplicate"})["record"]
    assert resolved["close_code"] == "Duplicate"
    assert do(instance, "liam.byrne", "reopen", sys_id=resolved["sys_id"])["record"]["state"] == "2"


def test_somebody_assigns_to_a_person_or_a_group(instance: Instance, number: str) -> None:
    assert do(instance, "liam.byrne", "assign", number=number, to="niamh.kelly")["record"]["assigned_to"] == sys_id(
        "sys_user", "niamh.kelly"
    )
    assert do(instance, "liam.byrne", "assign", number=number, to="CSIRT")["record"]["assignment_group"] == sys_id(
        "sys_user_group", "CSIRT"
    )


def test_the_system_and_machines_can_be_the_ones_at_work(instance: Instance, number: str) -> None:
    assert do(instance, "scanner.bot", "note", number=number, text="seen")["record"]["sys_updated_by"] == "scanner.bot"
    assert do(instance, "system", "close", number=number)["record"]["sys_updated_by"] == "system"


def test_a_deed_can_lie_in_the_past(instance: Instance, number: str) -> None:
    record = do(instance, "liam.byrne", "note", number=number, text="earlier", at="2026-11-13T10:00:00+01:00")["record"]
    assert record["sys_updated_on"] == "2026-11-13 09:00:00"
    assert instance.list("sys_journal_field").result[0]["sys_created_on"] == "2026-11-13 09:00:00"


def test_deleting_needs_somebody_who_may(instance: Instance, number: str) -> None:
    with pytest.raises(ValueError, match=r"keiko\.tanaka may not delete"):
        do(instance, "keiko.tanaka", "delete", number=number)
    do(instance, "aoife.murphy", "delete", number=number)
    assert instance.system.records() == []


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ({"do": "note", "who": "keiko.tanaka", "number": "INC0010001"}, "'text'"),
        ({"do": "note", "who": "keiko.tanaka", "number": "INC9", "text": "x"}, "no incident 'INC9'"),
        ({"do": "note", "who": "keiko.tanaka", "text": "x"}, "give number or sys_id"),
        ({"do": "dance", "who": "keiko.tanaka", "number": "INC0010001"}, "none of create"),
        ({"who": "keiko.tanaka"}, "'do'"),
        ({"do": "create"}, "'who'"),
        ({"do": "create", "who": "keiko.tanaka", "fields": ["a"]}, "object"),
        ({"do": "create", "who": "keiko.tanaka", "at": "2026-11-13T10:00:00"}, "no time zone"),
        (
            {"do": "resolve", "who": "keiko.tanaka", "number": "INC0010001", "fields": {"close_code": ""}},
            "Resolution code",
        ),
    ],
)
def test_a_bad_command_says_what_is_wrong(
    instance: Instance, number: str, command: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        instance.system.people(command)


def test_an_unknown_person_is_named_with_those_who_exist(instance: Instance) -> None:
    with pytest.raises(KeyError, match=r"no user 'mallory'; there are keiko\.tanaka"):
        do(instance, "mallory", "create")


def test_what_is_said_when_resolving_is_the_close_note_and_no_work_note(instance: Instance, number: str) -> None:
    assert do(instance, "liam.byrne", "resolve", number=number, text="patched")["record"]["close_notes"] == "patched"
    assert instance.list("sys_journal_field").result == []


def test_records_show_incidents_with_their_journal(instance: Instance, number: str) -> None:
    do(instance, "liam.byrne", "note", number=number, text="hello")
    (record,) = instance.system.records()
    assert (record["table"], record["number"]) == ("incident", number)
    assert [(entry["sys_created_by"], entry["value"]) for entry in record["journal"]] == [("liam.byrne", "hello")]


def test_a_reset_starts_numbers_and_records_afresh(instance: Instance, number: str) -> None:
    instance.system.reset()
    assert instance.system.records() == []
    assert instance.new()["number"] == number
