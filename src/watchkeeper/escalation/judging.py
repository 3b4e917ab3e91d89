"""From a surveyed ticket to its verdict at an instant, or to the reason why it has none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from watchkeeper.catalog.calendars import is_working_day
from watchkeeper.catalog.model import Team
from watchkeeper.escalation.case import Parent
from watchkeeper.escalation.facts import (
    INSTANT,
    LONG_AGO,
    SideView,
    TicketFacts,
    Timeline,
    awaits_close,
    closed_at,
    entered_at,
    hold_of,
    left_at,
    severity_of,
    text,
)
from watchkeeper.escalation.ownership import Ownership
from watchkeeper.escalation.population import is_original
from watchkeeper.escalation.reasons import Excluded
from watchkeeper.escalation.remembered import Known
from watchkeeper.escalation.tickets import Ticket
from watchkeeper.escalation.verdict import judge
from watchkeeper.escalation.waivers import covering
from watchkeeper.escalation.windows import DayWindow, day_window, history_start, judged_day
from watchkeeper.model.record import SERVICENOW, RecordRef, Side
from watchkeeper.model.verdict import Verdict


def judge_now(ticket: Ticket, ownership: Ownership, instant: datetime) -> Verdict | Excluded:
    """The verdict at an instant, on the working day of the team that owned the ticket then."""
    lines = _lines(ticket, instant)
    if not lines:
        return Excluded.CREATED_LATER
    team, _ = ownership.owner(ticket.profile, lines)
    return judge_day(ticket, ownership, judged_day(team, instant), instant)


def judge_day(ticket: Ticket, ownership: Ownership, day: date, instant: datetime) -> Verdict | Excluded:
    """The verdict on a working day as it stood at an instant, or for good when the day was over by then.

    One that ceased to be an escalation within the day is judged as what it was until then: whoever moves it out of sight
    does not thereby keep the duty.
    """
    team, _ = ownership.owner(ticket.profile, _lines(ticket, instant) or ticket.lines)
    lines = _lines(ticket, min(instant, day_window(team, day).end - INSTANT))
    if not lines:
        return Excluded.CREATED_LATER
    left = left_at(ticket.profile, lines)
    if left is not None and left > LONG_AGO:
        lines = _lines(ticket, left - INSTANT)
    team, group = ownership.owner(ticket.profile, lines)
    window = day_window(team, day)
    against = _against(ticket, lines, left, team, window)
    if against is not None:
        return against
    facts = _facts(ticket, lines, ownership, team, group, left)
    waivers = covering(ownership.waivers, facts, team, group)
    facts = replace(facts, waivers=waivers) if waivers else facts
    return judge(facts, ticket.deeds, team, instant, day=day, group=group, parent=_parent(ticket, lines))


def unseen_verdict(known: Known, ownership: Ownership, instant: datetime) -> Verdict:
    """A ticket that we know of only from memory: nobody can tell, and unknown is never fine."""
    facts = TicketFacts(
        key=known.key,
        profile=known.profile,
        refs=known.refs,
        numbers=known.numbers,
        urls=known.urls,
        title=known.title,
        severity="",
        assignee="",
        group="",
        sides=tuple(SideView(ref.side, False, "its record could not be read") for ref in known.refs),
    )
    team = ownership.teams.get(known.team, ownership.oversight)
    waived = covering((each for each in ownership.waivers if each.tickets), facts, team, "")
    return judge(replace(facts, waivers=waived), (), team, instant)


def _lines(ticket: Ticket, instant: datetime) -> dict[Side, Timeline]:
    """The ticket's records as they were at an instant, without those that did not exist yet."""
    return {side: line.until(instant) for side, line in ticket.lines.items() if line.record.created_at <= instant}


def _against(
    ticket: Ticket, lines: Mapping[Side, Timeline], left: datetime | None, team: Team, window: DayWindow
) -> Excluded | None:
    """Why the ticket was no escalation of the day."""
    if left is not None and left < window.start:
        return Excluded.OUTSIDE_POPULATION
    if not is_working_day(team.calendar, window.day):
        return Excluded.DAY_OFF
    closed = closed_at(ticket.profile, lines, ticket.told_until)
    if closed is None or closed >= window.start or _waited(ticket, closed, team, window):
        return None
    return Excluded.CLOSED_EARLIER


def _waited(ticket: Ticket, resolved: datetime, team: Team, window: DayWindow) -> bool:
    """Whether a ticket that was resolved before the day was still to be closed when the day began. One that has not been for
    longer than a verdict looks back never will."""
    if resolved < history_start(team, window.day):
        return False
    return awaits_close(ticket.profile, _lines(ticket, window.start))


def _parent(ticket: Ticket, lines: Mapping[Side, Timeline]) -> Parent | None:
    name, line = ticket.profile.parent_field, lines.get(SERVICENOW)
    if name is None or line is None:
        return None
    ref = line.record.ref
    return ticket.parents.get(RecordRef(ref.side, ref.table, text(line.fields, name)))


def _facts(
    ticket: Ticket,
    lines: Mapping[Side, Timeline],
    ownership: Ownership,
    team: Team,
    group: str,
    left: datetime | None,
) -> TicketFacts:
    profile = ticket.profile
    records = [line.record for line in lines.values()]
    born = [record.created_at for record in records if is_original(profile, ticket.key, record)]
    severity = severity_of(profile, lines)
    titles = (text(line.fields, profile.sides[side].title_field) for side, line in lines.items())
    return TicketFacts(
        key=ticket.key,
        profile=profile.name,
        refs=tuple(record.ref for record in records),
        numbers=tuple(record.number for record in records),
        urls=tuple(record.url for record in records),
        title=next((title for title in titles if title), ""),
        severity=severity,
        assignee=ownership.assignee(profile, lines),
        assignee_account=ownership.assignee_account(profile, lines),
        group=group,
        sides=tuple(view for view in ticket.views if view.side in lines or view.side not in ticket.lines),
        created_at=min(born, default=None),
        entered_at=entered_at(profile, lines),
        left_at=left,
        closed_at=closed_at(profile, lines, ticket.told_until),
        hold=hold_of(
            profile, lines, team.zone, lambda at: any(deed.counts and deed.activity.at == at for deed in ticket.deeds)
        ),
        hold_max=profile.hold_max,
        window=profile.window(severity),
        taken_at=ownership.taken_over(profile, lines),
    )
