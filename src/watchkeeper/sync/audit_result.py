"""What the escalation audits found of a duty's day, as its ticket is to tell it: a row per team. Pure.

Nothing is claimed that no audit has said: a team whose day was not judged, or not by an audit that could list everything, is
named as such, and then no ticket is resolved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from watchkeeper.catalog.calendars import day_bounds, is_working_day
from watchkeeper.catalog.model import Team
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.verdict import VerdictKind

WAIT: Final = timedelta(days=1)
"""How long after the end of the last team's day an audit is waited for before a row says that there was none."""


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One team's part. `works`: whether it works that day; `sheet`: what the audits have left of it, None where none has."""

    team: Team
    works: bool
    sheet: DaySheet | None

    @property
    def over(self) -> bool:
        """Whether nothing is expected to change any more."""
        return not self.works or (self.sheet is not None and self.sheet.over and self.sheet.whole)

    @property
    def kept(self) -> bool:
        return not self.works or (self.sheet is not None and self.sheet.kept)

    @property
    def judged(self) -> bool:
        """Whether an audit after the day's end has something to say of it."""
        return self.works and self.sheet is not None and self.sheet.over


@dataclass(frozen=True, slots=True)
class DayResult:
    """All teams of a duty on the day `period`. `ends` is when the last of them is through with it."""

    period: str
    rows: tuple[TeamRow, ...]
    ends: datetime

    @property
    def over(self) -> bool:
        return all(row.over for row in self.rows)

    @property
    def kept(self) -> bool:
        """Whether every team that works that day made every update that it owed, beyond doubt."""
        return any(row.works for row in self.rows) and all(row.kept for row in self.rows)

    @property
    def sheets(self) -> tuple[DaySheet, ...]:
        """What is told: the days of those that were judged."""
        return tuple(row.sheet for row in self.rows if row.judged and row.sheet is not None)

    def is_told(self, now: datetime) -> bool:
        """Whether the ticket is to say it: once every team's day is judged for good; with gaps, once none is expected to close
        any more. Where no audit ever judged the day there is nothing to say."""
        return bool(self.sheets) and (self.over or now >= self.ends + WAIT)

    @property
    def begun(self) -> bool:
        """Whether an audit has looked at the day at all."""
        return any(row.works and row.sheet is not None for row in self.rows)

    @property
    def digest(self) -> str:
        """12 hex digits over what the rows say: the same result has the same, whoever found it and however often."""
        said = [
            [
                row.team.id,
                row.works,
                row.over,
                *([row.sheet.totals[kind] for kind in VerdictKind] if row.judged and row.sheet else ()),
            ]
            for row in self.rows
        ]
        return _short(said)

    @property
    def evidence(self) -> str:
        """12 hex digits over every verdict that it rests on, with what these were computed from."""
        return _short([sheet.digest for sheet in self.sheets])

    @property
    def audits(self) -> tuple[str, ...]:
        """The runs that found it so."""
        return tuple(dict.fromkeys(sheet.run_id for sheet in self.sheets if sheet.run_id))


def day_result(teams: Sequence[Team], day: date, sheets: Mapping[tuple[str, date], DaySheet]) -> DayResult:
    """The result of one local day for these teams, each in its own zone."""
    rows = tuple(TeamRow(team, is_working_day(team.calendar, day), sheets.get((team.id, day))) for team in teams)
    return DayResult(day.isoformat(), rows, max(day_bounds(team.zone, day)[1] for team in teams))


def _short(said: object) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]
