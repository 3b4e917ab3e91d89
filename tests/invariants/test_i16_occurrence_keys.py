"""I16: occurrence keys do not depend on when, how often or how late we run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.unit.catalog.make import keys, utc

from watchkeeper.catalog import Window, due, expand, load_catalog, raise_occurrence
from watchkeeper.catalog.model import Calendar, Catalog, Roll, Schedule, Task
from watchkeeper.model.occurrence import Decision

CATALOG = load_catalog(Path(__file__).parents[2] / "mappings", deployment="demo")
YEAR = Window(utc(2026, 4, 1), utc(2027, 4, 1))


def keys_in(catalog: Catalog, window: Window) -> list[str]:
    return sorted(occurrence.key for occurrence in expand(catalog, window))


def changed(catalog: Catalog, **changes: object) -> Catalog:
    """The catalogue with every schedule changed."""

    def with_changes(task: Task) -> Task:
        return task if task.schedule is None else replace(task, schedule=replace(task.schedule, **changes))

    return replace(catalog, tasks={name: with_changes(task) for name, task in catalog.tasks.items()})


def on(catalog: Catalog, calendar: Calendar) -> Catalog:
    """The catalogue with every team and the deployment on one calendar."""
    teams = {name: replace(team, calendar=calendar) for name, team in catalog.teams.items()}
    return replace(catalog, teams=teams, deployment=replace(catalog.deployment, calendar=calendar))


@tried(30)
@given(st.lists(st.datetimes(datetime(2026, 4, 1), datetime(2027, 4, 1)), max_size=6))  # noqa: DTZ001
def test_i16_cutting_the_time_window_anywhere_gives_the_same_keys(cuts: list[datetime]) -> None:
    edges = sorted([YEAR.start, *(cut.replace(tzinfo=YEAR.start.tzinfo) for cut in cuts), YEAR.end])
    pieces = [key for start, end in pairwise(edges) for key in keys_in(CATALOG, Window(start, end))]
    assert sorted(pieces) == keys_in(CATALOG, YEAR)


def opened(first: datetime, every: timedelta) -> set[str]:
    """The periods of one week that get a ticket when we run that often; people close every ticket at once."""
    known: set[str] = set()
    created: set[str] = set()
    now = first
    while now < utc(2026, 11, 24):
        rows = due(CATALOG, now, known, ())
        known.update(keys(rows))
        created.update(keys(rows, Decision.CREATE))
        now += every
    return {key for key in created if "2026-11-16" <= key.rpartition("@")[2] <= "2026-11-20"}


@pytest.mark.parametrize(
    ("first", "every"),
    [
        (utc(2026, 11, 15), timedelta(hours=2, minutes=13)),
        (utc(2026, 11, 16, 0, 41), timedelta(hours=5)),
        (utc(2026, 11, 16, 3), timedelta(hours=11)),
        (utc(2026, 11, 14, 12), timedelta(hours=23, minutes=59)),
    ],
)
def test_i16_how_often_and_at_which_minute_we_run_makes_no_difference(first: datetime, every: timedelta) -> None:
    assert opened(first, every) == opened(utc(2026, 11, 15), timedelta(hours=6))


@pytest.mark.parametrize("hours", [20, 40, 100, 300, 1000])
def test_i16_however_late_we_run_the_keys_are_those_of_the_calendar(hours: int) -> None:
    rows = due(CATALOG, utc(2026, 11, 16) + timedelta(hours=hours), keys(due(CATALOG, utc(2026, 11, 16), (), ())), ())
    assert set(keys(rows)) <= set(keys_in(CATALOG, YEAR))
    assert rows


def test_i16_another_hour_of_the_day_keeps_every_key() -> None:
    early = changed(CATALOG, start=datetime.combine(date(2024, 1, 1), time(6)))
    inner = Window(YEAR.start + timedelta(days=3), YEAR.end - timedelta(days=3))
    assert set(keys_in(CATALOG, inner)) <= set(keys_in(early, YEAR))


@pytest.mark.parametrize("roll", [Roll.FOLLOWING, Roll.PRECEDING, Roll.NONE])
def test_i16_another_way_of_rolling_keeps_every_key_that_exists(roll: Roll) -> None:
    weekly = replace(CATALOG, tasks={name: task for name, task in CATALOG.tasks.items() if task.cadence != "daily"})
    inner = Window(YEAR.start + timedelta(days=15), YEAR.end - timedelta(days=15))
    assert set(keys_in(weekly, inner)) <= set(keys_in(changed(weekly, roll=roll), YEAR))


def test_i16_corrected_holidays_keep_the_keys_of_what_rolls() -> None:
    weekly = replace(CATALOG, tasks={name: task for name, task in CATALOG.tasks.items() if task.cadence != "daily"})
    inner = Window(YEAR.start + timedelta(days=15), YEAR.end - timedelta(days=15))
    for calendar in CATALOG.calendars.values():
        assert set(keys_in(weekly, inner)) <= set(keys_in(on(weekly, calendar), YEAR))


def test_i16_another_zone_moves_the_due_instant_and_keeps_the_key() -> None:
    tokyo = CATALOG.teams["monitoring"].zone
    moved = replace(CATALOG, teams={name: replace(team, zone=tokyo) for name, team in CATALOG.teams.items()})
    inner = Window(YEAR.start + timedelta(days=3), YEAR.end - timedelta(days=3))
    assert set(keys_in(CATALOG, inner)) <= set(keys_in(moved, YEAR))


def test_i16_a_new_rule_with_effective_from_leaves_the_earlier_keys_to_the_old_one() -> None:
    change = date(2026, 11, 1)

    def ruled(**changes: object) -> set[str]:
        task = CATALOG.tasks["secure-score"]
        assert isinstance(task.schedule, Schedule)
        schedule = replace(task.schedule, **changes)
        return set(keys_in(replace(CATALOG, tasks={task.id: replace(task, schedule=schedule)}), YEAR))

    old, new = ruled(until=change - timedelta(days=1)), ruled(rule="FREQ=WEEKLY;BYDAY=WE", effective_from=change)
    assert not old & new
    assert max(old) < f"secure-score/monitoring@{change}" < min(new)


def test_i16_a_raised_key_depends_on_the_local_day_and_the_dedupe_key_alone() -> None:
    def raised(hour: int, reason: str) -> str:
        return raise_occurrence(
            CATALOG, "tabletop-exercise", "all", reason=reason, dedupe_key="playbook-7", now=utc(2026, 11, 16, hour)
        ).key

    assert {raised(1, "new playbook"), raised(23, "another word")} == {raised(12, "x")}
