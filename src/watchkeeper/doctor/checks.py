"""Every check of a deployment, each on its own: one that fails never hides the others. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchkeeper.catalog.model import Calendar, Catalog, FanOut, Team
from watchkeeper.errors import WatchkeeperError
from watchkeeper.mapping.profile import Profile
from watchkeeper.mapping.shown import unshown_fields
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.capabilities import Probe, ProbeOutcome
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.ports import Connector, StateStore


def examine(
    connectors: Mapping[Side, Connector],
    store: StateStore,
    catalog: Catalog,
    profiles: Mapping[str, Profile],
    mode: str,
) -> tuple[Probe, ...]:
    """Reach, sign-in, rights and clock of both sides; whether they are the ones of the last run; whether ServiceNow shows
    every field that the profiles read; whether every group, user and owner that the mappings name resolves to exactly one
    active record; whether shared tasks know every team's calendar; what this mode may write."""
    probes: list[Probe] = []
    for side, connector in connectors.items():
        probes += _probes(connector)
        probes.append(_identity(side, connector, store))
    probes += [_fields(connectors[SERVICENOW], profile) for profile in profiles.values() if SERVICENOW in profile.sides]
    probes += _references(SERVICENOW, connectors[SERVICENOW], ReferenceKind.GROUP, _groups(catalog, profiles))
    probes += _references(SERVICENOW, connectors[SERVICENOW], ReferenceKind.USER, _people(catalog))
    probes += _references(SENTINEL, connectors[SENTINEL], ReferenceKind.USER, _owners(catalog))
    probes += _shared_days(catalog)
    probes.append(_mode(mode))
    return tuple(probes)


def _probes(connector: Connector) -> list[Probe]:
    try:
        return list(connector.probes())
    except WatchkeeperError as error:
        return [Probe(connector.side, "probes", ProbeOutcome.FAIL, error.message, error.remedy)]


def _identity(side: Side, connector: Connector, store: StateStore) -> Probe:
    try:
        found = connector.identity()
    except WatchkeeperError as error:
        return Probe(side, "identity", ProbeOutcome.FAIL, error.message, error.remedy)
    known = store.recall(f"identity:{side}")
    text = f"{found.name or found.id}, as {found.account or 'an unknown account'}"
    if known is not None and known != found.id:
        remedy = "check the address; if the move is meant, open the valve `identity` in the next sync"
        return Probe(side, "identity", ProbeOutcome.FAIL, f"{text}; the state store belongs to {known}", remedy)
    return Probe(side, "identity", ProbeOutcome.OK, text)


def _fields(connector: Connector, profile: Profile) -> Probe:
    """ServiceNow leaves out a field that it does not have or that our account may not read, and says nothing."""
    label = f"fields of {profile.name}"
    try:
        missing = unshown_fields(connector, profile)
    except WatchkeeperError as error:
        return Probe(connector.side, label, ProbeOutcome.FAIL, error.message, error.remedy)
    if missing is None:
        finding = f"no record of {profile.sides[connector.side].table} is visible to look at"
        return Probe(connector.side, label, ProbeOutcome.SKIPPED, finding)
    if missing:
        remedy = f"correct their names below {profile.place}, or give the account read access to them"
        return Probe(connector.side, label, ProbeOutcome.FAIL, f"not shown: {', '.join(missing)}", remedy)
    return Probe(connector.side, label, ProbeOutcome.OK, "every field that the profile reads is shown")


def _references(side: Side, connector: Connector, kind: ReferenceKind, names: Mapping[str, str]) -> list[Probe]:
    """One probe per name; `names` tells where each one stands in the mappings."""
    if not names:
        return []
    try:
        found = connector.resolve(kind, sorted(names))
    except WatchkeeperError as error:
        return [Probe(side, f"{kind.value}s", ProbeOutcome.FAIL, error.message, error.remedy)]
    return [_reference(side, kind, name, place, found.get(name)) for name, place in sorted(names.items())]


def _reference(side: Side, kind: ReferenceKind, name: str, place: str, found: Resolution | None) -> Probe:
    label = f"{kind.value} {name}"
    match found.outcome if found else Resolved.NONE:
        case Resolved.ONE:
            return Probe(side, label, ProbeOutcome.OK, "one active record")
        case Resolved.UNVERIFIABLE:
            return Probe(side, label, ProbeOutcome.SKIPPED, "well formed; this side has no directory to ask")
        case Resolved.SEVERAL:
            return Probe(side, label, ProbeOutcome.FAIL, "several active records", f"use its sys_id at {place}")
        case Resolved.NONE:
            near = f"did you mean {', '.join(found.near)}? " if found and found.near else ""
            return Probe(side, label, ProbeOutcome.FAIL, "no active record", f"{near}correct it at {place}")


def _enabled(catalog: Catalog) -> list[Team]:
    return [team for team in catalog.teams.values() if team.enabled]


def _groups(catalog: Catalog, profiles: Mapping[str, Profile]) -> Mapping[str, str]:
    names = {team.group: team.place for team in _enabled(catalog) if team.group}
    for profile in profiles.values():
        rules = profile.sides.get(SERVICENOW)
        constant = rules.constants.get(rules.group_field) if rules and rules.group_field else None
        if isinstance(constant, str):
            names.setdefault(constant, profile.place)
    if catalog.deployment.group:
        names.setdefault(catalog.deployment.group, "teams.yaml: deployment.group")
    return names


def _people(catalog: Catalog) -> Mapping[str, str]:
    named: Iterable[tuple[str, Team]] = (
        (name, team) for team in _enabled(catalog) for name in (team.lead, team.manager, *team.members) if name
    )
    return {name: team.place for name, team in named}


def _owners(catalog: Catalog) -> Mapping[str, str]:
    owners = {team.sentinel_owner: team.place for team in _enabled(catalog) if team.sentinel_owner}
    if catalog.deployment.sentinel_owner:
        owners.setdefault(catalog.deployment.sentinel_owner, "teams.yaml: deployment.sentinel_owner")
    return owners


def _shared_days(catalog: Catalog) -> list[Probe]:
    """Shared tasks follow the deployment's calendar: on a day that only another calendar works they have no ticket."""
    home = catalog.deployment.calendar
    covered = _members(home)
    shared = {team for task in catalog.tasks.values() if task.fan_out is FanOut.SINGLE for team in task.teams}
    teams = [team for team in _enabled(catalog) if team.id in shared and team.calendar.id not in covered]
    return [
        Probe(
            "",
            f"calendar {team.calendar.id}",
            ProbeOutcome.WARN,
            f"{team.id} works by it, and the deployment's calendar {home.id} does not know it: "
            "shared tasks have no ticket on days that only it works",
            f"name it in any_of of {home.id}, or let the deployment use it (teams.yaml, deployment.calendar)",
        )
        for team in teams
    ]


def _members(calendar: Calendar) -> frozenset[str]:
    return frozenset({calendar.id}).union(*(_members(member) for member in calendar.any_of))


def _mode(mode: str) -> Probe:
    findings = {
        "observe": "nothing is written; plan, audit and doctor work",
        "maintenance": "only the maintenance profile's records are written",
        "full": "every profile's records are written",
    }
    return Probe("", "mode", ProbeOutcome.OK, f"WATCHKEEPER_MODE={mode}: {findings[mode]}")
