"""Names that stand for records of the remote systems: resolved once, remembered for a day, never guessed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from watchkeeper.catalog.model import Catalog
from watchkeeper.mapping.choices import UnknownChoice, coded_fields, in_words_of
from watchkeeper.mapping.models import SOC_GROUPS
from watchkeeper.mapping.profile import Profile, SideRules
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.plan import Parked
from watchkeeper.model.population import Condition, Filter, Operator
from watchkeeper.model.reasons import Reason, because, together
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.model.troubles import Trouble
from watchkeeper.model.vocabulary import ChoiceList, FieldKey, Orientation
from watchkeeper.state_ports import StateStore
from watchkeeper.sync.systems import Systems

FRESH_FOR = timedelta(days=1)

GROUP_IN_POPULATION = "population"
"""The field of a Parked row for a group that a population names and ServiceNow does not know."""

CHOICE_IN_PROFILE = "choice"
"""The field of a Parked row for a choice that a profile names and ServiceNow does not have."""

VOCABULARY = f"vocabulary:{SERVICENOW}"
"""Under which name the store remembers ServiceNow's lists and lengths."""

_EXCLUDES = frozenset({Operator.NOT_IN, Operator.HAS_NONE})


def resolve_names(systems: Systems, side: Side, kind: ReferenceKind, names: Iterable[str]) -> Mapping[str, Resolution]:
    """What each name stands for on a side, asking the side only for those not resolved within a day."""
    now = systems.clock.now()
    wanted = sorted({name for name in names if name})
    known = _recalled(systems, side, kind, wanted, now)
    missing = [name for name in wanted if name not in known]
    if missing:
        known.update(_kept(systems, side, systems.connectors[side].resolve(kind, missing)))
    return known


def _kept(systems: Systems, side: Side, fresh: Mapping[str, Resolution]) -> Mapping[str, Resolution]:
    """Resolutions, remembered where they are certain."""
    at = systems.clock.now().isoformat()
    systems.store.remember(
        {
            _cache_name(side, found.kind, name): json.dumps({"id": found.id, "at": at})
            for name, found in fresh.items()
            if found.outcome is Resolved.ONE
        }
    )
    return fresh


def with_groups(systems: Systems) -> Systems:
    """The same systems with every group that a population names replaced by its id, `$soc_groups` by the ids of all enabled
    teams' groups, and every choice by its value; see `known_names`."""
    return known_names(systems)[0]


def known_names(systems: Systems) -> tuple[Systems, tuple[Parked, ...]]:
    """The systems with groups as ids and choices as values, and a row for every name that stands for none.

    Such a group is left out of its population, which can only become narrower by it: a condition that has no group left
    matches nothing, and a filter that excludes a group which nobody knows is dropped whole.
    """
    named = {name: _named(profile) for name, profile in systems.profiles.items()}
    asked = set[str]().union(*named.values())
    teams = {team.group for team in systems.catalog.teams.values() if team.enabled and team.group}
    wanted = (asked - {SOC_GROUPS}) | (teams if SOC_GROUPS in asked else set())
    found, spoken, unknown = _oriented(systems, wanted)
    profiles = {name: _substituted(profile, teams, found) for name, profile in spoken.items()}
    doubts = (*_doubts(systems, named, found), *map(_no_choice, unknown))
    return replace(systems, profiles=profiles), doubts


def _oriented(
    systems: Systems, groups: set[str]
) -> tuple[Mapping[str, Resolution], Mapping[str, Profile], list[UnknownChoice]]:
    """What the groups stand for, the profiles in the instance's words, and what they name that it does not have. A remembered
    list that lacks something is read again: it may have got it meanwhile."""
    now, connector = systems.clock.now(), systems.connectors[SERVICENOW]
    known = _recalled(systems, SERVICENOW, ReferenceKind.GROUP, groups, now)
    missing = sorted(name for name in groups if name and name not in known)
    fields = _fields(systems)
    memo = systems.store.recall(VOCABULARY)
    told = connector.orient(missing, fields, memo)
    known.update(_kept(systems, SERVICENOW, told.groups))
    profiles, unknown = _spoken(systems, told)
    if unknown and told.remembered:
        told = connector.orient((), fields, None)
        profiles, unknown = _spoken(systems, told)
    if told.memo and told.memo != memo:
        systems.store.remember({VOCABULARY: told.memo})
    return known, profiles, unknown


def _fields(systems: Systems) -> Mapping[str, frozenset[str]]:
    """The coded fields of every profile, by ServiceNow table."""
    fields: dict[str, frozenset[str]] = {}
    for profile in systems.profiles.values():
        table = profile.sides[SERVICENOW].table
        fields[table] = fields.get(table, frozenset()) | coded_fields(profile)
    return fields


