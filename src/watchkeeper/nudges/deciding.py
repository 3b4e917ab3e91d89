"""Who is to be told what, now: a function of verdicts, rules, the clock and what was sent already. Pure.

A ticket that a person has updated is fresh, and nobody hears of it again: that is all there is to stopping.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from watchkeeper.catalog.calendars import is_working_day, previous_working_day, resolve
from watchkeeper.catalog.model import Calendar, Team
from watchkeeper.model.nudge import (
    ChannelKind,
    ChannelRule,
    Held,
    HeldBack,
    Nudge,
    NudgeItem,
    NudgeKind,
    NudgePlan,
    NudgePolicy,
    Role,
    Rung,
)
from watchkeeper.model.ticket import Severity
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.nudges.noting import Noted, notes_due, plan_notes
from watchkeeper.nudges.people import Directory

ONE_DAY = timedelta(days=1)
OVERDUE = frozenset({VerdictKind.STALE, VerdictKind.VERY_STALE})


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of earlier messages. `began`: the day of the first sending (None: it is today). `ids`: messages of which one
    exists already. `counts`: how many each recipient got, by (recipient, day). `noted`: work notes whose episode has its note;
    `open_notes`: those that were begun and never ended."""

    began: date | None = None
    ids: frozenset[str] = frozenset()
    counts: Mapping[tuple[str, date], int] = field(default_factory=dict)
    noted: frozenset[str] = frozenset()
    open_notes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Told:
    """A ticket for one recipient; `home` is the team whose clock and language are theirs."""

    kind: NudgeKind
    channel: str
    recipient: str
    home: Team
    item: NudgeItem


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a decision looks at. `may_note`: whether WATCHKEEPER_MODE lets us write into escalations."""

    deployment: str
    policy: NudgePolicy
    teams: Mapping[str, Team]
    people: Directory
    now: datetime
    before: Before = field(default_factory=Before)
    may_note: bool = False

    def decide(self, verdicts: Iterable[Verdict]) -> NudgePlan:
        """Messages in the order of their recipients, and who is not told for now. A message that exists already is in the plan
        again: whether it has left is the ledger's to say."""
        told: list[_Told] = []
        notes: list[Noted] = []
        held: list[tuple[Held, str, str]] = []
        for verdict in verdicts:
            team = self.teams.get(verdict.team)
            kind = self._kind(verdict, team) if team else None
            if team is None or kind is None:
                continue
            if kind is NudgeKind.OVERDUE and self._forgiven(verdict, team):
                held.append((Held.AMNESTY, team.id, _number(verdict)))
                continue
            notes += self._notes(verdict, team, kind)
            told += self._rooms(verdict, team, kind)
            for found in self._persons(verdict, team, kind):
                if isinstance(found, _Told):
                    told.append(found)
                else:
                    held.append((Held.NO_ADDRESS, found, _number(verdict)))
        return self._planned(told, notes, held)

    def _kind(self, verdict: Verdict, team: Team) -> NudgeKind | None:
        if verdict.kind in OVERDUE:
            return NudgeKind.OVERDUE
        if verdict.kind is not VerdictKind.DUE or not self.policy.due_today_hours:
            return None
        cut_off = resolve(datetime.combine(verdict.day, team.cut_off), team.zone)
        near = cut_off - timedelta(hours=self.policy.due_today_hours) <= self.now < cut_off
        return NudgeKind.DUE_TODAY if near else None

    def _forgiven(self, verdict: Verdict, team: Team) -> bool:
        """Whether the ticket was silent before anybody was ever reminded, not long ago."""
        today = self.now.astimezone(team.zone).date()
        began = self.before.began or today
        if today >= began + timedelta(days=self.policy.amnesty_days):
            return False
        return first_missed_day(verdict, team.calendar) < began

    def _notes(self, verdict: Verdict, team: Team, kind: NudgeKind) -> Iterator[Noted]:
        """The work note of a ticket that has been silent for long enough."""
        if verdict.working_days < self.policy.ladder[_severity(verdict)].note:
            return
        silent_since = resolve(datetime.combine(first_missed_day(verdict, team.calendar), time()), team.zone)
        item = _item(verdict, team, Role.TICKET)
        for channel in self._channels(team, kind):
            if channel.kind is ChannelKind.WORK_NOTE:
                yield from notes_due(verdict, item, team, channel.id, self.deployment, silent_since, self.now)

    def _rooms(self, verdict: Verdict, team: Team, kind: NudgeKind) -> Iterator[_Told]:
        item = _item(verdict, team, Role.ROOM)
        for channel in self._channels(team, kind):
            if channel.is_room:
                yield _Told(kind, channel.id, team.id, team, item)

    def _persons(self, verdict: Verdict, team: Team, kind: NudgeKind) -> Iterator[_Told | str]:
        """Everybody who is to hear of the ticket, or the team whose people cannot be reached."""
        channels = [channel for channel in self._channels(team, kind) if channel.kind is ChannelKind.EMAIL]
        if not channels:
            return
        reached = self._reached(verdict, team, kind)
        if not reached:
            yield team.id
        for address, role in reached.items():
            home = self.people.homes.get(address, team)
            for channel in channels:
                yield _Told(kind, channel.id, address, home, _item(verdict, team, role))

    def _reached(self, verdict: Verdict, team: Team, kind: NudgeKind) -> Mapping[str, Role]:
        """Addresses and the first role of each. Where there is no assignee to reach, the lead hears of it at once, and where
        there is no lead, the manager."""
        people = [
            (self.people.address(verdict.assignee_account), Role.ASSIGNEE),
            (self.people.address(team.lead), Role.LEAD),
            (self.people.address(team.manager), Role.MANAGER),
        ]
        climbed = 1 if kind is NudgeKind.DUE_TODAY else _climbed(verdict, self.policy.ladder)
        wanted = [(address, role) for address, role in people[:climbed] if address]
        wanted = wanted or [(address, role) for address, role in people[climbed:] if address][:1]
        return dict(reversed(wanted))

    def _channels(self, team: Team, kind: NudgeKind) -> Iterator[ChannelRule]:
        for channel in self.policy.channels:
            if kind in channel.kinds and (not channel.teams or team.id in channel.teams):
                yield channel

    def _planned(self, told: Sequence[_Told], notes: list[Noted], held: list[tuple[Held, str, str]]) -> NudgePlan:
        messages = self._messages(told, held)
        notes.sort(key=lambda each: _most_urgent(each.nudge.items[0]))
        of_tickets = plan_notes(notes, self.before.noted, self._wrong_time, may_write=self.may_note)
        nudges = (*messages.nudges, *of_tickets.nudges)
        waiting = messages.waiting | of_tickets.waiting | self.before.open_notes
        return NudgePlan(nudges, _summed((*held, *of_tickets.held)), waiting)

    def _messages(self, told: Sequence[_Told], held: list[tuple[Held, str, str]]) -> NudgePlan:
        counts = dict(self.before.counts)
        nudges = []
        waiting = set()
        for nudge, home in self._digests(told):
            place = (nudge.recipient, nudge.day)
            against = self._against(nudge, home, counts.get(place, 0))
            if against is not None:
                waiting.add(nudge.id)
                held += [(against, nudge.recipient, item.number) for item in nudge.items]
                continue
            if nudge.id not in self.before.ids:
                counts[place] = counts.get(place, 0) + 1
            nudges.append(nudge)
        return NudgePlan(tuple(nudges), waiting=frozenset(waiting))

    def _digests(self, told: Sequence[_Told]) -> Iterator[tuple[Nudge, Team]]:
        """One message per recipient, channel and kind, the most urgent ticket first."""
        together: dict[tuple[str, str, NudgeKind], list[_Told]] = {}
        for each in told:
            together.setdefault((each.recipient, each.channel, each.kind), []).append(each)
        for (recipient, channel, kind), rows in sorted(together.items(), key=lambda entry: entry[0]):
            home = min((row.home for row in rows), key=lambda team: team.id)
            items = sorted((row.item for row in rows), key=_most_urgent)
            day = self.now.astimezone(home.zone).date()
            yield Nudge(kind, channel, recipient, day, home.language, tuple(items), self.deployment), home

    def _against(self, nudge: Nudge, home: Team, count: int) -> Held | None:
        if nudge.id not in self.before.ids and count >= self.policy.cap:
            return self._wrong_time(home) or Held.CAP
        return self._wrong_time(home)

    def _wrong_time(self, home: Team) -> Held | None:
        local = self.now.astimezone(home.zone)
        if not is_working_day(home.calendar, local.date()):
            return Held.DAY_OFF
        if is_quiet(local.time(), self.policy.quiet_from, self.policy.quiet_until):
            return Held.QUIET_HOURS
        return None


