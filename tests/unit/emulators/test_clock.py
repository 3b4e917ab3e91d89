from __future__ import annotations

from datetime import UTC, datetime, timedelta

from watchkeeper.emulators.clock import FIRST_MONDAY, WorldClock


class Ticks:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_starts_on_the_first_monday_and_runs_with_real_time() -> None:
    ticks = Ticks()
    clock = WorldClock(monotonic=ticks)
    assert clock.now() == FIRST_MONDAY
    assert FIRST_MONDAY.weekday() == 0
    ticks.seconds += 90
    assert clock.now() == FIRST_MONDAY + timedelta(seconds=90)


def test_a_frozen_clock_moves_only_when_told() -> None:
    ticks = Ticks()
    clock = WorldClock(frozen=True, monotonic=ticks)
    ticks.seconds += 3_600
    assert clock.now() == FIRST_MONDAY
    clock.advance(timedelta(hours=1))
    assert clock.now() == FIRST_MONDAY + timedelta(hours=1)
    clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    assert clock.now() == datetime(2027, 1, 1, tzinfo=UTC)


def test_freezing_and_running_again_loses_no_time_and_gains_none() -> None:
    ticks = Ticks()
    clock = WorldClock(monotonic=ticks)
    ticks.seconds += 10
    clock.freeze()
    ticks.seconds += 1_000
    assert clock.frozen
    clock.run()
    ticks.seconds += 5
    assert clock.now() == FIRST_MONDAY + timedelta(seconds=15)
