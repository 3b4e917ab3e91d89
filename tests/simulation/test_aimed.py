"""Histories that are built around faults: what they are meant to bring about does come about."""

from __future__ import annotations

import pytest
from tests.effort import thoroughly
from tests.faults.kinds import CALLS, FAULTS, SELDOM
from tests.simulation.aimed import EVERY, NO_BATCH, SITUATED, TURN, is_aimed
from tests.simulation.campaign import judge
from tests.simulation.cells import LEFT_OUT, Cell, cells
from tests.simulation.coverage import BRANCHES, NOT_ASKED
from tests.simulation.generate import generate
from tests.simulation.schedule import History, Profile, Run
from tests.simulation.situations import AT_ONCE, SITUATIONS, Branch, in_turn, out_of_reach

pytestmark = pytest.mark.thorough

PROFILES: tuple[Profile, ...] = ("default", "delta-only")


def aimed_at(history: History) -> set[Cell]:
    return {(blow.call, blow.fault) for event in history.events if isinstance(event, Run) for blow in event.blows}


FIRST_SITUATED = TURN + EVERY * (SITUATED - 1)
TURNS = range(-(-len(SITUATIONS) // AT_ONCE))
"""As many histories as it takes to tell every situation."""


def expected(turn: int) -> set[Branch]:
    return set().union(*(each.branches for each in in_turn(turn, "default")))


@pytest.mark.parametrize("seed", [TURN, *thoroughly(TURN + EVERY * 100)])
def test_every_fault_of_an_aimed_history_falls(seed: int) -> None:
    history = generate(seed)
    outcome, _ = judge(history)
    assert aimed_at(history) - set(+outcome.struck) == set()
    assert outcome.breaches == ()


@pytest.mark.parametrize("profile", PROFILES)
def test_a_thousand_seeds_aim_every_fault_at_every_call(profile: Profile) -> None:
    seeds = [seed for seed in range(1000) if is_aimed(seed)]
    aimed = set().union(*(aimed_at(generate(seed, profile)) for seed in seeds))
    assert set(cells(profile)) - aimed == set()


def test_an_aimed_history_lets_nothing_else_befall_its_runs() -> None:
    """Or its fault might wait in vain."""
    seeds = [TURN + EVERY * turn for turn in range(20) if turn % SITUATED < SITUATED - 1]
    runs = [event for seed in seeds for event in generate(seed).events if isinstance(event, Run)]
    assert [run for run in runs if run.breaks or run.pace or len({*run.blows} - {NO_BATCH}) > 1] == []


@pytest.mark.parametrize("turn", [0, *(pytest.param(turn, marks=pytest.mark.slow) for turn in TURNS[1:])])
def test_every_situation_takes_the_branches_that_it_is_there_for(turn: int) -> None:
    outcome, _ = judge(generate(FIRST_SITUATED + EVERY * SITUATED * turn))
    assert expected(turn) - set(outcome.taken) == set()
    assert outcome.breaches == ()


def test_every_situation_comes_in_turn() -> None:
    assert set().union(*map(expected, TURNS)) == set().union(*(each.branches for each in SITUATIONS))


def test_what_only_a_sweep_makes_up_for_is_asked_of_no_history_without_sweeps() -> None:
    assert out_of_reach("default") == frozenset()
    assert "older: the memory is lost" in out_of_reach("delta-only")
    assert "apply: goes on after a refusal" not in out_of_reach("delta-only")


def test_every_branch_is_asked_for_or_left_out_with_a_reason() -> None:
    assert set().union(*(each.branches for each in SITUATIONS)) <= BRANCHES
    assert not BRANCHES & set(NOT_ASKED)
    assert all(NOT_ASKED.values())


def test_whatever_is_left_out_is_there_to_be_left_out() -> None:
    calls, faults = {call.name for call in (*CALLS, *SELDOM)}, {fault.name for fault in FAULTS}
    assert all(each.why and each.calls <= calls and each.faults <= faults for each in LEFT_OUT)
