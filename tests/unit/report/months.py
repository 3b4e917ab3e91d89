"""Three months of judged escalations, made by a rule: the same at every call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from tests.unit.report.examples import a_verdict

from watchkeeper.model.audit import totals_of
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.report.compliance import Compliance, looked_back
from watchkeeper.report.judged import Judged, of_verdicts
from watchkeeper.report.period import period

TODAY = date(2026, 11, 30)
TEAMS = {"SOC Monitoring": 24, "CSIRT": 17, "Vulnerability Management": 12, "SOC Oversight": 9}
"""How many escalations each team has."""
TITLES = (
    "Phishing wave against payroll",
    "Impossible travel, finance director",
    "不審なメール転送ルール",
    "Ransomware precursor on file server",
    "外部公開サーバーの脆弱性",
    "OAuth consent to unknown app",
)


def working_days(first: date, last: date) -> Iterator[date]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return (day for day in days if day.weekday() < 5)


def judged(text: str = "30d", today: date = TODAY) -> Judged:
    """A period's verdicts as the state store would give them."""
    chosen = period(text, today)
    return of_verdicts("production", _at(today), chosen, tuple(_verdicts(chosen.first, chosen.last)))


def compliance(text: str = "30d", today: date = TODAY) -> Compliance:
    chosen = period(text, today)
    return Compliance("production", _at(today), chosen, sheets_of(_verdicts(looked_back(chosen), chosen.last)))


def sheets_of(verdicts: Iterable[Verdict]) -> tuple[DaySheet, ...]:
    """These verdicts, counted as the state store counts them."""
    grouped: dict[tuple[date, str], list[Verdict]] = {}
    for verdict in verdicts:
        grouped.setdefault((verdict.day, verdict.team), []).append(verdict)
    return tuple(
        DaySheet(team, day, totals_of(its), over=all(each.final for each in its), whole=True)
        for (day, team), its in sorted(grouped.items())
    )


def _at(day: date) -> datetime:
    return datetime.combine(day, time(16, 30), UTC)


def _verdicts(first: date, last: date) -> Iterator[Verdict]:
    for day in working_days(first, last):
        number = 0
        for team, count in TEAMS.items():
            for nth in range(count):
                number += 1
                yield _verdict(day, team, nth, number)


def _verdict(day: date, team: str, nth: int, number: int) -> Verdict:
    kind, code = _kind(day, team, nth)
    age = {VerdictKind.STALE: 1, VerdictKind.VERY_STALE: 7 + nth, VerdictKind.EXEMPT: 4, VerdictKind.DUE: 1}.get(
        kind, 0
    )
    return replace(
        a_verdict(kind, team, number),
        title=TITLES[number % len(TITLES)],
        urls=(f"https://example.service-now.com/nav_to.do?uri=incident.do&id={number}",),
        assignee=("aiko.sato", "niamh.kelly", "")[number % 3],
        severity=("high", "medium", "low")[number % 3],
        day=day,
        final=day < TODAY,
        last_human_update=_at(day) - timedelta(days=age),
        working_days=age if kind in {VerdictKind.STALE, VerdictKind.VERY_STALE} else 0,
        reason_code=code,
        reason_args=(
            ("day", day.isoformat()), ("count", str(age)), ("author", "niamh.kelly"), ("side", "servicenow"), ("at", f"{day}T09:30+00:00"),
            ("what", "comment"), ("hold_reason", "Awaiting Vendor"), ("until", str(day + timedelta(days=3))), ("cut_off", f"{day}T17:00+00:00"),
        ),
        flags=("short",) if number % 11 == 0 else (),
    )  # fmt: skip


def _kind(day: date, team: str, nth: int) -> tuple[VerdictKind, str]:
    """On the last day: 57 of 59 updated but for what is due, 2 stale with the CSIRT, 3 on hold."""
    if day == TODAY:
        if team == "CSIRT" and nth < 2:
            return (VerdictKind.STALE, "no-update") if nth else (VerdictKind.VERY_STALE, "no-update")
        if team == "SOC Monitoring" and nth < 3:
            return VerdictKind.EXEMPT, "on-hold"
        return VerdictKind.FRESH, "human-update"
    chance = (day.toordinal() * 31 + nth * 17 + len(team) * 7) % 97
    worse = 9 if team == "CSIRT" else 3
    if chance < worse:
        return (VerdictKind.VERY_STALE, "no-update") if chance < worse // 3 else (VerdictKind.STALE, "no-update")
    if chance < worse + 2:
        return VerdictKind.UNKNOWN, "sides-cannot-tell"
    return (VerdictKind.EXEMPT, "on-hold") if chance > 92 else (VerdictKind.FRESH, "human-update")
