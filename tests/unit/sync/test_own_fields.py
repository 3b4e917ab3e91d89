"""Fields that a deployment adds, tried out on paper: what a new record gets, and what a condition decides."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.own_table import mappings_with_own_table
from tests.engine import MAPPINGS

from watchkeeper.catalog.load import load_catalog
from watchkeeper.mapping.cases import collect_cases
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.load import every_profile
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.sync.rehearse import Rehearsal, rehearse

OWN_FIELDS = """
  teams:
    owner: create-once
    on_create: { from: teams }
    servicenow: { list: { field: u_teams, separator: "; ", in_order: true } }
  begun:
    owner: create-once
    on_create: { from: occurrence.period }
    servicenow: { date: { field: u_begun, format: "%Y%m%d" } }
  audited:
    owner: create-once
    when: { servicenow: { category: { in: [soc_maintenance] } } }
    on_create: { value: "true" }
    servicenow: { boolean: { field: u_audited, means_true: [Yes], means_false: [No] } }
  never:
    owner: create-once
    when: { servicenow: { category: { not_in: [soc_maintenance] } } }
    on_create: { value: never }
    servicenow: { text: { field: u_never, max: 40 } }
"""
NEW = {"title": "Odd  login", "description": "", "status": "New", "severity": "High", "labels": ["soc-task", "vip"]}
PAIR: dict[str, Any] = {
    "servicenow": {"state": 1, "short_description": "[SOC] Odd login", "u_vip": "false", "u_urgency": "", "u_verdict": "", "u_remark": "", "u_review_on": "2027-01-07", "u_tags": "soc-task"},
    "sentinel": {**NEW, "labels": ["soc-task"], "description": "24.12.2026", "severity": "Informational"},
    "base": {"servicenow": {"u_review_on": "2026-12-24"}},
}  # fmt: skip


def missed(folder: Path, profile: str, case: Mapping[str, Any]) -> list[str]:
    """What does not become of a case as it is expected."""
    named = {"version": 1, "profile": profile, "cases": [{"name": "case", **case}]}
    for other in (folder / "cases").glob("*"):
        other.unlink()
    (folder / "cases" / "own.yaml").write_text(json.dumps(named), encoding="utf-8")
    problems = ProblemList()
    profiles = every_profile(folder, problems)
    (only,) = collect_cases(folder, profiles, problems)
    problems.raise_if_any()
    tried = rehearse(only, Rehearsal(load_catalog(folder, deployment="test"), profiles, TemplateComposer()))
    return [f"{each.field}: {each.expected!r} {each.actual!r}" for each in tried.misses]


@pytest.fixture
def soc_task(tmp_path: Path) -> Path:
    return mappings_with_own_table(tmp_path / "mappings")


@pytest.fixture
def maintenance(tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    shutil.copytree(MAPPINGS, folder)
    path = folder / "profiles" / "maintenance.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("\nclosure:\n") == 1
    path.write_text(text.replace("\nclosure:\n", f"{OWN_FIELDS}\nclosure:\n"), encoding="utf-8")
    return folder


def test_a_mirrored_ticket_gets_what_follows_from_its_incident(soc_task: Path) -> None:
    expected = {
        "short_description": "[SOC] Odd login",
        "u_urgency": "urgent",
        "u_vip": "true",
        "u_tags": "soc-task, vip",
    }
    assert missed(soc_task, "soc-task", {"given": {"sentinel": NEW}, "expect": {"servicenow": expected}}) == []


def test_a_new_duty_begins_with_lists_dates_and_truths_where_their_condition_holds(maintenance: Path) -> None:
    expected = {"u_teams": "監視", "u_begun": "20261123", "u_audited": "Yes", "u_never": None}
    given = {"task": "secure-score", "on": "2026-11-23"}
    assert missed(maintenance, "maintenance", {"given": given, "expect": {"servicenow": expected}}) == []


def test_a_condition_that_does_not_hold_leaves_both_sides_alone(soc_task: Path) -> None:
    expect = {"servicenow": {"u_review_on": "2027-01-07"}, "sentinel": {"description": "24.12.2026"}}
    assert missed(soc_task, "soc-task", {"given": PAIR, "expect": expect}) == []


def test_a_condition_that_this_write_makes_hold_counts_at_once(soc_task: Path) -> None:
    given = {**PAIR, "sentinel": {**PAIR["sentinel"], "labels": ["soc-task", "board"]}}
    expect = {"servicenow": {"u_vip": "true"}, "sentinel": {"description": "07.01.2027"}}
    assert missed(soc_task, "soc-task", {"given": given, "expect": expect}) == []


def test_an_empty_field_that_stands_for_the_wanted_value_is_not_written(soc_task: Path) -> None:
    assert missed(soc_task, "soc-task", {"given": PAIR, "expect": {"servicenow": {"u_urgency": ""}}}) == []