def is_quiet(local: time, begin: time, end: time) -> bool:
    """Whether a local time lies in [begin, end), which may reach over midnight; an empty span has no time in it."""
    if begin <= end:
        return begin <= local < end
    return local >= begin or local < end


def first_missed_day(verdict: Verdict, calendar: Calendar) -> date:
    """The local working day on which the silence began that the verdict counts."""
    day = verdict.day
    for _ in range(verdict.working_days - 1):
        day = previous_working_day(calendar, day - ONE_DAY) or day
    return day


def _climbed(verdict: Verdict, ladder: Mapping[Severity, Rung]) -> int:
    """How many rungs the ticket has climbed: 1 the assignee, 2 the lead, 3 the manager."""
    rung = ladder[_severity(verdict)]
    return 1 + (verdict.working_days >= rung.lead) + (verdict.working_days >= rung.manager)


def _severity(verdict: Verdict) -> Severity:
    """One that the mapping does not know counts as high: nobody has said that it may wait."""
    return Severity(verdict.severity) if verdict.severity in set(Severity) else Severity.HIGH


def _item(verdict: Verdict, team: Team, role: Role) -> NudgeItem:
    return NudgeItem(
        key=verdict.key,
        number=_number(verdict),
        url=verdict.urls[0] if verdict.urls else "",
        title=verdict.title,
        team=verdict.team,
        severity=verdict.severity,
        assignee=verdict.assignee,
        working_days=verdict.working_days,
        role=role,
        team_name=team.name,
    )


def _number(verdict: Verdict) -> str:
    return " / ".join(number for number in verdict.numbers if number) or verdict.key


def _most_urgent(item: NudgeItem) -> tuple[int, int, str, str]:
    rank = Severity(item.severity).rank if item.severity in set(Severity) else -1
    return -item.working_days, -rank, item.number, item.key


def _summed(held: Iterable[tuple[Held, str, str]]) -> tuple[HeldBack, ...]:
    together: dict[tuple[Held, str], list[str]] = {}
    for why, who, number in held:
        together.setdefault((why, who), []).append(number)
    return tuple(
        HeldBack(why, who, tuple(sorted(dict.fromkeys(numbers)))) for (why, who), numbers in sorted(together.items())
    )
