"""What `doctor` wants to know of Sentinel: each check looks at one thing, and says what it found and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from watchkeeper.errors import Throttled, Unavailable, WatchkeeperError
from watchkeeper.evidence_ports import WorkspaceEvidence
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import NO_ARGS, Probe, ProbeScope, failed
from watchkeeper.model.record import SENTINEL
from watchkeeper.ports import Clock
from watchkeeper_sentinel.arm import Arm
from watchkeeper_sentinel.auth import WRONG_AUDIENCE, SharedCredential, scope_of
from watchkeeper_sentinel.automation import matching
from watchkeeper_sentinel.config import SentinelConfig
from watchkeeper_sentinel.evidence_probes import subject_probes
from watchkeeper_sentinel.logs import Logs
from watchkeeper_sentinel.onboarding import onboarding
from watchkeeper_sentinel.permissions import rights_probes
from watchkeeper_sentinel.vendor import Vendor
from watchkeeper_sentinel.workspace import Workspace

SKEW_LIMIT: Final = timedelta(minutes=2)
LAG_LIMIT: Final = timedelta(minutes=30)
FEW_LEFT: Final = 20
"""Calls left in a token bucket of 200 and more, below which somebody else is using it up."""
PERMISSIONS_API_VERSION: Final = "2022-04-01"
OK, WARN, FAIL, SKIPPED = ProbeOutcome


@dataclass(frozen=True, slots=True)
class Prober:
    """Everything that the checks look at."""

    config: SentinelConfig
    arm: Arm
    credential: SharedCredential
    workspace: Workspace
    logs: Logs
    vendor: Vendor
    clock: Clock
    evidence: Callable[[], WorkspaceEvidence]

    def run(self, scope: ProbeScope) -> tuple[Probe, ...]:
        """Every check, in the order in which a later one builds on an earlier one; without a token for ARM nothing more is
        tried. Never raises an error of ours."""
        first = self._signed_in(self.config.arm_audience)
        if first.outcome is FAIL:
            return first, _probe(Check.OTHERS, SKIPPED, Finding.NOT_TRIED)
        return first, *(found for check in self._checks(scope) for found in check)

    def _checks(self, scope: ProbeScope) -> Iterator[Iterable[Probe]]:
        yield (self._signed_in(self.config.logs_audience),)
        yield self._checked(Check.WORKSPACE, self._same_workspace)
        yield self._checked(Check.RIGHTS, partial(self._rights, scope))
        yield self._checked(Check.INCIDENTS, partial(self._incidents, scope))
        yield self._checked(Check.AUTOMATION, partial(self._automation, scope))
        yield self._checked(Check.HISTORY, self._history, logs=True)
        if scope.evidence_actions:
            yield subject_probes(self.evidence(), self.clock.now())
        yield self._clock()
        yield self._limits()

    def _signed_in(self, audience: str) -> Probe:
        try:
            self.credential.get_token(scope_of(audience))
        except WatchkeeperError as error:
            return failed(SENTINEL, Check.SIGN_IN, error, audience)
        return _probe(Check.SIGN_IN, OK, Finding.SIGNED_IN, {"audience": audience}, audience)

    def _checked(self, check: Check, ask: Callable[[], Iterable[Probe]], *, logs: bool = False) -> tuple[Probe, ...]:
        """The findings of one check, or why it could not be made."""
        try:
            return tuple(ask())
        except Throttled as error:
            answer = error.attempt.answer or error.message
            return (_probe(Check.LIMITS, FAIL, Finding.LIMITS_SPENT, {"answer": answer}, check.value),)
        except Unavailable as error:
            setting = "SENTINEL_LOGS_ENDPOINT" if logs else "SENTINEL_ARM_ENDPOINT"
            return (_probe(check, FAIL, Finding.UNREACHABLE, {"message": error.message, "setting": setting}),)
        except WatchkeeperError as error:
            if WRONG_AUDIENCE in error.attempt.answer:
                return (self._mixed_up(logs),)
            return (failed(SENTINEL, check, error),)

    def _mixed_up(self, logs: bool) -> Probe:
        """A token for one service was sent to the other (api/errors of Log Analytics; ARM words it alike)."""
        args = {
            "system": "Log Analytics" if logs else "ARM",
            "audience": self.config.logs_audience if logs else self.config.arm_audience,
            "setting": "SENTINEL_LOGS_AUDIENCE" if logs else "SENTINEL_ARM_ENDPOINT",
        }
        return _probe(Check.AUDIENCE, FAIL, Finding.AUDIENCE_MIXED, args)

    def _same_workspace(self) -> Iterator[Probe]:
        identity = self.workspace.identity()
        configured = self.config.workspace_id.lower()
        if configured and configured != identity.id:
            args = {"found": identity.id, "configured": configured}
            yield _probe(Check.WORKSPACE, FAIL, Finding.WORKSPACE_OTHER, args)
        else:
            yield _probe(Check.WORKSPACE, OK, Finding.WORKSPACE_SAME, {"workspace": identity.id})
        yield _probe(Check.ACCOUNT, OK, Finding.ACCOUNT_TOLD, {"account": identity.account})

    def _rights(self, scope: ProbeScope) -> Iterator[Probe]:
        path = f"{self.config.workspace_path}/providers/Microsoft.Authorization/permissions"
        yield from rights_probes(self.arm.get(path, version=PERMISSIONS_API_VERSION).get("value"), scope)

    def _incidents(self, scope: ProbeScope) -> Iterator[Probe]:
        items = self._newest()
        yield _probe(Check.INCIDENTS, OK, Finding.INCIDENTS_FINE, {"count": str(len(items))})
        yield from onboarding(items, scope.modes_used)
        yield from self._checked(Check.VENDOR, partial(self.vendor.probes, items))

    def _newest(self) -> Sequence[Any]:
        query = {"$top": "50", "$orderby": "properties/createdTimeUtc desc"}
        return next(self.arm.pages(f"{self.config.sentinel_path}/incidents", query))

    def _automation(self, scope: ProbeScope) -> Iterator[Probe]:
        use = scope.maintenance
        if use is None:
            return
        pages = self.arm.pages(f"{self.config.sentinel_path}/automationRules", {})
        matches = tuple(matching([rule for page in pages for rule in page], use.sample))
        label = next(iter(use.sample.get("labels") or ()), "watchkeeper")
        for match in matches:
            args = {"name": match.name, "order": match.order, "when": match.when, "actions": ", ".join(match.actions)}
            args |= {"certainty": "yes" if match.certain else "maybe", "exclusion": f"Tag does not contain {label}"}
            yield _probe(Check.AUTOMATION, WARN, Finding.AUTOMATION_RUNS, args, match.name)
        if not matches:
            yield _probe(Check.AUTOMATION, OK, Finding.AUTOMATION_QUIET)

    def _history(self) -> Iterator[Probe]:
        yield lag_probe(self.logs.lag())

    def _clock(self) -> Iterator[Probe]:
        if not self.arm.answered:
            yield _probe(Check.CLOCK, SKIPPED, Finding.CLOCK_UNTOLD)
            return
        skew = self.arm.server_now() - self.clock.now()
        args = {"seconds": f"{skew.total_seconds():+.0f}"}
        if abs(skew) <= SKEW_LIMIT:
            yield _probe(Check.CLOCK, OK, Finding.CLOCK_FINE, args)
        else:
            yield _probe(Check.CLOCK, WARN, Finding.CLOCK_OFF, args)

    def _limits(self) -> Iterator[Probe]:
        left = self.arm.left
        args = {kind: str(left.get(kind, "untold")) for kind in ("reads", "writes")}
        if any(count < FEW_LEFT for count in left.values()):
            yield _probe(Check.LIMITS, WARN, Finding.LIMITS_LOW, args)
        elif left:
            yield _probe(Check.LIMITS, OK, Finding.LIMITS_LEFT, args)


def lag_probe(lag: timedelta | None) -> Probe:
    """How far the SecurityIncident table is behind."""
    if lag is None:
        return _probe(Check.HISTORY, WARN, Finding.HISTORY_EMPTY)
    args = {"minutes": f"{lag.total_seconds() / 60:.1f}"}
    if lag > LAG_LIMIT:
        return _probe(Check.HISTORY, WARN, Finding.HISTORY_LATE, args)
    return _probe(Check.HISTORY, OK, Finding.HISTORY_FINE, args)


def _probe(
    check: Check, outcome: ProbeOutcome, finding: Finding, args: Mapping[str, str] = NO_ARGS, subject: str = ""
) -> Probe:
    return Probe(SENTINEL, check, outcome, finding, args, subject)
