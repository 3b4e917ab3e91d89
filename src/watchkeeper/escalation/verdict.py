"""The verdict on one escalation on one working day. Pure: no I/O, no clock.

Rules, first that applies:
1. a human update within the day → fresh (any side's evidence is enough, however little else could be read)
2. created within the day → fresh; arrived after the judged day, or too late in it → exempt, with its first duty day
3. no side can tell who did what → unknown
4. closed within the day, not by a person → exempt; on hold within its time → exempt
5. the number of working days without a human update decides: 0 due, 1 stale, 2 and more very stale; where an author that
   nobody has classified makes the difference between a kept and a broken duty → unknown
A side that cannot tell never hides the other: what is stale on a readable side stays stale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from watchkeeper.catalog.model import Team
from watchkeeper.escalation.facts import TicketFacts
from watchkeeper.escalation.holds import duty_resumes, hold_flags
from watchkeeper.escalation.reasons import Flag, Reason, Why, sentence
from watchkeeper.escalation.windows import (
    ONE_DAY,
    DayWindow,
    day_window,
    first_duty_day,
    history_start,
    judged_day,
    local_day,
    working_day_before,
    working_days_from,
)
from watchkeeper.model.activity import ActivityKind
from watchkeeper.model.verdict import Deed, Verdict, VerdictKind

VERY_STALE = 2
"""Working days without a human update."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One ticket on one judged day: `deeds` are those that had happened, oldest first; `first` is the first local day of
    the history looked at."""

    ticket: TicketFacts
    team: Team
    window: DayWindow
    moment: datetime
    final: bool
    deeds: tuple[Deed, ...]
    first: date

    @property
    def today(self) -> tuple[Deed, ...]:
        return tuple(deed for deed in self.deeds if self.window.holds(deed.activity.at))

    @property
    def overdue(self) -> bool:
        """Whether the judged day itself counts as a day without an update, if it has none."""
        return self.moment >= self.window.cut_off


@dataclass(frozen=True, slots=True)
class _Finding:
    kind: VerdictKind
    reason: Reason
    arguments: Mapping[str, str]
    working_days: int = 0


def judge(
    ticket: TicketFacts,
    deeds: Iterable[Deed],
    team: Team,
    now: datetime,
    *,
    day: date | None = None,
    group: str = "",
) -> Verdict:
    """Judge the team's working day that `now` falls into, or on a day off the last one before; or an earlier `day`.

    `deeds` are the ticket's, from all its sides (see watchkeeper.escalation.evidence). Those after `now`, after the judged
    day, or before the history looked at play no part. `group` names the row of a group that no team has.
    """
    case = _case(ticket, deeds, team, now, day or judged_day(team, now))
    finding = _find(case)
    human = [deed for deed in case.deeds if deed.counts]
    return Verdict(
        key=ticket.key,
        refs=ticket.refs,
        numbers=ticket.numbers,
        urls=ticket.urls,
        title=ticket.title,
        team=team.id,
        severity=ticket.severity,
        assignee=ticket.assignee,
        day=case.window.day,
        kind=finding.kind,
        final=case.final and finding.reason is not Reason.NOT_YET,
        reason=sentence(finding.reason, finding.arguments),
        evidence=tuple(reversed(case.deeds)),
        last_human_update=human[-1].activity.at if human else None,
        working_days=finding.working_days,
        flags=_flags(case, finding),
        inputs_digest=_digest(case),
        reason_code=finding.reason.value,
        reason_args=tuple(sorted(finding.arguments.items())),
        group=group,
        assignee_account=ticket.assignee_account,
    )


def _case(ticket: TicketFacts, deeds: Iterable[Deed], team: Team, now: datetime, day: date) -> _Case:
    window = day_window(team, day)
    moment = min(now, window.end)
    begin = history_start(team, window.day)
    seen = [deed for deed in deeds if begin <= deed.activity.at <= moment and deed.activity.at < window.end]
    seen.sort(key=lambda deed: deed.activity.at)
    return _Case(ticket, team, window, moment, now >= window.end, tuple(seen), local_day(team, begin))


def _find(case: _Case) -> _Finding:
    return (
        _updated_today(case)
        or _arrived(case)
        or _nobody_can_tell(case)
        or _closed_today(case)
        or _waiting(case)
        or _counted(case)
    )


def _updated_today(case: _Case) -> _Finding | None:
    human = [deed for deed in case.today if deed.counts]
    if not human:
        return None
    activity = human[-1].activity
    what = "comment" if activity.kind is ActivityKind.COMMENT else activity.field
    arguments = {
        "author": activity.author.name or activity.author.id,
        "side": activity.ref.side,
        "at": _clock(case, activity.at),
        "what": what,
    }
    return _Finding(VerdictKind.FRESH, Reason.HUMAN_UPDATE, arguments)


def _arrived(case: _Case) -> _Finding | None:
    created, entered = case.ticket.created_at, case.ticket.entered_at
    if created is not None and case.window.holds(created):
        return _Finding(VerdictKind.FRESH, Reason.CREATED_TODAY, {"at": _clock(case, created)})
    arrived = max((instant for instant in (created, entered) if instant is not None), default=None)
    if arrived is None:
        return None
    first = first_duty_day(case.team, arrived)
    if first <= case.window.day:
        return None
    arguments = {"at": _clock(case, arrived), "first_duty": first.isoformat()}
    return _Finding(VerdictKind.EXEMPT, Reason.NOT_YET, arguments)


def _nobody_can_tell(case: _Case) -> _Finding | None:
    if any(view.told for view in case.ticket.sides):
        return None
    reasons = "; ".join(f"{view.side}: {view.reason}" for view in case.ticket.sides) or "it was not read on any side"
    return _Finding(VerdictKind.UNKNOWN, Reason.SIDES_CANNOT_TELL, {"reasons": reasons})


def _closed_today(case: _Case) -> _Finding | None:
    closed = case.ticket.closed_at
    if closed is None or not case.window.holds(closed) or _may_be_human(case.today):
        return None
    return _Finding(VerdictKind.EXEMPT, Reason.CLOSED_TODAY, {"at": _clock(case, closed)})


def _waiting(case: _Case) -> _Finding | None:
    hold = case.ticket.hold
    resumes = duty_resumes(hold, case.team, case.ticket.hold_max) if hold else None
    if hold is None or resumes is None or resumes <= case.window.day:
        return None
    return _Finding(
        VerdictKind.EXEMPT, Reason.ON_HOLD, {"hold_reason": hold.label or hold.reason, "until": resumes.isoformat()}
    )


def _counted(case: _Case) -> _Finding:
    """Count with only proven humans, and again as if every unclassified author were one; the truth lies between."""
    proven = _silent_days(case, [deed for deed in case.deeds if deed.counts])
    possible = _silent_days(case, [deed for deed in case.deeds if deed.counts or _unclassified(deed)])
    saved = _kind(possible) is VerdictKind.DUE and _kind(proven) is not VerdictKind.DUE
    if saved or _may_be_human(case.today):
        names = dict.fromkeys(deed.activity.author.name or deed.activity.author.id for deed in _of_unclassified(case))
        return _Finding(VerdictKind.UNKNOWN, Reason.UNKNOWN_AUTHOR, {"authors": ", ".join(names)}, proven)
    return _silent(case, possible)


def _silent(case: _Case, days: int) -> _Finding:
    kind = _kind(days)
    day, cut_off = case.window.day, _clock(case, case.window.cut_off)
    if kind is VerdictKind.DUE:
        return _Finding(kind, Reason.DUE_TODAY, {"day": day.isoformat(), "cut_off": cut_off})
    whole = _first_day(case, _humans(case)) is not None
    if case.overdue:
        reason = Reason.NO_UPDATE if whole else Reason.NO_UPDATE_AT_LEAST
        return _Finding(kind, reason, {"day": day.isoformat(), "count": str(days)}, days)
    reason = Reason.NO_UPDATE_YET if whole else Reason.NO_UPDATE_YET_AT_LEAST
    missed = working_day_before(case.team.calendar, day).isoformat()
    return _Finding(kind, reason, {"day": missed, "count": str(days), "cut_off": cut_off}, days)


def _kind(days: int) -> VerdictKind:
    if days == 0:
        return VerdictKind.DUE
    return VerdictKind.STALE if days < VERY_STALE else VerdictKind.VERY_STALE


def _silent_days(case: _Case, updates: Sequence[Deed]) -> int:
    """Working days since the last update on which one was due, the judged one included once its cut-off has passed."""
    first = _first_day(case, updates) or case.first
    whole = working_days_from(case.team.calendar, max(first, case.first), case.window.day)
    return whole + (1 if case.overdue else 0)


def _first_day(case: _Case, updates: Sequence[Deed]) -> date | None:
    """The first day that needed an update after the last one; None when that lies before the history looked at."""
    ticket, team = case.ticket, case.team
    starts = [
        first_duty_day(team, instant) for instant in (ticket.created_at, ticket.entered_at) if instant is not None
    ]
    if ticket.created_at is not None:
        starts.append(local_day(team, ticket.created_at) + ONE_DAY)
    if updates:
        starts.append(local_day(team, updates[-1].activity.at) + ONE_DAY)
    resumes = duty_resumes(ticket.hold, team, ticket.hold_max) if ticket.hold else None
    if resumes is not None:
        starts.append(resumes)
    latest = max(starts, default=None)
    return latest if latest is not None and latest >= case.first else None


def _humans(case: _Case) -> list[Deed]:
    return [deed for deed in case.deeds if deed.counts]


def _unclassified(deed: Deed) -> bool:
    """Whether the deed would count if its author were a human."""
    return deed.why == Why.UNCLASSIFIED_AUTHOR


def _of_unclassified(case: _Case) -> list[Deed]:
    return [deed for deed in case.deeds if _unclassified(deed)]


def _may_be_human(deeds: Sequence[Deed]) -> bool:
    return any(_unclassified(deed) for deed in deeds)


def _flags(case: _Case, finding: _Finding) -> tuple[str, ...]:
    flags: list[str] = []
    if finding.reason is Reason.HUMAN_UPDATE:
        flags += _quality_flags([deed for deed in case.today if deed.counts])
    if finding.kind is not VerdictKind.FRESH:
        flags += hold_flags(case.ticket, case.team, case.window.day)
    if finding.kind in {VerdictKind.STALE, VerdictKind.VERY_STALE} and _of_unclassified(case):
        flags.append(Flag.UNCLASSIFIED_AUTHORS)
    if any(not view.told for view in case.ticket.sides):
        flags.append(Flag.SIDE_CANNOT_TELL)
    if not case.ticket.assignee:
        flags.append(Flag.UNASSIGNED)
    if case.ticket.left_at is not None:
        flags.append(Flag.LEFT_POPULATION)
    return tuple(dict.fromkeys(str(flag) for flag in flags))


def _quality_flags(evidence: Sequence[Deed]) -> list[str]:
    """Flags of the day's evidence, unless some of it is beyond reproach."""
    return [flag for deed in evidence for flag in deed.flags] if all(deed.flags for deed in evidence) else []


def _clock(case: _Case, instant: datetime) -> str:
    """On the team's wall clock, to the minute, with the offset: `2026-11-16T09:30+09:00`."""
    return instant.astimezone(case.team.zone).isoformat(timespec="minutes")


def _digest(case: _Case) -> str:
    """SHA-256 over everything that the verdict rests on: judged again with the same inputs, the same digest."""
    team, window = case.team, case.window
    inputs = {
        "ticket": asdict(case.ticket),
        "team": [team.id, str(team.zone), team.cut_off.isoformat(), asdict(team.calendar)],
        "window": [window.day, window.start, window.cut_off, window.end],
        "phase": [case.overdue, case.final],
        "deeds": [asdict(deed) for deed in case.deeds],
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(str(item) for item in value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
