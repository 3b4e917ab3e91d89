"""Some of the histories that `./dev simulate` plays: whatever happened, no invariant is broken."""

from __future__ import annotations

from typing import Any

import pytest
from tests.effort import thoroughly
from tests.invariants.story import also_slowly
from tests.simulation.campaign import judge
from tests.simulation.generate import generate
from tests.simulation.schedule import Profile

PORTION = 5
DEFAULT, DELTA_ONLY = range(35), range(10)


def portions(seeds: range, everyday: int) -> list[Any]:
    """In portions: the first few every day, as many again by the thorough suite, the others with `-m slow` only."""
    found = [range(first, first + PORTION) for first in seeds[::PORTION]]
    often = 2 * everyday
    return [*found[:everyday], *thoroughly(*found[everyday:often]), *also_slowly(*found[often:])]


def broken(seeds: range, profile: Profile) -> list[str]:
    return [
        f"./dev simulate --profile {profile} --seed {seed}: {breach}"
        for seed in seeds
        for breach in judge(generate(seed, profile))[0].breaches
    ]


@pytest.mark.parametrize("seeds", portions(DEFAULT, everyday=1), ids=str)
def test_no_history_breaks_an_invariant(seeds: range) -> None:
    assert broken(seeds, "default") == []


@pytest.mark.parametrize("seeds", portions(DELTA_ONLY, everyday=1), ids=str)
def test_none_does_where_neither_sweeps_nor_overlaps_help(seeds: range) -> None:
    assert broken(seeds, "delta-only") == []


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["default", "delta-only"])
@pytest.mark.parametrize("first", range(1000, 2000, 50))
def test_a_thousand_more(first: int, profile: Profile) -> None:
    assert broken(range(first, first + 50), profile) == []
