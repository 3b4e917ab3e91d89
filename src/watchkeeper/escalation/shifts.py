"""`per_shift`: one human update in every shift that the team works, also where the desk follows the sun. Pure.

A shift belongs to the team's day on which it ends: when that day is over, so are its shifts. What is written shortly before a shift
begins is its hand-over, and counts for the shift that ends and for the one that begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchkeeper.catalog.calendars import add_working_days, is_working_day, resolve
from watchkeeper.catalog.model import Shift, Team
from watchkeeper.escalation.case import Case, Finding, by_unclassified, created, kind_of, too_late, updated_by
from watchkeeper.escalation.reasons import Reason
from watchkeeper.escalation.windows import GRACE, ONE_DAY, DayWindow
from watchkeeper.model.verdict import Deed, VerdictKind

HANDOVER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ShiftWindow:
    """One shift as instants (UTC): [start, end)."""

    name: str
    start: datetime
    end: datetime

    def covered_by(self, instant: datetime) -> bool:
        return self.start - HANDOVER <= instant < self.end


def shifts_of(team: Team, window: DayWindow) -> tuple[ShiftWindow, ...]:
    """The shifts that end on the team's day, in the order of their ends."""
    ending = (
        each for shift in team.shifts for each in _occurrences(shift, window) if window.start < each.end <= window.end
    )
    return tuple(sorted(ending, key=lambda each: (each.end, each.start, each.name)))


def kept(case: Case, shifts: Sequence[ShiftWindow]) -> Finding | None:
    """Fresh, when every shift that is over has its update, and the one under way has one too."""
    owed = [shift for shift in shifts if _owed(case, shift) and shift.start <= case.moment]
    if not owed:
        return _closed_by_a_person(case)
    if _without(case, owed, case.human):
        return None
    last = next((deed for deed in reversed(case.human) if owed[-1].covered_by(deed.activity.at)), None)
    born = case.ticket.created_at
    if last is not None:
        return updated_by(case, last)
    return created(case, born) if born is not None else None


def _closed_by_a_person(case: Case) -> Finding | None:
    """Fresh, when a person wrote on the day on which it was closed before any shift was over."""
    closed, human = case.ticket.closed_at, [deed for deed in case.today if deed.counts]
    return updated_by(case, human[-1]) if human and closed is not None and case.window.holds(closed) else None


def not_yet(case: Case, shifts: Sequence[ShiftWindow]) -> Finding | None:
    """Exempt, when it arrived too late for any shift of the day."""
    arrived = case.arrived
    if arrived is None or any(arrived < shift.end - GRACE for shift in shifts):
        return None
    return too_late(case, arrived, add_working_days(case.team.calendar, case.window.day, 1))


def counted(case: Case, shifts: Sequence[ShiftWindow], silent_days: int) -> Finding:
    """What it is when it is not fresh. `silent_days`: working days without any update, which make it very stale."""
    owed = [shift for shift in shifts if _owed(case, shift)]
    over = [shift for shift in owed if shift.end <= case.moment]
    missed = _without(case, over, case.possible)
    if missed:
        days = max(1, silent_days)
        arguments = {"shifts": ", ".join(shift.name for shift in missed), "day": case.window.day.isoformat()}
        return Finding(kind_of(days), Reason.MISSED_SHIFTS, arguments, days)
    unsure = _without(case, over, case.human)
    if unsure or (case.final and not owed):
        return by_unclassified(case, len(unsure))
    coming = next((shift for shift in _without(case, owed, case.human) if shift.end > case.moment), None)
    until = coming.end if coming else case.window.end
    name = coming.name if coming else ""
    return Finding(VerdictKind.DUE, Reason.DUE_IN_SHIFT, {"shift": name, "until": case.clock(until)})


def _occurrences(shift: Shift, window: DayWindow) -> Iterator[ShiftWindow]:
    """Those that begin on a day near the window; a day off of the shift's own calendar has none."""
    for day in (window.day + n * ONE_DAY for n in range(-2, 2)):
        if is_working_day(shift.calendar, day):
            last = day if shift.end > shift.start else day + ONE_DAY
            yield ShiftWindow(
                shift.name,
                resolve(datetime.combine(day, shift.start), shift.zone),
                resolve(datetime.combine(last, shift.end), shift.zone),
            )


def _owed(case: Case, shift: ShiftWindow) -> bool:
    """Whether the ticket was there long enough before the shift's end, and not closed before it."""
    arrived, closed = case.arrived, case.ticket.closed_at
    return (arrived is None or arrived < shift.end - GRACE) and (closed is None or closed >= shift.end)


def _without(case: Case, shifts: Sequence[ShiftWindow], updates: Sequence[Deed]) -> list[ShiftWindow]:
    instants = [deed.activity.at for deed in updates]
    if case.ticket.created_at is not None:
        instants.append(case.ticket.created_at)
    return [shift for shift in shifts if not any(shift.covered_by(instant) for instant in instants)]
