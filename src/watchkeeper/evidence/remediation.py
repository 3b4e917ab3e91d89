"""How far the owners of devices have come with what they were asked to mend, by our own daily snapshots. Pure.

The source keeps no history: it shows today's devices, and forgets a completed task after 180 days (defender-docs, tvm-remediation).
So what is plotted comes from the snapshots alone, and a task that is gone stays in the days on which it was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import ceil

from watchkeeper.model.evidence import RemediationTask

PACE = timedelta(days=28)
"""How far back the pace is measured at which devices are mended."""
KEPT = timedelta(days=180)
"""How long the source shows a completed task."""


class Progress(StrEnum):
    """Where a task stands, the worst first."""

    OVERDUE = "overdue"
    STUCK = "stuck"
    """No device was mended for longer than the deployment allows."""
    DUE_SOON = "due-soon"
    UNDATED = "undated"
    """Nobody set a date."""
    ON_TRACK = "on-track"
    EXEMPT = "exempt"
    """An exception was approved, so that nobody is asked for it whatever its date."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Day:
    """Every task as the source showed it on a day, completed ones too. `exempt`: the ids of those that an exception was approved for, as
    far as anybody knew on that day."""

    day: date
    tasks: Mapping[str, RemediationTask]
    exempt: frozenset[str] = frozenset()

    @property
    def asked(self) -> tuple[RemediationTask, ...]:
        """What somebody has to do still."""
        return tuple(each for name, each in self.tasks.items() if not each.completed and name not in self.exempt)


@dataclass(frozen=True, slots=True)
class Bounds:
    """In days: a task is due soon that is due within `due_days`, stuck when nothing was mended for `stuck_days`."""

    due_days: int = 30
    stuck_days: int = 14


@dataclass(frozen=True, slots=True)
class Standing:
    """A task as it stands. `days_left` is below 0 when it is overdue, None without a date. `still_days`: since when no device was
    mended, None where the snapshots do not reach back to a change; then it is `watched_days` at least, since the first of them.
    `ends`: when the last one will be at the pace of the last weeks, None where nothing moves."""

    task: RemediationTask
    progress: Progress
    days_left: int | None
    still_days: int | None
    ends: date | None
    watched_days: int = 0


@dataclass(frozen=True, slots=True)
class Burndown:
    """A day's sums over the tasks that somebody had to do still: `open_tasks`, devices `left`, and how many of the tasks were overdue.
    `exempt`: how many others were open, for which an exception was approved."""

    day: date
    open_tasks: int
    left: int
    overdue: int
    exempt: int = 0


