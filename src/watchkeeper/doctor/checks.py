"""Every check of a deployment, each on its own: one that fails never hides the others. Reads only, but for a write probe that
was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from watchkeeper.catalog.model import Calendar, Catalog, FanOut, Team
from watchkeeper.doctor.author import author_probe
from watchkeeper.doctor.calls import idle_probes, plan_probes
from watchkeeper.doctor.permissions import shipped
from watchkeeper.doctor.scope import in_use, scopes_of
from watchkeeper.errors import WatchkeeperError
from watchkeeper.evidence_ports import EvidenceSource
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.activity import ReferenceKind, Resolution, Resolved
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe, ProbeScope, failed
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.model.run import RunReport
from watchkeeper.ports import Connector
from watchkeeper.state_ports import StateStore

OK, WARN, FAIL, SKIPPED = ProbeOutcome


@dataclass(frozen=True, slots=True)
class Examined:
    """What is examined: both sides, the memory, and what the mappings and the settings say."""

    connectors: Mapping[Side, Connector]
    store: StateStore
    catalog: Catalog
    profiles: Mapping[str, Profile]
    mode: str
    plan: Callable[[], RunReport] | None = None
    """Makes a plan without writing anywhere; None where nobody asks for one."""
    sources: Mapping[Side, EvidenceSource] = field(default_factory=dict)
    """Where evidence is read from besides; what is wrong with one keeps nothing else from being looked at."""


def examine(given: Examined, *, write: bool = False) -> tuple[Probe, ...]:
    """Reach, sign-in, rights, choices, side effects and clock of both sides; the same of sources of evidence; whether they are the ones of the last run; whether
    our account counts as a machine; whether every group, user and owner that the mappings name resolves to exactly one active
    record; whether shared tasks know every team's calendar; what this mode may write. With `write` also what only a write can
    show."""
    probes: list[Probe] = []
    scopes = scopes_of(given.catalog, given.profiles, given.mode, shipped(), evidence=bool(given.sources))
    for side, connector in given.connectors.items():
        found = _of_side(connector, scopes[side], write)
        probes += found
        if _answers(found):
            probes += _named(given, side, connector)
    probes += idle_probes(in_use(given.catalog, given.profiles))
    if given.plan is not None and _answers(probes):
        probes += plan_probes(given.plan)
    for side, source in given.sources.items():
        probes += source.probes(shipped().sources[side])
    probes += _shared_days(given.catalog)
    probes.append(_mode(given.mode))
    return tuple(probes)


def _answers(probes: Iterable[Probe]) -> bool:
    """Whether nothing was left out because a side did not let us in."""
    return not any(probe.check is Check.OTHERS for probe in probes)


def _of_side(connector: Connector, scope: ProbeScope, write: bool) -> list[Probe]:
    found = list(connector.probes(scope))
    if not write:
        return found
    tried = connector.write_probes(scope)
    done = {probe.check for probe in tried}
    return [probe for probe in found if probe.outcome is not SKIPPED or probe.check not in done] + list(tried)


def _named(given: Examined, side: Side, connector: Connector) -> Iterator[Probe]:
    """What the mappings and the memory expect of a side that answers."""
    yield _identity(side, connector, given.store)
    if side == SERVICENOW:
        groups = _groups(given.catalog, given.profiles)
        yield from _references(side, connector, Check.GROUP, ReferenceKind.GROUP, groups)
        yield from _references(side, connector, Check.USER, ReferenceKind.USER, _people(given.catalog))
    else:
        yield from _references(side, connector, Check.USER, ReferenceKind.USER, _owners(given.catalog))
    yield from author_probe(side, connector, given.catalog)


def _identity(side: Side, connector: Connector, store: StateStore) -> Probe:
    try:
        found = connector.identity()
    except WatchkeeperError as error:
        return failed(side, Check.IDENTITY, error)
    known = store.recall(f"identity:{side}")
    args = {"system": found.name or found.id, "known": known or ""}
    if known is not None and known != found.id:
        return Probe(side, Check.IDENTITY, FAIL, Finding.IDENTITY_MOVED, args)
    return Probe(side, Check.IDENTITY, OK, Finding.IDENTITY_SAME, args)


def _references(
    side: Side, connector: Connector, check: Check, kind: ReferenceKind, names: Mapping[str, str]
) -> list[Probe]:
    """One probe per name; `names` tells where each one stands in the mappings."""
    if not names:
        return []
    try:
        found = connector.resolve(kind, sorted(names))
    except WatchkeeperError as error:
        return [failed(side, check, error)]
    return [_reference(side, check, name, place, found.get(name)) for name, place in sorted(names.items())]


def _reference(side: Side, check: Check, name: str, place: str, found: Resolution | None) -> Probe:
    near = ", ".join(found.near) if found else ""
    args = {"place": place, "near": near, "reason": near}
    match found.outcome if found else Resolved.NONE:
        case Resolved.ONE:
            return Probe(side, check, OK, Finding.REFERENCE_ONE, args, name)
        case Resolved.UNVERIFIABLE if near:
            return Probe(side, check, FAIL, Finding.REFERENCE_UNREADABLE, args, name)
        case Resolved.UNVERIFIABLE:
            return Probe(side, check, OK, Finding.REFERENCE_UNVERIFIABLE, args, name)
        case Resolved.SEVERAL:
            return Probe(side, check, FAIL, Finding.REFERENCE_SEVERAL, args, name)
        case Resolved.NONE:
            finding = Finding.REFERENCE_NEAR if near else Finding.REFERENCE_NONE
            return Probe(side, check, FAIL, finding, args, name)


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
    if catalog.deployment.exceptions_group:
        names.setdefault(catalog.deployment.exceptions_group, "teams.yaml: deployment.exceptions_group")
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
        Probe("", Check.CALENDAR, WARN, Finding.CALENDAR_UNKNOWN, {"team": team.id, "home": home.id}, team.calendar.id)
        for team in teams
    ]


def _members(calendar: Calendar) -> frozenset[str]:
    return frozenset({calendar.id}).union(*(_members(member) for member in calendar.any_of))


def _mode(mode: str) -> Probe:
    return Probe("", Check.MODE, OK, Finding(f"mode-{mode}"))
