"""What the data asks for, as occurrences of the catalogue's duties. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.occurrences import ALL_TEAMS, duties, in_order, raise_occurrence
from watchkeeper.evidence.triggers import Trigger
from watchkeeper.model.occurrence import Occurrence


def raised_by(catalog: Catalog, triggers: Iterable[Trigger], now: datetime) -> tuple[Occurrence, ...]:
    """An occurrence for each team that a trigger is meant for, its reason in that team's language. A task that the catalogue does not
    have, or that nothing but its schedule raises there, is left alone; before the deployment's go-live nothing is raised."""
    home = catalog.deployment
    if home.go_live is not None and now.astimezone(home.zone).date() < home.go_live:
        return ()
    return in_order(found for trigger in triggers for found in _raised(catalog, trigger, now))


def _raised(catalog: Catalog, trigger: Trigger, now: datetime) -> list[Occurrence]:
    task = catalog.tasks.get(trigger.task)
    if task is None or not task.as_needed:
        return []
    teams = [duty.team for duty in duties(catalog, task) if trigger.team in (ALL_TEAMS, duty.team)]
    return [
        raise_occurrence(
            catalog,
            task.id,
            team,
            reason=trigger.reason[_language(catalog, team)],
            dedupe_key=trigger.dedupe_key,
            now=now,
            on=trigger.on,
        )
        for team in teams
    ]


def _language(catalog: Catalog, team: str) -> str:
    return catalog.teams[team].language if team in catalog.teams else catalog.deployment.language
