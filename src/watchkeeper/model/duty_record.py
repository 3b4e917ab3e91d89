"""What became of a duty: the decision on it, and its tickets as they are remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from watchkeeper.model.link import LinkState
from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.model.reasons import Because, Code, parts_of
from watchkeeper.model.record import RecordRef, Side


class DutyEnd(StrEnum):
    """How a duty stands, the worst first."""

    MISSED = "missed"
    """No ticket was made, because it was too late."""
    NOT_OPENED = "not-opened"
    """It was to have a ticket, and none is known."""
    GONE = "gone"
    """Its ticket is not to be found any more."""
    OVERDUE = "overdue"
    """Open, after the day on which it was due."""
    LATE = "late"
    """Closed after the day on which it was due."""
    OPEN = "open"
    IN_TIME = "in-time"
    CARRIED = "carried"
    """An older ticket of the same task was still open and stood for it."""
    SUPERSEDED = "superseded"
    """Its ticket was still open when a newer one of the same task took its place, and a run cancelled it."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class DutyTicket:
    """One side's record of a duty. `closed` and `confirmed_at` as of a Link."""

    ref: RecordRef
    number: str
    url: str
    state: LinkState
    closed: bool
    confirmed_at: datetime

    @property
    def side(self) -> Side:
        return self.ref.side


@dataclass(frozen=True, slots=True)
class DutyRecord:
    """`close_carried_at`: when a run last closed one of the tickets, None where the write log has none; `close_reason` is why."""

    decided: Decided
    tickets: tuple[DutyTicket, ...]
    close_carried_at: datetime | None = None
    close_reason: str = ""

    @property
    def ticket(self) -> DutyTicket | None:
        """The one that people look at: ServiceNow's, where there is one."""
        return next(iter(self.tickets), None)

    @property
    def live(self) -> tuple[DutyTicket, ...]:
        return tuple([each for each in self.tickets if each.state is not LinkState.GONE])

    @property
    def closed_at(self) -> datetime | None:
        """When a run first knew it to be closed, which may be later than it was; None where it is open."""
        live = self.live
        if not live or not all(each.closed for each in live):
            return None
        return self.close_carried_at or min(each.confirmed_at for each in live)

    @property
    def closed_by_audit(self) -> bool:
        """Whether a run closed it, because what was asked of it was seen to be done: that was its proof."""
        return Because.KEPT in _codes_of(self.close_reason) and self.closed_at is not None

    def end(self, now: datetime) -> DutyEnd:
        match self.decided.decision:
            case Decision.MISSED:
                return DutyEnd.MISSED
            case Decision.CARRIED:
                return DutyEnd.CARRIED
            case Decision.SKIPPED:
                return DutyEnd.SKIPPED
            case Decision.CREATE:
                return self._end_of_ticket(now)

    def _end_of_ticket(self, now: datetime) -> DutyEnd:
        if not self.tickets:
            return DutyEnd.NOT_OPENED
        if not self.live:
            return DutyEnd.GONE
        closed = self.closed_at
        if closed is None:
            return DutyEnd.OVERDUE if self._is_after_its_day(now) else DutyEnd.OPEN
        if Because.SUPERSEDED in _codes_of(self.close_reason):
            return DutyEnd.SUPERSEDED
        return DutyEnd.LATE if self._is_after_its_day(closed) else DutyEnd.IN_TIME

    def _is_after_its_day(self, at: datetime) -> bool:
        """By the calendar of the duty's zone: runs see a close some time after it was made, so the hour proves nothing."""
        due = self.decided.occurrence.local_due
        return at.astimezone(due.tzinfo).date() > due.date()


@lru_cache(maxsize=512)
def _codes_of(reason: str) -> frozenset[Code]:
    """Remembered, because the runs of a year gave few reasons for thousands of closes."""
    return frozenset(part.code for part in parts_of(reason))
