"""Group names in a profile, replaced by the ids that a ServiceNow instance has for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from watchkeeper.errors import Config, Problem
from watchkeeper.mapping.compile import with_groups
from watchkeeper.mapping.models import SOC_GROUPS
from watchkeeper.mapping.profile import Profile, SideRules
from watchkeeper.mapping.pydantic_problems import listed, suggest
from watchkeeper.model.population import Condition, Filter


def group_names(profile: Profile) -> frozenset[str]:
    """Every group that the profile names in a population or as a constant, `$soc_groups` left out."""
    spoken = {value for rules in profile.sides.values() for value in _spoken(rules)}
    return frozenset(spoken - {SOC_GROUPS})


def resolve_groups(profile: Profile, ids: Mapping[str, str]) -> Profile:
    """The profile with each group name replaced by its id (`ids`: name to id), and `$soc_groups` by all of the ids.

    Raises Config naming the profile's place when a group is not among them: a population that names a group nobody
    knows would silently be empty.
    """
    unknown = sorted(group_names(profile) - ids.keys() - set(ids.values()))
    if unknown:
        raise Config([_unknown(profile, name, ids) for name in unknown])
    return replace(profile, sides={side: _resolved(rules, ids) for side, rules in profile.sides.items()})


def _unknown(profile: Profile, name: str, ids: Mapping[str, str]) -> Problem:
    message = f"profile {profile.name} names the group {name!r}, which does not resolve"
    return Problem(profile.place, "sides", message, listed(sorted(ids)), suggest(name, ids))


def _spoken(rules: SideRules) -> list[str]:
    constant = rules.constants.get(rules.group_field) if rules.group_field else None
    conditions = [condition for filter_ in rules.population for condition in filter_.conditions]
    values = [value for condition in conditions if condition.field == rules.group_field for value in condition.values]
    return [*values, *([constant] if isinstance(constant, str) else [])]


def _resolved(rules: SideRules, ids: Mapping[str, str]) -> SideRules:
    if rules.group_field is None:
        return rules
    population = tuple(
        Filter(tuple(_condition(condition, rules.group_field, ids) for condition in filter_.conditions))
        for filter_ in rules.population
    )
    constants = dict(rules.constants)
    constant = constants.get(rules.group_field)
    if isinstance(constant, str):
        constants[rules.group_field] = ids.get(constant, constant)
    return replace(rules, population=population, constants=constants)


def _condition(condition: Condition, group_field: str, ids: Mapping[str, str]) -> Condition:
    if condition.field != group_field:
        return condition
    spread = with_groups(condition.values, sorted(set(ids.values())))
    return replace(condition, values=tuple(sorted({ids.get(value, value) for value in spread})))
