"""Owners of Sentinel incidents: Sentinel takes any address and has no directory to ask, so ServiceNow's users are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchkeeper.catalog.model import Team
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.plan import Parked
from watchkeeper.model.reasons import because, together
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.drafts import ALL_TEAMS, home_for
from watchkeeper.sync.references import resolve_names
from watchkeeper.sync.systems import Systems

REFUSED_OWNER = "owner"
"""The field of a Parked row for a record that is not created because its incident's owner does not exist."""
UNVERIFIED_OWNER = "owner?"
"""The field of a Parked row for an owner that is written although nobody could say whether it exists."""


def owners_needed(systems: Systems, due: Iterable[Occurrence]) -> Mapping[str, Resolution]:
    """Every owner that an incident of these occurrences gets, looked up by address among ServiceNow's users."""
    names = {owner for occurrence in due if (owner := home_for(systems, occurrence).sentinel_owner)}
    return resolve_names(systems, SERVICENOW, ReferenceKind.USER, names) if names else {}


def refused_owner(systems: Systems, occurrence: Occurrence, owners: Mapping[str, Resolution]) -> str:
    """Why an occurrence's incident has no owner who exists; "" when it has, or when that cannot be told: only where active
    users with like addresses are known does an unknown one mean a mistake."""
    owner = home_for(systems, occurrence).sentinel_owner
    found = owners.get(owner)
    if found is None or found.outcome is not Resolved.NONE or not found.near:
        return ""
    unknown = because(Trouble.NO_OWNER, place=_place(systems, occurrence.team), name=repr(owner))
    return together([unknown, because(Trouble.NEAR, near=", ".join(found.near))])


def unverified_owners(
    systems: Systems, opened: Iterable[Occurrence], owners: Mapping[str, Resolution]
) -> Iterable[Parked]:
    """A row for every owner that is about to be written as it stands, because nobody could be asked about it."""
    places = {home_for(systems, each).sentinel_owner: _place(systems, each.team) for each in opened}
    for owner, place in sorted(places.items()):
        found = owners.get(owner)
        if found is None or found.outcome in {Resolved.ONE, Resolved.SEVERAL}:
            continue
        unread = found.outcome is Resolved.UNVERIFIABLE
        why = because(Trouble.USERS_UNREAD if unread else Trouble.NOBODY_LIKE_IT)
        doubt = because(Trouble.OWNER_UNVERIFIED, place=place, name=repr(owner), why=why)
        reason = together([doubt, because(Trouble.AS_IT_STANDS)])
        yield Parked("", UNVERIFIED_OWNER, reason, because(Trouble.CHECK_SPELLING))


def _place(systems: Systems, team: str) -> str:
    named: Team | None = systems.catalog.teams.get(team) if team != ALL_TEAMS else None
    return named.place if named is not None else "teams.yaml: deployment.sentinel_owner"
