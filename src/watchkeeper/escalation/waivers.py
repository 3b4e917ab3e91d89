"""Which waivers release a ticket from its duty. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from watchkeeper.catalog.model import Team, Waiver
from watchkeeper.escalation.facts import TicketFacts
from watchkeeper.escalation.reasons import Flag
from watchkeeper.escalation.windows import ONE_DAY
from watchkeeper.model.audit import WaiverUse
from watchkeeper.model.verdict import Verdict


def covering(waivers: Iterable[Waiver], ticket: TicketFacts, team: Team, group: str) -> tuple[Waiver, ...]:
    """The waivers that are about this ticket, whatever their days; `group` is the assignment group as a report names it."""
    return tuple(waiver for waiver in waivers if _covers(waiver, ticket, team, group))


def in_force(waivers: Sequence[Waiver], day: date) -> Waiver | None:
    """The one that holds on a day; of several the one that lasts longest."""
    held = [waiver for waiver in waivers if waiver.holds_on(day)]
    return max(held, key=lambda waiver: (waiver.expires, waiver.place), default=None)


def waived_before(waivers: Sequence[Waiver], day: date) -> date | None:
    """The last day before `day` on which one held."""
    yesterday = day - ONE_DAY
    return max((min(each.expires, yesterday) for each in waivers if each.approved <= yesterday), default=None)


def waiver_flags(ticket: TicketFacts, day: date) -> tuple[Flag, ...]:
    expired = any(waiver.expires < day for waiver in ticket.waivers)
    return (Flag.WAIVER_EXPIRED,) if expired and in_force(ticket.waivers, day) is None else ()


def waiver_uses(waivers: Iterable[Waiver], verdicts: Sequence[Verdict], day: date) -> tuple[WaiverUse, ...]:
    """Every waiver with the number of tickets that it exempts now, those that end first in front; `day` is the oversight
    team's, on which it has expired or not."""
    places = [dict(verdict.reason_args).get("place", "") for verdict in verdicts if verdict.reason_code == "waived"]
    uses = (
        WaiverUse(
            place=waiver.place,
            tickets=waiver.spelled if waiver.tickets else (),
            where=() if waiver.tickets else waiver.spelled,
            reason=waiver.reason,
            approver=waiver.approver,
            approved=waiver.approved,
            expires=waiver.expires,
            exempts=places.count(waiver.place),
            expired=waiver.expires < day,
        )
        for waiver in waivers
    )
    return tuple(sorted(uses, key=lambda use: (use.expires, use.place)))


def _covers(waiver: Waiver, ticket: TicketFacts, team: Team, group: str) -> bool:
    if waiver.tickets:
        return not waiver.tickets.isdisjoint(name.casefold() for name in (*ticket.numbers, ticket.key))
    held = (
        (waiver.teams, {team.id}),
        # A group that no team has is the oversight team's business, not its group.
        (waiver.groups, {(group or team.group).casefold()}),
        (waiver.severities, {ticket.severity}),
    )
    return all(not wanted or wanted & has for wanted, has in held)
