from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema.exceptions import ValidationError
from tests.schemas import validator
from tests.state.examples import a_request
from tests.unit.report import examples, test_upkeep
from tests.unit.report.test_neutralise import is_inert

from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.pack_changes import ChangeKind, PackChange
from watchkeeper.catalog.year import Planned
from watchkeeper.errors import Attempt, AuthFailed, Config, Problem
from watchkeeper.mapping.explain import explain
from watchkeeper.mapping.explain_settings import settings_of
from watchkeeper.mapping.load import profile_files
from watchkeeper.model.difference import Difference, Shift, Subject
from watchkeeper.model.halt import Halt, HaltKind
from watchkeeper.model.pairing import Pairing
from watchkeeper.model.plan import Carried, Plan
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record, RecordRef, Revision
from watchkeeper.model.rehearsal import Exercise, MappingCase, Miss, Rehearsed, TableRowId
from watchkeeper.model.retirement import LeftOutcome, LeftPair, LeftRecord, LeftWrite, Retirement
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report import machine, tools
from watchkeeper.report.explain import explain_json
from watchkeeper.report.halt import HaltView, order_json
from watchkeeper.report.mapping_diff import DiffView, LiveCount, diff_json
from watchkeeper.report.mapping_test import TrialView, trial_json
from watchkeeper.report.packs import PackView, differences_json, packs_json, switched_json
from watchkeeper.report.pairing import pairing_json
from watchkeeper.report.preview import preview_json
from watchkeeper.report.retirement import retirement_csv, retirement_json
from watchkeeper.report.year import year_json

PROBLEM = Problem("teams.yaml:3:5", "teams.0.zone", "no such zone", "an IANA name", "Asia/Tokyo")
FAILED = AuthFailed(
    "ServiceNow refused us", remedy="check SERVICENOW_CLIENT_ID", attempt=Attempt("servicenow", "GET /x", "", 401, "no")
)


def a_record(side: str, number: str) -> Record:
    ref = RecordRef(side, "incident", f"{side}-{number}")
    return Record(ref, number, "https://x.example", Revision("1"), examples.MONDAY, examples.MONDAY, {})


