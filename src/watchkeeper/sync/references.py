"""Names that stand for records of the remote systems: resolved once, remembered for a day, never guessed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.population import Condition, Filter
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.sync.systems import Systems

FRESH_FOR = timedelta(days=1)


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
    """The same systems with `$soc_groups` in every population replaced by the ids of the enabled teams' groups.

    A population that names no group that can be resolved matches nothing: it never widens.
    """
    groups = [team.group for team in systems.catalog.teams.values() if team.enabled and team.group]
    needed = any(SOC_GROUPS in _values(profile) for profile in systems.profiles.values())
    if not needed:
        return systems
    found = resolve_names(systems, SERVICENOW, ReferenceKind.GROUP, groups)
    ids = tuple(sorted({each.id for each in found.values() if each.outcome is Resolved.ONE}))
    return replace(systems, profiles={name: _substitute(profile, ids) for name, profile in systems.profiles.items()})


SOC_GROUPS = "$soc_groups"
"""Stands for the ServiceNow groups of every enabled team in a profile's population."""


def _values(profile: Profile) -> set[str]:
    return {
        value
        for rules in profile.sides.values()
        for filter_ in rules.population
        for condition in filter_.conditions
        for value in condition.values
    }


def _substitute(profile: Profile, ids: tuple[str, ...]) -> Profile:
    sides = {
        side: replace(
            rules, population=tuple(done for each in rules.population if (done := _filled(each, ids)) is not None)
        )
        for side, rules in profile.sides.items()
    }
    return replace(profile, sides=sides)


def _filled(filter_: Filter, ids: tuple[str, ...]) -> Filter | None:
    conditions: list[Condition] = []
    for condition in filter_.conditions:
        values = tuple(value for each in condition.values for value in (ids if each == SOC_GROUPS else (each,)))
        if not values:
            return None
        conditions.append(replace(condition, values=values))
    return Filter(tuple(conditions))


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
