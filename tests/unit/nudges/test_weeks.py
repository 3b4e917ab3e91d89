"""Three weeks of hourly runs over three zones, in which the clocks of two change: who hears when, told by the readers' own clocks."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.unit.nudges.examples import ADDRESSES, MAIL, POLICY, ROOM, a_desk, a_team, a_verdict

from watchkeeper.catalog.calendars import is_working_day, working_days_between
from watchkeeper.catalog.model import Team
from watchkeeper.escalation.windows import judged_day
from watchkeeper.model.nudge import Nudge, NudgeKind
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.nudges.deciding import Before, addressee, cut_off

BEGIN = datetime(2026, 10, 19, 0, 5, tzinfo=UTC)
TOKYO = a_team("tokyo", manager="boss")
DUBLIN = a_team("dublin", zone=ZoneInfo("Europe/Dublin"), lead="liam", manager="boss")
SEATTLE = a_team("seattle", zone=ZoneInfo("America/Los_Angeles"), lead="noah", manager="boss")
TEAMS = {team.id: team for team in (TOKYO, DUBLIN, SEATTLE)}
KNOWN = {**ADDRESSES, "liam": "liam@soc.example", "noah": "noah@soc.example"}
HOMES = {
    KNOWN[name]: home
    for name, home in {
        "keiko": TOKYO,
        "aoife": TOKYO,
        "boss": DUBLIN,
        "liam": DUBLIN,
        "sam": SEATTLE,
        "noah": SEATTLE,
    }.items()
}
SILENT = ((TOKYO, date(2026, 10, 19), "keiko"), (DUBLIN, date(2026, 10, 20), ""), (SEATTLE, date(2026, 10, 22), "sam"))
"""Whose ticket, since when nobody writes on it, and whom it is assigned to."""


@dataclass
class Heard:
    """What was sent, with the reader's wall clock."""

    messages: list[tuple[Nudge, datetime]] = field(default_factory=list)
    told: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def run(self, now: datetime) -> None:
        over = frozenset(nudge.id for nudge, _ in self.messages)
        desk = a_desk(
            *TEAMS.values(),
            now=now,
            policy=replace(POLICY, channels=(replace(MAIL, kinds=frozenset(NudgeKind)), ROOM)),
            addresses=KNOWN,
            homes=HOMES,
            before=Before(BEGIN, over=over, told=self.told),
        )
        for nudge in desk.decide([judged(*ticket, now=now) for ticket in SILENT if now >= born(*ticket)]).nudges:
            self.told[addressee(nudge.channel, nudge.recipient)].append(now)
            self.messages.append((nudge, now.astimezone(home_of(nudge).zone)))

    def by(self, name: str, kind: NudgeKind = NudgeKind.OVERDUE) -> list[datetime]:
        return [at for nudge, at in self.messages if nudge.recipient == KNOWN.get(name, name) and nudge.kind is kind]


def home_of(nudge: Nudge) -> Team:
    return HOMES.get(nudge.recipient) or TEAMS[nudge.recipient]


def born(team: Team, since: date, _: str) -> datetime:
    return datetime(since.year, since.month, since.day, tzinfo=team.zone)


def judged(team: Team, since: date, account: str, now: datetime) -> Verdict:
    """As an audit judges by the working day."""
    day = judged_day(team, now)
    missed = working_days_between(team.calendar, since, day) + (now >= cut_off(team, day))
    kind = (VerdictKind.DUE, VerdictKind.STALE, VerdictKind.VERY_STALE)[min(missed, 2)]
    number = list(TEAMS).index(team.id)
    return a_verdict(number, missed, day=day, team=team.id, assignee_account=account, kind=kind, severity="high")


@cache
def heard() -> Heard:
    found = Heard()
    for hour in range(24 * 21):
        found.run(BEGIN + timedelta(hours=hour))
    return found


def working_evenings(team: Team, first: date, last: date = date(2026, 11, 6)) -> list[str]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [f"{day} 17:05" for day in days if is_working_day(team.calendar, day)]


def clocks(found: list[datetime]) -> list[str]:
    return [f"{at:%Y-%m-%d %H:%M}" for at in found]


def test_the_assignee_hears_on_every_working_day_at_the_cut_off_by_their_own_clock() -> None:
    assert clocks(heard().by("keiko")) == working_evenings(TOKYO, date(2026, 10, 19))
    assert clocks(heard().by("sam")) == working_evenings(SEATTLE, date(2026, 10, 22))


def test_where_nobody_is_assigned_the_lead_does() -> None:
    assert clocks(heard().by("liam")) == working_evenings(DUBLIN, date(2026, 10, 20))


def test_rooms_hear_shortly_before_the_first_cut_off_and_from_then_on_after_each() -> None:
    assert clocks(heard().by("tokyo", NudgeKind.DUE_TODAY)) == ["2026-10-19 15:05"]
    assert clocks(heard().by("tokyo")) == working_evenings(TOKYO, date(2026, 10, 19))


def test_the_manager_of_all_hears_of_all_at_their_own_cut_off() -> None:
    evenings = [(nudge, at) for nudge, at in heard().messages if nudge.recipient == KNOWN["boss"] and at.hour == 17]
    assert clocks([at for _, at in evenings]) == working_evenings(DUBLIN, date(2026, 10, 20))
    thursday = next(nudge for nudge, at in evenings if at.date() == date(2026, 10, 29))
    assert [item.team for item in thursday.items] == ["tokyo", "dublin", "seattle"]


def test_nobody_hears_twice_of_a_day_nor_more_than_the_cap_nor_at_the_wrong_time() -> None:
    messages = heard().messages
    assert max(Counter(nudge.id for nudge, _ in messages).values()) == 1
    per_day = Counter((addressee(nudge.channel, nudge.recipient), at.date()) for nudge, at in messages)
    assert max(per_day.values()) <= POLICY.cap
    assert all(7 <= at.hour < 20 and is_working_day(home_of(nudge).calendar, at.date()) for nudge, at in messages)
