"""One ticket on one judged day, and what is found about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from watchkeeper.catalog.model import Team
from watchkeeper.escalation.facts import TicketFacts
from watchkeeper.escalation.holds import duty_resumes
from watchkeeper.escalation.reasons import Reason, Why
from watchkeeper.escalation.waivers import waived_before
from watchkeeper.escalation.windows import ONE_DAY, DayWindow
from watchkeeper.model.activity import ActivityKind
from watchkeeper.model.verdict import Deed, VerdictKind

VERY_STALE = 2
"""Working days without a human update."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The ticket of which another is a part, by its number, and what happened to it, oldest first."""

    number: str
    deeds: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket on one judged day: `deeds` are those that had happened, oldest first (also a parent's); `first` is the first
    local day of the history looked at."""

    ticket: TicketFacts
    team: Team
    window: DayWindow
    moment: datetime
    final: bool
    deeds: tuple[Deed, ...]
    first: date
    parent: Parent | None = None

    @property
    def today(self) -> tuple[Deed, ...]:
        return tuple(deed for deed in self.deeds if self.window.holds(deed.activity.at))

    @property
    def human(self) -> tuple[Deed, ...]:
        return tuple(deed for deed in self.deeds if deed.counts)

    @property
    def possible(self) -> tuple[Deed, ...]:
        """The human ones, and those that would count if their author were a human."""
        return tuple(deed for deed in self.deeds if deed.counts or unclassified(deed))

    @property
    def overdue(self) -> bool:
        """Whether the judged day itself counts as a day without an update, if it has none."""
        return self.moment >= self.window.cut_off

    @property
    def arrived(self) -> datetime | None:
        """When it became this team's escalation, if that is known."""
        return latest(self.began, self.ticket.taken_at)

    @property
    def began(self) -> datetime | None:
        """When it became an escalation, whoever's, if that is known."""
        return latest(self.ticket.created_at, self.ticket.entered_at)

    @property
    def resumes(self) -> date | None:
        """The day on which the duty begins again after the latest hold."""
        hold = self.ticket.hold
        return duty_resumes(hold, self.team, self.ticket.hold_max) if hold else None

    @property
    def released(self) -> date | None:
        """The first day after the latest one before the judged day on which a waiver held: days without a duty are none without an
        update."""
        last = waived_before(self.ticket.waivers, self.window.day)
        return last + ONE_DAY if last is not None else None

    def clock(self, instant: datetime) -> str:
        """On the team's wall clock, to the minute, with the offset: `2026-11-16T09:30+09:00`."""
        return instant.astimezone(self.team.zone).isoformat(timespec="minutes")


def latest(*instants: datetime | None) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


@dataclass(frozen=True, slots=True)
class Finding:
    kind: VerdictKind
    reason: Reason
    arguments: Mapping[str, str]
    working_days: int = 0


def unclassified(deed: Deed) -> bool:
    """Whether the deed would count if its author were a human."""
    return deed.why == Why.UNCLASSIFIED_AUTHOR


def updated_by(case: Case, deed: Deed) -> Finding:
    """Fresh, because of this deed."""
    activity = deed.activity
    arguments = {
        "author": activity.author.name or activity.author.id,
        "side": activity.ref.side,
        "at": case.clock(activity.at),
        "what": "comment" if activity.kind is ActivityKind.COMMENT else activity.field,
    }
    return Finding(VerdictKind.FRESH, Reason.HUMAN_UPDATE, arguments)


def created(case: Case, at: datetime) -> Finding:
    """Fresh, because it began then."""
    return Finding(VerdictKind.FRESH, Reason.CREATED_TODAY, {"at": case.clock(at)})


def too_late(case: Case, arrived: datetime, first_duty: date) -> Finding:
    """Exempt: it came, or came to this team, too late in the day."""
    reason = Reason.HANDED_OVER if arrived == case.ticket.taken_at != case.began else Reason.NOT_YET
    return Finding(VerdictKind.EXEMPT, reason, {"at": case.clock(arrived), "first_duty": first_duty.isoformat()})


def by_unclassified(case: Case, working_days: int) -> Finding:
    """Unknown: who nobody has classed makes the difference."""
    names = dict.fromkeys(
        deed.activity.author.name or deed.activity.author.id for deed in case.deeds if unclassified(deed)
    )
    return Finding(VerdictKind.UNKNOWN, Reason.UNKNOWN_AUTHOR, {"authors": ", ".join(names)}, working_days)


def kind_of(days: int) -> VerdictKind:
    if days == 0:
        return VerdictKind.DUE
    return VerdictKind.STALE if days < VERY_STALE else VerdictKind.VERY_STALE
