from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.unit.report import examples
from tests.unit.report.examples import CLOSED_VALVE, DECIDED, KEY, NUMBERS, a_create, a_plan, an_action
from tests.unit.report.test_neutralise import is_inert

from watchkeeper.model.plan import LATE_NUMBER, Operation, Parked, Plan
from watchkeeper.report import markdown, text
from watchkeeper.report.plan import counted, plan_document
from watchkeeper.report.run import plan_run_document
from watchkeeper.report.texts import texts_in


def printed(plan: Plan, lang: str = "en", **details: object) -> str:
    return text.render(plan_document(plan, lang=lang, numbers=NUMBERS, **details))  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_numbers_of_the_sentence_add_up_to_the_plan(lang: str) -> None:
    sentence = counted(a_plan().actions, texts_in(lang))
    numbers = [int(number) for number in re.findall(r"\d+", sentence)]
    kinds = len({action.operation for action in a_plan().actions})
    assert sum(numbers) == 2 * len(a_plan().actions)
    assert len(re.findall(r"[(（]", sentence)) == kinds


def test_a_plan_says_first_how_much_then_what_then_what_to_do() -> None:
    lines = printed(a_plan()).splitlines()
    assert " ".join(lines[:3]) == (
        "Plan: 3 records to create (2 in ServiceNow and 1 in Sentinel), 1 record to link (1 in Sentinel), 1 record to update "
        "(1 in ServiceNow), 1 comment to copy (1 in ServiceNow) and 1 record to close (1 in Sentinel). Nothing has been written."
    )
    assert lines[-4] == "What to do next"


def test_creates_are_grouped_by_task_with_both_systems_side_by_side() -> None:
    shown = printed(Plan((a_create(), a_create(side="sentinel"))))
    assert (
        "To create: secure-score (2)\n  + secure-score/monitoring@2026-11-23\n    due 2026-11-23 17:00 UTC\n" in shown
    )
    assert "    Field   ServiceNow           Sentinel\n" in shown
    assert "    status  new                  new\n" in shown


def test_a_change_is_shown_field_by_field_with_its_reason_and_its_rule() -> None:
    shown = printed(Plan((an_action(),)))
    assert "~ update INC0010001 in ServiceNow: Sentinel changed status" in shown
    assert "status  active → resolved  profiles/maintenance.yaml:12:5" in shown


def test_a_close_shows_what_is_sent_besides_the_status() -> None:
    shown = printed(Plan((an_action(Operation.CLOSE, body={"close_code": "Solved", "state": "6"}),)))
    assert "- close INC0010001 in ServiceNow" in shown
    assert "close_code  (none) → Solved" in shown
    assert "state       2 → 6" in shown


def test_a_number_that_is_not_known_yet_is_said_to_come() -> None:
    action = an_action(Operation.LINK, body={"labels": (LATE_NUMBER, "vip")}, before={"labels": ("vip",)}, changes=())
    assert "vip → (number to come), vip" in printed(Plan((action,)))


def test_a_long_value_is_cut_and_its_length_told() -> None:
    action = an_action(Operation.COMMENT, body={"text": "x" * 5_000}, changes=())
    assert "x… (5,000 characters)" in printed(Plan((action,)))


def test_nothing_to_do_is_said_in_one_sentence() -> None:
    assert printed(Plan(())) == (
        "No changes: both systems agree with each other and with the tasks that are due. Nothing has been\nwritten.\n"
    )


def test_a_closed_valve_comes_first_and_with_the_way_to_open_it() -> None:
    shown = printed(a_plan(), valves=[CLOSED_VALVE])
    assert shown.startswith("Plan stopped: 3 records to create")
    assert "Closed valves\n  ✗ creates: more creates than expected (counted 21, limit 20)" in shown
    assert f"--open-valve creates:{CLOSED_VALVE.digest}" in " ".join(shown.split())
    assert "watchkeeper sync` to write this" not in shown


def test_an_opened_valve_stops_nothing() -> None:
    shown = printed(a_plan(), valves=[replace(CLOSED_VALVE, opened=True)])
    assert shown.startswith("Plan: 3 records")
    assert "Opened valves\n  ! creates" in shown


def test_occurrences_that_get_no_ticket_are_listed_with_the_reason() -> None:
    shown = printed(Plan(()), decided=DECIDED)
    assert "Occurrences not opened (2)" in shown
    assert "! secure-score/monitoring@2026-11-16  missed" in shown
    assert "secure-score/monitoring@2026-11-23  create" not in shown


def test_a_plan_that_could_not_see_a_side_never_reads_as_no_changes() -> None:
    report = examples.a_report(
        plan=Plan(()), results=(), valves=(), parked=(), exit_code=75, reasons=("75: sentinel: timed out",), problems=()
    )
    shown = text.render(plan_run_document(report))
    assert shown.startswith("No whole plan can be made: one problem, named below.")
    assert "✗ 75: Sentinel: timed out" in shown
    assert "No changes" not in shown


def test_what_the_run_parked_is_part_of_the_plan_s_report() -> None:
    report = examples.a_report(plan=Plan(()), results=(), valves=(), exit_code=4, reasons=("4: group",), problems=())
    shown = text.render(plan_run_document(report))
    assert "Left alone (1)" in shown
    assert "✗ 4: group" in shown


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("hostile", examples.HOSTILE)
def test_ticket_text_in_a_plan_is_inert(hostile: str, lang: str) -> None:
    changes = (replace(an_action().changes[0], before=hostile, after=(hostile, hostile)),)
    plan = Plan(
        (
            an_action(reason=hostile, changes=changes),
            an_action(Operation.COMMENT, body={"text": hostile}, changes=()),
            a_create(title=hostile),
        ),
        parked=(replace(a_plan().parked[0], reason=hostile),),
        conflicts=(replace(a_plan().conflicts[0], winning=hostile, losing=hostile),),
    )
    document = plan_document(plan, lang=lang, numbers={KEY: {"servicenow": hostile}})
    assert is_inert(text.render(document))
    assert is_inert(markdown.render(document, texts=texts_in(lang)))


def test_a_plan_that_left_something_alone_never_says_that_both_systems_agree() -> None:
    left = Parked(KEY, "", "the record on servicenow is not visible")
    assert plan_document(Plan((), parked=(left,))).sentence == (
        "No changes are planned; 1 left alone. Nothing has been written."
    )


def test_a_valve_that_closes_on_a_plan_without_writes_is_said_first() -> None:
    sentence = plan_document(Plan(()), valves=(CLOSED_VALVE,)).sentence
    assert sentence == "Plan stopped: 0 writes would follow, but 1 valve is closed. Nothing has been written."
