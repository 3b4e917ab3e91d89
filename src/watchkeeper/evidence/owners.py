"""Who owns the devices that are to be mended, and what each owner has to do. Pure.

A remediation task is asked of device groups, so it belongs to every owner of one of them. Several tasks about one recommendation are
one item of an owner: people mend a product, not a request. Devices of groups that nobody owns have an owner as well, `Ownership.unowned`, or
they would be nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.evidence.remediation import Progress, Standing
from watchkeeper.evidence.spelling import folded
from watchkeeper.model.evidence import RemediationTask
from watchkeeper.model.owner_book import UNOWNED_ID


@dataclass(frozen=True, slots=True)
class Owner:
    """`group` is the assignment group of its tickets in ServiceNow, `device_groups` the names of its groups in Defender. `names`: what
    it is called, by language, where that differs; `language` and `zone` (IANA) are those of its tickets and pages."""

    id: str
    name: str
    group: str = ""
    contact: str = ""
    device_groups: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    language: str = ""
    zone: str = ""

    def called(self, language: str) -> str:
        return dict(self.names).get(language, self.name)


UNOWNED = Owner(UNOWNED_ID, "")
"""Of device groups that no owner names."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Device groups compare without case and outer white space. `unowned` stands for what none of the owners has."""

    owners: tuple[Owner, ...]
    unowned: Owner = UNOWNED
    _by_group: Mapping[str, tuple[Owner, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_group: dict[str, tuple[Owner, ...]] = {}
        for owner in self.owners:
            for name in {folded(each) for each in owner.device_groups}:
                by_group[name] = (*by_group.get(name, ()), owner)
        object.__setattr__(self, "_by_group", by_group)

    def of(self, task: RemediationTask) -> tuple[Owner, ...]:
        """Every owner of one of the task's groups, in their order; `unowned` where a group has none, or the task no group."""
        found = [owner for name in task.groups for owner in self.of_group(name)]
        return tuple(dict.fromkeys(found)) or (self.unowned,)

    def of_group(self, name: str) -> tuple[Owner, ...]:
        """Every owner of a device group."""
        return self._by_group.get(folded(name), (self.unowned,))


@dataclass(frozen=True, slots=True)
class Groups:
    """Device groups that were asked for something, as one owner may know of them. `own`: the owner's. `shared`: those of others were
    asked as well, and the source counts the devices of all together."""

    own: tuple[str, ...]
    shared: bool


@dataclass(frozen=True, slots=True)
class Item:
    """What an owner has to mend: one recommendation, by all the tasks that ask for it, the worst first. Devices are summed over the
    tasks; one that two of them ask for counts twice, for the counts name none."""

    owner: Owner
    recommendation: str
    standings: tuple[Standing, ...]

    @property
    def title(self) -> str:
        return self.standings[0].task.title

    @property
    def progress(self) -> Progress:
        return self.standings[0].progress

    def groups(self, ownership: Ownership) -> Groups:
        """Which device groups were asked for it."""
        asked = tuple(dict.fromkeys(name for each in self.standings for name in each.task.groups))
        own = tuple(name for name in asked if self.owner in ownership.of_group(name))
        return Groups(own, len(own) < len(asked))

    @property
    def days_left(self) -> int | None:
        """Until the first of its dates; below 0 when that is over."""
        return min((each.days_left for each in self.open if each.days_left is not None), default=None)

    @property
    def left(self) -> int:
        return sum(each.task.left for each in self.open)

    @property
    def open(self) -> tuple[Standing, ...]:
        """The tasks that have to be done still; of an item that is exempt, those that would have."""
        waiting = tuple(each for each in self.standings if not each.task.completed)
        return tuple(each for each in waiting if each.progress is not Progress.EXEMPT) or waiting

    @property
    def target(self) -> int:
        return sum(each.task.target for each in self.standings)

    @property
    def done(self) -> bool:
        return self.progress is Progress.DONE

    @property
    def exempt(self) -> bool:
        """Whether an exception was approved for all of it that is not done."""
        return self.progress is Progress.EXEMPT


@dataclass(frozen=True, slots=True)
class Workload:
    """An owner's items. `ticketed`: those that get a ticket, the most urgent first; `digested`: those that would be more than an owner
    gets in one run, told together. `later`: not due yet, or without a date. `done`: mended since they were asked for. `exempt`: those
    for which an exception was approved."""

    owner: Owner
    ticketed: tuple[Item, ...]
    digested: tuple[Item, ...]
    later: tuple[Item, ...]
    done: tuple[Item, ...]
    exempt: tuple[Item, ...] = ()

    @property
    def waiting(self) -> tuple[Item, ...]:
        return *self.ticketed, *self.digested, *self.later

    @property
    def items(self) -> tuple[Item, ...]:
        return *self.waiting, *self.exempt, *self.done


@dataclass(frozen=True, slots=True)
class Allotment:
    """An item gets a ticket once it is due within `due_days`; `new_tickets` is how many an owner gets in one run. Those in `open` (by
    owner and recommendation) have theirs already and count for nothing."""

    due_days: int = 30
    new_tickets: int = 10
    open: frozenset[tuple[str, str]] = frozenset()


def workloads(standings: Iterable[Standing], ownership: Ownership, allotment: Allotment) -> tuple[Workload, ...]:
    """Every owner that has something to do or has done it, in the owners' order, what nobody owns last."""
    grouped: dict[tuple[Owner, str], list[Standing]] = {}
    for standing in standings:
        for owner in ownership.of(standing.task):
            grouped.setdefault((owner, recommendation_of(standing.task)), []).append(standing)
    items: dict[Owner, list[Item]] = {}
    for (owner, recommendation), theirs in grouped.items():
        items.setdefault(owner, []).append(Item(owner, recommendation, tuple(sorted(theirs, key=_worst_first))))
    return tuple(
        _workload(owner, items[owner], allotment) for owner in (*ownership.owners, ownership.unowned) if owner in items
    )


def recommendation_of(task: RemediationTask) -> str:
    """What a task asks for, the same for every task that asks for it: what is to be done, and to which product or setting."""
    subject = task.product or task.component or task.title
    return "/".join("-".join(folded(part).split()) for part in (task.kind, subject) if part.strip())


def _workload(owner: Owner, items: Sequence[Item], allotment: Allotment) -> Workload:
    ordered = sorted(items, key=_most_urgent)
    waiting = [item for item in ordered if not (item.done or item.exempt)]
    due = [item for item in waiting if _is_due(item, allotment)]
    has_one = [item for item in due if (owner.id, item.recommendation) in allotment.open]
    new = [item for item in due if item not in has_one]
    ticketed = [*has_one, *new[: allotment.new_tickets]]
    return Workload(
        owner,
        ticketed=tuple(item for item in due if item in ticketed),
        digested=tuple(new[allotment.new_tickets :]),
        later=tuple(item for item in waiting if item not in due),
        done=tuple(item for item in ordered if item.done),
        exempt=tuple(item for item in ordered if item.exempt),
    )


def _is_due(item: Item, allotment: Allotment) -> bool:
    """One that has its ticket keeps it, also when its date is put off."""
    due = item.days_left is not None and item.days_left <= allotment.due_days
    return due or (item.owner.id, item.recommendation) in allotment.open


def _most_urgent(item: Item) -> tuple[int, int, str]:
    left = item.days_left if item.days_left is not None else 1 << 30
    return left, -item.left, item.recommendation


def _worst_first(standing: Standing) -> tuple[int, int, str]:
    left = standing.days_left if standing.days_left is not None else 1 << 30
    return list(Progress).index(standing.progress), left, standing.task.id
