"""Names that stand for records of the remote systems: resolved once, remembered for a day, never guessed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from watchkeeper.mapping.models import SOC_GROUPS
from watchkeeper.mapping.profile import Profile, SideRules
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.plan import Parked
from watchkeeper.model.population import Condition, Filter, Operator
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.sync.systems import Systems

FRESH_FOR = timedelta(days=1)

GROUP_IN_POPULATION = "population"
"""The field of a Parked row for a group that a population names and ServiceNow does not know."""

_EXCLUDES = frozenset({Operator.NOT_IN, Operator.HAS_NONE})


def resolve_names(systems: Systems, side: Side, kind: ReferenceKind, names: Iterable[str]) -> Mapping[str, Resolution]:
    """What each name stands for on a side, asking the side only for those not resolved within a day."""
    now = systems.clock.now()
    wanted = sorted({name for name in names if name})
    known = {name: found for name in wanted if (found := _recall(systems, side, kind, name, now)) is not None}
    missing = [name for name in wanted if name not in known]
    if missing:
        fresh = systems.connectors[side].resolve(kind, missing)
        known |= fresh
        systems.store.remember(
            {
                _cache_name(side, kind, name): json.dumps({"id": found.id, "at": now.isoformat()})
                for name, found in fresh.items()
                if found.outcome is Resolved.ONE
            }
        )
    return known


def with_groups(systems: Systems) -> Systems:
    """The same systems with every group that a population names replaced by its id, and `$soc_groups` by the ids of all
    enabled teams' groups; see `known_groups`."""
    return known_groups(systems)[0]


def known_groups(systems: Systems) -> tuple[Systems, tuple[Parked, ...]]:
    """The systems with groups as ids, and a row for every group that does not resolve.

    Such a group is left out of its population, which can only become narrower by it: a condition that has no group left
    matches nothing, and a filter that excludes a group which nobody knows is dropped whole.
    """
    named = {name: _named(profile) for name, profile in systems.profiles.items()}
    asked = set[str]().union(*named.values())
    if not asked:
        return systems, ()
    teams = {team.group for team in systems.catalog.teams.values() if team.enabled and team.group}
    wanted = (asked - {SOC_GROUPS}) | (teams if SOC_GROUPS in asked else set())
    found = resolve_names(systems, SERVICENOW, ReferenceKind.GROUP, wanted)
    profiles = {name: _substituted(profile, teams, found) for name, profile in systems.profiles.items()}
    return replace(systems, profiles=profiles), tuple(_doubts(systems, named, found))


def unresolved(name: str, resolution: Resolution | None) -> str:
    """Why a group's name stands for no single group, with near names."""
    outcome = resolution.outcome if resolution else Resolved.NONE
    near = f"; near: {', '.join(resolution.near)}" if resolution and resolution.near else ""
    match outcome:
        case Resolved.SEVERAL:
            return f"ServiceNow group {name!r}: several active groups have this name{near}"
        case Resolved.UNVERIFIABLE:
            reason = ", ".join(resolution.near) if resolution else ""
            return f"ServiceNow group {name!r}: the groups cannot be read ({reason})"
        case _:
            return f"ServiceNow group {name!r}: no active group has this name{near}"


def _named(profile: Profile) -> set[str]:
    """Every group that the profile's populations name."""
    return {
        value
        for rules in profile.sides.values()
        for filter_ in rules.population
        for condition in filter_.conditions
        if condition.field == rules.group_field
        for value in condition.values
    }


def _doubts(systems: Systems, named: Mapping[str, set[str]], found: Mapping[str, Resolution]) -> Iterable[Parked]:
    places = {team.group: team.place for team in systems.catalog.teams.values() if team.enabled}
    places |= {value: systems.profiles[name].place for name, values in named.items() for value in values}
    for group, resolution in sorted(found.items()):
        if resolution.outcome is not Resolved.ONE:
            yield Parked(
                "",
                GROUP_IN_POPULATION,
                f"{places.get(group, '')}: {unresolved(group, resolution)}",
                "its tickets are not looked at; correct the group in teams.yaml, in the profile or in ServiceNow",
            )


def _substituted(profile: Profile, teams: set[str], found: Mapping[str, Resolution]) -> Profile:
    sides = {
        side: replace(
            rules,
            population=tuple(done for each in rules.population if (done := _filled(rules, each, teams, found))),
        )
        for side, rules in profile.sides.items()
    }
    return replace(profile, sides=sides)


def _filled(rules: SideRules, filter_: Filter, teams: set[str], found: Mapping[str, Resolution]) -> Filter | None:
    conditions = [
        _with_ids(condition, teams, found) if condition.field == rules.group_field else condition
        for condition in filter_.conditions
    ]
    whole = [condition for condition in conditions if condition is not None]
    return Filter(tuple(whole)) if len(whole) == len(conditions) else None


def _with_ids(condition: Condition, teams: set[str], found: Mapping[str, Resolution]) -> Condition | None:
    """The condition with ids for names; None when that cannot be said without matching more than is meant."""
    names = {name for value in condition.values for name in (teams if value == SOC_GROUPS else (value,))}
    ids = {found[name].id for name in names if name in found and found[name].outcome is Resolved.ONE}
    if not ids or (condition.operator in _EXCLUDES and len(ids) < len(names)):
        return None
    return replace(condition, values=tuple(sorted(ids)))


def _cache_name(side: Side, kind: ReferenceKind, name: str) -> str:
    return f"resolved:{side}:{kind.value}:{name}"


def _recall(systems: Systems, side: Side, kind: ReferenceKind, name: str, now: datetime) -> Resolution | None:
    text = systems.store.recall(_cache_name(side, kind, name))
    if text is None:
        return None
    row = json.loads(text)
    if now - datetime.fromisoformat(row["at"]) >= FRESH_FOR:
        return None
    return Resolution(kind, name, Resolved.ONE, str(row["id"]))
