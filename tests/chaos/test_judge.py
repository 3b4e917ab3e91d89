"""The judge of `./dev chaos` is told a true story, then one that was tampered with in one place: it names the place."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.books import Books, SqliteStore
from tests.chaos.diary import Diary, Edit, Note
from tests.chaos.judge import Evidence, repeated_notes, violations
from tests.engine import Deployment, make_deployment
from tests.invariants import story

FOLDER = Path(__file__).parent
ESCALATION = 1
"""The number of the incident that people work on."""


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """An escalation whose severity two people raised at once, with a note from either side and a title of its own."""
    deployment = make_deployment(tmp_path_factory.mktemp("truth"), mappings=story.mappings_with())
    story.escalate(deployment, severity="Low")
    story.import_all(deployment)
    story.later(deployment)
    number = story.mirror_of(deployment, ESCALATION)["number"]
    key = f"escalation/sentinel/{story.incident(deployment, ESCALATION)['name'].lower()}"
    story.in_servicenow(deployment, "ava.nguyen", "edit", number, fields={"impact": "1", "urgency": "1"})
    story.in_sentinel(deployment, "keiko.tanaka", "edit", ESCALATION, fields={"severity": "Medium", "title": "Mine"})
    story.in_servicenow(deployment, "ava.nguyen", "note", number, text="From the ticket.")
    story.in_sentinel(deployment, "keiko.tanaka", "comment", ESCALATION, text="From the incident.")
    story.settle(deployment)
    edits = [
        Edit("servicenow", key, "severity", "high", 0),
        Edit("sentinel", key, "severity", "medium", 0),
        Edit("sentinel", key, "title", "Mine", 0),
    ]
    notes = [Note("servicenow", key, "From the ticket."), Note("sentinel", key, "From the incident.")]
    return _evidence(deployment, Diary(edits, notes))


def _evidence(deployment: Deployment, diary: Diary) -> Evidence:
    records = {name: system.records() for name, system in deployment.world.systems.items()}
    requests = [entry.as_json() for entry in deployment.world.log.entries()]
    books = SqliteStore(deployment.database).books(deployment.name)
    return Evidence(deployment.name, copy.deepcopy(records), requests, [books], diary)


def ticket(evidence: Evidence) -> dict[str, Any]:
    return evidence.records["servicenow"][0]


def incident(evidence: Evidence) -> dict[str, Any]:
    return evidence.records["arm"][0]


def tampered(truth: Evidence, tamper: Callable[[Evidence], Any]) -> list[str]:
    """What the judge says of a copy of the truth after somebody had a hand in it."""
    evidence = replace(truth, records=copy.deepcopy(truth.records), diary=copy.deepcopy(truth.diary))
    changed = tamper(evidence)
    return violations(changed if isinstance(changed, Evidence) else evidence)


def with_log(evidence: Evidence, change: Callable[[list[dict[str, Any]]], Any]) -> Evidence:
    rows = [dict(row) for row in evidence.books[0].log]
    change(rows)
    return replace(evidence, books=[Books({**evidence.books[0].tables, "write_log": rows})])


def with_table(evidence: Evidence, name: str, rows: list[dict[str, Any]]) -> Evidence:
    return replace(evidence, books=[Books({**evidence.books[0].tables, name: rows})])


def test_nothing_here_knows_the_program() -> None:
    """But for its tests; what the program thinks of its own work must not count."""
    sources = [path for path in FOLDER.glob("*.py") if not path.name.startswith("test_")]
    imported = {path.name: re.findall(r"^(?:from|import) watchkeeper\S*", path.read_text(), re.M) for path in sources}
    assert {name: found for name, found in imported.items() if found} == {}


def test_the_truth_breaks_no_promise(truth: Evidence) -> None:
    assert violations(truth) == []
    assert repeated_notes(truth) == []


def test_a_second_ticket(truth: Evidence) -> None:
    [said] = tampered(truth, lambda each: each.records["servicenow"].append({**ticket(each), "sys_id": "other"}))[:1]
    assert said.endswith("has 2 tickets and 1 incidents")


def test_a_second_incident(truth: Evidence) -> None:
    [said] = tampered(truth, lambda each: each.records["arm"].append(dict(incident(each))))
    assert said.endswith("has 1 tickets and 2 incidents")


def test_an_escalation_without_a_counterpart(truth: Evidence) -> None:
    [said] = tampered(truth, lambda each: each.records["servicenow"].clear())
    assert said.endswith("is in one system alone")


def test_sides_that_differ(truth: Evidence) -> None:
    said = tampered(truth, lambda each: ticket(each).update(state="2"))
    assert [each for each in said if "status is active in ServiceNow and new in Sentinel" in each]


def test_sides_that_differ_for_a_reason_that_was_given(truth: Evidence) -> None:
    def parked(evidence: Evidence) -> Evidence:
        ticket(evidence).update(state="2")
        return replace(evidence, parked=frozenset({(evidence.diary.edits[0].key, "status")}))

    assert tampered(truth, parked) == []


def test_an_edit_that_both_sides_have_forgotten(truth: Evidence) -> None:
    def back_to_low(evidence: Evidence) -> None:
        ticket(evidence).update(impact="2", urgency="3")
        incident(evidence)["properties"]["severity"] = "Low"

    [said] = tampered(truth, back_to_low)
    assert said.endswith("severity=medium of sentinel is lost, it is low")


def test_an_edit_that_another_beat_without_a_conflict_row(truth: Evidence) -> None:
    [said] = tampered(truth, lambda each: with_table(each, "conflict", []))
    assert said.endswith("severity=medium of sentinel is lost, it is high")


def test_a_field_that_a_put_took_away(truth: Evidence) -> None:
    [said] = tampered(truth, lambda each: incident(each)["properties"].update(title="Phishing wave"))
    assert said.endswith("title=Mine of sentinel is lost, it is Phishing wave")


def test_a_note_that_was_not_carried(truth: Evidence) -> None:
    said = tampered(truth, lambda each: (incident(each)["comments"].clear(), ticket(each)["journal"].clear()))
    assert ["was not carried over" in each for each in said] == [True, True]


def test_a_comment_that_came_twice(truth: Evidence) -> None:
    def again(evidence: Evidence) -> None:
        ours = [each for each in incident(evidence)["comments"] if "From the ticket." in str(each)]
        incident(evidence)["comments"].extend(ours)

    [said] = tampered(truth, again)
    assert said.endswith("was carried over 2 times")


def test_a_work_note_that_came_twice_is_counted(truth: Evidence) -> None:
    twice = replace(truth, records=copy.deepcopy(truth.records))
    ticket(twice)["journal"] *= 2
    assert violations(twice) == []
    assert repeated_notes(twice) == ["From the incident."]


def test_a_note_that_came_back(truth: Evidence) -> None:
    def echo(evidence: Evidence) -> None:
        ours = next(each for each in ticket(evidence)["journal"] if each["sys_created_by"] == "watchkeeper")
        ticket(evidence)["journal"].append({**ours, "value": "[From the ticket.]"})

    [said] = tampered(truth, echo)
    assert said.endswith("'From the ticket.' of servicenow came back to it")


def test_a_write_that_nothing_announced(truth: Evidence) -> None:
    before = {**truth.requests[0], "method": "PATCH", "path": "/api/now/table/incident/elsewhere"}
    [said] = tampered(truth, lambda each: replace(each, requests=[*each.requests, {**before, "system": "servicenow"}]))
    assert "PATCH /api/now/table/incident/elsewhere" in said
    assert said.endswith("has no intended row before it")


def test_a_write_that_was_announced_afterwards(truth: Evidence) -> None:
    def late(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["at"] = "2027-01-01T00:00:00.000000Z"

    said = tampered(truth, lambda each: with_log(each, late))
    assert any(each.endswith("has no intended row before it") for each in said)
    assert any(each.endswith("was created without an intended row before it") for each in said)


@pytest.mark.parametrize("field", ["reason", "after", "at", "outcome", "hash"])
def test_a_row_of_the_write_log_that_was_changed(truth: Evidence, field: str) -> None:
    said = tampered(truth, lambda each: with_log(each, lambda rows: rows[1].update({field: "2026-11-16T00:00:00Z"})))
    assert "the write log's chain breaks at row 2" in said


def test_a_row_of_the_write_log_that_is_gone(truth: Evidence) -> None:
    said = tampered(truth, lambda each: with_log(each, lambda rows: rows.pop(2)))
    assert "the write log's chain breaks at row 3" in said


def test_a_write_of_which_nobody_says_what_became(truth: Evidence) -> None:
    def silent(rows: list[dict[str, Any]]) -> None:
        rows[:] = [row for row in rows if row["kind"] == "intended"]

    said = tampered(truth, lambda each: with_log(each, silent))
    assert any(each.startswith("nothing tells what became of the write") for each in said)


def test_an_intent_that_stayed_open(truth: Evidence) -> None:
    [said] = tampered(truth, lambda each: with_table(each, "intent", [{"action_id": "a1", "key": "k"}]))
    assert said == "the write a1 of k is still open"


def test_a_lease_that_nobody_freed(truth: Evidence) -> None:
    [said] = tampered(truth, lambda each: with_table(each, "lease", [{"run_id": "r1"}]))
    assert said == "run r1 still holds the lease"


def test_an_empty_store_has_books(tmp_path: Path) -> None:
    assert SqliteStore(tmp_path / "none.db").books("soc").log == ()
