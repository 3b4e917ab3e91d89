"""What owners have to mend, worked out once for each reading of the evidence: it changes when that does, or the mappings folder."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from watchkeeper.evidence.kept import OWNER_TICKETS, OWNERSHIP, RECOMMENDATIONS, REMEDIATION, assignment
from watchkeeper.evidence.ownership import Claim
from watchkeeper.model.owner_ticket import OwnerTicket
from watchkeeper.portal.tasks import WEEKS_SHOWN, OwnerTasks, tasks_by_owner
from watchkeeper.portal.told import Told, home_of, kept_until
from watchkeeper.report.grouped import grouped
from watchkeeper.wiring import Duties

if TYPE_CHECKING:
    from watchkeeper.web.reading.reader import Reader

T = TypeVar("T")

BACK: Final = timedelta(weeks=WEEKS_SHOWN)
"""As far back as progress is shown."""
_READ: Final = (REMEDIATION, RECOMMENDATIONS, OWNERSHIP, OWNER_TICKETS)
_Stamp: TypeAlias = tuple[date, int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Estate:
    """`tasks`: every owner in its order, what nobody owns last. `claims`: why each device group is whose it is, by owner; `tickets`: what
    was to be said in the owners' tickets."""

    told: Told
    tasks: Mapping[str, OwnerTasks]
    claims: Mapping[str, tuple[Claim, ...]]
    tickets: Mapping[str, tuple[OwnerTicket, ...]]


@dataclass(slots=True)
class Estates:
    """One estate per deployment, until something that it is made of changes."""

    _kept: dict[str, tuple[_Stamp, Duties, Estate]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, reader: Reader) -> Estate:
        """Raises Config where the mappings folder cannot be read: without it, nobody would own anything."""
        duties = reader.rules.sound(reader.deployment)
        with reader.store.view(), self._lock:
            stamp = (reader.now.date(), id(duties), reader.store.snapshot_stamps(_READ))
            kept = self._kept.get(reader.deployment)
            if kept is None or kept[0] != stamp:
                # The duties are kept as well, so that no other ones can have their number.
                kept = self._kept[reader.deployment] = (stamp, duties, _estate(reader, duties))
            return kept[2]


def _estate(reader: Reader, duties: Duties) -> Estate:
    store, today = reader.store, reader.now.date()
    kept = kept_until(store, today, BACK)
    assigned = assignment(store, duties.owners, today)
    told = Told(
        home=home_of(duties.catalog),
        now=reader.now,
        days=kept.days,
        as_of=kept.as_of,
        missing=kept.missing,
        recommendations=kept.recommendations,
        ownership=assigned.ownership,
        rules=duties.evidence.remediation,
        untold=kept.untold,
    )
    tickets = store.latest_snapshot(OWNER_TICKETS, today)
    known = () if tickets is None else tickets.document.tickets
    return Estate(
        told=told,
        tasks={each.owner.id: each for each in tasks_by_owner(told)},
        claims=grouped(assigned.claims, lambda claim: claim.owner.id),
        tickets=grouped(known, lambda ticket: ticket.owner),
    )
