"""Answers that no setting of an instance makes: each check says what it saw, and the others go on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment
from tests.unit.doctor.examined import examined, told, troubles
from tests.unit.doctor.sound import US, access_rules, control, seed, sound_deployment

from watchkeeper.doctor.calls import plan_probes
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.errors import Protocol
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.record import SENTINEL, SERVICENOW

pytestmark = pytest.mark.thorough


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return sound_deployment(tmp_path)


def answering(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, system: str, change: Any) -> None:
    """Let an emulated system answer, and change its answers on the way: `change(request, response)`."""
    emulated = deployment.world.systems[system]
    handle = emulated.handle
    monkeypatch.setattr(emulated, "handle", lambda request: change(request, handle(request)))


def test_an_order_that_is_not_kept_is_told(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(deployment.world, "servicenow", rows=[{"table": "incident", "fields": {"short_description": "Later"}}])

    def backwards(request: Request, response: Response) -> Response:
        if "ORDERBYsys_updated_on" not in request.raw_query or "/table/incident" not in request.path:
            return response
        rows = json.loads(response.body)["result"]
        return Response.of_json(200, {"result": rows[::-1]}, response.headers)

    answering(deployment, monkeypatch, "servicenow", backwards)
    found = examined(deployment)
    assert found[SERVICENOW, Check.RANGE, "incident"].finding is Finding.ORDER_WRONG
    assert troubles(found) == {("range", "incident")}


def test_a_condition_on_correlation_id_that_is_ignored_is_told(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def widened(request: Request, response: Response) -> Response:
        asked = "no-such-key" in request.raw_query
        return Response.of_json(200, {"result": [{"sys_id": "0" * 32}]}) if asked else response

    answering(deployment, monkeypatch, "servicenow", widened)
    found = examined(deployment)
    assert found[SERVICENOW, Check.CORRELATION, "incident"].finding is Finding.CORRELATION_IGNORED
    assert troubles(found) == {("correlation", "incident")}


@pytest.mark.parametrize(
    ("table", "check"),
    [
        ("contract_sla", Check.SLA),
        ("sysevent_email_action", Check.NOTIFICATION),
        ("sys_properties", Check.MARKUP),
        ("sys_properties", Check.ZONE),
        ("sys_store_app", Check.VENDOR),
        ("sys_user_has_role", Check.ROLES),
    ],
)
def test_a_table_that_only_a_check_reads_may_be_closed(deployment: Deployment, table: str, check: Check) -> None:
    closed = {"table": table, "operation": "api", "deny": [US]}
    seed(deployment.world, "servicenow", acl=[*access_rules("full"), closed])
    found = examined(deployment)
    assert troubles(found) == set()
    skipped = found[SERVICENOW, check, ""]
    assert (skipped.outcome, skipped.finding) == (ProbeOutcome.SKIPPED, Finding.NOT_READABLE)
    assert table in told(skipped)[0]


def test_a_zone_that_neither_the_account_nor_the_instance_tells_is_left_out(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {"table": "sys_user", "sys_id": sys_id("sys_user", US), "fields": {"time_zone": ""}}
    seed(deployment.world, "servicenow", rows=[ours])

    def silent(request: Request, response: Response) -> Response:
        return Response.of_json(200, {"result": []}) if "glide.sys.default.tz" in request.raw_query else response

    answering(deployment, monkeypatch, "servicenow", silent)
    found = examined(deployment)
    assert troubles(found) == set()
    assert found[SERVICENOW, Check.ZONE, ""].finding is Finding.NOT_READABLE


POLICY = "0a" * 16
DEMANDS_A_CALLER = {
    "table": "sys_data_policy_rule",
    "fields": {"sys_data_policy": POLICY, "field": "caller_id", "mandatory": "true"},
}


def test_a_rule_that_was_not_asked_for_demands_nothing(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance leaves out a condition that it does not understand, and answers with more."""
    policy = {"table": "sys_data_policy2", "sys_id": POLICY, "fields": {"short_description": "Caller"}}
    seed(deployment.world, "servicenow", rows=[policy])

    def more(request: Request, response: Response) -> Response:
        if "/table/sys_data_policy_rule" not in request.path:
            return response
        lax = {"sys_id": "0b" * 16, "sys_data_policy": POLICY, "field": "caller_id", "mandatory": "ignore"}
        return Response.of_json(200, {"result": [lax]})

    answering(deployment, monkeypatch, "servicenow", more)
    found = examined(deployment)
    assert troubles(found) == set()
    assert found[SERVICENOW, Check.POLICY, "maintenance"].finding is Finding.POLICY_FILLED