PAIRS = (
    Pairing(
        ("INC0010001", "42"), "escalation/servicenow/a", a_record(SERVICENOW, "INC0010001"), a_record(SENTINEL, "42")
    ),
    Pairing(("INC0010002", "43"), problem="INC0010002 is paired already"),
)
PAUSED = Halt(HaltKind.PAUSED, "1", "aiko", "laptop", examples.MONDAY, "an upgrade", examples.MONDAY)
HALTED = HaltView("soc", "sqlite:///watchkeeper.db", PAUSED, replace(PAUSED, until=None))
LEFT = LeftRecord(RecordRef(SERVICENOW, "incident", "a"), "INC0010001", "https://x.example/a", is_open=True)
RETIRED = Retirement(
    "soc",
    "sqlite:///watchkeeper.db",
    examples.MONDAY,
    1,
    (LeftPair("secure-score/soc@2026-11-16", "maintenance", {SERVICENOW: LEFT}),),
    (LeftWrite("secure-score/soc@2026-11-16", LEFT.ref, "close", LeftOutcome.UNKNOWN, "nothing answered"),),
    ("watchkeeper",),
    {SERVICENOW: "watchkeeper.integration"},
    ("itil",),
    "deploy/permissions/x.json",
    replace(PAUSED, kind=HaltKind.RETIRED, until=None),
)
PACK = PackView(
    id="house",
    title={"en": "House", "ja": "社内"},
    state="enabled",
    tasks=1,
    version="1.0.0",
    shipped="",
    url="https://wiki.example/soc",
    date=date(2026, 11, 1),
    file="packs/house.yaml",
)
RENAMED = PackChange(ChangeKind.CHANGED, "review", "title.en", ("Review",), ("Reviews",))
SHIPPED = profile_files(Path(__file__).parents[3] / "mappings")
STORIES = [explain(*load, "status") for load in SHIPPED]
SETTINGS = [each for load in SHIPPED for each in settings_of(*load, "assignment_group")]
FAILED_CASE = Rehearsed(
    MappingCase("On Hold", "escalation", "x.yaml:1:1", {SERVICENOW: {"state": "3"}}, {SENTINEL: {"status": "Active"}}),
    (Miss(SENTINEL, "status", "Active", None, "y.yaml:2:1", "x.yaml:3:1", "state is unknown"),),
)
ROW = TableRowId("escalation", Exercise.READ, SERVICENOW, "status", "3")
CHANGED = DiffView(
    "main",
    "mappings",
    (Difference(Subject.PROFILE, "escalation", "gone", Shift.SETTING, {"before": "report", "after": "recreate"}),),
    (frozenset({"escalation/servicenow/a"}),),
    (LiveCount(SERVICENOW, "status", 1, 1),),
)
PAYLOADS: dict[str, Callable[[], machine.Json]] = {
    "plan": lambda: machine.plan_json(
        examples.a_plan(), examples.DECIDED, [examples.CLOSED_VALVE], examples.NUMBERS, exit_code=7, reasons=["7: x"]
    ),
    "run": lambda: machine.run_json(examples.a_report()),
    "audit": lambda: machine.audit_json(examples.an_audit()),
    "history": lambda: machine.history_json(examples.RUNS),
    "status": lambda: machine.status_json(examples.a_status()),
    "show": lambda: machine.show_json(replace(examples.a_key_view(), request=a_request(until=date(2027, 1, 31)))),
    "tasks-due": lambda: machine.due_json(examples.DECIDED, examples.MONDAY),
    "doctor": lambda: machine.doctor_json(examples.PROBES, exit_code=5, reasons=["5: rights"]),
    "permissions": lambda: machine.permissions_json(examples.LEAST),
    "problems": lambda: machine.problems_json("mappings check", [PROBLEM], exit_code=3),
    "pairing": lambda: pairing_json(PAIRS, 0, confirmed=False, command="adopt", exit_code=4),
    "tasks-raise": lambda: tools.raised_json("tabletop-exercise/all@2026-11-23~0123456789", fresh=True),
    "db-upgrade": lambda: tools.upgraded_json(None, "0003"),
    "unlock": lambda: tools.unlocked_json("run-1", "", freed=False, exit_code=75),
    "halt": lambda: order_json(HALTED, "pause", exit_code=0),
    "retire": lambda: retirement_json(RETIRED),
    "mappings-explain": lambda: explain_json("status", STORIES, SETTINGS),
    "mappings-preview": lambda: preview_json(examples.A_PREVIEW, "mappings"),
    "mappings-test": lambda: trial_json(TrialView((FAILED_CASE,), frozenset({ROW}), 50), exit_code=4),
    "mappings-diff": lambda: diff_json(CHANGED, exit_code=8),
    "error": lambda: machine.error_json("sync", FAILED, exit_code=5),
    "tasks-calendar": lambda: year_json(
        [Planned(each.occurrence, "other/soc@2026-11-16") for each in examples.DECIDED], 12, examples.MONDAY
    ),
    "packs-list": lambda: packs_json([PACK]),
    "packs-switch": lambda: switched_json("house", "packs/house.yaml", enabled=True, changed=True),
    "packs-diff": lambda: differences_json({"house": [RENAMED]}, ["ours"]),
    **test_upkeep.PAYLOADS,
}


def validate(name: str, payload: Any) -> None:
    validator(machine.schema(name)).validate(payload)


@pytest.mark.parametrize("name", PAYLOADS)
def test_what_is_printed_keeps_its_schema(name: str) -> None:
    payload = json.loads(machine.render(PAYLOADS[name]()))
    validate(name, payload)
    assert payload["version"] == 1


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_schema_takes_nothing_else(name: str) -> None:
    payload = json.loads(machine.render(PAYLOADS[name]()))
    with pytest.raises(ValidationError):
        validate(name, payload | {"surprise": 1})
    for field in payload:
        with pytest.raises(ValidationError):
            validate(name, {other: value for other, value in payload.items() if other != field})


def test_empty_reports_keep_their_schemas_too() -> None:
    validate("plan", json.loads(machine.render(machine.plan_json(Plan(())))))
    empty = replace(examples.a_key_view(), links={}, decided=None, dirty=None, conflicts=(), ledger=(), writes=())
    validate("show", json.loads(machine.render(machine.show_json(empty))))
    validate("status", json.loads(machine.render(machine.status_json(replace(examples.a_status(), holder=None)))))


HELD_BY_THEIR_COMMANDS = (
    "evidence",
    "export-site",
    "init",
    "report-compliance",
    "report-escalations",
    "report-oversight",
    "report-remediation",
    "report-run",
    "report-secure-score",
    "tasks-list",
)
"""Schemas that the tests of these commands hold against what they print."""


