"""What was collected of exercises on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from watchkeeper.evidence.exercise_day import ExerciseDay, ExerciseTicket, exercise_day
from watchkeeper.evidence.exercises import exercises
from watchkeeper.model.administration import FollowUp

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
URL = "https://example.service-now.com/nav_to.do?uri=incident.do"
DONE = ExerciseTicket(
    "a" * 32, "tabletop-exercise/all@2026-02-02~1", "INC0000201", URL, ("csirt", "monitoring"), NOW.replace(month=2)
)
OLD = ExerciseTicket(
    "b" * 32,
    "tabletop-exercise/csirt@2025-01-06~2",
    "INC0000101",
    URL,
    ("csirt", "intelligence"),
    NOW.replace(year=2025, month=1),
)
PLANNED = ExerciseTicket("c" * 32, "tabletop-exercise/all@2026-12-01~3", "INC0000301", URL, ("csirt", "monitoring"), None)  # fmt: skip


def action(
    number: int, due: datetime | None = None, title: str = "Mend the call tree", parent: str = DONE.id
) -> FollowUp:
    return FollowUp(f"{number:032x}", f"TASK{number:07}", title, parent, "Open", True, due, URL)


def a_day(actions: Iterable[FollowUp] | None = (), *, begin: date | None = None) -> ExerciseDay:
    """`csirt` and `monitoring` had one in February, `intelligence` long ago, `oversight` none."""
    teams, tickets = ("csirt", "intelligence", "monitoring", "oversight"), (DONE, OLD, PLANNED)
    completed = [(team, each.done) for each in tickets if each.done is not None for team in each.teams]
    return exercise_day(exercises(teams, completed, [], actions, now=NOW, begin=begin), tickets)