@pytest.mark.parametrize(
    "fields",
    [
        {"conditions": "category!=soc_maintenance"},
        {"conditions": "active=true", "active": "false"},
        {"conditions": "active=true", "model_table": "task", "inherit": "false"},
        {"conditions": "active=true", "model_table": "sc_task"},
    ],
)
def test_a_data_policy_that_is_not_about_our_tickets_is_no_trouble(
    deployment: Deployment, fields: dict[str, str]
) -> None:
    policy = {"table": "sys_data_policy2", "sys_id": POLICY, "fields": {"short_description": "Caller", **fields}}
    seed(deployment.world, "servicenow", rows=[policy, DEMANDS_A_CALLER])
    found = examined(deployment, write=True)
    assert troubles(found) == set()
    assert found[SERVICENOW, Check.POLICY, "maintenance"].finding is Finding.POLICY_FILLED


def test_data_policies_that_may_not_be_read_leave_their_check_out(deployment: Deployment) -> None:
    closed = {"table": "sys_data_policy2", "operation": "api", "deny": [US]}
    seed(deployment.world, "servicenow", acl=[*access_rules("full"), closed])
    found = examined(deployment)
    assert troubles(found) == set()
    assert found[SERVICENOW, Check.POLICY, "maintenance"].finding is Finding.NOT_READABLE


def test_what_a_data_policy_demands_is_what_the_write_probe_meets(deployment: Deployment) -> None:
    """What is read from the tables and what the instance does are one and the same."""
    policy = {"table": "sys_data_policy2", "sys_id": POLICY, "fields": {"short_description": "Caller"}}
    seed(deployment.world, "servicenow", rows=[policy, DEMANDS_A_CALLER])
    found = examined(deployment, write=True)
    assert troubles(found) == {("policy", "maintenance: Caller"), ("write", "incident")}
    assert "Caller id" in told(found[SERVICENOW, Check.WRITE, "incident"])[0]


def test_a_mail_by_an_event_that_keeps_from_our_tickets_is_no_trouble(deployment: Deployment) -> None:
    fields = {"name": "Assigned", "generation_type": "event", "event_name": "incident.assigned"}
    fields |= {"condition": "category!=soc_maintenance"}
    seed(deployment.world, "servicenow", rows=[{"table": "sysevent_email_action", "fields": fields}])
    found = examined(deployment)
    assert troubles(found) == set()
    assert found[SERVICENOW, Check.NOTIFICATION, ""].finding is Finding.NOTIFICATION_QUIET


@pytest.mark.parametrize(("role", "outcome"), [("soap", ProbeOutcome.WARN), ("admin", ProbeOutcome.FAIL)])
def test_an_administrator_is_a_failure_and_a_role_too_many_a_warning(
    deployment: Deployment, role: str, outcome: ProbeOutcome
) -> None:
    ours = sys_id("sys_user", US)
    made = seed(deployment.world, "servicenow", rows=[{"table": "sys_user_role", "fields": {"name": role}}])
    (named,) = made["rows"]
    seed(
        deployment.world,
        "servicenow",
        rows=[{"table": "sys_user_has_role", "fields": {"user": ours, "role": named["sys_id"]}}],
    )
    probe = examined(deployment)[SERVICENOW, Check.ROLES, ""]
    assert (probe.finding, probe.outcome) == (Finding.ROLES_TOO_MANY, outcome)


