"""How the teams kept the daily update of their escalations on one day, by what the audits have left of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.verdict import VerdictKind


@dataclass(frozen=True, slots=True)
class TeamCount:
    """A team's tickets by verdict; `stale` holds the very stale ones as well. `over` and `whole` as of a DaySheet."""

    team: str
    fresh: int
    due: int
    stale: int
    exempt: int
    unknown: int
    over: bool
    whole: bool

    @property
    def duties(self) -> int:
        """Tickets that owed an update that day."""
        return self.fresh + self.due + self.stale + self.unknown

    @property
    def share(self) -> float | None:
        """The part of them that was updated, 0 to 1; None where none owed one."""
        return self.fresh / self.duties if self.duties else None


@dataclass(frozen=True, slots=True)
class EscalationDay:
    """Every team that has been judged on a day, by id, and those that should have been and were not."""

    as_of: datetime
    day: date
    teams: tuple[TeamCount, ...]
    unjudged: tuple[str, ...] = ()

    @property
    def total(self) -> TeamCount:
        """All teams together; its name is empty."""
        return TeamCount(
            team="",
            fresh=sum(each.fresh for each in self.teams),
            due=sum(each.due for each in self.teams),
            stale=sum(each.stale for each in self.teams),
            exempt=sum(each.exempt for each in self.teams),
            unknown=sum(each.unknown for each in self.teams),
            over=all(each.over for each in self.teams) and not self.unjudged,
            whole=all(each.whole for each in self.teams) and not self.unjudged,
        )


def escalation_day(sheets: Iterable[DaySheet], day: date, teams: Sequence[str], now: datetime) -> EscalationDay:
    """A day's sheets, those of other days left out. `teams` are the ids of those that owe updates."""
    counted = {sheet.team: _counted(sheet) for sheet in sheets if sheet.day == day}
    return EscalationDay(
        as_of=now,
        day=day,
        teams=tuple(counted[team] for team in sorted(counted)),
        unjudged=tuple(sorted(set(teams) - set(counted))),
    )


def _counted(sheet: DaySheet) -> TeamCount:
    return TeamCount(
        team=sheet.team,
        fresh=sheet.fresh,
        due=sheet.totals[VerdictKind.DUE],
        stale=sheet.stale,
        exempt=sheet.totals[VerdictKind.EXEMPT],
        unknown=sheet.totals[VerdictKind.UNKNOWN],
        over=sheet.over,
        whole=sheet.whole,
    )
