"""Addresses of accounts, whatever a record calls them by."""

from __future__ import annotations

import pytest
from tests.unit.nudges.examples import a_team

from watchkeeper.model.activity import Actor, Principal
from watchkeeper.nudges.people import directory_of

KEIKO = Principal(Actor("servicenow", "keiko", "Keiko Tanaka"), "Keiko@SOC.example")


@pytest.mark.parametrize("account", ["keiko", "KEIKO", "0" * 32])
def test_a_person_is_found_by_user_name_and_by_what_a_record_says(account: str) -> None:
    assert directory_of([("0" * 32, KEIKO)], ()).address(account) == "keiko@soc.example"


@pytest.mark.parametrize(
    "email", ["", "keiko", "a@b", "a b@soc.example", "a@soc.example\r\nBcc: x@y.example", "日@soc.example"]
)
def test_what_is_no_plain_address_is_none(email: str) -> None:
    assert directory_of([("keiko", Principal(KEIKO.actor, email))], ()).address("keiko") == ""


@pytest.mark.parametrize("change", [{"active": False}, {"integration": True}])
def test_nobody_writes_to_those_who_left_or_to_machines(change: dict[str, bool]) -> None:
    assert directory_of([("keiko", Principal(KEIKO.actor, KEIKO.email, **change))], ()).address("keiko") == ""


@pytest.mark.parametrize("order", [1, -1])
def test_whoever_has_left_on_one_side_has_left(order: int) -> None:
    """The other side may know them only from what they wrote."""
    left = Principal(KEIKO.actor, KEIKO.email, active=False)
    sides = [("keiko", left), ("keiko", Principal(Actor("sentinel", "KEIKO"), "keiko@soc.example"))]
    assert directory_of(sides[::order], ()).address("keiko") == ""


def test_a_person_s_home_is_the_first_team_that_names_them() -> None:
    one, other = a_team("one", members=("keiko",)), a_team("other", lead="keiko")
    assert directory_of([("keiko", KEIKO)], (one, other)).homes["keiko@soc.example"] is one
