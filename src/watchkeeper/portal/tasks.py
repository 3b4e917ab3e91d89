"""What an owner has to mend, as its page tells it: item by item, with what became of it in the last week. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from watchkeeper.evidence.owners import Allotment, Item, Owner, Ownership, workloads
from watchkeeper.evidence.remediation import Bounds, Burndown, Day, Progress, burndown, changes, standings
from watchkeeper.evidence.spelling import folded
from watchkeeper.model.evidence import Recommendation, RemediationTask
from watchkeeper.portal.told import Told

WEEK: Final = timedelta(days=7)
WEEKS_SHOWN: Final = 8


class Heading(StrEnum):
    """The parts of an owner's page, in their order."""

    OVERDUE = "overdue"
    SOON = "soon"
    STUCK = "stuck"
    LATER = "later"
    EXEMPT = "exempt"
    """An exception was approved."""
    DONE = "done"


_HEADINGS: Final = {
    Progress.OVERDUE: Heading.OVERDUE,
    Progress.DUE_SOON: Heading.SOON,
    Progress.STUCK: Heading.STUCK,
    Progress.UNDATED: Heading.LATER,
    Progress.ON_TRACK: Heading.LATER,
    Progress.EXEMPT: Heading.EXEMPT,
    Progress.DONE: Heading.DONE,
}


@dataclass(frozen=True, slots=True)
class Work:
    """An item with what its owner may know of it. `groups`: the owner's own device groups among those that were asked. `shared`: other
    owners were asked as well, and the source counts their devices together. `mended`: devices in the last week, None where no
    day of a week ago is known. `advice`: what Defender recommends at present."""

    item: Item
    groups: tuple[str, ...]
    shared: bool
    mended: int | None
    advice: Recommendation | None

    @property
    def key(self) -> tuple[str, str]:
        """Under what its ticket is known: the owner's id and the recommendation."""
        return self.item.owner.id, self.item.recommendation

    @property
    def heading(self) -> Heading:
        return _HEADINGS[self.item.progress]


@dataclass(frozen=True, slots=True)
class OwnerTasks:
    """Everything on an owner's page. `mended`: devices in the last week, None without a day to compare with. `weeks`: the last weeks,
    the oldest first, each on its last known day."""

    owner: Owner
    works: tuple[Work, ...]
    mended: int | None
    weeks: tuple[Burndown, ...]

    def under(self, heading: Heading) -> tuple[Work, ...]:
        return tuple(each for each in self.works if each.heading is heading)

    @property
    def waiting(self) -> tuple[Work, ...]:
        """What the owner still has to do."""
        return tuple(each for each in self.works if each.heading not in {Heading.EXEMPT, Heading.DONE})


def tasks_by_owner(told: Told) -> tuple[OwnerTasks, ...]:
    """Every owner in its order, those too who have nothing to do; at the end what nobody owns, if there is anything."""
    rules, unowned = told.rules, told.ownership.unowned
    known = standings(told.days, Bounds(rules.due_days, rules.stuck_days))
    loads = {each.owner: each for each in workloads(known, told.ownership, Allotment(rules.due_days))}
    owners = (*told.ownership.owners, *([unowned] if unowned in loads else []))
    by_owner = _split(told.days, told.ownership)
    advice = _Advice(told.recommendations)
    found = []
    for owner in owners:
        load, days = loads.get(owner), by_owner.get(owner, ())
        items = () if load is None else load.items
        found.append(_tasks_of(owner, items, days, told.ownership, advice))
    return tuple(found)


def _tasks_of(
    owner: Owner, items: Iterable[Item], days: Sequence[Day], ownership: Ownership, advice: _Advice
) -> OwnerTasks:
    before = _a_week_before(days)
    works = tuple(_work(item, before, ownership, advice) for item in items)
    mended = None if before is None else changes(before, days[-1]).fixed
    return OwnerTasks(owner, works, mended, burndown(_weekly(days)))


def _work(item: Item, before: Day | None, ownership: Ownership, advice: _Advice) -> Work:
    tasks, groups = [each.task for each in item.standings], item.groups(ownership)
    old = {} if before is None else before.tasks
    mended = sum(max(0, each.fixed - (old[each.id].fixed if each.id in old else 0)) for each in tasks)
    return Work(item, groups.own, groups.shared, None if before is None else mended, advice.on(tasks[0]))


def _split(days: Iterable[Day], ownership: Ownership) -> Mapping[Owner, tuple[Day, ...]]:
    """Each owner's own tasks by day; every owner has every day."""
    split: dict[Owner, list[Day]] = {owner: [] for owner in (*ownership.owners, ownership.unowned)}
    for day in days:
        theirs: dict[Owner, dict[str, RemediationTask]] = {owner: {} for owner in split}
        for name, task in day.tasks.items():
            for owner in ownership.of(task):
                theirs[owner][name] = task
        for owner, tasks in theirs.items():
            split[owner].append(replace(day, tasks=tasks))
    return {owner: tuple(found) for owner, found in split.items()}


def _a_week_before(days: Sequence[Day]) -> Day | None:
    """The last day at least a week before the latest one."""
    return next((each for each in reversed(days) if each.day <= days[-1].day - WEEK), None)


def _weekly(days: Sequence[Day]) -> list[Day]:
    """The latest day, and of each of the weeks before it the last day that is known."""
    found: list[Day] = []
    limit: date | None = None
    for each in reversed(days):
        if limit is None or each.day <= limit:
            found.append(each)
            limit = each.day - WEEK
    return found[:WEEKS_SHOWN][::-1]


class _Advice:
    """Recommendations by what tasks say of them: the kind, and the product's id, else the title (defender-docs, get-all-recommendations
    and get-remediation-all-activities: `va-_-` and the product's id is a recommendation's id)."""

    def __init__(self, recommendations: Iterable[Recommendation]) -> None:
        known = tuple(recommendations)
        self._by_product = {(folded(each.remediation), folded(each.id.removeprefix("va-_-"))): each for each in known}
        self._by_title = {(folded(each.remediation), folded(each.title)): each for each in known}

    def on(self, task: RemediationTask) -> Recommendation | None:
        kind = folded(task.kind)
        found = self._by_product.get((kind, folded(task.product))) if task.product else None
        return found or self._by_title.get((kind, folded(task.title)))
