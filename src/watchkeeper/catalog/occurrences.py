"""Which occurrences exist, by key: the catalogue's definitions made into instances. Pure; reads no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from watchkeeper.catalog import recurrence
from watchkeeper.catalog.calendars import add_working_days, day_bounds, resolve
from watchkeeper.catalog.model import Calendar, Catalog, FanOut, Task
from watchkeeper.catalog.recurrence import Firing, Window
from watchkeeper.errors import Rejected
from watchkeeper.model.nearest import suggest
from watchkeeper.model.occurrence import Occurrence

ALL_TEAMS = "all"
"""The team of an occurrence that all teams share; no team may have this id."""


def expand(catalog: Catalog, window: Window) -> tuple[Occurrence, ...]:
    """Every scheduled occurrence that is due in the window, by due instant, then key."""
    return in_order(found for task in catalog.tasks.values() for found in expand_task(catalog, task, window))


def expand_task(catalog: Catalog, task: Task, window: Window) -> tuple[Occurrence, ...]:
    """The scheduled occurrences of one task that are due in the window; none before the deployment's go-live date."""
    if task.schedule is None:
        return ()
    go_live = catalog.deployment.go_live or date.min
    return in_order(
        occurrence_of(task, duty, firing)
        for duty in duties(catalog, task)
        for firing in recurrence.expand(task.schedule, duty.calendar, window, duty.due_on)
        if firing.nominal >= go_live
    )


@dataclass(frozen=True, slots=True)
class Duty:
    """Who owes a task, and by which clock: one team, or all of them under the deployment's zone and calendar.

    `day_enders` are the zones whose local day must have ended before it is due; empty where the rule's time of day counts.
    """

    team: str
    zone: ZoneInfo
    calendar: Calendar
    day_enders: tuple[ZoneInfo, ...] = ()

    def due_on(self, day: date, at: time) -> datetime:
        """The due instant (UTC). Shared by all teams: the end of the last team's local day, whoever works on it, because
        the last of the same zones keeps the order of days where the last of the working ones would not."""
        if self.day_enders:
            return max(day_bounds(zone, day)[1] for zone in self.day_enders)
        return resolve(datetime.combine(day, at), self.zone)


def duties(catalog: Catalog, task: Task) -> Iterator[Duty]:
    """The duties of a task, one per key that a period has."""
    teams = [catalog.teams[team] for team in task.teams]
    own_zone = task.schedule.zone if task.schedule else None
    if task.fan_out is FanOut.SINGLE:
        home = catalog.deployment
        yield Duty(ALL_TEAMS, own_zone or home.zone, home.calendar, tuple(team.zone for team in teams) or (home.zone,))
        return
    for team in teams:
        yield Duty(team.id, own_zone or team.zone, team.calendar)


def occurrence_of(task: Task, duty: Duty, firing: Firing) -> Occurrence:
    """The occurrence of a firing; its key holds the nominal local date and nothing that may ever be corrected."""
    period = firing.nominal.isoformat()
    key = key_of(task.id, duty.team, period)
    return Occurrence(key, task.id, duty.team, period, firing.nominal, firing.due, duty.zone.key)


def raise_occurrence(
    catalog: Catalog, task: str, team: str, *, reason: str, dedupe_key: str, now: datetime, on: date | None = None
) -> Occurrence:
    """An as-needed occurrence, as a command or a trigger raises it.

    `team` is a team id, or "all" for a task whose teams share one ticket. The same dedupe key on the same local day gives the
    same key; so does one fact on every day that it is seen, where `on` is the day of the fact. Due at the task's time of day, its
    number of working days from now. Raises Rejected for a task or team that does not exist, has no as-needed trigger or does not
    fit, and for an empty reason or dedupe key.
    """
    definition = _task(catalog, task)
    if not definition.as_needed:
        possible = sorted(name for name, each in catalog.tasks.items() if each.as_needed)
        raise Rejected(f"task {task} is not raised as needed: it has no as_needed trigger", remedy=_those(possible))
    duty = _duty(catalog, definition, team)
    for name, text in (("reason", reason), ("dedupe key", dedupe_key)):
        if not text.strip():
            raise Rejected(f"raising {task} needs a {name}", remedy="say why it is needed now")
    today = now.astimezone(duty.zone).date()
    day = add_working_days(duty.calendar, today, definition.raised_due_days)
    nominal = on or today
    period = f"{nominal.isoformat()}~{hashlib.sha256(dedupe_key.encode()).hexdigest()[:10]}"
    due = max(duty.due_on(day, definition.raised_due_time), now.astimezone(UTC))
    return Occurrence(key_of(task, team, period), task, team, period, nominal, due, duty.zone.key, reason.strip())


def key_of(task: str, team: str, period: str) -> str:
    """`<task>/<team>@<period>`; the deployment's name goes in front where keys of several deployments meet."""
    return f"{task}/{team}@{period}"


def parse_key(key: str) -> tuple[str, str, str] | None:
    """Task, team and period of an occurrence's key; None for a key of another kind (an escalation's)."""
    task, slash, rest = key.partition("/")
    team, at, period = rest.partition("@")
    return (task, team, period) if slash and at and "/" not in team else None


def in_order(occurrences: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """By due instant, then key: an order that does not depend on how they were found."""
    return tuple(sorted(occurrences, key=lambda found: (found.due, found.key)))


def _task(catalog: Catalog, task: str) -> Task:
    if task in catalog.tasks:
        return catalog.tasks[task]
    meant = suggest(task, catalog.tasks)
    hint = f"did you mean {meant}?" if meant else f"known: {', '.join(sorted(catalog.tasks))}"
    raise Rejected(f"there is no task {task!r}", remedy=hint)


def _those(tasks: list[str]) -> str:
    return f"tasks that are: {', '.join(tasks)}" if tasks else "give the task an as_needed trigger in its pack"


def _duty(catalog: Catalog, task: Task, team: str) -> Duty:
    possible = {duty.team: duty for duty in duties(catalog, task)}
    if team in possible:
        return possible[team]
    raise Rejected(f"task {task.id} is not raised for team {team!r}", remedy=f"possible: {', '.join(sorted(possible))}")