def test_every_schema_has_a_payload_that_is_held_against_it() -> None:
    schemas = {path.stem for path in (Path(machine.__file__).parent / "schemas").glob("*.json")}
    assert schemas == {*PAYLOADS, *HELD_BY_THEIR_COMMANDS}


def test_a_pair_that_cannot_be_made_is_a_reason() -> None:
    payload = PAYLOADS["pairing"]()
    assert (payload["exit_code"], payload["reasons"]) == (4, ["INC0010002 is paired already"])


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_hostile_text_is_inert_and_comes_back_whole(text: str) -> None:
    plan = Plan((examples.an_action(body={"description": text, "labels": (text,)}, reason=text),))
    printed = machine.render(machine.plan_json(plan))
    assert is_inert(printed)
    assert printed.isascii()
    (action,) = json.loads(printed)["actions"]
    assert (action["body"], action["reason"]) == ({"description": text, "labels": [text]}, text)


def test_a_left_out_field_is_null_and_an_empty_one_is_empty() -> None:
    plan = Plan((examples.an_action(body={"gone": None, "cleared": ""}),))
    (action,) = machine.plan_json(plan)["actions"]
    assert action["body"] == {"gone": None, "cleared": ""}


def test_instants_are_utc_with_a_z() -> None:
    assert machine.run_json(examples.a_report())["started_at"] == "2026-11-23T09:00:00Z"


def test_compliance_is_a_share_of_the_duties_and_null_where_there_were_none() -> None:
    payload = machine.audit_json(examples.an_audit())
    assert payload["compliance"] == pytest.approx(2 / 6)
    nobody = json.loads(machine.render(machine.audit_json(examples.an_audit(verdicts=()))))
    validate("audit", nobody)
    assert nobody["compliance"] is None


def test_the_audit_s_totals_add_up() -> None:
    payload = machine.audit_json(examples.an_audit())
    assert sum(payload["totals"].values()) == len(payload["verdicts"]) == 7
    for kind in VerdictKind:
        assert sum(team["totals"][kind.value] for team in payload["teams"]) == payload["totals"][kind.value]


def test_configuration_problems_are_listed_one_by_one() -> None:
    payload = machine.error_json("sync", Config([PROBLEM, PROBLEM]), exit_code=3)
    validate("error", payload)
    assert [row["suggestion"] for row in payload["problems"]] == ["Asia/Tokyo", "Asia/Tokyo"]


def test_the_tasks_of_the_shipped_catalogue_keep_their_schema() -> None:
    catalog = load_catalog(Path(__file__).parents[3] / "mappings", deployment="test")
    payload = json.loads(machine.render(machine.tasks_json(catalog)))
    validate("tasks-list", payload)
    assert [task["id"] for task in payload["tasks"]] == sorted(catalog.tasks)
    assert {"en", "ja"} <= set(payload["tasks"][0]["title"])


def test_no_cell_of_a_list_for_spreadsheets_is_a_formula() -> None:
    hostile = replace(
        RETIRED, pairs=(LeftPair("=cmd|'/c calc'!A1", "-x", {SERVICENOW: replace(LEFT, number="+1\x1b[2J")}),)
    )
    header, row = retirement_csv(hostile).splitlines()
    assert header == "key,profile,side,number,open,url"
    assert row == "'=cmd|'/c calc'!A1,'-x,servicenow,'+1\\x1b[2J,yes,https://x.example/a"


def test_a_run_tells_what_each_system_was_asked_and_how_long_changes_waited() -> None:
    report = examples.a_report()
    written, *others = report.results
    carried = replace(written.action, ref=replace(written.action.ref, side="sentinel"))
    carried = replace(carried, carries=Carried("servicenow", examples.MONDAY))
    told = machine.run_json(replace(report, results=(replace(written, action=carried, waited=95.0), *others)))
    assert told["sides"][0] | {"calls": {}} == {
        "side": "servicenow", "reachable": True, "complete": True, "clock_skew": -1.4, "error": "",
        "calls": {}, "errors": 2, "retries": 1, "throttled": 1, "waited": 30.5,
    }  # fmt: skip
    [lag] = told["lags"]
    assert (lag["source"], lag["target"]) == ("servicenow", "sentinel")
    assert [each for each in lag["buckets"] if each["count"]] == [{"up_to": 120, "count": 1}]
    assert lag["buckets"][-1] == {"up_to": None, "count": 0}
    assert told["results"][0]["waited"] == 95
