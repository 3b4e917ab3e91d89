"""What the catalogue alone says: names of tasks and teams, who owes what, and when it falls due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from watchkeeper.catalog.model import Catalog, LocalText, Task
from watchkeeper.catalog.occurrences import duties, expand, expand_task
from watchkeeper.catalog.overlaps import server_of
from watchkeeper.catalog.recurrence import Window
from watchkeeper.catalog.year import owes
from watchkeeper.errors import Rejected
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.report.board.nouns import Names
from watchkeeper.report.board.tasks import WEEKS
from watchkeeper.web.reading.reader import Reader

AHEAD: Final = timedelta(weeks=WEEKS)
_FURTHER: Final = (timedelta(days=100), timedelta(days=400), timedelta(days=1600))
"""How far the next period of a task is looked for, step by step: a quarterly, a yearly, and a rarer one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`catalog`: None where the mappings folder cannot be read; nothing has a name then, and nothing is planned."""

    catalog: Catalog | None
    now: datetime

    @property
    def tasks(self) -> Mapping[str, Task]:
        return self.catalog.tasks if self.catalog else {}

    def task_name(self, task: str) -> Names:
        return named(self.tasks[task].title) if task in self.tasks else Names()

    def team_name(self, team: str) -> Names:
        found = self.catalog.teams.get(team) if self.catalog else None
        return named(found.name) if found else Names()

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every task of the catalogue with each team that owes it."""
        if self.catalog is not None:
            for task in self.tasks.values():
                yield from ((task.id, duty.team) for duty in duties(self.catalog, task))

    def is_of(self, task: str, team: str, who: str) -> bool:
        """Whether a duty is a team's, alone or with all."""
        if who == team or self.catalog is None or task not in self.tasks:
            return who == team
        return owes(self.catalog, task, team, who)

    def coming(self) -> tuple[Occurrence, ...]:
        """What falls due from now on within four weeks, by due instant and key."""
        return tuple(each for each in self._around() if self.now <= each.due < self.now + AHEAD)

    def lately(self) -> Mapping[tuple[str, str], Sequence[Occurrence]]:
        """What fell due before now within as many weeks, by task and team."""
        found: dict[tuple[str, str], list[Occurrence]] = {}
        for each in self._around():
            if self.now - AHEAD <= each.due < self.now:
                found.setdefault((each.task, each.team), []).append(each)
        return found

    def _around(self) -> tuple[Occurrence, ...]:
        return _around(_Meaning(self.catalog), self.now.astimezone(UTC).date()) if self.catalog else ()

    def later(self, task: str) -> Iterator[Occurrence]:
        """What falls due of a task after these weeks, by due instant, as far as it is looked for."""
        begin = self.now + AHEAD
        for length in _FURTHER:
            if self.catalog is not None and task in self.tasks:
                yield from _expanded(self.catalog, self.tasks[task], Window(begin, self.now + length))
            begin = self.now + length

    def server(self, occurrence: Occurrence) -> str:
        """The key of the one whose ticket also serves this one; empty where it gets its own."""
        found = server_of(self.catalog, occurrence) if self.catalog else None
        return found.key if found else ""

    @property
    def decided_ahead(self) -> timedelta:
        """How long before it is due something may be decided on, four weeks at least."""
        return max((AHEAD, *(task.lead for task in self.tasks.values())))


def plan_of(reader: Reader) -> Plan:
    rules = reader.mappings
    return Plan(rules.catalog if rules else None, reader.now)


def named(text: LocalText) -> Names:
    return Names(text["en"], text["ja"])


@dataclass(frozen=True, slots=True, eq=False)
class _Meaning:
    """A catalogue that is as good as any other one that means the same."""

    catalog: Catalog

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Meaning) and self._name == other._name

    def __hash__(self) -> int:
        return hash(self._name)

    @property
    def _name(self) -> tuple[str, str]:
        return self.catalog.fingerprint, self.catalog.deployment.name


@lru_cache(maxsize=8)
def _around(of: _Meaning, day: date) -> tuple[Occurrence, ...]:
    """What falls due within four weeks of any instant of a day (UTC), before and after: thousands for hundreds of daily tasks, hence
    remembered."""
    begin = datetime.combine(day, time(), UTC)
    try:
        return expand(of.catalog, Window(begin - AHEAD, begin + AHEAD + timedelta(days=1)))
    except Rejected:  # no data on a country's holidays in so distant a year
        return ()


def _expanded(catalog: Catalog, task: Task, window: Window) -> tuple[Occurrence, ...]:
    try:
        return expand_task(catalog, task, window)
    except Rejected:
        return ()
