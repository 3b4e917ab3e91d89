"""Both sources of evidence over an emulated tenant in the same process, with a clock that only moves when told to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any, Final

from watchkeeper.emulators.azure import build_azure
from watchkeeper.emulators.clock import FIRST_MONDAY, WorldClock
from watchkeeper.emulators.evidence import build_evidence
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.inprocess import BASE_URLS, InProcessAdapter
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.request_log import LogEntry
from watchkeeper.emulators.world import World
from watchkeeper.model.evidence import Listing
from watchkeeper.model.record import Side
from watchkeeper.model.sources import DEFENDER, GRAPH
from watchkeeper.transport import Transport, TransportPolicy
from watchkeeper_defender import DefenderConfig, DefenderSource
from watchkeeper_defender import open_source as open_defender
from watchkeeper_graph import GraphConfig, GraphSource
from watchkeeper_graph import open_source as open_graph
from watchkeeper_sentinel import EntraSignIn, SentinelConfig, open_sign_in

AUDIENCES: Final[Mapping[Side, str]] = {
    GRAPH: "https://graph.microsoft.com",
    DEFENDER: "https://api.securitycenter.microsoft.com",
}
READS: Final[Mapping[Side, tuple[str, ...]]] = {
    GRAPH: (
        "secure_scores",
        "control_profiles",
        "managed_devices",
        "licences",
        "announcements",
        "service_health",
    ),
    DEFENDER: ("machines", "recommendations", "remediation_tasks", "software", "exposure_score"),
}
"""Every method that reads, by source."""
EVERY: Final = [(side, name) for side, names in READS.items() for name in names]
COLLECTIONS: Final[Mapping[str, str]] = {
    "secure_scores": "secureScores",
    "control_profiles": "secureScoreControlProfiles",
    "managed_devices": "managedDevices",
    "licences": "subscribedSkus",
    "announcements": "messages",
    "service_health": "healthOverviews",
    "machines": "machines",
    "recommendations": "recommendations",
    "remediation_tasks": "remediationTasks",
    "software": "Software",
    "exposure_score": "exposureScore",
}
"""The emulators' name of what each method reads."""


def evidence_world(options: WorldOptions | None = None) -> World:
    """A world without ServiceNow and Sentinel, which no source of evidence asks."""
    clock, options = WorldClock(frozen=True), options or WorldOptions()
    entra, *_ = build_azure(clock, options)
    return World(clock, entra, *build_evidence(clock, options, entra.tokens), options=options)


class EvidenceRig:
    def __init__(self, world: World | None = None) -> None:
        self.world = world or evidence_world()
        self.world.reset()
        self.clock = self.world.clock
        self.clock.set(FIRST_MONDAY)
        self.slept: list[float] = []
        self.open()

    def open(self) -> None:
        """Sign in anew, as another process does."""
        self.transport = Transport(
            TransportPolicy(),
            clock=self.clock,
            monotonic=lambda: self.clock.now().timestamp(),
            sleep=self._sleep,
            random=Random(7),
            adapter_factory=lambda side: InProcessAdapter(self.world),
        )
        self.sign_in = self._sign_in()
        self.graph: GraphSource = open_graph(GraphConfig(BASE_URLS["graph"]), self.transport, self.sign_in, self.clock)
        self.defender: DefenderSource = open_defender(
            DefenderConfig(BASE_URLS["defender"]), self.transport, self.sign_in, self.clock
        )

    def _sign_in(self) -> EntraSignIn:
        options = self.world.options
        config = SentinelConfig(
            subscription_id=options.subscription_id,
            resource_group=options.resource_group,
            workspace_name=options.workspace_name,
            tenant_id=options.tenant_id,
            client_id=options.client_id,
            client_secret=options.client_secret,
            authority_host=BASE_URLS["entra"],
        )
        return open_sign_in(config, self.transport)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))

    def read(self, side: Side, name: str) -> Listing[Any]:
        source = self.graph if side == GRAPH else self.defender
        found: Listing[Any] = getattr(source, name)()
        return found

    def seed(self, system: str, **command: Any) -> None:
        self.world.systems[system].seed({"system": system, **command})  # type: ignore[attr-defined]

    def consent(self, side: Side, *roles: str) -> None:
        """An administrator changes what our application may do there; a token that we have keeps what it had."""
        self.seed("entra", app_roles={AUDIENCES[side]: list(roles)})

    def fault(self, kind: str, system: str, **rule: Any) -> None:
        self.world.faults.add(FaultRule.of_json({"kind": kind, "system": system, **rule}))

    def calls(self, system: str) -> list[LogEntry]:
        return [entry for entry in self.world.log.entries() if entry.system == system]
