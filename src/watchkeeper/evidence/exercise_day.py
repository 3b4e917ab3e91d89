"""What is kept of a day about exercises: where the teams stand, by which tickets, and which corrective actions are open. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from watchkeeper.evidence.exercises import Exercises, TeamExercise
from watchkeeper.model.administration import FollowUp


@dataclass(frozen=True, slots=True)
class ExerciseTicket:
    """The ticket of one exercise, by its id in the ticket system, and whose exercise it was. `done`: None for one that is not over."""

    id: str
    key: str
    number: str
    url: str
    teams: tuple[str, ...]
    done: datetime | None

    @property
    def day(self) -> date | None:
        return None if self.done is None else self.done.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class ExerciseDay:
    """As of an `Exercises`, without what only its ticket is asked for. `tickets`: the teams' last exercises, and those that an open
    action comes from."""

    as_of: datetime
    stale_after: int
    teams: tuple[TeamExercise, ...]
    actions: tuple[FollowUp, ...] | None
    tickets: tuple[ExerciseTicket, ...]

    def last_of(self, team: TeamExercise) -> ExerciseTicket | None:
        """The ticket of a team's last exercise; None where there was none."""
        its = (each for each in self.tickets if team.team in each.teams and each.day == team.last)
        return None if team.last is None else next(its, None)

    def parent_of(self, action: FollowUp) -> ExerciseTicket | None:
        return next((each for each in self.tickets if each.id == action.parent), None)

    def is_overdue(self, action: FollowUp) -> bool:
        return action.due_at is not None and action.due_at < self.as_of


def exercise_day(found: Exercises, tickets: Iterable[ExerciseTicket]) -> ExerciseDay:
    """What is kept of a finding, and of these tickets."""
    parents = {each.parent for each in found.actions or ()}
    last = {(each.team, each.last) for each in found.teams if each.last is not None}
    named = (each for each in tickets if each.id in parents or any((team, each.day) in last for team in each.teams))
    kept = tuple(sorted(named, key=lambda each: each.key))
    return ExerciseDay(found.as_of, found.stale_after, found.teams, found.actions, kept)
