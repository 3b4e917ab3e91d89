"""Whether a table knows a value by now that a reason said none does."""

from __future__ import annotations

import pytest
from tests.engine import MAPPINGS
from tests.unit.mapping.test_round_trips import own_profile

from watchkeeper.mapping.known_values import knows
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.unmapped import UnknownValue


@pytest.fixture(scope="module")
def escalation() -> Profile:
    return load_profiles(MAPPINGS)["escalation"]


@pytest.mark.parametrize(
    ("value", "known"),
    [
        (UnknownValue("status", "servicenow", "state", "6"), True),
        (UnknownValue("status", "servicenow", "state", "11"), False),
        (UnknownValue("severity", "servicenow", "impact, urgency", "1, 2"), True),
        (UnknownValue("severity", "servicenow", "impact, urgency", "1, 9"), False),
        (UnknownValue("status", "servicenow", "close_code", "Duplicate"), True),
        (UnknownValue("status", "servicenow", "close_code", "Magic"), False),
        (UnknownValue("status", "sentinel", "classification, classificationReason", "Undetermined"), True),
        (UnknownValue("title", "servicenow", "short_description", "a sentence"), None),
        (UnknownValue("verdict", "servicenow", "state", "6"), None),
        (UnknownValue("status", "servicenow", "state_of_old", "6"), None),
    ],
)
def test_a_value_of_a_table_or_of_none(escalation: Profile, value: UnknownValue, known: bool | None) -> None:
    assert knows(escalation, value) is known


def test_a_close_that_is_written_whatever_the_code_knows_every_code() -> None:
    profile = own_profile(
        (
            "    otherwise: { classification: Undetermined }\n",
            "    reads: [close_code]\n    otherwise: { classification: Undetermined }\n",
        )
    )
    assert knows(profile, UnknownValue("status", "servicenow", "close_code", "Magic")) is True


def test_a_truth_in_any_case_is_known_and_another_word_is_none() -> None:
    profile = own_profile()
    assert knows(profile, UnknownValue("vip", "servicenow", "u_vip", "TRUE")) is True
    assert knows(profile, UnknownValue("vip", "servicenow", "u_vip", "perhaps")) is False
