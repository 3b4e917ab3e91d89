"""A table and fields that the code has never heard of work from YAML alone: truths, dates, lists, what is looked up, joined, framed
or stands for nothing, both ways as far as they go both ways."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.own_table import TABLE, mappings_with_own_table
from tests.acceptance.test_other_tables import at_rest, in_sentinel, in_servicenow, incident, settled, system, ticket
from tests.engine import Deployment, make_deployment
from tests.kept_worlds import done_once

from watchkeeper.doctor.live import check_live
from watchkeeper.model.preview import Standing
from watchkeeper.state.opening import open_copy
from watchkeeper.sync.named import by_name
from watchkeeper.sync.preview import preview

pytestmark = pytest.mark.thorough


@pytest.fixture
@done_once
def soc(tmp_path: Path) -> Deployment:
    """One incident of an important person with a date to look at it again, imported."""
    deployment = make_deployment(tmp_path, mappings=mappings_with_own_table(tmp_path / "mappings"))
    system(deployment, "servicenow").seed({"tables": [TABLE]})
    system(deployment, "arm").seed({"count": 1, "provider": "alert", "labels": ["soc-task", "vip"], "severity": "High"})
    in_sentinel(deployment, "edit", fields={"title": "Odd  login", "description": "24.12.2026"})
    deployment.sync(open_valves=deployment.open_valves(deployment.sync()))
    settled(deployment)
    return deployment


def held(deployment: Deployment, *names: str) -> dict[str, Any]:
    row = ticket(deployment, "u_soc_task")
    return {name: row[name] for name in names}


def labels(deployment: Deployment) -> set[str]:
    return {label["labelName"] for label in incident(deployment)["labels"]}


def test_a_new_ticket_says_what_the_incident_says_in_the_table_s_own_words(soc: Deployment) -> None:
    assert held(soc, "short_description", "state", "u_urgency", "u_vip", "u_review_on", "u_tags", "u_verdict") == {
        "short_description": "[SOC] Odd login",
        "state": "1",
        "u_urgency": "urgent",
        "u_vip": "true",
        "u_review_on": "2026-12-24",
        "u_tags": "soc-task, vip",
        "u_verdict": "",
    }
    assert incident(soc)["title"] == "Odd  login"
    at_rest(soc)


def test_what_people_write_on_either_side_reaches_the_other_in_its_form(soc: Deployment) -> None:
    fields = {"short_description": "[SOC] Odd login at night", "u_review_on": "2027-01-07", "u_tags": "vip,board"}
    in_servicenow(soc, "u_soc_task", "edit", fields=fields)
    settled(soc)
    found = incident(soc)
    assert (found["title"], found["description"]) == ("Odd login at night", "07.01.2027")
    assert {"board", "vip", "soc-task"} <= labels(soc)
    in_sentinel(soc, "edit", fields={"severity": "Low", "title": "Solved: a night shift", "description": ""})
    settled(soc)
    assert held(soc, "short_description", "u_urgency", "u_review_on") == {
        "short_description": "[SOC] Solved: a night shift",
        "u_urgency": "normal",
        "u_review_on": "",
    }
    assert held(soc, "u_tags") == {"u_tags": "vip,board"}
    at_rest(soc)


def test_a_field_with_one_direction_is_never_carried_back(soc: Deployment) -> None:
    in_servicenow(soc, "u_soc_task", "edit", fields={"u_remark": "Ours alone."})
    settled(soc)
    assert not incident(soc).get("classificationComment")
    assert held(soc, "u_remark") == {"u_remark": "Ours alone."}
    in_sentinel(soc, "edit", fields={"classificationComment": "For both."})
    settled(soc)
    assert held(soc, "u_remark") == {"u_remark": "For both."}
    at_rest(soc)


def test_a_field_whose_condition_does_not_hold_waits_and_then_catches_up(soc: Deployment) -> None:
    in_servicenow(soc, "u_soc_task", "edit", fields={"u_tags": "soc-task"})
    in_sentinel(soc, "edit", fields={"labels": sorted(labels(soc) - {"vip"})})
    settled(soc)
    in_servicenow(soc, "u_soc_task", "edit", fields={"u_review_on": "2027-01-07"})
    settled(soc)
    assert (held(soc, "u_vip"), incident(soc)["description"]) == ({"u_vip": "false"}, "24.12.2026")
    at_rest(soc)
    in_sentinel(soc, "edit", fields={"add_labels": ["board"]})
    settled(soc)
    assert (held(soc, "u_vip"), incident(soc)["description"]) == ({"u_vip": "true"}, "07.01.2027")
    at_rest(soc)


def test_what_follows_from_the_incident_is_written_over_in_the_ticket_and_never_back(soc: Deployment) -> None:
    in_servicenow(soc, "u_soc_task", "edit", fields={"u_vip": "false", "u_verdict": "guessed", "u_urgency": ""})
    before = incident(soc)
    settled(soc)
    assert held(soc, "u_vip", "u_verdict", "u_urgency") == {"u_vip": "true", "u_verdict": "", "u_urgency": "urgent"}
    assert incident(soc) == before
    closing = {"classification": "TruePositive", "classificationReason": "SuspiciousActivity"}
    in_sentinel(soc, "close", text="Contained.", fields=closing)
    settled(soc)
    assert held(soc, "state", "u_verdict") == {"state": "9", "u_verdict": "TruePositive / SuspiciousActivity"}
    at_rest(soc)


def test_a_preview_shows_what_follows_from_what_and_the_row_behind_it(soc: Deployment) -> None:
    in_servicenow(soc, "u_soc_task", "edit", fields={"u_vip": "false", "u_remark": "Ours alone."})
    in_sentinel(soc, "edit", fields={"severity": "Low"})
    soc.world.clock.advance(timedelta(minutes=10))
    number = ticket(soc, "u_soc_task")["number"]
    with open_copy(soc.url, soc.name, soc.time) as store:
        [pair] = preview(soc._systems(store), lambda systems: by_name(systems, number)).pairs
    fields = {each.name: each for each in pair.fields}
    said = {name: (each.standing, [raw.after for raw in each.sides[0].raw]) for name, each in fields.items()}
    assert said["vip"] == (Standing.WRITTEN, ["true"])
    assert said["urgency"] == (Standing.WRITTEN, ["normal"])
    assert said["remark"][0] is Standing.STANDS
    (labels_read,) = fields["vip"].sides[1].raw
    assert (labels_read.name, labels_read.is_written) == ("labels", False)
    file, line, _ = fields["vip"].sides[1].read_by.rsplit(":", 2)
    assert "has_any: [vip, board]" in Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_the_real_table_is_held_against_every_kind(tmp_path: Path) -> None:
    kinds = {"u_vip": "glide_date", "u_review_on": "boolean", "u_tags": "integer", "u_remark": "boolean"}
    fields = [{"name": name, "type": kind} for name, kind in kinds.items()]
    others = [each for each in TABLE["fields"] if (each if isinstance(each, str) else each["name"]) not in kinds]
    deployment = make_deployment(tmp_path, mappings=mappings_with_own_table(tmp_path / "mappings"), mode="observe")
    for own, expected in ((TABLE, set()), ({**TABLE, "fields": [*others, *fields]}, set(kinds))):
        system(deployment, "servicenow").seed({"tables": [own]})
        deployment.world.clock.advance(timedelta(minutes=10))
        with open_copy(deployment.url, deployment.name, deployment.time) as store:
            said = [str(each) for each in check_live(deployment._systems(store)).problems]
        assert {name for name in kinds for each in said if f"u_soc_task.{name}" in each} == expected, said
        assert len(said) == len(expected)


@pytest.mark.parametrize(("label", "told"), [("soc-task", True), ("vip", False)])
def test_a_value_in_use_that_no_row_of_a_lookup_knows_is_told_where_the_field_is_kept(
    tmp_path: Path, label: str, *, told: bool
) -> None:
    when = f"  urgency:\n    when: {{ sentinel: {{ labels: {{ has_any: [{label}] }} }} }}\n"
    otherwise = ("means: urgent }], otherwise: normal }", "means: urgent }] }")
    mappings = mappings_with_own_table(tmp_path / "mappings", ("  urgency:\n", when), otherwise)
    deployment = make_deployment(tmp_path, mappings=mappings, mode="observe")
    system(deployment, "servicenow").seed({"tables": [TABLE]})
    system(deployment, "arm").seed({"count": 2, "provider": "alert", "labels": ["soc-task"], "severity": "Low"})
    deployment.world.clock.advance(timedelta(minutes=10))
    with open_copy(deployment.url, deployment.name, deployment.time) as store:
        problems = check_live(deployment._systems(store)).problems
    expected = ("fields.urgency.sentinel.lookup.rows", "'Low' is in no row, and 2 records of the last 30 days hold it")
    assert [(each.path, each.message) for each in problems] == ([expected] if told else [])