@dataclass(frozen=True, slots=True)
class Mended:
    """On how many devices a task was done between two days."""

    task: RemediationTask
    devices: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the tasks between two days. `forgotten`: completed ones that the source shows no more, as it does after 180
    days; `removed`: those that went although they were not completed, so that somebody took them back; `exempted`: open ones for
    which an exception was approved; `resumed`: open ones for which one is over; `mended`: those of which devices were mended, the most
    first."""

    opened: tuple[RemediationTask, ...]
    completed: tuple[RemediationTask, ...]
    reopened: tuple[RemediationTask, ...]
    forgotten: tuple[RemediationTask, ...]
    removed: tuple[RemediationTask, ...]
    exempted: tuple[RemediationTask, ...]
    resumed: tuple[RemediationTask, ...]
    mended: tuple[Mended, ...]

    @property
    def fixed(self) -> int:
        """Devices mended, over all tasks."""
        return sum(each.devices for each in self.mended)


def standings(history: Sequence[Day], bounds: Bounds) -> tuple[Standing, ...]:
    """Every task of the latest day, the worst first. `history`: days in their order, the last one is judged."""
    if not history:
        return ()
    days, latest = [(each.day, each.tasks) for each in history], history[-1]
    judged = [
        _standing(
            task,
            [(day, its.left) for day, tasks in days if (its := tasks.get(name)) is not None],
            latest.day,
            bounds,
            name in latest.exempt,
        )
        for name, task in latest.tasks.items()
    ]
    return tuple(sorted(judged, key=_worst_first))


def burndown(history: Iterable[Day]) -> tuple[Burndown, ...]:
    return tuple(_burnt(each) for each in history)


def changes(before: Day, after: Day) -> Changes:
    """What happened between two days, of whatever distance."""
    old, new = before.tasks, after.tasks
    both = [(old[name], new[name]) for name in sorted(old.keys() & new.keys())]
    gone = [old[name] for name in sorted(old.keys() - new.keys())]
    opened = [new[name] for name in sorted(new.keys() - old.keys())]
    waiting = [(name, each) for name, each in sorted(new.items()) if not each.completed]
    return Changes(
        opened=tuple(opened),
        completed=tuple(now for was, now in both if now.completed and not was.completed),
        reopened=tuple(now for was, now in both if was.completed and not now.completed),
        forgotten=tuple(each for each in gone if each.completed),
        removed=tuple(each for each in gone if not each.completed),
        exempted=tuple(each for name, each in waiting if name in after.exempt and name not in before.exempt),
        resumed=tuple(each for name, each in waiting if name in before.exempt and name not in after.exempt),
        mended=_mended(
            [*((now, now.fixed - was.fixed) for was, now in both), *((each, each.fixed) for each in opened)]
        ),
    )


def _mended(fixed: Iterable[tuple[RemediationTask, int]]) -> tuple[Mended, ...]:
    found = (Mended(task, devices) for task, devices in fixed if devices > 0)
    return tuple(sorted(found, key=lambda each: (-each.devices, each.task.id)))


def is_overdue(task: RemediationTask, day: date) -> bool:
    """Whether the day on which it was due is over."""
    return not task.completed and task.due_at is not None and task.due_at.date() < day


def _standing(
    task: RemediationTask, seen: Sequence[tuple[date, int]], today: date, bounds: Bounds, exempt: bool
) -> Standing:
    """`seen`: how many devices were left on each day on which it was there."""
    left = None if task.due_at is None else (task.due_at.date() - today).days
    still, watched = None if task.completed else _still(seen, task.created_at, today), (today - seen[0][0]).days
    progress = _progress(task, left, watched if still is None else still, today, bounds)
    if exempt and not task.completed:
        progress = Progress.EXEMPT
    return Standing(task, progress, left, still, _ends(task, seen, today), watched)


def _progress(task: RemediationTask, left: int | None, still: int, today: date, bounds: Bounds) -> Progress:
    if task.completed:
        return Progress.DONE
    if is_overdue(task, today):
        return Progress.OVERDUE
    if still >= bounds.stuck_days and not _is_mended(task):
        return Progress.STUCK
    if left is None:
        return Progress.UNDATED
    return Progress.DUE_SOON if left <= bounds.due_days else Progress.ON_TRACK


def _still(seen: Sequence[tuple[date, int]], created: datetime, today: date) -> int | None:
    """Days since the number of devices left last went down, or since the task was made where it never did."""
    for (day, after), (_, before) in pairwise(reversed(seen)):
        if after < before:
            return (today - day).days
    whole = seen[0][0] <= created.date() + timedelta(days=1)
    return (today - created.date()).days if whole else None


def _ends(task: RemediationTask, seen: Sequence[tuple[date, int]], today: date) -> date | None:
    if _is_mended(task) and not task.completed:
        return today
    recent = [(day, left) for day, left in seen if day >= today - PACE]
    if task.completed or len(recent) < 2:
        return None
    (first, before), (last, after) = recent[0], recent[-1]
    mended, days = before - after, (last - first).days
    if mended <= 0 or days <= 0:
        return None
    return today + timedelta(days=ceil(after * days / mended))


def _is_mended(task: RemediationTask) -> bool:
    """Whether no device is left, though the source may not call it completed yet; one that is asked of none proves nothing."""
    return task.left == 0 and task.target > 0


def _burnt(day: Day) -> Burndown:
    asked = day.asked
    exempt = sum(not each.completed for each in day.tasks.values()) - len(asked)
    overdue = sum(is_overdue(task, day.day) for task in asked)
    return Burndown(day.day, len(asked), sum(task.left for task in asked), overdue, exempt)


def _worst_first(standing: Standing) -> tuple[int, int, int, str]:
    rank = list(Progress).index(standing.progress)
    left = standing.days_left if standing.days_left is not None else 1 << 30
    return rank, left, -standing.task.left, standing.task.id
