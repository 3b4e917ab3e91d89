"""Checks of an instance whose answers, or whose deployment, are not the usual ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import responses
from requests import PreparedRequest
from tests.connectors.servicenow.instance import DATE, ORIGIN, connector, query_of
from tests.contract.servicenow_connector.rig import ServiceNowRig
from tests.scopes import shipped_scope

from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe, ProbeScope, TableRight, TableUse
from watchkeeper.model.record import SERVICENOW

ROW = {"sys_id": "1" * 32, "number": "INC0000001"}
SIGNED_OUT = (401, {"error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"}})
ESCALATIONS = TableUse("escalation", "incident", "profiles/escalation.yaml:1:1", creates=False)
SCOPE = ProbeScope("observe", uses=(ESCALATIONS,))

Answer = tuple[int, Mapping[str, Any]]
Answering = Callable[[str, str], Answer | None]
"""Table and query of a read → status and body, None for the usual answer: one row."""


@pytest.fixture
def instance() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.post(f"{ORIGIN}/api/now/v1/batch", status=403, json={"error": {"message": "closed"}})
        yield mocked


def serve(mocked: responses.RequestsMock, answering: Answering) -> None:
    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        table = (request.path_url.partition("?")[0]).rpartition("/")[2]
        status, body = answering(table, query_of(request).get("sysparm_query", "")) or (200, {"result": [ROW]})
        return status, {"Content-Type": "application/json", "Date": DATE}, json.dumps(body)

    mocked.add_callback("GET", re.compile(rf"{ORIGIN}/api/now/table/.*"), answer)


def usual(table: str, query: str) -> Answer | None:
    return None


def probes(scope: ProbeScope = SCOPE) -> dict[Check, Probe]:
    return {probe.check: probe for probe in connector().probes(scope)}


# --- reaching ---


def test_a_refused_question_is_an_answer_of_the_instance_and_reaches_it(instance: responses.RequestsMock) -> None:
    refusal = (400, {"error": {"message": "Invalid query", "detail": ""}})
    serve(instance, lambda table, query: refusal if query == "ORDERBYsys_id" else None)
    assert probes()[Check.REACH].finding is Finding.REACHED


@pytest.mark.parametrize("status", [500, 503])
def test_an_instance_that_is_down_is_not_asked_any_further(instance: responses.RequestsMock, status: int) -> None:
    serve(instance, lambda table, query: (status, {}))
    assert {check: probe.finding for check, probe in probes().items()} == {
        Check.REACH: Finding.UNREACHABLE,
        Check.OTHERS: Finding.NOT_TRIED,
    }
    assert len(instance.calls) == 1


def test_an_instance_that_shows_no_table_has_told_no_time(instance: responses.RequestsMock) -> None:
    closed = (403, {"error": {"message": "Failed API level ACL Validation", "detail": ""}})
    serve(instance, lambda table, query: closed)
    found = probes()
    assert found[Check.REACH].finding is Finding.REACHED
    assert (found[Check.CLOCK].outcome, found[Check.CLOCK].finding) == (ProbeOutcome.SKIPPED, Finding.CLOCK_UNTOLD)


# --- a sign-in that ends in the middle ---


def test_a_sign_in_that_ends_is_no_missing_right(instance: responses.RequestsMock) -> None:
    serve(instance, lambda table, query: SIGNED_OUT if "no-such-value" in query else None)
    right = TableRight("incident", read=frozenset({"number"}), match=frozenset({"number"}))
    found = probes(replace(SCOPE, rights=(right,)))
    assert found[Check.READ].finding is Finding.READ_FINE
    assert (found[Check.MATCH].finding, "401" in found[Check.MATCH].args["message"]) == (Finding.FAILED, True)


def test_a_sign_in_that_ends_says_nothing_about_unknown_fields(instance: responses.RequestsMock) -> None:
    serve(instance, lambda table, query: SIGNED_OUT if "zz_no_such_field" in query else None)
    found = probes()[Check.INVALID_QUERY]
    assert (found.outcome, "401" in found.args["message"]) == (ProbeOutcome.FAIL, True)


# --- what a deployment does not do is not looked at ---


def test_a_deployment_that_opens_no_ticket_has_no_mandatory_fields_and_starts_no_agreement(
    instance: responses.RequestsMock,
) -> None:
    serve(instance, usual)
    assert probes().keys().isdisjoint({Check.MANDATORY, Check.SLA, Check.NOTIFICATION})


def test_a_code_without_a_list_of_choices_cannot_be_unknown(instance: responses.RequestsMock) -> None:
    choice = {"sys_id": "2" * 32, "name": "incident", "element": "state", "value": "1", "label": "New"}
    choice |= {"language": "en", "inactive": "false", "sequence": "1"}
    serve(instance, lambda table, query: (200, {"result": [choice]}) if table == "sys_choice" else None)
    coded = replace(ESCALATIONS, codes_read=frozenset({"close_code", "state"}), understood={"state": frozenset({"1"})})
    found = [probe for probe in connector().probes(replace(SCOPE, uses=(coded,))) if probe.check is Check.CODES]
    assert [(probe.subject, probe.finding) for probe in found] == [("escalation: incident.state", Finding.CODES_KNOWN)]


# --- the write probe ---


def test_a_write_probe_of_fields_that_have_one_value_makes_and_resolves_a_ticket_without_a_change_between() -> None:
    rig = ServiceNowRig()
    shipped = shipped_scope(SERVICENOW)
    use = next(each for each in shipped.uses if each.sample)
    right = next(each for each in shipped.rights if each.table == use.table)
    bare = replace(right, write=right.write - {"work_notes", *use.chosen} | {"priority"})
    found = rig.connector.write_probes(replace(shipped, uses=(use,), rights=(bare,)))
    writes = [(entry.method, entry.status) for entry in rig.requests() if entry.is_write]
    assert writes == [("POST", 201), ("PATCH", 200)]
    assert [(probe.check, probe.finding) for probe in found] == [
        (Check.SYS_ID, Finding.SYS_ID_KEPT),
        (Check.WRITE, Finding.WRITE_FINE),
    ]
