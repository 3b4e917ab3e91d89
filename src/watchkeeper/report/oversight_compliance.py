"""The part of the report for SOC Oversight that is about escalations: how many of the updates that were owed were made, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.report.compliance import AIM, Compliance, compliance_sentence, trend_section
from watchkeeper.report.document import Mark, Paragraph, Point, Row, Section, Table, Trend
from watchkeeper.report.figures import NOTHING
from watchkeeper.report.grouped import grouped
from watchkeeper.report.teams import team_called
from watchkeeper.report.texts import Texts
from watchkeeper.report.updates import share_of
from watchkeeper.report.values import percent

MOST_DAYS: Final = 62
"""Days that are shown one by one; a longer period is shown by weeks."""
WEEKS: Final = "by-week"
"""The anchor of what is shown by weeks."""


@dataclass(frozen=True, slots=True)
class TeamUpdates:
    """The updates that a team owed and made on the days of a period that are over, as shares of that period and of the one before (None
    where nothing was owed)."""

    team: str
    owed: int
    made: int
    share: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class Week:
    """All teams together. `open`: one of its days is not over."""

    monday: date
    share: float | None
    open: bool


def updates_of_teams(compliance: Compliance) -> tuple[TeamUpdates, ...]:
    before = compliance.updates_before
    return tuple(
        TeamUpdates(team, each.owed, each.made, each.share, before[team].share if team in before else None)
        for team, each in compliance.updates.items()
    )


def weeks_of(days: Sequence[DaySheet]) -> tuple[Week, ...]:
    weeks = grouped(days, lambda sheet: sheet.day - timedelta(days=sheet.day.weekday()))
    return tuple(Week(monday, share_of(its), open=not all(each.over for each in its)) for monday, its in weeks.items())


def compliance_section(compliance: Compliance, texts: Texts) -> Section:
    rows = tuple(_row(each, compliance, texts) for each in updates_of_teams(compliance))
    headings = tuple(texts.say(f"oversight.column.{name}") for name in ("team", "owed", "made", "share", "before"))
    table = Table(headings, rows, numbers=frozenset({1, 2, 3, 4}))
    command = texts.say("oversight.read", command="watchkeeper report compliance")
    trend = _trend(compliance, texts)
    return Section(
        texts.say("oversight.compliance"),
        (Paragraph(compliance_sentence(compliance, texts)), table, Paragraph(command)),
        (trend,) if trend else (),
        anchor="compliance",
    )


def _row(updates: TeamUpdates, compliance: Compliance, texts: Texts) -> Row:
    called = team_called(updates.team, compliance.teams, texts)
    shares = (_shown(updates.share), _shown(updates.before))
    return Row((called, f"{updates.owed:,}", f"{updates.made:,}", *shares), _mark(updates.share))


def _mark(share: float | None) -> Mark:
    return Mark.NONE if share is None else Mark.GOOD if share >= AIM else Mark.BAD


def _shown(share: float | None) -> str:
    return NOTHING if share is None else percent(share)


def _trend(compliance: Compliance, texts: Texts) -> Section | None:
    """All teams together, day by day, or week by week where there are too many days to tell apart."""
    days, period = compliance.within, compliance.period
    if not days or (period.last - period.first).days < MOST_DAYS:
        return trend_section(days, texts)
    weeks = weeks_of(days)
    points = tuple(Point(each.monday.isoformat(), each.share, each.open) for each in weeks)
    chart = Trend(texts.say("oversight.trend"), points, AIM, texts.say("compliance.aim", percent=percent(AIM)))
    rows = tuple(
        Row(
            (each.monday.isoformat(), _shown(each.share), texts.say("no" if each.open else "yes")),
            Mark.OPEN if each.open else _mark(each.share),
        )
        for each in weeks
    )
    headings = (texts.say("oversight.column.week"), texts.say("column.share"), texts.say("column.final"))
    table = Table(headings, rows, numbers=frozenset({1}))
    folded = Section(texts.say("compliance.table"), (table,), folded=True, anchor=WEEKS)
    return Section(texts.say("oversight.by_week"), (chart,), (folded,))
