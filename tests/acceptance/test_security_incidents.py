"""Security incidents: a table whose numbers mean something else, whose codes say nothing, and whose process may only go forward."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.test_other_tables import (
    at_rest,
    in_sentinel,
    in_servicenow,
    incident,
    mappings_with,
    settled,
    started,
    system,
    ticket,
)
from tests.engine import Deployment, Watch, make_deployment
from tests.kept_worlds import done_once

pytestmark = pytest.mark.thorough

TABLE = "sn_si_incident"
FALSE_ALARM = {"classification": "FalsePositive", "classificationReason": "InaccurateData"}


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    return mappings_with(tmp_path / "mappings", "security-incident")


@pytest.fixture
@done_once
def sir(tmp_path: Path) -> Deployment:
    mappings = mappings_with(tmp_path / "mappings", "security-incident")
    return started(make_deployment(tmp_path, mappings=mappings), "security-incident")


def test_an_incident_becomes_a_draft_and_its_analysis_makes_the_incident_active(sir: Deployment) -> None:
    row = ticket(sir, TABLE)
    assert (row["number"], row["state"], row["severity"]) == ("SIR0010001", "10", "1")
    in_servicenow(sir, TABLE, "edit", fields={"state": "16"})
    settled(sir)
    assert incident(sir)["status"] == "Active"
    in_servicenow(sir, TABLE, "edit", fields={"state": "20"})
    at_rest(sir)
    assert ticket(sir, TABLE)["state"] == "20"


def test_three_is_closed_here_and_on_hold_in_an_escalation(sir: Deployment) -> None:
    """Both profiles run side by side; the same number closes the one incident and only pauses the other."""
    system(sir, "arm").seed({"count": 1, "provider": "alert", "labels": ["escalation"], "title": "An escalation"})
    sir.sync(open_valves=sir.open_valves(sir.sync()))
    settled(sir)
    rows = system(sir, "servicenow").records()
    hold = next(row for row in rows if row["table"] == "incident" and "/escalation/" in row["correlation_id"])
    closed = next(row for row in rows if row["table"] == TABLE)
    who = {"who": "keiko.tanaka"}
    system(sir, "servicenow").people({**who, "do": "hold", "number": hold["number"]})
    system(sir, "servicenow").people({**who, "do": "close", "table": TABLE, "number": closed["number"]})
    settled(sir)
    states = {row["sys_id"]: row["state"] for row in system(sir, "servicenow").records()}
    assert states[hold["sys_id"]] == states[closed["sys_id"]] == "3"
    statuses = {
        row["properties"]["title"]: row["properties"]["status"]
        for row in system(sir, "arm").records()
        if "soc-maintenance" not in {label["labelName"] for label in row["properties"]["labels"]}
    }
    assert sorted(statuses.values()) == ["Active", "Closed"]
    assert statuses["An escalation"] == "Active"


def test_a_close_code_named_by_its_label_is_written_as_its_value(sir: Deployment) -> None:
    in_sentinel(sir, "close", text="A test file.", fields=FALSE_ALARM)
    settled(sir)
    row = ticket(sir, TABLE)
    assert (row["state"], row["close_code"]) == ("3", "-101")
    assert "A test file." in row["close_notes"]
    at_rest(sir)


def test_a_close_code_is_read_as_the_profile_names_it(sir: Deployment) -> None:
    in_servicenow(sir, TABLE, "close", text="Nothing to see.", fields={"close_code": "-101"})
    settled(sir)
    closed = incident(sir)
    assert (closed["classification"], closed["classificationReason"]) == ("FalsePositive", "IncorrectAlertLogic")
    assert "Close code: False positive" in closed["classificationComment"]
    at_rest(sir)


def test_labels_in_another_language_name_the_same_states_and_codes(tmp_path: Path) -> None:
    folder = mappings_with(
        tmp_path / "mappings",
        "security-incident",
        ("{ is: 10, means: new }", "{ is: ドラフト, means: new }"),
        ("{ is: 16, means: active, writes: [active] }", "{ is: 分析, means: active, writes: [active] }"),
        ("{ is: [FalsePositive, InaccurateData], write: { close_code: False positive } }", "{ is: [FalsePositive, InaccurateData], write: { close_code: 誤検知 } }"),
        ("          10: [16, 3, 7]\n", "          ドラフト: [分析, 3, 7]\n"),
        ("          16: [3, 7]\n", "          分析: [3, 7]\n"),
        ("          3: [16]\n          7: [16]", "          3: [分析]\n          7: [分析]"),
    )  # fmt: skip
    sir = started(make_deployment(tmp_path, mappings=folder), "security-incident")
    assert ticket(sir, TABLE)["state"] == "10"
    in_sentinel(sir, "edit", fields={"status": "Active"})
    settled(sir)
    assert ticket(sir, TABLE)["state"] == "16"
    in_sentinel(sir, "close", fields=FALSE_ALARM)
    settled(sir)
    assert ticket(sir, TABLE)["close_code"] == "-101"


def test_a_code_that_the_instance_does_not_have_parks_the_close_with_near_names(tmp_path: Path) -> None:
    change = ("write: { close_code: Benign activity } }\n      - { is: [FalsePositive, IncorrectAlertLogic]",) * 2
    folder = mappings_with(tmp_path / "mappings", "security-incident", (change[0], change[1].replace("Benign activity", "Benign activty")))  # fmt: skip
    sir = started(make_deployment(tmp_path, mappings=folder), "security-incident")
    benign = {"classification": "BenignPositive", "classificationReason": "SuspiciousButExpected"}
    in_sentinel(sir, "close", fields=benign)
    watch = Watch.of(sir.world)
    report = settled(sir)
    assert watch.writes() == []
    reasons = [row.reason for row in report.parked]
    wanted = "close_code 'Benign activty' is no choice of sn_si_incident; near: Benign activity"
    assert sum(wanted in reason for reason in reasons) == 2
    assert ticket(sir, TABLE)["state"] == "10"


def test_a_choice_that_was_added_since_is_found_in_the_next_run(tmp_path: Path) -> None:
    change = "write: { close_code: Benign activity } }\n      - { is: [FalsePositive, IncorrectAlertLogic]"
    folder = mappings_with(tmp_path / "mappings", "security-incident", (change, change.replace("Benign activity", "Expected test")))  # fmt: skip
    sir = started(make_deployment(tmp_path, mappings=folder), "security-incident")
    in_sentinel(
        sir, "close", fields={"classification": "BenignPositive", "classificationReason": "SuspiciousButExpected"}
    )
    assert settled(sir).parked
    choice = {"name": TABLE, "element": "close_code", "value": "-110", "label": "Expected test", "language": "en"}
    system(sir, "servicenow").seed({"rows": [{"table": "sys_choice", "fields": choice}]})
    assert settled(sir).parked == ()
    assert ticket(sir, TABLE)["close_code"] == "-110"


def test_a_first_import_that_is_refused_stops_no_other_write_on_the_days_that_follow(
    tmp_path: Path, mappings: Path
) -> None:
    """The account lacks the roles of Security Incident Response. What a person let be imported stays let, and the daily sweep's
    new try is no new import."""
    deployment = make_deployment(tmp_path, mappings=mappings)
    denied = {"table": TABLE, "operation": "create", "deny": ["watchkeeper"], "answer": "refuse"}
    system(deployment, "servicenow").seed({"acl": [denied]})
    system(deployment, "arm").seed({"count": 2, "provider": "alert", "labels": ["security-incident"]})
    stopped = deployment.sync()
    assert stopped.exit_code == 7
    assert deployment.sync(open_valves=deployment.open_valves(stopped)).exit_code == 4
    for _ in range(2):
        deployment.world.clock.advance(timedelta(days=1))
        report = deployment.sync()
        assert (report.exit_code, report.swept, report.valves) == (4, True, ())
        assert {result.action.profile for result in report.results} == {"maintenance", "security-incident"}
    system(deployment, "arm").seed({"count": 1, "provider": "alert", "labels": ["security-incident"]})
    (trip,) = settled(deployment).valves
    assert (trip.name, trip.count) == ("first-import", 1)


def reopened(sir: Deployment) -> Deployment:
    in_sentinel(sir, "close", fields=FALSE_ALARM)
    settled(sir)
    assert ticket(sir, TABLE)["state"] == "3"
    sir.world.clock.advance(timedelta(minutes=10))
    in_sentinel(sir, "reopen")
    return sir


def test_a_reopen_that_a_forward_only_process_refuses_is_reported_and_not_sent_again(sir: Deployment) -> None:
    reopened(sir)
    watch = Watch.of(sir.world)
    first = settled(sir)
    assert [method for _, method, _ in watch.writes()] == ["PATCH"]
    assert any("aborted by Business Rule" in result.message for result in first.results)
    for _ in range(3):
        watch = Watch.of(sir.world)
        report = settled(sir)
        assert watch.writes() == []
        assert any("aborted by Business Rule" in row.reason for row in report.parked)
    assert (ticket(sir, TABLE)["state"], incident(sir)["status"]) == ("3", "Active")


def test_a_process_that_goes_both_ways_follows_a_reopen(sir: Deployment) -> None:
    system(sir, "servicenow").seed({"processes": {TABLE: "NIST Open"}})
    settled(reopened(sir))
    assert (ticket(sir, TABLE)["state"], incident(sir)["status"]) == ("16", "Active")
    at_rest(sir)


def test_comments_are_not_mirrored_unless_asked_for(sir: Deployment) -> None:
    in_servicenow(sir, TABLE, "note", text="Only for the SOC.")
    in_sentinel(sir, "comment", text="Only here.")
    at_rest(sir)
    assert [entry["value"] for entry in ticket(sir, TABLE)["journal"]] == ["Only for the SOC."]


def test_comments_are_mirrored_where_the_profile_says_so(tmp_path: Path) -> None:
    folder = mappings_with(tmp_path / "mappings", "security-incident", ('comments: "off"', "comments: both"))
    sir = started(make_deployment(tmp_path, mappings=folder), "security-incident")
    in_sentinel(sir, "comment", text="Seen on another host.")
    settled(sir)
    assert any("Seen on another host." in entry["value"] for entry in ticket(sir, TABLE)["journal"])


def test_lists_and_lengths_are_asked_for_once_a_day_and_together_with_the_groups(sir: Deployment) -> None:
    def lookups(since: int) -> list[tuple[str, ...]]:
        return [entry.items for entry in sir.world.log.entries(since) if entry.path.endswith("/batch")]

    [asked] = lookups(0)
    assert {item.rsplit("/", 1)[1] for item in asked} == {"sys_user_group", "sys_dictionary", "sys_choice"}
    later = len(sir.world.log.entries())
    settled(sir)
    assert lookups(later) == []
    sir.world.clock.advance(timedelta(days=1))
    sir.sync()
    assert any("sys_choice" in item for items in lookups(later) for item in items)


def test_lists_that_are_closed_to_us_are_no_reason_to_stop(tmp_path: Path, mappings: Path) -> None:
    """Values are then sent as the profile spells them, and the instance has the last word."""
    deployment = make_deployment(tmp_path, mappings=mappings)
    closed = [{"table": table, "operation": "read", "allow": ["admin"]} for table in ("sys_choice", "sys_dictionary")]
    system(deployment, "servicenow").seed({"acl": closed})
    sir = started(deployment, "security-incident")
    assert ticket(sir, TABLE)["state"] == "10"
    in_servicenow(sir, TABLE, "edit", fields={"state": "16"})
    settled(sir)
    assert incident(sir)["status"] == "Active"
    at_rest(sir)
