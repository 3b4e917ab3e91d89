"""Whole runs against an instance that hides, drops, rewrites and refuses: nothing is fought over, repeated or taken for deleted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.worlds import people, tickets
from tests.effort import thoroughly
from tests.engine import Deployment, Watch, make_deployment
from tests.kept_worlds import done_once

from watchkeeper.model.run import Outcome, RunReport

pytestmark = pytest.mark.thorough

ROBOT = "watchkeeper"


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path)


@pytest.fixture
@done_once
def in_step(tmp_path: Path) -> Deployment:
    """Seven duties on both sides, in step."""
    deployment = make_deployment(tmp_path)
    deployment.sync()
    later(deployment)
    return deployment


def seed(deployment: Deployment, **command: Any) -> None:
    system: Any = deployment.world.systems["servicenow"]
    system.seed(command)


def denied(operation: str, **more: Any) -> dict[str, Any]:
    return {"table": "incident", "operation": operation, "deny": [ROBOT], **more}


def later(deployment: Deployment) -> RunReport:
    deployment.world.clock.advance(timedelta(minutes=10))
    return deployment.sync()


def close_in_sentinel(deployment: Deployment) -> None:
    fields = {"classification": "Undetermined"}
    people(deployment.world, "arm", "keiko.tanaka", "close", incident=1, text="done", fields=fields)


def writes_of_quiet_runs(deployment: Deployment, count: int = 3) -> list[tuple[str, str, str]]:
    watch = Watch.of(deployment.world)
    for _ in range(count):
        later(deployment)
    return watch.writes()


@pytest.mark.parametrize("field", ["due_date", *thoroughly("short_description", "category", "description")])
def test_a_field_of_a_new_ticket_that_is_dropped_is_reported_and_not_sent_again(
    deployment: Deployment, field: str
) -> None:
    seed(deployment, acl=[denied("write", field=field)])
    report = deployment.sync()
    refused = [result.refused for result in report.results if result.action.ref.side == "servicenow"]
    assert refused == [(field,)] * 7
    assert writes_of_quiet_runs(deployment) == []


LEFT_AT_THAT = "servicenow took the write and holds another value; it is left at that"


class TestANewTicketThatHoldsSomethingElse:
    """What a create lost shows in no record afterwards: the link remembers it, and every run names it, at no write or call."""

    @pytest.mark.parametrize(
        ("raw", "field"),
        [
            ("due_date", "due"),
            *thoroughly(("short_description", "title"), ("description", "description"), ("assignment_group", "group")),
        ],
    )
    def test_is_named_in_every_run(self, deployment: Deployment, raw: str, field: str) -> None:
        seed(deployment, acl=[denied("write", field=raw)])
        deployment.sync()
        watch = Watch.of(deployment.world)
        for report in (later(deployment), deployment.plan(), later(deployment)):
            assert {(row.field, row.reason) for row in report.parked} == {(field, LEFT_AT_THAT)}
            assert len(report.parked) == 7
            assert all(row.number.startswith("INC") for row in report.parked)
        assert watch.writes() == []

    @pytest.fixture
    def untitled(self, deployment: Deployment) -> Deployment:
        seed(deployment, acl=[denied("write", field="short_description")])
        deployment.sync()
        return deployment

    def test_is_named_after_a_full_sweep_and_another_change_too(self, untitled: Deployment) -> None:
        untitled.sync(full=True)
        assert len(later(untitled).parked) == 7
        raise_in_sentinel(untitled)
        assert [len(later(untitled).parked) for _ in range(2)] == [7, 7]

    def test_is_over_for_the_ticket_that_somebody_mends(self, untitled: Deployment) -> None:
        number = tickets(untitled.world)[0]["number"]
        fields = {"short_description": "Check the licences"}
        people(untitled.world, "servicenow", "keiko.tanaka", "edit", number=number, fields=fields)
        report = later(untitled)
        assert len(report.parked) == 6
        assert number not in {row.number for row in report.parked}

    def test_a_state_that_a_rule_gave_a_new_ticket_is_named_until_the_sides_agree(self, deployment: Deployment) -> None:
        rule = {"name": "Assigned is started", "table": "incident", "on": ["insert"], "set": {"state": "2"}}
        seed(deployment, rules=[rule])
        deployment.sync()
        assert {(row.field, row.reason) for row in later(deployment).parked} == {("status", LEFT_AT_THAT)}
        people(deployment.world, "arm", "keiko.tanaka", "edit", incident=1, fields={"status": "Active"})
        assert len(later(deployment).parked) == 6

    def test_a_form_of_the_sides_own_is_no_other_value(self, deployment: Deployment) -> None:
        rule = {"name": "Team list", "table": "incident", "on": ["insert"], "set": {"short_description": "Checked"}}
        seed(deployment, rules=[rule])
        deployment.sync()
        assert later(deployment).parked == ()


def test_a_close_that_is_dropped_is_reported_and_not_sent_again(in_step: Deployment) -> None:
    seed(in_step, acl=[denied("write", field="state")])
    close_in_sentinel(in_step)
    report = later(in_step)
    (result,) = report.results
    assert (result.outcome, result.refused, result.kept) == (Outcome.DONE, ("state",), ("status",))
    assert report.exit_code == 4
    assert writes_of_quiet_runs(in_step) == []
    seed(in_step, acl=[])
    in_step.sync(full=True)
    assert tickets(in_step.world)[0]["state"] == "6"


DROPS_SEVERITY = [denied("write", field=name) for name in ("impact", "urgency")]


def raise_in_sentinel(deployment: Deployment) -> None:
    people(deployment.world, "arm", "keiko.tanaka", "edit", incident=1, fields={"severity": "High"})


def severity_of_ticket(deployment: Deployment) -> tuple[str, str]:
    row = tickets(deployment.world)[0]
    return row["impact"], row["urgency"]


class TestAFieldThatIsDroppedWithoutAWord:
    """A person raised an incident; the instance takes our write of the ticket and keeps its old urgency and impact."""

    @pytest.fixture
    def dropped(self, in_step: Deployment) -> Deployment:
        seed(in_step, acl=DROPS_SEVERITY)
        raise_in_sentinel(in_step)
        return in_step

    def test_is_a_refusal_that_every_run_goes_on_telling(self, dropped: Deployment) -> None:
        first = later(dropped)
        (result,) = first.results
        assert (result.outcome, result.kept) == (Outcome.DONE, ("severity",))
        assert first.exit_code == 4
        watch = Watch.of(dropped.world)
        for report in (later(dropped), dropped.plan(), later(dropped)):
            assert report.exit_code == 4
            assert [(row.field, row.reason) for row in report.parked] == [
                ("severity", "servicenow did not take it (not sent again as it is)")
            ]
        assert watch.writes() == []

    def test_a_full_sweep_and_the_daily_one_try_it_once_more_and_say_the_same(self, dropped: Deployment) -> None:
        later(dropped)
        watch = Watch.of(dropped.world)
        assert dropped.sync(full=True).exit_code == 4
        assert len(watch.writes()) == 1
        dropped.world.clock.advance(timedelta(days=1))
        assert dropped.sync().exit_code == 4
        watch = Watch.of(dropped.world)
        assert [later(dropped).exit_code for _ in range(3)] == [4, 4, 4]
        assert watch.writes() == []

    def test_is_written_once_it_may_be(self, dropped: Deployment) -> None:
        later(dropped)
        seed(dropped, acl=[])
        assert dropped.sync(full=True).exit_code == 0
        assert severity_of_ticket(dropped) == ("1", "1")
        assert writes_of_quiet_runs(dropped) == []

    def test_is_over_when_the_person_takes_the_change_back(self, dropped: Deployment) -> None:
        later(dropped)
        people(dropped.world, "arm", "keiko.tanaka", "edit", incident=1, fields={"severity": "Informational"})
        report = later(dropped)
        assert (report.exit_code, report.parked) == (0, ())
        assert writes_of_quiet_runs(dropped) == []

    def test_is_tried_when_its_target_moves(self, dropped: Deployment) -> None:
        later(dropped)
        seed(dropped, acl=[])
        people(dropped.world, "arm", "keiko.tanaka", "edit", incident=1, fields={"severity": "Medium"})
        assert later(dropped).exit_code == 0
        assert severity_of_ticket(dropped) == ("2", "2")

    def test_does_not_go_along_with_what_else_is_written(self, dropped: Deployment) -> None:
        later(dropped)
        people(dropped.world, "arm", "keiko.tanaka", "edit", incident=1, fields={"status": "Active"})
        report = later(dropped)
        assert [dict(result.action.body) for result in report.results] == [{"state": "2"}]
        assert report.exit_code == 4
        assert later(dropped).exit_code == 4

    def test_a_close_goes_through_without_it(self, dropped: Deployment) -> None:
        later(dropped)
        close_in_sentinel(dropped)
        assert later(dropped).exit_code == 4
        assert tickets(dropped.world)[0]["state"] == "6"
        assert severity_of_ticket(dropped) == ("3", "3")

    def test_one_of_two_fields_that_is_dropped_is_told_too(self, in_step: Deployment) -> None:
        seed(in_step, acl=DROPS_SEVERITY[1:])
        raise_in_sentinel(in_step)
        assert later(in_step).exit_code == 4
        assert severity_of_ticket(in_step) == ("1", "3")
        assert later(in_step).exit_code == 4
        assert writes_of_quiet_runs(in_step) == []
        seed(in_step, acl=[])
        assert in_step.sync(full=True).exit_code == 0
        assert severity_of_ticket(in_step) == ("1", "1")


def test_a_value_that_a_rule_makes_into_another_one_is_told_once(in_step: Deployment) -> None:
    rule = {"name": "Never above medium", "table": "incident", "condition": "urgency=1", "set": {"urgency": "2"}}
    seed(in_step, rules=[rule])
    raise_in_sentinel(in_step)
    report = later(in_step)
    (result,) = report.results
    assert (result.refused, result.kept, report.exit_code) == (("urgency",), (), 0)
    assert later(in_step).exit_code == 0
    assert [write for write in writes_of_quiet_runs(in_step) if write[0] == "servicenow"] == []


@pytest.mark.parametrize(
    ("state", "when"),
    [
        *thoroughly(("7", "async")),
        ("2", "before"),
        *thoroughly(("2", "after")),
        pytest.param("7", "before", marks=pytest.mark.slow),
        pytest.param("7", "after", marks=pytest.mark.slow),
        pytest.param("2", "async", marks=pytest.mark.slow),
    ],
)
def test_a_close_that_a_rule_rewrites_is_not_fought_over(in_step: Deployment, state: str, when: str) -> None:
    rule = {"name": "Rewrite", "table": "incident", "when": when, "condition": "state=6", "set": {"state": state}}
    seed(in_step, rules=[rule])
    close_in_sentinel(in_step)
    later(in_step)
    assert tickets(in_step.world)[0]["state"] == state
    assert [write for write in writes_of_quiet_runs(in_step) if write[0] == "servicenow"] == []
    disagree = state == "2" and when != "async"
    told = [(row.field, row.reason) for row in later(in_step).parked]
    assert told == ([("status", LEFT_AT_THAT)] if disagree else [])


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (
            {"rules": [{"name": "Closing is for people", "table": "incident", "condition": "state=6", "abort": True}]},
            "Closing is for people",
        ),
        (
            {
                "rules": [
                    {"name": "Policy", "table": "incident", "condition": "state=6", "mandatory": ["business_service"]}
                ]
            },
            "Business service",
        ),
        ({"acl": [denied("write")]}, "write access to incident"),
    ],
    ids=["abort", "policy", "acl"],
)
def test_a_refused_close_is_told_with_its_reason_and_not_sent_again(
    in_step: Deployment, refusal: dict[str, Any], words: str
) -> None:
    seed(in_step, **refusal)
    close_in_sentinel(in_step)
    report = later(in_step)
    assert report.exit_code == 4
    assert words in report.results[0].message
    assert writes_of_quiet_runs(in_step) == []
    seed(in_step, rules=[], acl=[])
    later(in_step)
    in_step.sync(full=True)
    assert tickets(in_step.world)[0]["state"] == "6"


@pytest.mark.parametrize(
    ("operation", "field"),
    [
        ("query_range", "sys_updated_on"),
        *thoroughly(("query_match", "correlation_display"), ("query_match", "category")),
    ],
)
def test_a_right_to_query_that_lacks_is_for_an_operator(in_step: Deployment, operation: str, field: str) -> None:
    seed(in_step, acl=[denied(operation, field=field)])
    report = later(in_step)
    assert report.exit_code == 5
    assert any(f"{operation} on {field}" in reason for reason in report.reasons)
    seed(in_step, acl=[])
    assert later(in_step).exit_code == 0


def test_hidden_tickets_are_neither_deleted_nor_closed_nor_made_anew_and_are_followed_when_seen_again(
    in_step: Deployment,
) -> None:
    seed(in_step, acl=[denied("read")])
    close_in_sentinel(in_step)
    assert writes_of_quiet_runs(in_step) == []
    seed(in_step, acl=[])
    later(in_step)
    assert [row["state"] for row in tickets(in_step.world)] == ["6", *["1"] * 6]


def test_a_field_that_is_hidden_is_named_and_clears_nothing(in_step: Deployment) -> None:
    seed(in_step, acl=[denied("read", field="state"), denied("read", field="assigned_to")])
    people(in_step.world, "servicenow", "keiko.tanaka", "note", number="INC0010001", text="対応中です")
    report = later(in_step)
    assert {(row.field, row.reason) for row in report.parked} >= {("status", "servicenow does not show the field")}
    assert [write for write in writes_of_quiet_runs(in_step) if write[0] == "servicenow"] == []


def test_an_account_in_another_zone_and_language_changes_nothing(deployment: Deployment) -> None:
    row = {
        "table": "sys_user",
        "fields": {"time_zone": "Asia/Tokyo", "preferred_language": "ja", "date_format": "dd/MM/yyyy"},
    }
    robot: Any = deployment.world.systems["servicenow"]
    (user,) = [each.sys_id for each in robot.changes() if each.table == "sys_user" and each.after["user_name"] == ROBOT]
    seed(deployment, rows=[{**row, "sys_id": user}])
    report = deployment.sync()
    assert [result.refused for result in report.results if result.refused] == []
    assert writes_of_quiet_runs(deployment) == []
