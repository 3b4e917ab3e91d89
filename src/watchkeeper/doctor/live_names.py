"""Whether the groups and users that the mappings name are there, each exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from watchkeeper.doctor.standing_place import Places
from watchkeeper.doctor.unchecked import Finding, Lack, Unchecked
from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.models import SOC_GROUPS
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.record import SERVICENOW
from watchkeeper.sync.systems import Systems

_NAMED_UNDER: Mapping[ReferenceKind, frozenset[str]] = {
    ReferenceKind.GROUP: frozenset({"group", "constants", "population"}),
    ReferenceKind.USER: frozenset({"lead", "manager", "members"}),
}


def groups(systems: Systems, places: Places) -> Iterator[Finding]:
    return _resolved(systems, ReferenceKind.GROUP, _groups(systems), places)


def users(systems: Systems, places: Places) -> Iterator[Finding]:
    teams = (team for team in systems.catalog.teams.values() if team.enabled)
    people = {name: team.place for team in teams for name in (team.lead, team.manager, *team.members) if name}
    return _resolved(systems, ReferenceKind.USER, people, places)


def _groups(systems: Systems) -> Mapping[str, str]:
    """Every group that is named, and a place in the file that names it."""
    catalog = systems.catalog
    teams = [team for team in catalog.teams.values() if team.enabled]
    names = {team.group: team.place for team in teams if team.group}
    if catalog.deployment.group and teams:
        names.setdefault(catalog.deployment.group, teams[0].place)
    if catalog.deployment.exceptions_group:
        names.setdefault(catalog.deployment.exceptions_group, "teams.yaml: deployment.exceptions_group")
    for profile in systems.profiles.values():
        rules = profile.sides[SERVICENOW]
        named = [value for name, value in rules.constants.items() if name == rules.group_field]
        conditions = (each for filter_ in rules.population for each in filter_.conditions)
        named += [value for each in conditions if each.field == rules.group_field for value in each.values]
        for value in named:
            if isinstance(value, str) and value != SOC_GROUPS:
                names.setdefault(value, profile.place)
    return names


def _resolved(systems: Systems, kind: ReferenceKind, names: Mapping[str, str], places: Places) -> Iterator[Finding]:
    found = systems.connectors[SERVICENOW].resolve(kind, sorted(names)) if names else {}
    if names and all(_is_unseen(found.get(name)) for name in names):
        why = next((", ".join(each.near) for each in found.values() if each.near), "nor any like them")
        what = f"{kind.value}s: the instance shows us none of the {len(names)} that are named ({why})"
        yield Unchecked(what, Lack.RIGHTS)
        return
    for name, near in sorted(names.items()):
        yield from _judged(kind, name, near, found.get(name, Resolution(kind, name, Resolved.NONE)), places)


def _is_unseen(found: Resolution | None) -> bool:
    """Whether nothing at all is known of a name, neither that it is there nor what is like it."""
    if found is None or found.outcome is Resolved.UNVERIFIABLE:
        return True
    return found.outcome is Resolved.NONE and not found.near


def _judged(kind: ReferenceKind, name: str, near: str, found: Resolution, places: Places) -> Iterator[Finding]:
    place, path = places.under(name, near, _NAMED_UNDER[kind])
    match found.outcome:
        case Resolved.ONE:
            return
        case Resolved.UNVERIFIABLE:
            why = ", ".join(found.near) or "cannot be looked up"
            yield Unchecked(f"{place}: {kind.value} {name!r}: {why}", Lack.RIGHTS)
        case Resolved.SEVERAL:
            said = f"{name!r} is the name of several active {kind.value}s of the instance"
            yield Problem(place, path, said, f"one of their sys_ids: {', '.join(found.near)}", kind=ProblemKind.WORD)
        case Resolved.NONE:
            said = f"the instance has no active {kind.value} {name!r}"
            allowed = (
                f"an active {kind.value} by {'name' if kind is ReferenceKind.GROUP else 'user_name, e-mail'} or sys_id"
            )
            yield Problem(place, path, said, allowed, next(iter(found.near), ""), ProblemKind.WORD)
