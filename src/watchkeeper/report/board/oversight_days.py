"""Where the numbers of updates lead: from a team's period to its days, and from each of these to the tickets that were judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from watchkeeper.model.audit import compliance_of
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.board.leads import filtered, number
from watchkeeper.report.board.nouns import BEHIND, ESCALATIONS, OWED
from watchkeeper.report.board.oversight_choice import OversightOfPeriod, days_place
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.compliance import AIM
from watchkeeper.report.document import Block, Cell, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.figures import NOTHING
from watchkeeper.report.oversight_compliance import WEEKS, TeamUpdates, updates_of_teams
from watchkeeper.report.period import Period
from watchkeeper.report.teams import team_called
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import percent


def leading_to_days(section: Section, found: OversightOfPeriod, texts: Texts) -> Section:
    """The section on updates with a lead from each number to the days that it sums, and from each day or week to what it is of."""
    updates = updates_of_teams(found.report.compliance)

    def leading(block: Block) -> Block:
        if not isinstance(block, Table):
            return block
        rows = (_team(row, each, found) for row, each in zip(block.rows, updates, strict=True))
        return replace(block, rows=tuple(rows))

    trend = tuple(
        replace(each, sections=tuple(_leading_on(its, found) for its in each.sections)) for each in section.sections
    )
    leads = (Lead(texts.say("board.page.escalations"), ESCALATIONS),)
    return replace(section, blocks=tuple(map(leading, section.blocks)), sections=trend, leads=leads)


def _team(row: Row, updates: TeamUpdates, found: OversightOfPeriod) -> Row:
    called, _, _, share, before = map(str, row.cells)
    place = days_place(found.spelled, updates.team)
    return replace(
        row,
        cells=(
            Lead(called, place),
            number(updates.owed, place),
            number(updates.made, place),
            share if updates.share is None else Lead(share, place),
            before if updates.before is None else Lead(before, days_place(_period_before(found), updates.team)),
        ),
    )


def _period_before(found: OversightOfPeriod) -> str:
    chosen = found.report.period
    return f"{chosen.before}..{chosen.first - timedelta(days=1)}"


def _leading_on(table: Section, found: OversightOfPeriod) -> Section:
    """The table of the shares, whose days lead to their tickets and whose weeks to this page of what the period has of the week."""
    place = partial(_week_place, found.report.period) if table.anchor == WEEKS else _day_place

    def leading(block: Block) -> Block:
        return (
            replace(block, rows=tuple(_begun(row, place) for row in block.rows)) if isinstance(block, Table) else block
        )

    return replace(table, blocks=tuple(map(leading, table.blocks)))


def _begun(row: Row, place: Callable[[str], str]) -> Row:
    day, *rest = row.cells
    return replace(row, cells=(Lead(str(day), place(str(day))), *rest))


def _week_place(period: Period, monday: str) -> str:
    begins = date.fromisoformat(monday)
    days = f"{max(begins, period.first)}..{min(begins + timedelta(days=6), period.last)}"
    return f"{filtered('', period=days)}#compliance"


def _day_place(day: str) -> str:
    return f"{filtered(ESCALATIONS, day=day)}#tickets"


def days_section(found: OversightOfPeriod, texts: Texts) -> Section | None:
    """The days that are over of the team that is chosen, the latest first: what its numbers sum up."""
    days = [each for each in found.report.compliance.within if each.team == found.team and each.over]
    if not days:
        return None
    called = team_called(found.team, found.report.teams, texts)
    shown = days[::-1][: found.most]
    names = ("day", "owed", "made", "stale", "unknown", "share")
    headings = tuple(texts.say(f"oversight.column.{name}") for name in names)
    table = Table(headings, tuple(_day(each, found) for each in shown), frozenset({1, 2, 3, 4, 5}))
    gone = any(each.duties and not _is_known(each.day, found) for each in shown)
    note = (Paragraph(texts.say("board.oversight.gone")),) if gone else ()
    title = texts.say("board.oversight.days", team=called, count=f"{len(days):,}")
    return Section(title, (*note, *cut_blocks((table,), len(days), len(shown), texts)), anchor="days")


def _is_known(day: date, found: OversightOfPeriod) -> bool:
    return found.verdicts_since is not None and found.verdicts_since <= day


def _day(sheet: DaySheet, found: OversightOfPeriod) -> Row:
    """The counts of a day stay when its verdicts go: then they lead nowhere."""

    def counted(count: int, kind: str) -> Cell:
        return number(count, _place(sheet, kind) if _is_known(sheet.day, found) else "")

    share = compliance_of(sheet.totals)
    mark = Mark.NONE if share is None else Mark.GOOD if share >= AIM else Mark.BAD
    return Row(
        (
            sheet.day.isoformat(),
            counted(sheet.duties, OWED),
            counted(sheet.fresh, VerdictKind.FRESH.value),
            counted(sheet.stale, BEHIND),
            counted(sheet.totals[VerdictKind.UNKNOWN], VerdictKind.UNKNOWN.value),
            NOTHING if share is None else percent(share),
        ),
        mark,
    )


def _place(sheet: DaySheet, kind: str) -> str:
    return f"{filtered(ESCALATIONS, team=sheet.team, day=sheet.day.isoformat(), kind=kind)}#tickets"
