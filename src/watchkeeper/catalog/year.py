"""What falls due over the coming months, with holidays applied and overlapping duties told apart. Pure; `now` is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from watchkeeper.catalog.calendars import day_bounds
from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.occurrences import ALL_TEAMS, expand
from watchkeeper.catalog.overlaps import server_of
from watchkeeper.catalog.recurrence import Window
from watchkeeper.errors import Rejected
from watchkeeper.model.nearest import suggest
from watchkeeper.model.occurrence import Occurrence


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence, and the key of the one whose ticket serves it (empty when it has its own)."""

    occurrence: Occurrence
    served_by: str = ""


def planned(catalog: Catalog, now: datetime, months: int, team: str | None = None) -> tuple[Planned, ...]:
    """Every scheduled occurrence that is due from the first of this month on, for so many months of the deployment's zone.

    `team`: only what this team owes, alone or with all. Raises Rejected for a team that does not exist.
    """
    if team is not None and team not in catalog.teams:
        raise Rejected(f"there is no team {team!r}", remedy=_hint(team, catalog))
    found = expand(catalog, _window(catalog, now, months))
    mine = [each for each in found if team is None or owes(catalog, each.task, each.team, team)]
    return tuple(Planned(each, server.key if (server := server_of(catalog, each)) else "") for each in mine)


def _window(catalog: Catalog, now: datetime, months: int) -> Window:
    zone = catalog.deployment.zone
    today = now.astimezone(zone)
    last = today.year * 12 + today.month - 1 + months
    begin, end = date(today.year, today.month, 1), date(last // 12, last % 12 + 1, 1)
    return Window(day_bounds(zone, begin)[0], day_bounds(zone, end)[0])


def owes(catalog: Catalog, task: str, team: str, who: str) -> bool:
    """Whether a team owes a task of the catalogue that is a team's, or that of all of them together."""
    return who in catalog.tasks[task].teams if team == ALL_TEAMS else team == who


def _hint(team: str, catalog: Catalog) -> str:
    meant = suggest(team, catalog.teams)
    return f"did you mean {meant}?" if meant else f"known: {', '.join(catalog.teams)}"
