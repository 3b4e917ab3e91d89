"""Who is to be told what, now: a function of verdicts, rules, the clock and what was sent already. Pure.

A ticket that a person has updated is fresh, and nobody hears of it again: that is all there is to stopping. What is overdue belongs
to the reader's last cut-off: told soon after it, or made up for later, until the next one comes.
"""

from __future__ import annotations

from collections import Counter
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
    """What is known of earlier messages. `began`: when sending was first switched on (None: it is now). `over`: messages to which
    nothing more can happen; `left`: those of the others that may have arrived. `told`: when messages left, by `addressee`.
    `noted`: work notes whose episode has its note; `open_notes`: those that were begun and never ended."""

    began: datetime | None = None
    over: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    told: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
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
        """Messages in the order of their recipients, and who is not told for now. One whose fate is unknown is in the plan again."""
        told: list[_Told] = []
        notes: list[Noted] = []
        held: list[tuple[Held, str, str]] = []
        for verdict in verdicts:
            team = self.teams.get(verdict.team)
            kind = self._kind(verdict, team) if team else None
            if team is None or kind is None:
                continue
            against = self._against_ticket(verdict, team) if kind is NudgeKind.OVERDUE else None
            if against is not None:
                held.append((against, team.id, _number(verdict)))
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
        ends = cut_off(team, verdict.day)
        near = ends - timedelta(hours=self.policy.due_today_hours) <= self.now < ends
        return NudgeKind.DUE_TODAY if near else None

    def _against_ticket(self, verdict: Verdict, team: Team) -> Held | None:
        """On a day off a verdict is about an earlier day, and a person may have updated the ticket since."""
        if self._forgiven(verdict, team):
            return Held.AMNESTY
        return None if is_working_day(team.calendar, self._today(team)) else Held.DAY_OFF

    def _forgiven(self, verdict: Verdict, team: Team) -> bool:
        """Whether the ticket was silent before sending was switched on, not long ago."""
        began = (self.before.began or self.now).astimezone(team.zone).date()
        if self._today(team) >= began + timedelta(days=self.policy.amnesty_days):
            return False
        return first_missed_day(verdict, team, self.now) < began

    def _notes(self, verdict: Verdict, team: Team, kind: NudgeKind) -> Iterator[Noted]:
        """The work note of a ticket that has been silent for long enough."""
        if verdict.working_days < self.policy.ladder[_severity(verdict)].note:
            return
        silent_since = resolve(datetime.combine(first_missed_day(verdict, team, self.now), time()), team.zone)
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
        rungs = 1 if kind is NudgeKind.DUE_TODAY else climbed(verdict, self.policy.ladder)
        wanted = [(address, role) for address, role in people[:rungs] if address]
        wanted = wanted or [(address, role) for address, role in people[rungs:] if address][:1]
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
        fresh: Counter[str] = Counter()
        nudges = []
        waiting = set()
        for nudge, home in self._digests(told):
            if nudge.id in self.before.over:
                continue
            who = addressee(nudge.channel, nudge.recipient)
            against = self._against(nudge, home, self._told_today(who, home) + fresh[who])
            if against is not None:
                waiting.add(nudge.id)
                held += [(against, nudge.recipient, item.number) for item in nudge.items]
                continue
            fresh[who] += nudge.id not in self.before.left
            nudges.append(nudge)
        return NudgePlan(tuple(nudges), waiting=frozenset(waiting))

    def _told_today(self, who: str, home: Team) -> int:
        today = self._today(home)
        return sum(at.astimezone(home.zone).date() == today for at in self.before.told.get(who, ()))

    def _digests(self, told: Sequence[_Told]) -> Iterator[tuple[Nudge, Team]]:
        """One message per recipient, channel and kind, the most urgent ticket first."""
        together: dict[tuple[str, str, NudgeKind], list[_Told]] = {}
        for each in told:
            together.setdefault((each.recipient, each.channel, each.kind), []).append(each)
        for (recipient, channel, kind), rows in sorted(together.items(), key=lambda entry: entry[0]):
            home = min((row.home for row in rows), key=lambda team: team.id)
            items = sorted((row.item for row in rows), key=_most_urgent)
            day = self._today(home) if kind is NudgeKind.DUE_TODAY else last_cut_off(home, self.now)
            yield Nudge(kind, channel, recipient, day, home.language, tuple(items), self.deployment), home

    def _against(self, nudge: Nudge, home: Team, count: int) -> Held | None:
        if nudge.id not in self.before.left and count >= self.policy.cap:
            return self._wrong_time(home) or Held.CAP
        return self._wrong_time(home)

    def _today(self, team: Team) -> date:
        return self.now.astimezone(team.zone).date()

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


def cut_off(team: Team, day: date) -> datetime:
    return resolve(datetime.combine(day, team.cut_off), team.zone)


def last_cut_off(team: Team, now: datetime) -> date:
    """The team's latest working day whose cut-off has passed."""
    today = now.astimezone(team.zone).date()
    if is_working_day(team.calendar, today) and now >= cut_off(team, today):
        return today
    return _working_day_before(team.calendar, today)


def first_missed_day(verdict: Verdict, team: Team, now: datetime) -> date:
    """The local working day on which the silence began that the verdict counts; the judged day is one of these only once its
    cut-off has passed."""
    day = verdict.day if now >= cut_off(team, verdict.day) else _working_day_before(team.calendar, verdict.day)
    for _ in range(verdict.working_days - 1):
        day = _working_day_before(team.calendar, day)
    return day


def addressee(channel: str, recipient: str) -> str:
    """Whose patience a message takes: a person's in whichever channel, or that of whoever reads a room."""
    return recipient if "@" in recipient else f"{channel} {recipient}"


def _working_day_before(calendar: Calendar, day: date) -> date:
    return previous_working_day(calendar, day - ONE_DAY) or day - ONE_DAY


def climbed(verdict: Verdict, ladder: Mapping[Severity, Rung]) -> int:
    """How many rungs a ticket that is late has climbed: 1 the assignee, 2 the lead, 3 the manager."""
    rung = ladder[_severity(verdict)]
    return 1 + (verdict.working_days >= rung.lead) + (verdict.working_days >= rung.manager)


def _severity(verdict: Verdict) -> Severity:
    """One that the mapping does not know counts as high: nobody has said that it may wait."""
    return Severity(verdict.severity) if verdict.severity in set(Severity) else Severity.HIGH


def _item(verdict: Verdict, team: Team, role: Role) -> NudgeItem:
    return NudgeItem(
        key=verdict.key,
        number=_number(verdict),
        url=next(filter(None, verdict.urls), ""),
        title=verdict.title,
        team=verdict.team,
        severity=verdict.severity,
        assignee=verdict.assignee,
        working_days=verdict.working_days,
        role=role,
        team_name=team.name,
        due=_due(verdict),
    )


def _due(verdict: Verdict) -> datetime | None:
    """The cut-off or the end of the shift, as the verdict has it."""
    said = dict(verdict.reason_args)
    until = said.get("cut_off") or said.get("until")
    return datetime.fromisoformat(until) if until and verdict.kind is VerdictKind.DUE else None


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
