"""Duties that overlap: which occurrence of another task serves an occurrence, so that one ticket is enough (`satisfied_by`).

Judged by rules and nominal dates alone: when, how often or how late a run looks makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from watchkeeper.catalog.model import Catalog, Schedule, Task
from watchkeeper.catalog.occurrences import ALL_TEAMS, expand_task
from watchkeeper.catalog.recurrence import PAD, Window, compiled
from watchkeeper.model.occurrence import Occurrence

_COUNTED = timedelta(days=2922)
"""Eight years, over which two rules are compared: long enough for yearly ones, and the same span of leap days for both."""


def server_of(catalog: Catalog, occurrence: Occurrence) -> Occurrence | None:
    """The occurrence whose ticket also serves this one; None when it needs a ticket of its own.

    It is of the task that `satisfied_by` names (or of the one that serves that, in turn), for the same team or for all teams
    with this one among them, and its nominal date lies in the same period. Of several the last one due by then counts, else
    the first one after. A task that is switched off serves nothing; what a person raised is never served.
    """
    task = catalog.tasks[occurrence.task]
    serving = catalog.tasks.get(task.satisfied_by)
    if occurrence.raised or task.schedule is None or serving is None:
        return None
    first, last = period_around(task.schedule, occurrence.nominal)
    found = [
        each
        for each in expand_task(catalog, serving, _window(first, last))
        if first <= each.nominal <= last and _shares_team(serving, each, task, occurrence)
    ]
    if not found:
        return None
    in_time = [each for each in found if each.due <= occurrence.due]
    chosen = in_time[-1] if in_time else found[0]
    return server_of(catalog, chosen) or chosen


def period_around(schedule: Schedule, nominal: date) -> tuple[date, date]:
    """The first and last local date of the day, ISO week, month or year for which a rule's nominal date stands."""
    parts = dict(part.split("=", 1) for part in schedule.rule.split(";"))
    days = int(parts.get("INTERVAL", "1")) * {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}[parts["FREQ"]]
    if days >= 365:
        return nominal.replace(month=1, day=1), nominal.replace(month=12, day=31)
    if days >= 28:
        following = (nominal.replace(day=1) + timedelta(days=31)).replace(day=1)
        return nominal.replace(day=1), following - timedelta(days=1)
    if days >= 7:
        monday = nominal - timedelta(days=nominal.weekday())
        return monday, monday + timedelta(days=6)
    return nominal, nominal


def falls_due_less_often(serving: Schedule, schedule: Schedule) -> bool:
    """Whether a task that should serve another one falls due less often. Only for rules that were found sound."""
    start = max(serving.start, schedule.start)
    # One more or less is a matter of where the span begins.
    return _count(serving, start) < _count(schedule, start) - 1


def cycle_from(task: str, satisfied_by: Mapping[str, str]) -> tuple[str, ...]:
    """The ring of tasks, from `task` back to itself, in which each is satisfied by the next; empty when there is none."""
    ring = [task]
    while (following := satisfied_by.get(ring[-1], "")) and following not in ring:
        ring.append(following)
    return (*ring, task) if following == task else ()


def _window(first: date, last: date) -> Window:
    """Due instants of the nominal dates `first` to `last`, wherever rolling and zones put them."""
    return Window(_utc(first) - PAD - timedelta(days=2), _utc(last) + PAD + timedelta(days=2))


def _utc(day: date) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00")


def _shares_team(serving: Task, each: Occurrence, task: Task, occurrence: Occurrence) -> bool:
    if each.team != ALL_TEAMS:
        return each.team == occurrence.team
    return _owing(task, occurrence) <= frozenset(serving.teams)


def _owing(task: Task, occurrence: Occurrence) -> frozenset[str]:
    teams: Iterable[str] = task.teams if occurrence.team == ALL_TEAMS else (occurrence.team,)
    return frozenset(teams)


def _count(schedule: Schedule, start: datetime) -> int:
    return len(compiled(schedule.rule, schedule.start).between(start, start + _COUNTED, inc=True))
