"""`business_day`: one human update on every working day of the team. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from watchkeeper.escalation.case import Case, Finding, by_unclassified, created, kind_of, unclassified, updated_by
from watchkeeper.escalation.reasons import Reason
from watchkeeper.escalation.windows import ONE_DAY, first_duty_day, local_day, working_day_before, working_days_from
from watchkeeper.model.verdict import Deed, VerdictKind


def kept(case: Case) -> Finding | None:
    """Fresh, when a human updated it within the day, or it was created within it."""
    human = [deed for deed in case.today if deed.counts]
    if human:
        return updated_by(case, human[-1])
    born = case.ticket.created_at
    return created(case, born) if born is not None and case.window.holds(born) else None


def counted(case: Case) -> Finding:
    """Count with only proven humans, and again as if every unclassified author were one; the truth lies between."""
    proven, possible = silent_days(case, case.human), silent_days(case, case.possible)
    saved = kind_of(possible) is VerdictKind.DUE and kind_of(proven) is not VerdictKind.DUE
    if saved or any(map(unclassified, case.today)):
        return by_unclassified(case, proven)
    return _silent(case, possible)


def silent_days(case: Case, updates: Sequence[Deed]) -> int:
    """Working days since the last update on which one was due, the judged one included once its cut-off has passed."""
    first = _first_day(case, updates) or case.first
    whole = working_days_from(case.team.calendar, max(first, case.first), case.window.day)
    return whole + (1 if case.overdue else 0)


def _silent(case: Case, days: int) -> Finding:
    kind = kind_of(days)
    day, cut_off = case.window.day, case.clock(case.window.cut_off)
    if kind is VerdictKind.DUE:
        return Finding(kind, Reason.DUE_TODAY, {"day": day.isoformat(), "cut_off": cut_off})
    whole = _first_day(case, case.human) is not None
    if case.overdue:
        reason = Reason.NO_UPDATE if whole else Reason.NO_UPDATE_AT_LEAST
        return Finding(kind, reason, {"day": day.isoformat(), "count": str(days)}, days)
    reason = Reason.NO_UPDATE_YET if whole else Reason.NO_UPDATE_YET_AT_LEAST
    missed = working_day_before(case.team.calendar, day).isoformat()
    return Finding(kind, reason, {"day": missed, "count": str(days), "cut_off": cut_off}, days)


def _first_day(case: Case, updates: Sequence[Deed]) -> date | None:
    """The first day that needed an update after the last one; None when that lies before the history looked at."""
    ticket, team = case.ticket, case.team
    arrivals = (ticket.created_at, ticket.entered_at, ticket.taken_at)
    starts = [first_duty_day(team, instant) for instant in arrivals if instant is not None]
    if ticket.created_at is not None:
        starts.append(local_day(team, ticket.created_at) + ONE_DAY)
    if updates:
        starts.append(local_day(team, updates[-1].activity.at) + ONE_DAY)
    starts += [day for day in (case.resumes, case.released) if day is not None]
    latest = max(starts, default=None)
    return latest if latest is not None and latest >= case.first else None
