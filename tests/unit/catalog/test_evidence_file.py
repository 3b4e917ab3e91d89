"""`evidence.yaml`: what is wanted of evidence, checked at load. What is told of mistakes is in tests/cases/mappings/evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from watchkeeper.catalog.evidence_file import KnownTasks, load_evidence
from watchkeeper.errors import Config
from watchkeeper.model.address_template import AddressTemplate
from watchkeeper.model.evidence_rules import EvidenceRules, NamedScript, RemediationRules, ScriptRules

MAPPINGS = Path(__file__).parents[3] / "mappings"
HOUSE = KnownTasks(("house-check",))
WHOLE = """\
version: 1
required:
  house-check: [secure-score, vulnerability-remediation]
  tabletop-exercise: []
services: [Microsoft Sentinel]
low_licences: 0.2
remediation: {due_days: 7, stuck_days: 3, new_tickets: 0, not_mine: "", exception: "https://forms.example/?o={owner}"}
exercise_months: 6
phishing_wave: 40
next_actions: 3
scripts:
  sources: ["https://downloads.example/approved"]
  max_bytes: 10
  files:
    - {name: Queries, url: "https://downloads.example/approved/q.kql"}
    - {name: List, url: "https://downloads.example/approved/l.csv", task: house-check}
"""


def load(folder: Path, text: str, tasks: KnownTasks = HOUSE) -> EvidenceRules:
    (folder / "evidence.yaml").write_text(text, encoding="utf-8")
    return load_evidence(folder, tasks)


def test_without_a_file_the_shipped_rules_hold(tmp_path: Path) -> None:
    assert load_evidence(tmp_path, HOUSE) == EvidenceRules() == load_evidence(MAPPINGS, HOUSE)


def test_a_file_that_says_nothing_is_the_same(tmp_path: Path) -> None:
    assert load(tmp_path, "version: 1\n") == EvidenceRules()


def test_every_shipped_task_requires_its_own_evidence() -> None:
    assert {task: [each.value for each in names] for task, names in EvidenceRules().required.items()} == {
        task: [task]
        for task in (
            "service-administration",
            "anti-phishing-dlp",
            "automation-scripts",
            "portal-licences",
            "escalation-tickets",
            "vulnerability-remediation",
            "secure-score",
            "tabletop-exercise",
        )
    }


def test_everything_can_be_said(tmp_path: Path) -> None:
    rules = load(tmp_path, WHOLE)
    place = f"{tmp_path.as_posix()}/evidence.yaml"
    assert rules == EvidenceRules(
        required=rules.required,
        services=("Microsoft Sentinel",),
        low_licences=0.2,
        remediation=RemediationRules(7, 3, 0, None, AddressTemplate("https://forms.example/?o={owner}")),
        exercise_months=6,
        phishing_wave=40,
        next_actions=3,
        scripts=ScriptRules(
            ("https://downloads.example/approved",),
            10,
            (
                NamedScript(
                    "Queries", "https://downloads.example/approved/q.kql", "automation-scripts", f"{place}:15:7"
                ),
                NamedScript("List", "https://downloads.example/approved/l.csv", "house-check", f"{place}:16:7"),
            ),
        ),
    )
    assert {task: list(names) for task, names in rules.required.items()} == {
        "house-check": ["secure-score", "vulnerability-remediation"],
        "tabletop-exercise": [],
    }


def test_a_task_is_unknown_only_where_every_pack_was_read(tmp_path: Path) -> None:
    text = "version: 1\nrequired: {house-chek: [secure-score]}\n"
    with pytest.raises(Config, match="did you mean house-check"):
        load(tmp_path, text)
    assert set(load(tmp_path, text, KnownTasks(("house-check",), whole=False)).required) == {"house-chek"}


@pytest.mark.parametrize("given", ["https://soc:hunter2@downloads.example/", "https://downloads.example/?sig=hunter2"])
def test_no_secret_of_an_address_is_repeated(tmp_path: Path, given: str) -> None:
    with pytest.raises(Config) as raised:
        load(tmp_path, f'version: 1\nscripts: {{sources: ["{given}"]}}\n')
    assert "hunter2" not in str(raised.value.problems)
