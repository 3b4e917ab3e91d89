"""Labels of choices, told from slips without an instance."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from watchkeeper.catalog.load import load_catalog
from watchkeeper.emulators.servicenow import choice_lists, state_model
from watchkeeper.emulators.servicenow.cast import CHOICES
from watchkeeper.mapping.cases import collect_cases
from watchkeeper.mapping.choices import in_known_words
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.known_choices import KNOWN, known_value
from watchkeeper.mapping.load import every_profile
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.sync.rehearse import Rehearsal, rehearse

MAPPINGS = Path(__file__).parents[3] / "mappings"
ENGLISH = (
    ("{ is: 2, means: active }", "{ is: In Progress, means: active }"),
    ("{ is: 3, means: on-hold }", "{ is: on hold, means: on-hold }"),
    ("3: [1, 2, 6, 8]", "On Hold: [1, In Progress, Resolved, 8]"),
    ("{ is: [1, 2], means: high }", "{ is: [1 - High, 2], means: high }"),
    ("8: []\n    reads", "Canceled: []\n    reads"),
)
JAPANESE = (
    ("{ is: 3, means: on-hold }", "{ is: 保留中, means: on-hold }"),
    ("3: [1, 2, 6, 8]", "保留中: [新規, 2, 解決済み, 8]"),
)


def changed(folder: Path, *edits: tuple[str, str]) -> Path:
    shutil.copytree(MAPPINGS, folder)
    path = folder / "profiles" / "escalation.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("said", "value"), [("On Hold", "3"), ("on hold", "3"), ("保留中", "3"), ("3", "3"), ("18", "18")]
)
def test_a_state_is_known_by_its_label_in_both_languages_and_by_its_value(said: str, value: str) -> None:
    assert known_value("incident", "state", said) == value


def test_the_same_label_is_another_value_in_another_table() -> None:
    assert [known_value(table, "state", "クローズ済み") for table in ("incident", "sn_si_incident")] == ["7", "3"]
    assert known_value("sc_task", "state", "保留中") == "-5"


def test_what_is_no_label_is_unknown_and_other_fields_are_left_alone() -> None:
    assert known_value("incident", "state", "On Hodl") is None
    assert known_value("incident", "category", "whatever") == "whatever"
    assert known_value("u_soc_task", "state", "whatever") == "whatever"


@pytest.mark.parametrize("edits", [ENGLISH, JAPANESE], ids=["English", "Japanese"])
def test_a_profile_in_labels_is_sound_and_keeps_the_shipped_promises(
    tmp_path: Path, edits: tuple[tuple[str, str], ...]
) -> None:
    folder, problems = changed(tmp_path / "mappings", *edits), ProblemList()
    catalog = load_catalog(folder, deployment="test")
    groups = tuple(sorted({team.group for team in catalog.teams.values()}))
    profiles = {name: in_known_words(each) for name, each in every_profile(folder, problems, groups=groups).items()}
    cases = [case for case in collect_cases(folder, profiles, problems) if case.profile == "escalation"]
    problems.raise_if_any()
    trial = Rehearsal(catalog, profiles, TemplateComposer())
    assert len(cases) > 20
    assert [(case.name, missed) for case in cases if (missed := rehearse(case, trial).misses)] == []


def test_a_label_of_another_language_is_left_to_the_instance(tmp_path: Path) -> None:
    german = (
        ("{ is: 3, means: on-hold }", "{ is: Wartend, means: on-hold }"),
        ("3: [1, 2, 6, 8]", "Wartend: [1, 2, 6, 8]"),
    )
    edits = [*german, ("1: [2, 3, 6, 8]", "1: [2, Wartend, 6, 8]"), ("2: [1, 3, 6, 8]", "2: [1, Wartend, 6, 8]")]
    problems = ProblemList()
    every_profile(changed(tmp_path / "mappings", *edits, ("6: [1, 2, 3]", "6: [1, 2, Wartend]")), problems)
    assert problems.problems == []


def test_what_is_known_is_what_the_emulated_tables_come_with() -> None:
    emulated = {
        ("incident", field): {
            value: (label, choice_lists.JAPANESE[field][value]) for value, label in CHOICES[field].items()
        }
        for field in ("state", "hold_reason", "impact", "urgency")
    }
    emulated |= {
        ("sn_si_incident", "state"): dict(state_model.SECURITY_INCIDENT.labels),
        ("sc_task", "state"): dict(state_model.CATALOG_TASK.labels),
    }
    assert {key: dict(KNOWN[key].labels) for key in emulated} == emulated
