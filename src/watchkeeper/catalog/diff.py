"""What two versions of the catalogue mean differently: teams, calendars, tasks. Pure; `now` is where the look ahead begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

from watchkeeper.catalog.calendars import is_working_day
from watchkeeper.catalog.model import Calendar, Catalog, Schedule, Task, Team
from watchkeeper.catalog.occurrences import expand_task, in_order
from watchkeeper.catalog.recurrence import Window
from watchkeeper.mapping.diff import shown
from watchkeeper.model.difference import Difference, Reach, Shift, Subject
from watchkeeper.model.occurrence import Occurrence

AHEAD: Final = timedelta(days=92)
"""How far tasks are compared: a quarter shows every weekly and monthly rule at work."""
YEAR: Final = 365
"""Days of a calendar that are compared."""
_NAMED: Final = 3
"""How many days or due dates a sentence names."""
_SKIPPED: Final = frozenset({"id", "place"})
_TEXTS: Final = frozenset({"title", "summary", "checklist", "evidence", "done_when", "links", "as_needed"})


def catalog_differences(old: Catalog, new: Catalog, now: datetime) -> tuple[Difference, ...]:
    """What differs in the deployment's home, teams, calendars and tasks."""
    return (
        *_settings(Subject.HOME, "defaults", old.deployment, new.deployment, frozenset({"name", "calendar"})),
        *_entries(Subject.TEAM, old.teams, new.teams, _team),
        *_entries(Subject.CALENDAR, old.calendars, new.calendars, lambda a, b: _calendar(a, b, now)),
        *_entries(Subject.TASK, old.tasks, new.tasks, lambda a, b: _task(old, new, a, b, now)),
    )


def _entries(
    subject: Subject,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    compare: Callable[[Any, Any], Iterator[Difference]],
) -> Iterator[Difference]:
    for name in sorted({*old, *new}):
        if name in old and name in new:
            yield from compare(old[name], new[name])
            continue
        shift = Shift.ENTRY_ADDED if name in new else Shift.ENTRY_REMOVED
        reach = Reach(stem=f"{name}/") if subject is Subject.TASK and name in old else None
        place = getattr((new if name in new else old)[name], "place", "")
        yield Difference(subject, name, "", shift, {}, place, dangerous=name in old, reach=reach)


def _settings(subject: Subject, name: str, old: object, new: object, besides: frozenset[str]) -> Iterator[Difference]:
    for each in fields(new):  # type: ignore[arg-type]
        before, after = getattr(old, each.name), getattr(new, each.name)
        if each.name in _SKIPPED | besides or before == after:
            continue
        shift = Shift.TEXT if each.name in _TEXTS else Shift.SETTING
        args = {"before": shown(before), "after": shown(after)}
        yield Difference(subject, name, each.name, shift, args, getattr(new, "place", ""))


def _team(old: Team, new: Team) -> Iterator[Difference]:
    yield from _settings(Subject.TEAM, new.id, old, new, frozenset({"calendar"}))
    if old.calendar.id != new.calendar.id:
        args = {"before": old.calendar.id, "after": new.calendar.id}
        yield Difference(Subject.TEAM, new.id, "calendar", Shift.SETTING, args, new.place)


def _calendar(old: Calendar, new: Calendar, now: datetime) -> Iterator[Difference]:
    days = [now.date() + timedelta(days=ahead) for ahead in range(YEAR)]
    moved = [day for day in days if is_working_day(old, day) != is_working_day(new, day)]
    if moved:
        named = ", ".join(day.isoformat() for day in moved[:_NAMED])
        args = {"count": str(len(moved)), "days": f"{named}{', …' if len(moved) > _NAMED else ''}"}
        yield Difference(Subject.CALENDAR, new.id, "", Shift.DAYS, args)


def _task(old_catalog: Catalog, new_catalog: Catalog, old: Task, new: Task, now: datetime) -> Iterator[Difference]:
    yield from _settings(Subject.TASK, new.id, old, new, frozenset({"schedule", "pack"}))
    yield from _schedule(new.id, old.schedule, new.schedule)
    window = Window(now, now + AHEAD)
    was, will = (expand_task(catalog, task, window) for catalog, task in ((old_catalog, old), (new_catalog, new)))
    if [each.due for each in was] != [each.due for each in will]:
        args = {"before": _next(was), "after": _next(will)}
        yield Difference(Subject.TASK, new.id, "schedule", Shift.NEXT_DUE, args, new.place)
    gone, come = (
        ({each.key for each in was} - {each.key for each in will}),
        ({each.key for each in will} - {each.key for each in was}),
    )
    if gone or come:
        args = {"gone": str(len(gone)), "come": str(len(come))}
        yield Difference(
            Subject.TASK,
            new.id,
            "schedule",
            Shift.KEYS,
            args,
            new.place,
            dangerous=True,
            reach=Reach(stem=f"{new.id}/"),
        )


def _schedule(task: str, old: Schedule | None, new: Schedule | None) -> Iterator[Difference]:
    if old is None or new is None:
        return
    for each in _settings(Subject.TASK, task, old, new, frozenset()):
        yield Difference(each.subject, each.name, f"schedule.{each.path}", each.shift, each.args, new.place)


def _next(occurrences: tuple[Occurrence, ...]) -> str:
    """The next due instants, in UTC."""
    due = dict.fromkeys(each.due.strftime("%Y-%m-%d %H:%M") for each in in_order(occurrences))
    return ", ".join(list(due)[:_NAMED])
