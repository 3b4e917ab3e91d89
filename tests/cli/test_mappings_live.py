"""`mappings check --live`: what only the instance and the workspace can say about the YAML."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.acceptance.worlds import MAPPINGS, people, writes
from tests.cli.program import Program

from watchkeeper.emulators.world import World


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
    assert (ended.code, ended.json("problems")["problems"], ended.json()["reasons"]) == (0, [], [])
    assert writes(world) == []


@pytest.mark.parametrize(
    ("file", "before", "after", "said", "meant"),
    [
        ("profiles/escalation.yaml", "field: short_description,", "field: short_descripton,",
         "incident has no field 'short_descripton'", "short_description"),
        ("profiles/escalation.yaml", "      contact_type: integration", "      contact_type: integratoin",
         "'integratoin' is no choice of incident.contact_type", "integration"),
        ("profiles/escalation.yaml", "max: 160", "max: 9999", "9999 is longer than incident.short_description takes", ""),
        ("profiles/escalation.yaml", "assignment_group: SOC Monitoring", "assignment_group: SOC Monitorin",
         "the instance has no active group 'SOC Monitorin'", "SOC Monitoring"),
    ],
)  # fmt: skip
def test_a_name_that_the_instance_lacks_is_told_with_its_place(
    soc: Program, own: Path, file: str, before: str, after: str, said: str, meant: str
) -> None:
    line = rewrite(own / file, before, after)
    ended = soc.run("mappings", "check", "--live", "--json")
    assert ended.code == 3
    found = [row for row in ended.json("problems")["problems"] if said in row["message"]]
    assert [(row["place"].rsplit(":", 2)[1], row["suggestion"]) for row in found] == [(str(line), meant)]


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
