"""Opens the sources of evidence that the settings name, and no others; and finds what a connector tells besides tickets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from watchkeeper.errors import Config, Problem
from watchkeeper.evidence_ports import (
    AdministrationEvidence,
    EstateEvidence,
    EvidenceSource,
    ScriptSource,
    SignIn,
    TellsOfAdministration,
    TellsOfWorkspace,
    TenantEvidence,
    WorkspaceEvidence,
)
from watchkeeper.model.allow_list import AllowList
from watchkeeper.model.evidence_rules import ScriptRules
from watchkeeper.model.record import Side
from watchkeeper.model.sources import DEFENDER, GRAPH, SCRIPTS
from watchkeeper.plugins import CONNECTOR_GROUP, EVIDENCE_GROUP, connector_openers
from watchkeeper.ports import Clock, Connector, SessionFactory
from watchkeeper.transport import TransportPolicy


def open_sources(
    endpoints: Mapping[Side, str], sign_in: Callable[[], SignIn], sessions: SessionFactory, clock: Clock
) -> Mapping[Side, EvidenceSource]:
    """One for each address; nothing is called yet. `sign_in` is opened where there is any. Raises Config for a source without a
    package."""
    if not endpoints:
        return {}
    openers, signing = connector_openers(list(endpoints), group=EVIDENCE_GROUP), sign_in()
    return {
        source: openers[source](_CONFIGS[source](endpoint), sessions, signing, clock)
        for source, endpoint in endpoints.items()
    }


def tenant_of(sources: Mapping[Side, EvidenceSource]) -> TenantEvidence | None:
    """The one that tells of the tenant's own services, where it is open."""
    return cast("TenantEvidence | None", sources.get(GRAPH))


def estate_of(sources: Mapping[Side, EvidenceSource]) -> EstateEvidence | None:
    """The one that tells of the devices, where it is open."""
    return cast("EstateEvidence | None", sources.get(DEFENDER))


def administration_of(connector: Connector) -> AdministrationEvidence:
    """What a connector's side tells besides tickets. Raises Config for a connector that tells nothing of it."""
    if not isinstance(connector, TellsOfAdministration):
        allowed = "a connector with `administration`"
        raise Config([Problem(CONNECTOR_GROUP, connector.side, "tells nothing but tickets", allowed)])
    return connector.administration


def workspace_of(connector: Connector) -> WorkspaceEvidence:
    """What a connector's workspace tells besides incidents. Raises Config for a connector that tells nothing of it."""
    if not isinstance(connector, TellsOfWorkspace):
        allowed = "a connector with `workspace`"
        raise Config([Problem(CONNECTOR_GROUP, connector.side, "tells nothing but incidents", allowed)])
    return connector.workspace


def open_scripts(
    rules: ScriptRules,
    policy: TransportPolicy,
    open_sessions: Callable[[TransportPolicy], SessionFactory],
    clock: Clock,
) -> ScriptSource:
    """The hosts that scripts may come from; `open_sessions` opens a transport that speaks to them alone. Raises Config for a source
    without a package."""
    opener = connector_openers([SCRIPTS], group=EVIDENCE_GROUP)[SCRIPTS]
    from watchkeeper_scripts import ScriptsConfig, policy_for

    config = ScriptsConfig(AllowList.of(rules.sources), rules.max_bytes)
    source: ScriptSource = opener(config, open_sessions(policy_for(config, policy)), clock)
    return source


def _graph(endpoint: str) -> object:
    from watchkeeper_graph import GraphConfig

    return GraphConfig(endpoint)


def _defender(endpoint: str) -> object:
    from watchkeeper_defender import DefenderConfig

    return DefenderConfig(endpoint)


_CONFIGS: Final[Mapping[Side, Callable[[str], Any]]] = {GRAPH: _graph, DEFENDER: _defender}
