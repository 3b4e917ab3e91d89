"""`mappings check --live`: what only the instance and the workspace can say about the YAML."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.acceptance.worlds import MAPPINGS, people, writes
from tests.cli.program import Program

from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough


@pytest.fixture
def own(soc: Program) -> Path:
    return Path(shutil.copytree(MAPPINGS, soc.folder / "mappings"))


def rewrite(file: Path, before: str, after: str) -> int:
    """Change a text, as an administrator would; the line where it stands."""
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return text[: text.index(before)].count("\n") + 1


def test_the_shipped_mappings_are_fine_on_a_fresh_instance(soc: Program, world: World) -> None:
    ended = soc.run("mappings", "check", "--live", "--json")
    assert (ended.code, ended.json("problems")["problems"]) == (0, [])
    assert all("that no incident of the last 30 days has: " in each for each in ended.json()["reasons"])
    assert writes(world) == []


ESCALATION = "profiles/escalation.yaml"
NAMES = [
    (ESCALATION, "field: short_description,", "field: short_descripton,",
     "incident has no field 'short_descripton'", "short_description"),
    (ESCALATION, "      contact_type: integration", "      contact_type: integratoin",
     "'integratoin' is no choice of incident.contact_type", "integration"),
    (ESCALATION, "category: { in: [security] }", "category: { in: [securty] }",
     "'securty' is no choice of incident.category", "security"),
    (ESCALATION, "write: { close_code: Solution provided } }", "write: { close_code: Solution provide } }",
     "'Solution provide' is no choice of incident.close_code", "Solution provided"),
    (ESCALATION, "assignment_group: SOC Monitoring", "assignment_group: SOC Monitorin",
     "the instance has no active group 'SOC Monitorin'", "SOC Monitoring"),
    ("teams.yaml", "lead: keiko.tanaka", "lead: keiko.tanka",
     "the instance has no active user 'keiko.tanka'", "keiko.tanaka"),
    (ESCALATION, "field: description, max: 4000", "field: description, max: 9999",
     "9999 is longer than incident.description takes", ""),
]  # fmt: skip
"""File, what stands there, what a hurried administrator writes instead, what is said of it, and what was meant."""

KINDS = [
    (ESCALATION, "text: { field: short_description,", "text: { field: assigned_to,",
     "incident.assigned_to is a reference to sys_user, which `text` does not translate", ""),
    (ESCALATION, "text: { field: description, max: 4000", "text: { field: due_date, max: 4000",
     "incident.due_date is a date and time, which `text` does not translate", ""),
    (ESCALATION, "      contact_type: integration", "      caller_id: keiko.tanaka",
     "incident.caller_id is a reference to sys_user, which keeps nothing of 'keiko.tanaka'", ""),
    (ESCALATION, "follow_up_field: follow_up", "follow_up_field: close_notes", "incident.close_notes is a text", ""),
]  # fmt: skip
"""The same of fields that are there and hold something else."""


@pytest.mark.parametrize("mistakes", [NAMES, KINDS], ids=["names", "kinds"])
def test_what_does_not_fit_the_instance_is_told_with_its_place(
    soc: Program, own: Path, mistakes: list[tuple[str, str, str, str, str]]
) -> None:
    expected = {(said, str(rewrite(own / file, before, after)), meant) for file, before, after, said, meant in mistakes}
    ended = soc.run("mappings", "check", "--live", "--json")
    assert ended.code == 3
    problems = ended.json("problems")["problems"]
    assert {(row["message"], row["place"].rsplit(":", 2)[1], row["suggestion"]) for row in problems} == expected


def test_a_value_in_use_that_no_row_has_is_counted(soc: Program, own: Path, world: World) -> None:
    profile = own / "profiles" / "escalation.yaml"
    rewrite(
        profile, '      - { is: Duplicate, write: { classification: Undetermined, classificationReason: "" } }\n', ""
    )
    fields = {"short_description": "Stolen laptop", "category": "security", "assignment_group": "SOC Monitoring"}
    made = people(world, "servicenow", "dana.desk", "create", fields=fields)
    closing = {"state": "6", "close_code": "Duplicate", "close_notes": "seen before"}
    people(world, "servicenow", "keiko.tanaka", "edit", number=made["record"]["number"], fields=closing)
    ended = soc.run("mappings", "check", "--live", "--json")
    assert ended.code == 3
    [row] = ended.json("problems")["problems"]
    assert row["message"] == "'Duplicate' is in no row, and 1 record of the last 30 days hold it"
    assert row["path"] == "closure.sentinel.rows"
