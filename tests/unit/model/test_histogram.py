from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.model.histogram import LAG_BOUNDS, LENGTH_BOUNDS, Histogram

BOUNDS = (10, 20, 60)
SECONDS = st.lists(st.floats(0, 100_000), max_size=30)


def test_each_duration_is_counted_under_the_first_bound_that_it_does_not_exceed() -> None:
    assert Histogram.of(BOUNDS, [0, 10, 10.1, 20, 60, 61, 9999]).counts == (2, 2, 1, 2)


@given(SECONDS, SECONDS)
def test_the_sum_of_two_is_that_of_everything_that_was_counted(one: list[float], other: list[float]) -> None:
    both = Histogram.of(LAG_BOUNDS, one) + Histogram.of(LAG_BOUNDS, other)
    assert both == Histogram.of(LAG_BOUNDS, [*one, *other])
    assert both.total == len(one) + len(other)


def test_those_of_different_bounds_are_not_added() -> None:
    with pytest.raises(ValueError, match="different bounds"):
        Histogram.of(LAG_BOUNDS) + Histogram.of(LENGTH_BOUNDS)


def test_nothing_has_no_percentile() -> None:
    assert Histogram.of(BOUNDS).quantile(0.5) is None


def test_what_lies_within_a_bucket_is_taken_for_evenly_spread() -> None:
    assert Histogram(BOUNDS, (0, 10, 0, 0)).quantile(0.5) == 15
    assert Histogram(BOUNDS, (5, 0, 5, 0)).quantile(0.5) == 10
    assert Histogram(BOUNDS, (5, 0, 5, 0)).quantile(0.75) == 40


def test_of_what_is_beyond_the_last_bound_only_that_is_known() -> None:
    assert Histogram(BOUNDS, (1, 0, 0, 9)).quantile(0.95) == 60


@given(st.lists(st.floats(0, 3600), min_size=1, max_size=40), st.sampled_from([0.5, 0.95]))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(seconds: list[float], share: float) -> None:
    counted = Histogram.of(LENGTH_BOUNDS, seconds)
    found = counted.quantile(share)
    true = sorted(seconds)[max(0, -int(-len(seconds) * share // 1) - 1)]
    bounds = (0, *LENGTH_BOUNDS)
    below = max(bound for bound in bounds if bound < true or bound == 0)
    above = min(bound for bound in LENGTH_BOUNDS if bound >= true)
    assert found is not None
    assert below <= found <= above
