"""A profile in the words of one instance."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from watchkeeper.mapping.choices import coded_fields, in_words_of
from watchkeeper.mapping.laws import violations
from watchkeeper.mapping.lens import TableLens
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.record import SENTINEL, SERVICENOW, RawFields
from watchkeeper.model.ticket import Unmapped
from watchkeeper.model.vocabulary import ChoiceList

MAPPINGS = Path(__file__).parents[3] / "mappings"
STATE = ChoiceList(
    {
        "10": ("Draft", "ドラフト", "Entwurf"),
        "16": ("Analysis", "分析"),
        "18": ("Contain",),
        "19": ("Eradicate",),
        "20": ("Recover",),
        "100": ("Review",),
        "3": ("Closed", "クローズ済み"),
        "7": ("Cancelled",),
    }
)
CODES = ChoiceList({"-100": ("Threat mitigated",), "-101": ("False positive",), "-103": ("Not resolved",)})
BENIGN = {"classification": "BenignPositive", "classificationReason": "SuspiciousButExpected"}
FALSE = {"classification": "FalsePositive", "classificationReason": "InaccurateData"}


def loaded(folder: Path, *edits: tuple[str, str]) -> Profile:
    shutil.copytree(MAPPINGS / "profiles", folder / "profiles")
    path = folder / "profiles" / "security-incident.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in (("enabled: false", "enabled: true"), *edits):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return load_profiles(folder)["security-incident"]


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return loaded(tmp_path)


def test_without_lists_nothing_changes(profile: Profile) -> None:
    spoken, unknown = in_words_of(profile, {})
    assert (spoken.fields, spoken.fingerprint, unknown) == (profile.fields, profile.fingerprint, ())
    assert spoken.closure.closing(SERVICENOW, SENTINEL, BENIGN, {}) == profile.closure.closing(
        SERVICENOW, SENTINEL, BENIGN, {}
    )


def test_labels_in_a_close_become_values(profile: Profile) -> None:
    spoken, _ = in_words_of(profile, {"state": STATE, "close_code": CODES})
    written = spoken.closure.closing(SERVICENOW, SENTINEL, FALSE, {"number": "1", "actor": "Ana"})
    assert not isinstance(written, Unmapped)
    assert written["close_code"] == "-101"


def test_an_unknown_code_parks_its_own_row_alone_and_is_told_with_near_names(profile: Profile) -> None:
    spoken, unknown = in_words_of(profile, {"close_code": CODES})
    parked = spoken.closure.closing(SERVICENOW, SENTINEL, BENIGN, {})
    assert isinstance(parked, Unmapped)
    assert "close_code 'Benign activity' is no choice of sn_si_incident" in parked.reason
    assert [(each.field, each.name) for each in unknown] == [("close_code", "Benign activity")]
    assert spoken.lacking == ("close_code=Benign activity",)
    assert not isinstance(spoken.closure.closing(SERVICENOW, SENTINEL, FALSE, {}), Unmapped)


def test_labels_in_a_lookup_and_in_a_condition_become_values(tmp_path: Path) -> None:
    own = """
  stage:
    owner: servicenow
    when: { servicenow: { state: { not_in: [Draft] } } }
    servicenow: { lookup: { field: state, rows: [{ in: [分析, Contain], means: at work }], otherwise: other }, default: none }
    sentinel: { text: { field: owner.email, max: 40 } }
  severity:"""
    rule = in_words_of(loaded(tmp_path, ("\n  severity:", own)), {"state": STATE})[0].field("stage")
    held: list[RawFields] = [{"state": each} for each in ("16", "18", "20", "")]
    assert [rule.lenses[SERVICENOW].get(raw) for raw in held] == ["at work", "at work", "other", "none"]
    assert [rule.applies({SERVICENOW: {"state": each}}) for each in ("10", "16")] == [False, True]


def test_a_code_is_read_by_its_value_and_shown_by_its_name(profile: Profile) -> None:
    spoken, _ = in_words_of(profile, {"close_code": CODES})
    read = spoken.closure.closing(SENTINEL, SERVICENOW, {"close_code": "-101", "close_notes": "n"}, {"number": "SIR1"})
    assert not isinstance(read, Unmapped)
    assert read["classification"] == "FalsePositive"
    assert "False positive" in str(read["classificationComment"])
    assert "-101" not in str(read["classificationComment"])


def test_states_named_by_label_read_write_and_move_as_their_values_do(tmp_path: Path) -> None:
    named = loaded(
        tmp_path,
        ("{ is: 10, means: new }", "{ is: Draft, means: new }"),
        ("{ is: 3, means: closed,", "{ is: クローズ済み, means: closed,"),
        ("          10: [16, 3, 7]", "          Draft: [16, クローズ済み, 7]"),
        ("          3: [16]", "          クローズ済み: [16]"),
        ("[3, 7]", "[クローズ済み, 7]"),
        ("      3: [close_code, close_notes]", "      クローズ済み: [close_code, close_notes]"),
    )
    spoken, unknown = in_words_of(named, {"state": STATE})
    lens = spoken.field("status").lenses[SERVICENOW]
    assert isinstance(lens, TableLens)
    assert unknown == ()
    assert (lens.get({"state": "10"}), lens.get({"state": "3"})) == ("new", "closed")
    assert lens.put("closed", {"state": "10"}) == {"state": "3"}
    assert lens.put("active", {"state": "3"}) == {"state": "16"}
    assert not list(violations(lens, lens.domain, lens.writable))
    assert spoken.closure.lacking(SERVICENOW, "3", {}, {}) == ("close_code", "close_notes")


def test_a_state_that_two_rows_name_is_read_as_the_first(tmp_path: Path) -> None:
    named = loaded(
        tmp_path,
        ("{ is: 18, means: active }", "{ is: Entwurf, means: active }"),
        ("          18: [3, 7]\n", "          Entwurf: [3, 7]\n"),
    )
    lens = in_words_of(named, {"state": STATE})[0].field("status").lenses[SERVICENOW]
    assert (lens.get({"state": "10"}), isinstance(lens.get({"state": "18"}), Unmapped)) == ("new", True)


def test_the_fields_whose_lists_matter_are_those_that_are_written_or_looked_for(profile: Profile) -> None:
    assert coded_fields(profile) == {
        "assignment_group",
        "close_code",
        "description",
        "severity",
        "short_description",
        "state",
    }


def test_a_close_that_the_closing_state_demands_more_of_is_parked_by_name(profile: Profile) -> None:
    """By (table, state): closing needs a code and notes, cancelling needs neither."""
    lacking = profile.closure.lacking
    assert lacking(SERVICENOW, "3", {"close_notes": " "}, {"close_code": "x"}) == ("close_notes",)
    assert lacking(SERVICENOW, "3", {"close_notes": "n"}, {"close_code": "x"}) == ()
    assert lacking(SERVICENOW, "7", {}, {}) == ()
    assert load_profiles(MAPPINGS)["maintenance"].closure.lacking(SERVICENOW, "8", {}, {}) == (
        "close_code",
        "close_notes",
    )


def test_a_hold_s_reason_is_called_what_the_instance_calls_it() -> None:
    escalation = load_profiles(MAPPINGS)["escalation"]
    assert "hold_reason" in coded_fields(escalation)
    spoken, _ = in_words_of(
        escalation, {"hold_reason": ChoiceList({"4": ("Awaiting Vendor", "ベンダー待ち"), "5": ()})}
    )
    assert spoken.hold_reason_labels == {"4": "Awaiting Vendor"}


def test_a_population_and_a_constant_may_name_a_choice_by_its_label(tmp_path: Path) -> None:
    named = loaded(
        tmp_path,
        ("      - assignment_group: { in: [$soc_groups] }", "      - category: { in: [フィッシング, Phising] }\n        short_description: { starts_with: [Phishing] }"),
        ("      assignment_group: SOC Monitoring", "      category: Phishing"),
    )  # fmt: skip
    lists = {"category": ChoiceList({"phishing": ("Phishing", "フィッシング")})}
    spoken, unknown = in_words_of(named, lists)
    rules = spoken.sides[SERVICENOW]
    assert rules.constants == {"category": "phishing"}
    assert [condition.values for condition in rules.population[0].conditions] == [
        ("phishing", "Phising"),
        ("Phishing",),
    ]
    assert [str(each) for each in unknown] == ["category 'Phising' is no choice of sn_si_incident; near: Phishing"]
