from __future__ import annotations

import pytest

from watchkeeper.model.nearest import SUGGESTIONS, nearest, suggest

GROUPS = ("SOC Monitoring", "SOC Oversight", "Service Desk", "soc-monitoring-old")


@pytest.mark.parametrize("typed", ["SOC Montoring", "soc monitoring", "SOC MONITORING "])
def test_what_was_probably_meant_is_spelled_as_it_is_known(typed: str) -> None:
    assert suggest(typed, GROUPS) == "SOC Monitoring"


def test_the_likest_comes_first_and_not_too_many_come() -> None:
    near = nearest("SOC Monitorin", [*GROUPS, *(f"SOC Monitoring {number}" for number in range(9))])
    assert near[0] == "SOC Monitoring"
    assert len(near) == SUGGESTIONS


@pytest.mark.parametrize("typed", ["", "Finance", "完全に別の名前"])
def test_nothing_is_suggested_for_what_looks_like_nothing(typed: str) -> None:
    assert (nearest(typed, GROUPS), suggest(typed, GROUPS)) == ((), "")


def test_a_stricter_likeness_suggests_less() -> None:
    assert suggest("SOC Overview", GROUPS)
    assert not suggest("SOC Overview", GROUPS, likeness=0.95)