def test_choices_and_dictionary_that_are_closed_leave_their_checks_out(deployment: Deployment) -> None:
    closed = [{"table": table, "operation": "api", "deny": [US]} for table in ("sys_choice", "sys_dictionary")]
    seed(deployment.world, "servicenow", acl=[*access_rules("full"), *closed])
    found = examined(deployment)
    assert troubles(found) == set()
    assert found[SERVICENOW, Check.CHOICES, "maintenance"].finding is Finding.NOT_READABLE
    assert found[SERVICENOW, Check.MANDATORY, "maintenance"].finding is Finding.NOT_READABLE


def test_a_bucket_of_arm_that_is_nearly_empty_is_told(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "x-ms-ratelimit-remaining-subscription-reads"

    def drained(_: Request, response: Response) -> Response:
        return replace(response, headers={**response.headers, name: "7"})

    answering(deployment, monkeypatch, "arm", drained)
    probe = examined(deployment)[SENTINEL, Check.LIMITS, ""]
    assert probe.finding is Finding.LIMITS_LOW
    assert "7 reads" in told(probe)[0]


def test_what_arm_does_not_tell_of_its_buckets_is_said_to_be_unknown(deployment: Deployment) -> None:
    """A run of doctor writes nothing, so that no answer speaks of writes."""
    said, _ = told(examined(deployment)[SENTINEL, Check.LIMITS, ""])
    assert "an unknown number of writes" in said


def test_a_web_page_in_the_place_of_an_answer_hides_nothing_of_the_other_side(deployment: Deployment) -> None:
    deployment.world.faults.add(FaultRule("html200", system="servicenow", path_prefix="/api/"))
    found = examined(deployment)
    assert troubles(found) == {("reach", "")}
    assert (SERVICENOW, Check.OTHERS, "") in found
    assert found[SENTINEL, Check.RIGHTS, ""].outcome is ProbeOutcome.OK


def test_a_throttled_log_analytics_is_told_and_arm_is_not_blamed(deployment: Deployment) -> None:
    deployment.world.faults.add(FaultRule("status", system="loganalytics", status=429, retry_after=86_400))
    found = examined(deployment)
    assert {name for name, probe in found.items() if probe.finding is Finding.LIMITS_SPENT} == {
        (SENTINEL, Check.LIMITS, "history")
    }
    assert troubles(found) == {("limits", "history")}


def test_another_application_that_comments_on_incidents_is_told(deployment: Deployment) -> None:
    number = deployment.world.systems["arm"].records()[0]["properties"]["incidentNumber"]
    command = {"system": "sentinel", "do": "comment", "incident": number}
    control(deployment.world, "people", **command, who="niamh.kelly", text="Seen.")
    assert examined(deployment)[SENTINEL, Check.VENDOR, ""].finding is Finding.VENDOR_NONE
    control(deployment.world, "people", **command, who="Incident automation playbook", text="Ticket INC1 was opened.")
    probe = examined(deployment)[SENTINEL, Check.VENDOR, "Incident automation playbook"]
    assert (probe.outcome, probe.finding) == (ProbeOutcome.WARN, Finding.VENDOR_WRITES)


def test_rows_of_a_table_that_only_a_check_reads_may_be_hidden(deployment: Deployment) -> None:
    hidden = [
        {"table": table, "operation": "read", "deny": [US]}
        for table in ("sys_choice", "sys_properties", "sys_user_has_role", "sys_user", "sys_dictionary")
    ]
    seed(deployment.world, "servicenow", acl=[*access_rules("full"), *hidden])
    found = examined(deployment)
    assert found[SERVICENOW, Check.CHOICES, "maintenance"].finding is Finding.READ_EMPTY
    assert found[SERVICENOW, Check.MARKUP, ""].finding is Finding.NOT_READABLE
    assert found[SERVICENOW, Check.ROLES, ""].finding is Finding.NOT_READABLE
    assert found[SERVICENOW, Check.ZONE, ""].finding is Finding.NOT_READABLE
    assert found[SERVICENOW, Check.ACCOUNT, ""].finding is Finding.ACCOUNT_UNKNOWN


def test_a_ticket_that_may_not_be_made_is_told_by_the_write_probe(deployment: Deployment) -> None:
    closed = {"table": "incident", "operation": "create", "deny": [US]}
    seed(deployment.world, "servicenow", acl=[*access_rules("full"), closed])
    before = deployment.world.systems["servicenow"].records()
    found = examined(deployment, write=True)
    assert found[SERVICENOW, Check.WRITE, "incident"].outcome is ProbeOutcome.FAIL
    assert "403" in told(found[SERVICENOW, Check.WRITE, "incident"])[0]
    assert deployment.world.systems["servicenow"].records() == before


def test_a_record_table_that_is_closed_to_rest_is_not_a_refused_sign_in(deployment: Deployment) -> None:
    closed = {"table": "incident", "operation": "api", "deny": [US]}
    seed(deployment.world, "servicenow", acl=[*access_rules("full"), closed])
    found = examined(deployment)
    assert found[SERVICENOW, Check.REACH, ""].outcome is ProbeOutcome.OK
    assert found[SERVICENOW, Check.READ, "incident"].outcome is ProbeOutcome.FAIL
    assert found[SERVICENOW, Check.GROUP, "CSIRT"].outcome is ProbeOutcome.OK


def test_an_instance_that_fails_in_the_middle_fails_each_check_by_itself(deployment: Deployment) -> None:
    deployment.world.faults.add(
        FaultRule("status", system="servicenow", path_prefix="/api/now/table/sys_user", status=503)
    )
    deployment.world.faults.add(FaultRule("status", system="servicenow", regex="/batch$", status=503))
    found = examined(deployment)
    assert found[SERVICENOW, Check.ACCOUNT, ""].finding is Finding.FAILED_AS_SAID
    assert found[SERVICENOW, Check.USER, ""].outcome is ProbeOutcome.FAIL
    assert found[SERVICENOW, Check.READ, "incident"].outcome is ProbeOutcome.OK
    assert found[SERVICENOW, Check.MARKUP, ""].outcome is ProbeOutcome.OK


def test_rows_that_are_hidden_at_the_front_are_looked_for_at_the_end(deployment: Deployment) -> None:
    """Access rules hide rows after the limit was applied, so that a first page may be empty."""
    rows = [{"table": "incident", "sys_id": f"{i:032x}", "fields": {"short_description": "Secret"}} for i in range(25)]
    seed(deployment.world, "servicenow", rows=rows)
    deployment.world.clock.advance(timedelta(minutes=1))
    shown = {"table": "incident", "fields": {"short_description": "Plain", "category": "security"}}
    hidden = {"table": "incident", "operation": "read", "deny": [US], "condition": "short_description=Secret"}
    seed(deployment.world, "servicenow", rows=[shown], acl=[*access_rules("full"), hidden])
    assert examined(deployment)[SERVICENOW, Check.READ, "incident"].finding is Finding.READ_FINE


def test_a_plan_that_cannot_be_made_is_said_to_be_unknown(deployment: Deployment) -> None:
    def broken() -> Any:
        raise Protocol("the listing has no end")

    (probe,) = plan_probes(broken)
    assert (probe.outcome, probe.finding) == (ProbeOutcome.SKIPPED, Finding.PLAN_UNKNOWN)
    assert "the listing has no end" in told(probe)[0]


def test_a_plan_that_writes_nothing_costs_nothing_and_one_that_is_cut_short_says_why(deployment: Deployment) -> None:
    sync = deployment.sync()
    deployment.sync(open_valves=deployment.open_valves(sync))
    probe = examined(deployment, plan=True)["", Check.PLAN, ""]
    assert (probe.finding, probe.args["writes"]) == (Finding.PLAN_CALLS, "0")
    deployment.world.faults.add(
        FaultRule("status", system="arm", regex="/incidents$", status=429, retry_after=86_400, after=1)
    )
    probe = examined(deployment, plan=True)["", Check.PLAN, ""]
    assert (probe.finding, probe.outcome) == (Finding.PLAN_UNKNOWN, ProbeOutcome.SKIPPED)
    assert "sentinel" in told(probe)[0]