def _spoken(systems: Systems, told: Orientation) -> tuple[Mapping[str, Profile], list[UnknownChoice]]:
    profiles: dict[str, Profile] = {}
    unknown: list[UnknownChoice] = []
    for name, profile in systems.profiles.items():
        table = profile.sides[SERVICENOW].table
        lists = {field: choices for (owner, field), choices in told.choices.items() if owner == table}
        profiles[name], lacking = in_words_of(profile, lists)
        unknown += lacking
    return profiles, unknown


def _no_choice(unknown: UnknownChoice) -> Parked:
    return Parked(
        "",
        CHOICE_IN_PROFILE,
        _not_a_choice(unknown),
        together([because(Trouble.NAME_A_CHOICE), because(Trouble.CLOSE_WAITS)]),
    )


def _not_a_choice(unknown: UnknownChoice) -> Reason:
    said = {"place": unknown.place, "name": unknown.field, "value": repr(unknown.name), "table": unknown.table}
    near = because(Trouble.NEAR, near=", ".join(unknown.near) or "none")
    return together([because(Trouble.NO_CHOICE, **said), near])


def choice_lists(systems: Systems) -> Mapping[FieldKey, ChoiceList]:
    """ServiceNow's lists, by table and field; no call right after `known_names`."""
    memo = systems.store.recall(VOCABULARY)
    return systems.connectors[SERVICENOW].orient((), _fields(systems), memo).choices


def unresolved(place: str, name: str, resolution: Resolution | None) -> Reason:
    """Why a group's name, as it is written at a `file:line:col`, stands for no single group, with near names."""
    outcome = resolution.outcome if resolution else Resolved.NONE
    known = ", ".join(resolution.near) if resolution else ""
    near = [because(Trouble.NEAR, near=known)] if known else []
    said = {"place": place, "name": repr(name)}
    match outcome:
        case Resolved.SEVERAL:
            return together([because(Trouble.SEVERAL_GROUPS, **said), *near])
        case Resolved.UNVERIFIABLE:
            return because(Trouble.GROUPS_UNREAD, **said, words=known)
        case _:
            return together([because(Trouble.NO_GROUP, **said), *near])


def in_remembered_words(
    profile: Profile, store: StateStore, catalog: Catalog, lists: Mapping[str, ChoiceList]
) -> tuple[Profile, frozenset[str]]:
    """A profile with groups as ids and choices as values as far as earlier runs have looked them up, and the groups of its population
    that none has. `lists`: by field of its ServiceNow table."""
    named = _named(profile)
    teams = {team.group for team in catalog.teams.values() if team.enabled and team.group}
    wanted = (named - {SOC_GROUPS}) | (teams if SOC_GROUPS in named else set())
    found = {
        name: Resolution(ReferenceKind.GROUP, name, Resolved.ONE, id)
        for name, id in _groups_looked_up(store, wanted).items()
    }
    spoken, _ = in_words_of(profile, lists)
    return _substituted(spoken, teams, found), frozenset(wanted - found.keys())


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
                unresolved(places.get(group, ""), group, resolution),
                together([because(Trouble.TICKETS_UNSEEN), because(Trouble.CORRECT_GROUP_ANYWHERE)]),
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


def group_names(store: StateStore, catalog: Catalog) -> Mapping[str, str]:
    """The names of the teams' and the deployment's ServiceNow groups by their ids, as far as they were resolved before."""
    home = catalog.deployment
    wanted = {home.group, home.exceptions_group, *(team.group for team in catalog.teams.values())} - {""}
    return {id: name for name, id in _groups_looked_up(store, wanted).items()}


def _groups_looked_up(store: StateStore, names: Collection[str]) -> Mapping[str, str]:
    """The ids of those groups that earlier runs have looked up, however long ago."""
    asked = {name: _cache_name(SERVICENOW, ReferenceKind.GROUP, name) for name in sorted(names)}
    told = store.recall_many(asked.values())
    return {name: str(json.loads(told[memo])["id"]) for name, memo in asked.items() if memo in told}


def _recalled(
    systems: Systems, side: Side, kind: ReferenceKind, names: Collection[str], now: datetime
) -> dict[str, Resolution]:
    """What is remembered of names, where it is fresh."""
    asked = {name: _cache_name(side, kind, name) for name in names}
    told = systems.store.recall_many(asked.values())
    rows = {name: json.loads(told[memo]) for name, memo in asked.items() if memo in told}
    return {
        name: Resolution(kind, name, Resolved.ONE, str(row["id"]))
        for name, row in rows.items()
        if now - datetime.fromisoformat(row["at"]) < FRESH_FOR
    }
