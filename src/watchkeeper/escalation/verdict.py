"""The verdict on one escalation on one working day. Pure: no I/O, no clock.

Rules, first that applies:
1. updated by a human as the window demands → fresh (any side's evidence is enough, however little else could be read)
2. arrived after the judged day, or too late in it → exempt, with its first duty day
3. released by a waiver that holds on the day, covered by an updated parent, or resolved on an earlier day and not closed yet
   → exempt
4. no side can tell who did what → unknown
5. closed within the day, not by a person → exempt; on hold within its time → exempt
6. the time without a human update decides: due, stale, very stale; where an author that nobody has classified makes the
   difference between a kept and a broken duty → unknown
A side that cannot tell never hides the other: what is stale on a readable side stays stale.

What the window demands: an update (or the creation) on the working day; never more than 24 hours of working days between two
(rolling.py); one in every shift (shifts.py). A team without a shift on the day is judged by its working day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from watchkeeper.catalog.model import Team
from watchkeeper.escalation import business_day, rolling, shifts
from watchkeeper.escalation.case import Case, Finding, Parent, too_late, unclassified, updated_by
from watchkeeper.escalation.digests import calendar_digest, deed_digest, digest_of
from watchkeeper.escalation.facts import TicketFacts
from watchkeeper.escalation.holds import hold_flags
from watchkeeper.escalation.reasons import Flag, Reason, sentence
from watchkeeper.escalation.waivers import in_force, waiver_flags
from watchkeeper.escalation.windows import day_window, first_duty_day, history_start, judged_day, local_day
from watchkeeper.model.verdict import AuditWindow, Deed, Verdict, VerdictKind


def judge(
    ticket: TicketFacts,
    deeds: Iterable[Deed],
    team: Team,
    now: datetime,
    *,
    day: date | None = None,
    group: str = "",
    parent: Parent | None = None,
) -> Verdict:
    """Judge the team's working day that `now` falls into, or on a day off the last one before; or an earlier `day`.

    `deeds` are the ticket's, from all its sides (see watchkeeper.escalation.evidence). Those after `now`, after the judged
    day, or before the history looked at play no part. `group` names the row of a group that no team has, `parent` is the ticket
    whose updates cover this one.
    """
    case = _case(ticket, deeds, team, now, day or judged_day(team, now), parent)
    finding = _find(case)
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
        final=case.final and (case.arrived is None or case.arrived < case.window.end),
        reason=sentence(finding.reason, finding.arguments),
        evidence=tuple(reversed(case.deeds)),
        last_human_update=case.human[-1].activity.at if case.human else None,
        working_days=finding.working_days,
        flags=_flags(case, finding),
        inputs_digest=_digest(case),
        reason_code=finding.reason.value,
        reason_args=tuple(sorted(finding.arguments.items())),
        group=group,
        unread=tuple((view.side, view.reason) for view in ticket.sides if not view.told),
        zone=str(team.zone),
        assignee_account=ticket.assignee_account,
    )


def _case(
    ticket: TicketFacts, deeds: Iterable[Deed], team: Team, now: datetime, day: date, parent: Parent | None
) -> Case:
    window = day_window(team, day)
    moment = min(now, window.end)
    begin = history_start(team, window.day)

    def seen(told: Iterable[Deed]) -> tuple[Deed, ...]:
        there = [deed for deed in told if begin <= deed.activity.at <= moment and deed.activity.at < window.end]
        return tuple(sorted(there, key=_time_of))

    above = replace(parent, deeds=seen(parent.deeds)) if parent else None
    return Case(ticket, team, window, moment, now >= window.end, seen(deeds), local_day(team, begin), above)


def _time_of(deed: Deed) -> datetime:
    return deed.activity.at


def _kept(case: Case) -> Finding | None:
    """Fresh by what its window demands."""
    worked = shifts.shifts_of(case.team, case.window)
    match case.ticket.window:
        case AuditWindow.ROLLING_24H:
            return rolling.kept(case)
        case AuditWindow.PER_SHIFT if worked:
            return shifts.kept(case, worked)
        case AuditWindow.PER_SHIFT | AuditWindow.BUSINESS_DAY:
            return business_day.kept(case)


def _counting(case: Case) -> Case:
    """With what people wrote on its parent, which excused it then: days that it was covered are none without an update."""
    if case.parent is None:
        return case
    theirs = [deed for deed in case.parent.deeds if deed.counts]
    return replace(case, deeds=tuple(sorted((*case.deeds, *theirs), key=_time_of)), parent=None)


def _find(case: Case) -> Finding:
    worked, together = shifts.shifts_of(case.team, case.window), _counting(case)
    match case.ticket.window:
        case AuditWindow.ROLLING_24H:
            return _kept(case) or _not_of_the_day(case) or _released(case) or rolling.counted(together)
        case AuditWindow.PER_SHIFT if worked:
            return (
                _kept(case)
                or shifts.not_yet(case, worked)
                or _not_of_the_day(case)
                or _released(case)
                or shifts.counted(together, worked, business_day.silent_days(together, together.possible))
            )
        case AuditWindow.PER_SHIFT | AuditWindow.BUSINESS_DAY:
            return _kept(case) or _not_yet(case) or _released(case) or business_day.counted(together)


def _not_yet(case: Case) -> Finding | None:
    arrived = case.arrived
    if arrived is None:
        return None
    first = first_duty_day(case.team, arrived)
    if first <= case.window.day:
        return None
    return too_late(case, arrived, first)


def _not_of_the_day(case: Case) -> Finding | None:
    """For windows that begin with the ticket, it is too early only on days before its own."""
    return _not_yet(case) if case.arrived is not None and case.arrived >= case.window.end else None


def _released(case: Case) -> Finding | None:
    return (
        _waived(case)
        or _covered(case)
        or _awaiting_close(case)
        or _nobody_can_tell(case)
        or _closed_today(case)
        or _waiting(case)
    )


def _waived(case: Case) -> Finding | None:
    waiver = in_force(case.ticket.waivers, case.window.day)
    if waiver is None:
        return None
    arguments = {
        "approver": waiver.approver,
        "until": waiver.expires.isoformat(),
        "waiver": waiver.reason,
        "place": waiver.place,
    }
    return Finding(VerdictKind.EXEMPT, Reason.WAIVED, arguments)


def _covered(case: Case) -> Finding | None:
    """Exempt, when it would be fresh if what people wrote on its parent stood on the ticket itself."""
    if case.parent is None:
        return None
    theirs = [deed for deed in case.parent.deeds if deed.counts]
    if not theirs or _kept(_counting(case)) is None:
        return None
    arguments = updated_by(case, theirs[-1]).arguments
    return Finding(VerdictKind.EXEMPT, Reason.COVERED_BY_PARENT, {**arguments, "parent": case.parent.number})


def _awaiting_close(case: Case) -> Finding | None:
    """Exempt, when it was resolved before the day (one that was closed by then is no escalation of the day at all)."""
    resolved = case.ticket.closed_at
    if resolved is None or resolved >= case.window.start:
        return None
    return Finding(VerdictKind.EXEMPT, Reason.AWAITING_CLOSE, {"at": case.clock(resolved)})


def _nobody_can_tell(case: Case) -> Finding | None:
    if any(view.told for view in case.ticket.sides):
        return None
    reasons = "; ".join(f"{view.side}: {view.reason}" for view in case.ticket.sides) or "it was not read on any side"
    return Finding(VerdictKind.UNKNOWN, Reason.SIDES_CANNOT_TELL, {"reasons": reasons})


def _closed_today(case: Case) -> Finding | None:
    closed = case.ticket.closed_at
    if closed is None or not case.window.holds(closed) or any(deed.counts or unclassified(deed) for deed in case.today):
        return None
    return Finding(VerdictKind.EXEMPT, Reason.CLOSED_TODAY, {"at": case.clock(closed)})


def _waiting(case: Case) -> Finding | None:
    hold, resumes = case.ticket.hold, case.resumes
    if hold is None or resumes is None or resumes <= case.window.day:
        return None
    return Finding(
        VerdictKind.EXEMPT, Reason.ON_HOLD, {"hold_reason": hold.label or hold.reason, "until": resumes.isoformat()}
    )


def _flags(case: Case, finding: Finding) -> tuple[str, ...]:
    flags: list[str] = []
    if finding.reason is Reason.HUMAN_UPDATE:
        flags += _quality_flags([deed for deed in case.today if deed.counts])
    if finding.kind is not VerdictKind.FRESH:
        flags += hold_flags(case.ticket, case.team, case.window.day)
        flags += waiver_flags(case.ticket, case.window.day)
    if finding.kind in {VerdictKind.STALE, VerdictKind.VERY_STALE} and any(map(unclassified, case.deeds)):
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


def _digest(case: Case) -> str:
    """SHA-256 over everything that the verdict rests on: judged again with the same inputs, the same digest."""
    team, window = case.team, case.window
    desk = [calendar_digest(shift.calendar) for shift in team.shifts]
    inputs = {
        "ticket": case.ticket,
        "team": [team.id, str(team.zone), team.cut_off.isoformat(), calendar_digest(team.calendar), desk],
        "shifts": [str(shift) for shift in team.shifts],
        "window": [window.day, window.start, window.cut_off, window.end],
        "phase": [case.overdue, case.final],
        "deeds": [deed_digest(deed) for deed in case.deeds],
        "parent": [case.parent.number, *map(deed_digest, case.parent.deeds)] if case.parent else None,
    }
    return digest_of(inputs)
