"""What teams are called in reports, which know them by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from watchkeeper.catalog.model import Catalog, LocalText
from watchkeeper.catalog.occurrences import ALL_TEAMS
from watchkeeper.report.texts import Texts

TeamNames: TypeAlias = Mapping[str, LocalText]
"""By the team's id; a team that the catalogue does not have (any more) is not in it."""


def names_of_teams(catalog: Catalog) -> TeamNames:
    return {team.id: team.name for team in catalog.teams.values()}


def team_called(team: str, names: TeamNames, texts: Texts) -> str:
    """A team, or all of them together, in words; one without a name by its id."""
    if team == ALL_TEAMS:
        return texts.say("board.all_teams")
    return names[team][texts.language] if team in names else team
