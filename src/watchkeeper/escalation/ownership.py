"""Whose ticket it is: the team whose calendar and cut-off apply. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from watchkeeper.catalog.model import Catalog, Team, Waiver
from watchkeeper.errors import Config, Problem
from watchkeeper.escalation.authors import fold, roster_of
from watchkeeper.escalation.facts import INSTANT, SOON_BACK, Timeline, began, text
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import Principal
from watchkeeper.model.record import Side

NO_GROUP = "(none)"
"""The row of tickets that have no assignment group: nobody's work is somebody's problem, namely the oversight team's."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """`groups`: the teams of each assignment group (name or id, folded), in the catalogue's order. `people`: teams by account
    of their people (folded). `oversight` owns what no team does. `names`: what people call an account, by side and folded
    account. `teams` are the enabled ones by id, `waivers` those of the catalogue."""

    groups: Mapping[str, tuple[Team, ...]]
    people: Mapping[str, Team]
    oversight: Team
    names: Mapping[tuple[Side, str], str] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()

    def owner(self, profile: Profile, lines: Mapping[Side, Timeline]) -> tuple[Team, str]:
        """The owning team, and the assignment group when no team has it (else empty).

        A side with assignment groups decides; without one the assignee's team does, and else the oversight team. Of several
        teams that share a group it is the assignee's, else the first.
        """
        _, person = _assigned(profile, lines)
        theirs = self.people.get(fold(person))
        for side, line in lines.items():
            if name := profile.sides[side].group_field:
                group = text(line.fields, name)
                teams = self.groups.get(fold(group), ())
                if not teams:
                    return self.oversight, group or NO_GROUP
                return (theirs if theirs in teams else teams[0]), ""
        return theirs or self.oversight, ""

    def taken_over(self, profile: Profile, lines: Mapping[Side, Timeline]) -> datetime | None:
        """When the owning team took the ticket over from another; None when it was its own all along, or nobody knows.

        A ticket that comes back within three days was its own all along: two teams that hand it to each other every evening
        would never owe an update.
        """
        moments = sorted({at for side, line in lines.items() for at in _handed(profile, side, line)})
        if not moments:
            return None
        before = {side: line.until(moments[0] - INSTANT) for side, line in lines.items()}
        owners: list[tuple[datetime | None, Team]] = [(None, self.owner(profile, before)[0])]
        for at in moments:
            owners.append((at, self.owner(profile, {side: line.until(at) for side, line in lines.items()})[0]))
        present = owners[-1][1].id
        return began([(at, owner.id == present) for at, owner in owners], SOON_BACK)

    def assignee(self, profile: Profile, lines: Mapping[Side, Timeline]) -> str:
        """The first side's assignee that is set, as people call them; the account where nobody could say."""
        side, account = _assigned(profile, lines)
        return self.names.get((side, fold(account))) or account

    def assignee_account(self, profile: Profile, lines: Mapping[Side, Timeline]) -> str:
        """The same person's account on that side; empty for nobody."""
        return _assigned(profile, lines)[1]


def _handed(profile: Profile, side: Side, line: Timeline) -> Iterator[datetime]:
    """When it got another group or another assignee."""
    rules = profile.sides[side]
    for before, after in pairwise(line.states):
        names = (rules.group_field, rules.assignee_field)
        if after.since is not None and any(text(before.fields, name) != text(after.fields, name) for name in names):
            yield after.since


def _assigned(profile: Profile, lines: Mapping[Side, Timeline]) -> tuple[Side, str]:
    named = ((side, text(line.fields, profile.sides[side].assignee_field)) for side, line in lines.items())
    return next(((side, account) for side, account in named if account), ("", ""))


def ownership_of(
    catalog: Catalog, group_ids: Mapping[str, str], principals: Mapping[tuple[Side, str], Principal]
) -> Ownership:
    """Build it from the catalogue; `group_ids` are the resolved ids of the teams' groups, by their name in teams.yaml, and
    `principals` what the sides know about accounts (a person has another name on each side, and one address).

    Raises Config when the oversight team is not in the catalogue.
    """
    teams = [team for team in catalog.teams.values() if team.enabled]
    groups: dict[str, tuple[Team, ...]] = {}
    people: dict[str, Team] = {}
    for team in teams:
        for name in {fold(team.group), fold(group_ids.get(team.group, ""))} - {""}:
            groups[name] = (*groups.get(name, ()), team)
        for account in sorted(_accounts(roster_of([team]), principals)):
            people.setdefault(account, team)
    # A group may go by a team's other name, but never takes another team's group away.
    for team in teams:
        for alias in team.aliases:
            groups.setdefault(fold(alias), (team,))
    names = {who: each.actor.name or each.actor.id for who, each in principals.items()}
    return Ownership(groups, people, oversight_of(catalog), names, {team.id: team for team in teams}, catalog.waivers)


def _accounts(named: frozenset[str], principals: Mapping[tuple[Side, str], Principal]) -> frozenset[str]:
    """Everything that these people are called on any side: as the catalogue names them, by id, by address."""
    known = [(account, each) for (_, account), each in principals.items()]
    theirs = [(account, each) for account, each in known if not named.isdisjoint({account, fold(each.actor.id)})]
    return named | {account for account, _ in theirs} | {fold(each.email) for _, each in theirs if each.email}


def oversight_of(catalog: Catalog) -> Team:
    name = catalog.deployment.oversight_team
    team = catalog.teams.get(name)
    if team is None:
        known = ", ".join(sorted(catalog.teams))
        raise Config([Problem("teams.yaml", "oversight_team", f"there is no team {name!r}", allowed=known)])
    return team
