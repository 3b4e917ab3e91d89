"""What `doctor` wants to know of Sentinel: each check looks at one thing, and says what it found and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, Final

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.capabilities import Probe, ProbeOutcome
from watchkeeper.model.record import SENTINEL
from watchkeeper.ports import Clock
from watchkeeper_sentinel.arm import Arm
from watchkeeper_sentinel.auth import SharedCredential, scope_of
from watchkeeper_sentinel.config import SentinelConfig
from watchkeeper_sentinel.logs import Logs
from watchkeeper_sentinel.records import pick, section, text_of
from watchkeeper_sentinel.workspace import Workspace

SKEW_LIMIT: Final = timedelta(minutes=2)
LAG_LIMIT: Final = timedelta(minutes=30)
PERMISSIONS_API_VERSION: Final = "2022-04-01"
NEEDED: Final = (
    "Microsoft.SecurityInsights/incidents/read",
    "Microsoft.SecurityInsights/incidents/comments/read",
    "Microsoft.SecurityInsights/incidents/write",
    "Microsoft.SecurityInsights/incidents/comments/write",
)
EXCESSIVE: Final = ("Microsoft.SecurityInsights/alertRules/write", "Microsoft.Authorization/roleAssignments/write")
"""Signs of Contributor or Owner, which this account does not need. The right to delete incidents is none: the definition of
Responder itself (`incidents/*` without `incidents/*/Delete`) holds it by its wording."""
DEFENDER: Final = "microsoft xdr"
"""providerName (without case) of incidents in a workspace that is onboarded to the Defender portal."""


@dataclass(frozen=True, slots=True)
class Prober:
    """Everything that the checks look at."""

    config: SentinelConfig
    arm: Arm
    credential: SharedCredential
    workspace: Workspace
    logs: Logs
    clock: Clock

    def run(self) -> tuple[Probe, ...]:
        """Every check, in the order in which a later one builds on an earlier one. Never raises an error of ours."""
        return tuple(probe for check in self._checks() for probe in check)

    def _checks(self) -> Iterator[Iterator[Probe]]:
        yield self._sign_in("sign-in to ARM", self.config.arm_audience)
        yield self._sign_in("sign-in to Log Analytics", self.config.logs_audience)
        yield self._workspace()
        yield self._rights()
        yield self._incidents()
        yield self._history()
        yield self._clock()

    def _sign_in(self, name: str, audience: str) -> Iterator[Probe]:
        yield _checked(name, lambda: _signed_in(self.credential, audience))

    def _workspace(self) -> Iterator[Probe]:
        yield _checked("workspace", self._same_workspace)

    def _same_workspace(self) -> Probe:
        identity = self.workspace.identity()
        configured = self.config.workspace_id.lower()
        if configured and configured != identity.id:
            remedy = "correct SENTINEL_WORKSPACE_ID, or leave it empty"
            return _probe(
                "workspace", ProbeOutcome.FAIL, f"ARM says {identity.id}, the setting says {configured}", remedy
            )
        return _probe("workspace", ProbeOutcome.OK, f"{identity.id} as {identity.account}")

    def _rights(self) -> Iterator[Probe]:
        path = f"{self.config.workspace_path}/providers/Microsoft.Authorization/permissions"
        yield _checked("rights", lambda: rights_probe(self.arm.get(path, version=PERMISSIONS_API_VERSION).get("value")))

    def _incidents(self) -> Iterator[Probe]:
        try:
            items = self._newest()
        except WatchkeeperError as error:
            yield _failed("incidents", error)
            return
        yield _probe("incidents", ProbeOutcome.OK, f"the incident list can be read ({len(items)} looked at)")
        yield onboarding(items)

    def _newest(self) -> Sequence[Any]:
        query = {"$top": "50", "$orderby": "properties/createdTimeUtc desc"}
        return next(self.arm.pages(f"{self.config.sentinel_path}/incidents", query))

    def _history(self) -> Iterator[Probe]:
        yield _checked("history", lambda: lag_probe(self.logs.lag()))

    def _clock(self) -> Iterator[Probe]:
        if not self.arm.answered:
            yield _probe("clock", ProbeOutcome.SKIPPED, "ARM told no time")
            return
        skew = self.arm.server_now() - self.clock.now()
        outcome = ProbeOutcome.OK if abs(skew) <= SKEW_LIMIT else ProbeOutcome.WARN
        remedy = (
            "" if outcome is ProbeOutcome.OK else "set this machine's clock (NTP); tokens and due times depend on it"
        )
        yield _probe("clock", outcome, f"ARM's clock is {skew.total_seconds():+.0f} s from ours", remedy)


def _signed_in(credential: SharedCredential, audience: str) -> Probe:
    credential.get_token(scope_of(audience))
    return _probe(f"sign-in for {audience}", ProbeOutcome.OK, "a token was given")


def onboarding(items: Sequence[Any]) -> Probe:
    """Whether incidents here come from Defender: then those that an API makes are not shown in the Defender portal
    (defender-docs, sentinel/move-to-defender)."""
    properties = (section(item, "properties") for item in items if isinstance(item, Mapping))
    seen = {(text_of(pick(each, "providerName")) or "").casefold() for each in properties}
    if DEFENDER not in seen:
        return _probe("Defender portal", ProbeOutcome.OK, "no incident comes from Microsoft Defender XDR")
    return _probe(
        "Defender portal",
        ProbeOutcome.WARN,
        "this workspace is onboarded to the Defender portal, where incidents that we create, and their tasks, are not shown",
        "let people work on the ServiceNow ticket, or set sentinel.mode to none for maintenance tasks",
    )


def rights_probe(grants: object) -> Probe:
    """Whether the account may do what we do, and not more (azure-rest-api-specs, Microsoft.Authorization/permissions)."""
    listed = [grant for grant in grants if isinstance(grant, Mapping)] if isinstance(grants, list) else []
    lacking = [action for action in NEEDED if not _may(listed, action)]
    spare = [action for action in EXCESSIVE if _may(listed, action)]
    if any(action.endswith("/read") for action in lacking):
        return _probe(
            "rights", ProbeOutcome.FAIL, f"lacks {', '.join(lacking)}", "give it Microsoft Sentinel Responder"
        )
    if spare:
        remedy = "Microsoft Sentinel Responder on the resource group is enough"
        return _probe("rights", ProbeOutcome.WARN, f"may do more than it needs: {', '.join(spare)}", remedy)
    if lacking:
        remedy = "enough to observe; to write, give it Microsoft Sentinel Responder"
        return _probe("rights", ProbeOutcome.WARN, f"may read only: lacks {', '.join(lacking)}", remedy)
    return _probe("rights", ProbeOutcome.OK, "may read and write incidents and comments, and no more than it needs")


def _may(grants: Sequence[Mapping[str, Any]], action: str) -> bool:
    """Rights of several assignments add up; each one's exceptions hold for itself alone."""
    return any(_covers(grant, "actions", action) and not _covers(grant, "notActions", action) for grant in grants)


