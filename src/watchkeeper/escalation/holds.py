"""On hold: how long a ticket may wait without an update. Pure."""

from __future__ import annotations

from datetime import date

from watchkeeper.catalog.calendars import add_working_days
from watchkeeper.catalog.model import Team
from watchkeeper.escalation.facts import Hold, TicketFacts
from watchkeeper.escalation.reasons import Flag
from watchkeeper.escalation.windows import first_duty_day, local_day


def duty_resumes(hold: Hold, team: Team, hold_max: int) -> date | None:
    """The first day on which a ticket on hold has to be updated again; None when the hold exempts from nothing.

    That is its follow-up date, or `hold_max` working days after it went on hold, whichever comes first (a follow-up date in
    ten years exempts from nothing for ten years), or the day on which it left the hold. Without an accepted reason, or when
    it went on hold before the history that was read, there is no exemption.
    """
    if not hold.accepted or hold.entered_at is None:
        return None
    ends = [add_working_days(team.calendar, local_day(team, hold.entered_at), hold_max)]
    if hold.follow_up is not None:
        ends.append(hold.follow_up)
    if hold.left_at is not None:
        ends.append(first_duty_day(team, hold.left_at))
    return min(ends)


def hold_flags(ticket: TicketFacts, team: Team, day: date) -> tuple[Flag, ...]:
    """What is wrong with a hold that lasts on `day`."""
    hold = ticket.hold
    if hold is None or hold.left_at is not None:
        return ()
    flags = [Flag.FOLLOW_UP_UNREADABLE] if hold.follow_up_unreadable else []
    if not hold.reason:
        return (*flags, Flag.HOLD_WITHOUT_REASON)
    if not hold.accepted:
        return (*flags, Flag.HOLD_REASON_NOT_ACCEPTED)
    resumes = duty_resumes(hold, team, ticket.hold_max)
    expired = resumes is None or resumes <= day
    return (*flags, Flag.HOLD_EXPIRED) if expired else tuple(flags)
