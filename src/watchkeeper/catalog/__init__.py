"""What is due: tasks, teams and calendars from YAML, and the occurrences that follow from them. Reads no clock."""

from __future__ import annotations

from watchkeeper.catalog.calendars import day_bounds, is_working_day, working_days_between
from watchkeeper.catalog.decisions import decide, due
from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.occurrences import ALL_TEAMS, expand, raise_occurrence
from watchkeeper.catalog.recurrence import Window

__all__ = [
    "ALL_TEAMS",
    "Window",
    "day_bounds",
    "decide",
    "due",
    "expand",
    "is_working_day",
    "load_catalog",
    "raise_occurrence",
    "working_days_between",
]
