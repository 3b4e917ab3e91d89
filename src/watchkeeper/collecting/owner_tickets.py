"""What the tickets of asset owners are to say today, for the sync to act on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from watchkeeper.evidence.exceptions import excepted
from watchkeeper.evidence.kept import OWNER_TICKETS, RECOMMENDATIONS
from watchkeeper.evidence.owner_tickets import Past, owner_tickets
from watchkeeper.evidence.owners import Ownership
from watchkeeper.evidence.remediation import Bounds, Day, standings
from watchkeeper.model.evidence import Recommendation, RemediationTask
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.owner_ticket import OwnerTickets
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.state_ports import StateStore
from watchkeeper.sync.owner_duty import name_in


def day_of_owner_tickets(
    memory: StateStore,
    now: datetime,
    tasks: Sequence[RemediationTask],
    recommended: Sequence[Recommendation] | None,
    ownership: Ownership,
    rules: RemediationRules,
    escalations: Collection[str] = (),
) -> Snapshot[OwnerTickets]:
    """The day to keep, by UTC. `tasks`: every one that the source lists; a list that is not whole must not come here. `recommended`: None
    where that could not be read: an exception that was known last is one still. `escalations`: names of profiles that are none of maintenance."""
    before = memory.latest_snapshot(OWNER_TICKETS, now.date())
    names = frozenset(filter(None, map(name_in, memory.unclosed_keys(escalations))))
    past = Past(before.document if before is not None else None, names)
    today = Day(now.date(), {task.id: task for task in tasks})
    told = standings([today], Bounds(rules.due_days, rules.stuck_days))
    known = _known(memory, now) if recommended is None else recommended
    found = owner_tickets(now.date(), told, ownership, known, rules=rules, past=past)
    return Snapshot(OWNER_TICKETS, now.date(), now, found)


def exceptions_of_day(
    memory: StateStore, now: datetime, tasks: Sequence[RemediationTask], recommended: Sequence[Recommendation] | None
) -> tuple[str, ...]:
    """The ids of the tasks that an exception was approved for, exactly as the owners' tickets of the day have it."""
    before = memory.latest_snapshot(OWNER_TICKETS, now.date())
    past = Past(before.document if before is not None else None)
    known = _known(memory, now) if recommended is None else recommended
    return tuple(sorted(excepted(tasks, known, past.excepted)))


def _known(memory: StateStore, now: datetime) -> Sequence[Recommendation]:
    kept = memory.latest_snapshot(RECOMMENDATIONS, now.date())
    return () if kept is None else kept.document.recommendations