def _covers(grant: Mapping[str, Any], name: str, action: str) -> bool:
    patterns = pick(grant, name)
    listed = patterns if isinstance(patterns, list) else []
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in listed)


def lag_probe(lag: timedelta | None) -> Probe:
    """How far the SecurityIncident table is behind."""
    if lag is None:
        finding = "the SecurityIncident table can be read and is empty"
        return _probe(
            "history", ProbeOutcome.WARN, finding, "fine for a new workspace; else check the account's rights"
        )
    minutes = lag.total_seconds() / 60
    if lag > LAG_LIMIT:
        return _probe(
            "history",
            ProbeOutcome.WARN,
            f"the newest row took {minutes:.0f} minutes",
            "audit verdicts will be late as well",
        )
    return _probe(
        "history", ProbeOutcome.OK, f"the SecurityIncident table can be read; its newest row took {minutes:.1f} minutes"
    )


def _checked(name: str, check: Callable[[], Probe]) -> Probe:
    try:
        return check()
    except WatchkeeperError as error:
        return _failed(name, error)


def _failed(name: str, error: WatchkeeperError) -> Probe:
    return _probe(
        name, ProbeOutcome.FAIL, error.message, error.remedy or "correct what the answer names, and run this again"
    )


def _probe(name: str, outcome: ProbeOutcome, finding: str, remedy: str = "") -> Probe:
    return Probe(SENTINEL, name, outcome, finding, remedy)
