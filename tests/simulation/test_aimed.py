"""Histories that are built around faults: what they are meant to bring about does come about."""

from __future__ import annotations

import pytest
from tests.faults.kinds import CALLS, FAULTS
from tests.simulation.aimed import EVERY, TURN, is_aimed
from tests.simulation.campaign import judge
from tests.simulation.cells import LEFT_OUT, Cell, cells
from tests.simulation.generate import generate
from tests.simulation.schedule import History, Profile, Run

PROFILES: tuple[Profile, ...] = ("default", "delta-only")


def aimed_at(history: History) -> set[Cell]:
    return {(blow.call, blow.fault) for event in history.events if isinstance(event, Run) for blow in event.blows}


def aimed_seeds(count: int) -> range:
    return range(TURN, TURN + EVERY * count, EVERY)


@pytest.mark.parametrize("seed", [TURN, TURN + EVERY * 100])
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
    runs = [event for seed in aimed_seeds(20) for event in generate(seed).events if isinstance(event, Run)]
    assert [run for run in runs if run.breaks or run.pace or len(run.blows) > 1] == []


def test_whatever_is_left_out_is_there_to_be_left_out() -> None:
    calls, faults = {call.name for call in CALLS}, {fault.name for fault in FAULTS}
    assert all(each.why and each.calls <= calls and each.faults <= faults for each in LEFT_OUT)
