"""Every case of verdicts.txt, and what its words mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.unit.escalation.world import (
    CATALOG,
    DEFENDER,
    DUBLIN,
    KEIKO,
    KEIKO_UPN,
    OUR_APP,
    OUR_BOT,
    PROFILE,
    SEATTLE,
    STRANGER,
    TOKYO,
    a_change,
    a_comment,
    at,
    facts,
)

from watchkeeper.catalog.model import Calendar, Shift, Team, Waiver
from watchkeeper.escalation.authors import AuthorBook, roster_of
from watchkeeper.escalation.case import Parent
from watchkeeper.escalation.evidence import human_fields, weigh
from watchkeeper.escalation.facts import Hold, SideView, TicketFacts
from watchkeeper.escalation.verdict import judge
from watchkeeper.escalation.windows import day_window
from watchkeeper.model.activity import Activity, Actor
from watchkeeper.model.audit import compliance_of, totals_of
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.verdict import AuditWindow, Verdict, VerdictKind

TABLE = Path(__file__).with_name("verdicts.txt")
BOOK = AuthorBook(ours={SERVICENOW: OUR_BOT.id, SENTINEL: OUR_APP.id}, roster=roster_of(CATALOG.teams.values()))
FIELDS = {side: human_fields(PROFILE, side) for side in PROFILE.sides}
EVERY_DAY = CATALOG.calendars["around-the-clock"]
BAVARIA = Calendar("bavaria", frozenset(range(1, 6)), "DE", "BY", ("catholic", "public"), frozenset(), frozenset())

AUTHORS = {
    "human": KEIKO,
    "upn": KEIKO_UPN,
    "ours": OUR_BOT,
    "app": OUR_APP,
    "who": STRANGER,
    "defender": DEFENDER,
    "autoclose": Actor(SERVICENOW, "autoclose", "Auto Close"),
    "mail": Actor(SERVICENOW, "inbound.email", "Keiko Tanaka"),
    "rule": Actor(SENTINEL, "Automation rule", "Automation rule"),
    "application": Actor(SENTINEL, "99999999-2222-3333-4444-555555555555", "Keiko Tanaka"),
}


def _shift(name: str, begin: int, end: int, zone: str, calendar: Calendar) -> Shift:
    return Shift(name, time(begin), time(end), ZoneInfo(zone), calendar)


TEAMS = {
    "tokyo": TOKYO,
    "dublin": DUBLIN,
    "seattle": SEATTLE,
    "desk": replace(DUBLIN, calendar=EVERY_DAY),
    "coast": replace(SEATTLE, calendar=EVERY_DAY),
    "beirut": replace(DUBLIN, zone=ZoneInfo("Asia/Beirut"), calendar=EVERY_DAY),
    "firm": replace(TOKYO, calendar=CATALOG.calendars["japan-company"]),
    "munich": replace(DUBLIN, zone=ZoneInfo("Europe/Berlin"), calendar=BAVARIA),
    "berlin": replace(
        DUBLIN, zone=ZoneInfo("Europe/Berlin"), calendar=replace(BAVARIA, subdivision=None, categories=())
    ),
    "sun": replace(
        DUBLIN,
        calendar=EVERY_DAY,
        shifts=(
            _shift("apac", 9, 17, "Asia/Tokyo", CATALOG.calendars["japan"]),
            _shift("emea", 9, 17, "Europe/Dublin", CATALOG.calendars["ireland"]),
            _shift("amer", 9, 17, "America/Los_Angeles", CATALOG.calendars["us-washington"]),
        ),
    ),
    "nights": replace(
        TOKYO,
        calendar=EVERY_DAY,
        shifts=(_shift("day", 8, 20, "Asia/Tokyo", EVERY_DAY), _shift("night", 20, 8, "Asia/Tokyo", EVERY_DAY)),
    ),
    "evening": replace(DUBLIN, calendar=EVERY_DAY, shifts=(_shift("evening", 17, 1, "Europe/Dublin", EVERY_DAY),)),
    "nightly": replace(
        DUBLIN,
        calendar=EVERY_DAY,
        shifts=(_shift("day", 8, 20, "Europe/Dublin", EVERY_DAY), _shift("night", 20, 8, "Europe/Dublin", EVERY_DAY)),
    ),
}
WINDOWS = {"day": AuditWindow.BUSINESS_DAY, "24h": AuditWindow.ROLLING_24H, "shift": AuditWindow.PER_SHIFT}


@dataclass(frozen=True, slots=True)
class Case:
    section: str
    what: str
    team: Team
    window: AuditWindow
    ticket: str
    deeds: str
    now: str
    verdict: str
    reason: str

    def judged(self, noise: Sequence[Activity] = ()) -> Verdict:
        """The verdict; `noise` happened besides, on the ticket and on its parent."""
        deeds = weigh([*(_deed(word, self.team) for word in _words(self.deeds)), *noise], BOOK, FIELDS)
        ticket = replace(_ticket(self.ticket, self.team), window=self.window)
        day = date.fromisoformat(_with_year(self.now[1:])) if self.now.startswith("=") else None
        now = day_window(self.team, day).end if day else _instant(self.now, self.team)
        return judge(ticket, deeds, self.team, now, day=day, parent=_parent(self.ticket, self.team, noise))


def _cases() -> Iterator[Case]:
    section = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line and not line.startswith("#"):
            what, team, window, *others = (cell.strip() for cell in line.split("|"))
            yield Case(section, what, TEAMS[team], WINDOWS[window], *others)


def _words(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split()


def _with_year(text: str) -> str:
    return text if re.match(r"\d{4}-", text) else f"2026-{text}"


def _instant(text: str, team: Team) -> datetime:
    return at(team, _with_year(text))


def _deed(word: str, team: Team) -> Activity:
    name, _, rest = word.partition("@")
    when, how = re.fullmatch(r"([-\d]+T\d\d:\d\d):?(\w*)", rest).groups()  # type: ignore[union-attr]
    author, instant = AUTHORS[name], _instant(when, team)
    status = "state" if author.side == SERVICENOW else "status"
    match how:
        case "state":
            return a_change(author, instant, status, "1", "2")
        case "same":
            return a_change(author, instant, status, "2", "2")
        case "tag":
            return a_change(author, instant, "labels", "", "seen")
        case "short":
            return a_comment(author, instant, "ok")
        case "again":
            return a_comment(author, instant)
        case _:
            return a_comment(author, instant) if "17T09:00" in when else a_comment(author, instant, f"Looked at {when}")


def _ticket(cell: str, team: Team) -> TicketFacts:
    ticket = facts()
    for word in _words(cell):
        name, _, value = word.partition("=")
        match name:
            case "created":
                ticket = replace(ticket, created_at=_instant(value, team))
            case "entered":
                ticket = replace(ticket, entered_at=_instant(value, team))
            case "closed":
                ticket = replace(ticket, closed_at=_instant(value, team))
            case "taken":
                ticket = replace(ticket, taken_at=_instant(value, team))
            case "parent":
                pass
            case "unassigned":
                ticket = replace(ticket, assignee="")
            case "half":
                ticket = replace(ticket, sides=(SideView(SERVICENOW, True), SideView(SENTINEL, False, "403")))
            case "dark":
                ticket = replace(ticket, sides=(SideView(SERVICENOW, False, "403"), SideView(SENTINEL, False, "403")))
            case "hold":
                ticket = replace(ticket, hold=_hold(value, team))
            case "waived":
                ticket = replace(ticket, waivers=(_waiver(value),))
            case _:
                raise ValueError(word)
    return ticket


def _parent(cell: str, team: Team, noise: Sequence[Activity]) -> Parent | None:
    word = next((word for word in _words(cell) if word.startswith("parent=")), None)
    if word is None:
        return None
    deeds = [_deed(each, team) for each in word.removeprefix("parent=").split(",")]
    return Parent("INC0010000", weigh([*deeds, *noise], BOOK, FIELDS))


def _hold(value: str, team: Team) -> Hold:
    entered, _, follow_up = value.partition("/")
    until = date.fromisoformat(_with_year(follow_up)) if follow_up else None
    return Hold(_instant(f"{entered}T09:00", team), None, "4", True, until)


def _waiver(value: str) -> Waiver:
    first, last = (date.fromisoformat(_with_year(day)) for day in value.split(".."))
    none: frozenset[str] = frozenset()
    return Waiver(frozenset({"inc0010001"}), none, none, none, "Patch", "aoife.murphy", first, last, "waivers.yaml:2:5")


CASES = tuple(_cases())


def test_every_verdict_is_the_one_of_the_table() -> None:
    for case in CASES:
        verdict = case.judged()
        days = f" {verdict.working_days}" if verdict.working_days else ""
        flags = "".join(f" +{flag}" for flag in verdict.flags)
        shown = f"{verdict.kind}{'!' if verdict.final else ''}{days}{flags}"
        told = f"{case.section}: {case.what}: {verdict.reason}"
        assert (shown, verdict.reason_code) == (case.verdict, case.reason), told


def test_there_are_at_least_eighty_cases_and_every_kind_and_window_is_among_them() -> None:
    verdicts = [case.judged() for case in CASES]
    assert len(CASES) >= 80
    assert len({(case.section, case.what) for case in CASES}) == len(CASES)
    assert {verdict.kind for verdict in verdicts} == set(VerdictKind)
    assert {case.window for case in CASES} == set(AuditWindow)


def test_the_totals_of_all_cases_add_up() -> None:
    totals = totals_of([case.judged() for case in CASES])
    assert sum(totals.values()) == len(CASES)
    duties = len(CASES) - totals[VerdictKind.EXEMPT]
    assert compliance_of(totals) == totals[VerdictKind.FRESH] / duties


def test_a_machine_that_writes_every_hour_changes_no_verdict() -> None:
    """Who may write as often as they like: our own account, a system account, inbound mail, a rule, an application."""
    for case in CASES:
        begin = _instant("11-10T00:00", case.team)
        noise = [
            a_comment(AUTHORS[name], begin + timedelta(hours=hour), f"{name} {hour}")
            for hour in range(0, 14 * 24, 7)
            for name in ("ours", "app", "autoclose", "mail", "rule", "defender", "application")
        ]
        told, without = case.judged(noise), case.judged()
        same = (told.kind, told.reason, told.flags) == (without.kind, without.reason, without.flags)
        assert same, f"{case.section}: {case.what}: {told.kind} {told.reason}, not {without.kind} {without.reason}"
