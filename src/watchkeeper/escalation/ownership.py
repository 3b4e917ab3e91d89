"""Whose ticket it is: the team whose calendar and cut-off apply. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watchkeeper.catalog.model import Catalog, Team
from watchkeeper.errors import Config, Problem
from watchkeeper.escalation.authors import fold, roster_of
from watchkeeper.escalation.facts import Timeline, text
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import Principal
from watchkeeper.model.record import Side

NO_GROUP = "(none)"
"""The row of tickets that have no assignment group: nobody's work is somebody's problem, namely the oversight team's."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """`groups`: teams by assignment group (name or id, folded). `people`: teams by account of their people (folded).
    `oversight` owns what no team does."""

    groups: Mapping[str, Team]
    people: Mapping[str, Team]
    oversight: Team

    def owner(self, profile: Profile, lines: Mapping[Side, Timeline]) -> tuple[Team, str]:
        """The owning team, and the assignment group when no team has it (else empty).

        A side with assignment groups decides; without one the assignee's team does, and else the oversight team.
        """
        for side, line in lines.items():
            if field := profile.sides[side].group_field:
                group = text(line.fields, field)
                team = self.groups.get(fold(group))
                return (team, "") if team else (self.oversight, group or NO_GROUP)
        return self.people.get(fold(assignee(profile, lines)), self.oversight), ""


def assignee(profile: Profile, lines: Mapping[Side, Timeline]) -> str:
    """The first side's assignee that is set."""
    named = (text(line.fields, profile.sides[side].assignee_field) for side, line in lines.items())
    return next((name for name in named if name), "")


def ownership_of(
    catalog: Catalog, group_ids: Mapping[str, str], principals: Mapping[tuple[Side, str], Principal]
) -> Ownership:
    """Build it from the catalogue; `group_ids` are the resolved ids of the teams' groups, by their name in teams.yaml, and
    `principals` what the sides know about accounts (a person has another name on each side, and one address).

    Raises Config when the oversight team is not in the catalogue.
    """
    teams = [team for team in catalog.teams.values() if team.enabled]
    groups: dict[str, Team] = {}
    people: dict[str, Team] = {}
    for team in teams:
        for name in (team.group, group_ids.get(team.group, ""), *team.aliases):
            if name:
                groups.setdefault(fold(name), team)
        named = roster_of([team])
        addresses = {fold(each.email) for (_, account), each in principals.items() if account in named and each.email}
        for account in sorted(named | addresses):
            people.setdefault(account, team)
    return Ownership(groups, people, oversight_of(catalog))


def oversight_of(catalog: Catalog) -> Team:
    name = catalog.deployment.oversight_team
    team = catalog.teams.get(name)
    if team is None:
        known = ", ".join(sorted(catalog.teams))
        raise Config([Problem("teams.yaml", "oversight_team", f"there is no team {name!r}", allowed=known)])
    return team
