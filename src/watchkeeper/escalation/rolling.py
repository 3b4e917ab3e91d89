"""`rolling_24h`: no more than 24 hours of working days without a human update. Pure.

A provisional verdict goes by the present silence: who has updated at last has nothing left to be reminded of. The final one goes by
the longest silence that reached into the day: a gap is not undone by its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from watchkeeper.catalog.calendars import day_bounds, is_working_day
from watchkeeper.catalog.model import Team
from watchkeeper.escalation.case import Case, Finding, by_unclassified, created, kind_of, updated_by
from watchkeeper.escalation.reasons import Reason
from watchkeeper.escalation.windows import ONE_DAY, day_window, local_day
from watchkeeper.model.verdict import Deed, VerdictKind

LONGEST = timedelta(hours=24)


def kept(case: Case) -> Finding | None:
    """Fresh, when neither now nor (once the day is over) within the day too much time has passed."""
    if _silence(case, case.human) > LONGEST:
        return None
    last = case.human[-1] if case.human else None
    born = case.ticket.created_at
    if last is not None and (last.activity.at >= _begin(case, ()) or _age(case, last) <= LONGEST):
        return updated_by(case, last)
    return created(case, born) if born is not None and born == _begin(case, ()) else None


def counted(case: Case) -> Finding:
    """What it is when it is not fresh."""
    proven, possible = _silence(case, case.human), _silence(case, case.possible)
    if proven > LONGEST >= possible:
        return by_unclassified(case, _days(proven))
    if possible <= LONGEST:
        return _running(case)
    hours = str(int(possible.total_seconds() // 3600))
    reason = Reason.SILENT_HOURS if _known(case) else Reason.SILENT_HOURS_AT_LEAST
    if working_time(case.team, _begin(case, case.possible), case.moment) <= LONGEST:
        reason = Reason.GAP_OF_HOURS
    return Finding(kind_of(_days(possible)), reason, {"hours": hours}, _days(possible))


def _running(case: Case) -> Finding:
    """Due, while the day lasts; a day that ends before the time does has owed nothing."""
    since = {"since": case.clock(_begin(case, case.human))}
    if case.final:
        return Finding(VerdictKind.EXEMPT, Reason.NOT_OVER, since)
    return Finding(VerdictKind.DUE, Reason.DUE_WITHIN_HOURS, since)


def working_time(team: Team, start: datetime, end: datetime) -> timedelta:
    """How much of [start, end) lies in the team's working days; these are 23 or 25 hours long when clocks change."""
    total, day = timedelta(), local_day(team, start)
    while day <= local_day(team, end):
        if is_working_day(team.calendar, day):
            opens, closes = day_bounds(team.zone, day)
            total += max(timedelta(), min(end, closes) - max(start, opens))
        day += ONE_DAY
    return total


def _silence(case: Case, updates: Sequence[Deed]) -> timedelta:
    """The present silence; once the day is over, the longest one that reached into it."""
    begin = _begin(case, ()) if case.final else _begin(case, updates)
    instants = [begin, *(deed.activity.at for deed in updates if deed.activity.at > begin), case.moment]
    gaps = pairwise(instants) if case.final else [(begin, case.moment)]
    return max(_lengths(case, gaps))


def _lengths(case: Case, gaps: Iterable[tuple[datetime, datetime]]) -> list[timedelta]:
    reaching = [working_time(case.team, start, end) for start, end in gaps if end >= case.window.start]
    return reaching or [timedelta()]


def _begin(case: Case, updates: Sequence[Deed]) -> datetime:
    """When the clock started: at the last update, the arrival, or the end of a hold or a waiver; at the latest with the history. Handing it
    to another team does not wind the clock up again."""
    excused = [day for day in (case.resumes, case.released) if day is not None and day <= case.window.day]
    starts = [
        *(day_window(case.team, day).start for day in (case.first, *excused)),
        case.began,
        updates[-1].activity.at if updates else None,
    ]
    return min(max(start for start in starts if start is not None), case.moment)


def _age(case: Case, deed: Deed) -> timedelta:
    return working_time(case.team, deed.activity.at, case.moment)


def _known(case: Case) -> bool:
    return _begin(case, case.possible) > day_window(case.team, case.first).start


def _days(silence: timedelta) -> int:
    return 0 if silence <= LONGEST else max(1, silence // LONGEST)
