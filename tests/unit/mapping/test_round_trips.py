"""What becomes of each value on the other side, and what that comes back as, in profiles as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.acceptance.own_table import PROFILE
from tests.engine import MAPPINGS

from watchkeeper.mapping.compile import compile_profile
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.load import check_document, load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.round_trips import Return, RoundTrip, carried, trip_tables
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side


def own_profile(*edits: tuple[str, str]) -> Profile:
    text = PROFILE
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    problems = ProblemList()
    document = problems.parse(text, name="soc-task.yaml")
    assert document is not None
    file = check_document(document, problems)
    assert file is not None, problems.in_order()
    return compile_profile(document, file)


def trips(profile: Profile, field: str, source: Side) -> dict[tuple[str, ...], RoundTrip]:
    (table,) = [each for each in trip_tables(profile) if (each.field, each.source) == (field, source)]
    return {trip.raw: trip for trip in table.trips}


@pytest.fixture(scope="module")
def escalation() -> Profile:
    return load_profiles(MAPPINGS)["escalation"]


class TestTheShippedStatus:
    @pytest.mark.parametrize(
        ("state", "becomes", "comes_back", "returns"),
        [
            ("1", "New", "1", Return.SAME),
            ("2", "Active", "2", Return.SAME),
            ("3", "Active", "2", Return.STAYS),
            ("6", "Closed", "6", Return.SAME),
            ("7", "Closed", "6", Return.ALIKE),
            ("8", "Closed", "6", Return.STAYS),
        ],
    )
    def test_a_state_goes_and_comes_back(
        self, escalation: Profile, state: str, becomes: str, comes_back: str, returns: Return
    ) -> None:
        trip = trips(escalation, "status", SERVICENOW)[state,]
        assert (trip.becomes, trip.comes_back) == ((becomes,), (comes_back,))
        assert trip.returns is returns

    def test_what_sentinel_says_comes_back_to_it(self, escalation: Profile) -> None:
        assert {trip.returns for trip in trips(escalation, "status", SENTINEL).values()} == {Return.SAME}

    def test_each_row_names_its_line(self, escalation: Profile) -> None:
        places = [trip.place for trip in trips(escalation, "status", SERVICENOW).values()]
        lines = Path(MAPPINGS / "profiles" / "escalation.yaml").read_text(encoding="utf-8").splitlines()
        assert all("is: " in lines[int(place.rsplit(":", 2)[1]) - 1] for place in places)


def test_values_that_mean_the_same_keep_their_own_spelling(escalation: Profile) -> None:
    trip = trips(escalation, "severity", SERVICENOW)["1", "2"]
    assert (trip.means, trip.becomes, trip.comes_back) == ("high", ("High",), ("1", "1"))
    assert trip.returns is Return.ALIKE


def test_a_value_that_the_other_side_has_no_word_for_goes_nowhere() -> None:
    word = "{ is: Closed, means: closed, writes: [resolved, closed, cancelled] }\n"
    without = "{ is: Closed, means: closed, writes: [resolved, closed] }\n        cannot_hold: [cancelled]\n"
    profile = own_profile((word, without))
    trip = trips(profile, "status", SERVICENOW)["8",]
    assert (trip.returns, trip.becomes) == (Return.CANNOT, ())
    assert trip.why


def test_a_field_that_one_side_owns_is_told_in_one_direction() -> None:
    profile = own_profile()
    assert list(carried(profile.field("tags"))) == [(SERVICENOW, SENTINEL)]
    assert list(carried(profile.field("vip"))) == [(SENTINEL, SERVICENOW)]
    assert list(carried(profile.field("remark"))) == [(SENTINEL, SERVICENOW)]
    assert list(carried(profile.field("severity"))) == []


def test_fields_without_a_list_of_values_have_no_table() -> None:
    assert {each.field for each in trip_tables(own_profile())} == {"status"}
