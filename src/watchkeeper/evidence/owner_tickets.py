"""What the tickets of asset owners are to say on a day, from the snapshots and from what they said the day before. Pure.

Done is what is proven: every device is mended, or an exception was approved. A person who marks a task as completed mends no device
(defender-docs, tvm-remediation), and a task that is gone was taken back, or forgotten 180 days after its end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from watchkeeper.evidence.exceptions import excepted
from watchkeeper.evidence.owners import Allotment, Groups, Item, Ownership, recommendation_of, workloads
from watchkeeper.evidence.remediation import Standing
from watchkeeper.model.evidence import Recommendation, RemediationTask
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.owner_ticket import EXCEPTION, NOT_MINE, Fate, OwnerTicket, OwnerTickets, Untold

_AUTOMATIC: Final = "automatic"
"""Who completed a task of which every device is mended (defender-docs, get-remediation-methods-properties)."""


@dataclass(frozen=True, slots=True)
class Past:
    """`before`: what the tickets said last, None where that is not known. `open`: the names of tickets that are open in ServiceNow, as
    far as anybody knows."""

    before: OwnerTickets | None = None
    open: frozenset[str] = frozenset()

    tickets: Mapping[str, OwnerTicket] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tickets", self.before.by_name if self.before is not None else {})

    @property
    def excepted(self) -> frozenset[str]:
        """What an exception was approved for."""
        return frozenset(each.recommendation for each in self.tickets.values() if each.fate is Fate.EXEMPT)

    def has(self, name: str) -> bool:
        return name in self.tickets or name in self.open


def owner_tickets(
    day: date,
    standings: Sequence[Standing],
    ownership: Ownership,
    recommendations: Iterable[Recommendation] = (),
    *,
    rules: RemediationRules,
    past: Past,
) -> OwnerTickets:
    """`standings`: every task of the day's snapshot, which must be complete. Without any of `recommendations` no exception is known of."""
    apart = excepted((each.task for each in standings), tuple(recommendations), past.excepted)
    exempt = [each for each in standings if each.task.id in apart]
    theirs = _held(standings, ownership, past)
    found: dict[str, OwnerTicket] = {}
    for item in _items(exempt, ownership, Allotment(rules.due_days, 0, theirs)):
        if past.has(name_of(item.owner.id, item.recommendation)):
            found[name_of(item.owner.id, item.recommendation)] = _ticket(
                item, Fate.EXEMPT, item.groups(ownership), day, past
            )
    asked = [each for each in standings if each.task.id not in apart]
    loads = workloads(asked, ownership, Allotment(rules.due_days, rules.new_tickets, theirs))
    for item in (each for load in loads for each in (*load.ticketed, *load.done)):
        name, fate = name_of(item.owner.id, item.recommendation), _fate(item)
        if fate is Fate.WAITING or past.has(name):
            found[name] = _ticket(item, fate, item.groups(ownership), day, past)
    listed = {recommendation_of(each.task) for each in standings}
    gone = {name: _gone(each, listed, past) for name, each in past.tickets.items() if name not in found}
    found |= {name: each for name, each in gone.items() if each is not None}
    waits = rules.new_tickets > 0  # else no ticket is wanted, and nothing waits for one
    digest = tuple(_untold(item, day) for load in loads for item in load.digested if waits)
    return OwnerTickets(tuple(sorted(found.values(), key=_most_urgent)), digest, _ways(rules))


def name_of(owner: str, recommendation: str) -> str:
    """10 hex digits that stand for an owner and a recommendation."""
    return hashlib.sha256(f"{owner}\n{recommendation}".encode()).hexdigest()[:10]


def _held(standings: Sequence[Standing], ownership: Ownership, past: Past) -> frozenset[tuple[str, str]]:
    """Which of the owners have had a ticket about what, whatever has become of it: that comes back to them although it is not due."""
    asked = {(owner.id, recommendation_of(each.task)) for each in standings for owner in ownership.of(each.task)}
    return frozenset(pair for pair in asked if past.has(name_of(*pair)))


def _items(standings: Sequence[Standing], ownership: Ownership, allotment: Allotment) -> Iterable[Item]:
    loads = workloads(standings, ownership, allotment)
    return (item for load in loads for item in (*load.waiting, *load.done))


def _fate(item: Item) -> Fate:
    if all(_is_mended(each.task) for each in item.standings):
        return Fate.FIXED
    return Fate.MARKED if item.done else Fate.WAITING


def _is_mended(task: RemediationTask) -> bool:
    """Whether no device is left; a task without devices proves nothing before the source has completed it."""
    if task.completed and task.completed_by == _AUTOMATIC:
        return True
    return task.left == 0 and task.target > 0


def _ticket(item: Item, fate: Fate, groups: Groups, day: date, past: Past) -> OwnerTicket:
    name = name_of(item.owner.id, item.recommendation)
    before = past.tickets.get(name)
    spell, since = (before.spell, before.since) if before is not None else (1, day)
    if before is not None and before.done and not fate.is_done:
        spell, since = before.spell + 1, day
    tasks = [each.task for each in item.standings]
    return OwnerTicket(
        name=name,
        owner=item.owner.id,
        owner_name=item.owner.name,
        names=item.owner.names,
        group=item.owner.group,
        contact=item.owner.contact,
        language=item.owner.language,
        zone=item.owner.zone,
        recommendation=item.recommendation,
        title=item.title,
        priority=tasks[0].priority,
        fate=fate,
        fixed=sum(each.fixed for each in tasks),
        target=item.target,
        left=sum(each.left for each in tasks),
        due=_due(item, day),
        overdue=item.days_left is not None and item.days_left < 0,
        device_groups=groups.own,
        spell=spell,
        since=since,
        listed=day,
        marked_by=next((each.completed_by for each in tasks if each.completed and each.left), ""),
        shared=groups.shared,
    )


def _due(item: Item, day: date) -> date | None:
    return None if item.days_left is None else day + timedelta(days=item.days_left)


def _gone(ticket: OwnerTicket, listed: Collection[str], past: Past) -> OwnerTicket | None:
    """A ticket of the day before that no task of today is about; None once it is of no use any more. What was done stays done."""
    if ticket.done:
        return ticket if ticket.name in past.open else None
    if ticket.fate in {Fate.WITHDRAWN, Fate.MOVED} and ticket.name not in past.open:
        return None
    fate = Fate.MOVED if ticket.recommendation in listed else Fate.WITHDRAWN
    return replace(ticket, fate=fate)


def _ways(rules: RemediationRules) -> Mapping[str, str]:
    ways = {NOT_MINE: rules.not_mine, EXCEPTION: rules.exception}
    return {name: template.text for name, template in ways.items() if template is not None}


def _untold(item: Item, day: date) -> Untold:
    return Untold(item.owner.id, item.recommendation, item.title, item.left, _due(item, day))


def _most_urgent(ticket: OwnerTicket) -> tuple[date, int, str]:
    return ticket.due or date.max, -ticket.left, ticket.name
