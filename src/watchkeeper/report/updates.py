"""How many of the updates that escalation tickets owed were made, summed over days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.report.grouped import grouped


@dataclass(frozen=True, slots=True)
class Updates:
    """Those of days that are over: others may still change, and are left out."""

    owed: int
    made: int

    @property
    def share(self) -> float | None:
        """The part of those owed that was made; None where nothing was owed."""
        return self.made / self.owed if self.owed else None


def updates_on(days: Iterable[DaySheet]) -> Updates:
    owed = made = 0
    for day in days:
        if day.over:
            owed += day.duties
            made += day.fresh
    return Updates(owed, made)


def updates_by_team(days: Iterable[DaySheet]) -> Mapping[str, Updates]:
    return {team: updates_on(its) for team, its in by_team(days).items()}


def together(updates: Iterable[Updates]) -> Updates:
    found = tuple(updates)
    return Updates(sum(each.owed for each in found), sum(each.made for each in found))


def share_of(days: Iterable[DaySheet]) -> float | None:
    return updates_on(days).share


def by_team(days: Iterable[DaySheet]) -> dict[str, tuple[DaySheet, ...]]:
    return grouped(days, lambda sheet: sheet.team)
