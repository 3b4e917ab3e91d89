"""A profile's `audit_result` names what can carry it, and asks for no close that nothing says the codes of."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.mapping.test_lint_tasks import complaints

from watchkeeper.mapping.load import load_profiles

PROFILES = Path(__file__).parents[3] / "mappings" / "profiles"
MAINTENANCE = (PROFILES / "maintenance.yaml").read_text(encoding="utf-8")
ESCALATION = (PROFILES / "escalation.yaml").read_text(encoding="utf-8")
NO_ROOM = "cannot show it: that takes a text with room in ServiceNow, set on creation and then left to people"


@pytest.mark.parametrize(
    "said", ["{close: true}", "{close: true, shown_in: description}", "{tasks: []}", "{tasks: [my-duty]}"]
)
def test_sound_ones_are_taken(said: str) -> None:
    assert complaints(f"{MAINTENANCE}\naudit_result: {said}\n") == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{close: true, tasks: []}", "audit_result.close: no task carries a result; allowed: a task in `tasks`, or `close: false`"),
        ("{shown_in: descripton}", f"audit_result.shown_in: 'descripton' {NO_ROOM}; allowed: description, off; did you mean description?"),
        ("{shown_in: title}", f"audit_result.shown_in: 'title' {NO_ROOM}; allowed: description, off"),
        ("{shown_in: status}", f"audit_result.shown_in: 'status' {NO_ROOM}; allowed: description, off"),
    ],
)  # fmt: skip
def test_what_can_do_nothing_is_told(said: str, told: str) -> None:
    assert complaints(f"{MAINTENANCE}\naudit_result: {said}\n") == [told]


def test_a_close_needs_codes_for_when_no_side_was_closed() -> None:
    bare = MAINTENANCE.replace('    otherwise: { classification: Undetermined, classificationReason: "" }\n', "")
    (told,) = [each for each in complaints(f"{bare}\naudit_result: {{close: true}}\n") if "comes from no side" in each]
    assert told.startswith("closure.sentinel: ")


def test_an_escalation_carries_no_result() -> None:
    (told,) = complaints(f"{ESCALATION}\naudit_result: {{close: true}}\n")
    assert told.startswith("audit_result: an escalation is judged; only the ticket of a duty carries the result")


def test_as_shipped_it_is_told_and_nothing_else_is_written() -> None:
    profile = load_profiles(PROFILES.parent)["maintenance"]
    assert profile.audited_tasks == ("escalation-tickets",)
    assert (profile.audit_shown_in, profile.close_when_kept) == (None, False)
