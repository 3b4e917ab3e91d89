"""What our account may do on the workspace, as ARM lists it: enough, too little, too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe, ProbeScope
from watchkeeper.model.record import SENTINEL
from watchkeeper_sentinel.records import pick

ANOTHER_TABLE: Final = "Microsoft.OperationalInsights/workspaces/query/SecurityEvent/read"
"""A table that nothing here reads: who may query it may query every one."""
EVIDENCE_FILE: Final = "deploy/permissions/azure-evidence.json"
_FILES: Final = {False: "deploy/permissions/azure-read-only.json", True: "deploy/permissions/azure-read-write.json"}
_ROLES: Final = {False: "Microsoft Sentinel Reader", True: "Microsoft Sentinel Responder"}


def rights_probes(grants: object, scope: ProbeScope) -> Iterator[Probe]:
    """Whether the account may do what this mode needs, and not more (azure-rest-api-specs, Microsoft.Authorization/permissions)."""
    listed = [grant for grant in grants if isinstance(grant, Mapping)] if isinstance(grants, list) else []
    where = {"file": _FILES[scope.writes], "role": _ROLES[scope.writes], "mode": scope.mode}
    lacking = sorted(action for action in scope.actions if not may(listed, action))
    spare = [action for action in scope.unneeded if may(listed, action)]
    yield _needed(lacking, where)
    if spare:
        args = {**where, "actions": ", ".join(spare)}
        outcome = ProbeOutcome.WARN if scope.never.isdisjoint(spare) else ProbeOutcome.FAIL
        yield Probe(SENTINEL, Check.EXCESS, outcome, Finding.EXCESS_SOME, args)
    else:
        yield Probe(SENTINEL, Check.EXCESS, ProbeOutcome.OK, Finding.EXCESS_NONE)
    if scope.evidence_actions:
        yield _for_evidence(listed, scope.evidence_actions)
    if may(listed, ANOTHER_TABLE):
        yield Probe(SENTINEL, Check.TABLES, ProbeOutcome.WARN, Finding.TABLES_WIDE, where)
    else:
        yield Probe(SENTINEL, Check.TABLES, ProbeOutcome.OK, Finding.TABLES_NARROW)


def _needed(lacking: Sequence[str], where: Mapping[str, str]) -> Probe:
    args = {**where, "actions": ", ".join(lacking)}
    if not lacking:
        return Probe(SENTINEL, Check.RIGHTS, ProbeOutcome.OK, Finding.RIGHTS_FINE, args)
    if all(action.endswith("/write") for action in lacking):
        return Probe(SENTINEL, Check.RIGHTS, ProbeOutcome.FAIL, Finding.RIGHTS_READ_ONLY, args)
    return Probe(SENTINEL, Check.RIGHTS, ProbeOutcome.FAIL, Finding.RIGHTS_LACKING, args)


def _for_evidence(grants: Sequence[Mapping[str, Any]], actions: frozenset[str]) -> Probe:
    """Beside what the mode needs, and apart from it: without these only evidence is missing."""
    lacking = sorted(action for action in actions if not may(grants, action))
    args = {"actions": ", ".join(lacking), "file": EVIDENCE_FILE, "role": "Reader"}
    if lacking:
        return Probe(SENTINEL, Check.RIGHTS, ProbeOutcome.FAIL, Finding.RIGHTS_LACKING, args, Check.EVIDENCE.value)
    return Probe(SENTINEL, Check.RIGHTS, ProbeOutcome.OK, Finding.EVIDENCE_RIGHTS_FINE, args, Check.EVIDENCE.value)


def may(grants: Sequence[Mapping[str, Any]], action: str) -> bool:
    """Rights of several assignments add up; each one's exceptions hold for itself alone."""
    return any(_covers(grant, "actions", action) and not _covers(grant, "notActions", action) for grant in grants)


def _covers(grant: Mapping[str, Any], name: str, action: str) -> bool:
    """A wildcard spans slashes, and `/*/` is taken to stand for nothing between as well: so the exception `incidents/*/Delete` of
    Responder covers the incident itself, which it may not delete (defender-docs, sentinel/delete-incident)."""
    patterns = pick(grant, name)
    listed = [str(pattern).lower() for pattern in patterns] if isinstance(patterns, list) else []
    spelled = [*listed, *(pattern.replace("/*/", "/") for pattern in listed)]
    return any(fnmatchcase(action.lower(), pattern) for pattern in spelled)
