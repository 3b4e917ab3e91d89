"""Where evidence is read from besides ServiceNow and Sentinel: Microsoft Graph, the API of Defender for Endpoint, a host of scripts."""

from __future__ import annotations

from watchkeeper.emulators.azure.tokens import Tokens
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.evidence.defender import Defender
from watchkeeper.emulators.evidence.graph import Graph
from watchkeeper.emulators.evidence.options import DefenderOptions, GraphOptions, ScriptOptions
from watchkeeper.emulators.evidence.scripts import Scripts
from watchkeeper.emulators.options import WorldOptions

__all__ = ["Defender", "DefenderOptions", "Graph", "GraphOptions", "ScriptOptions", "Scripts", "build_evidence"]


def build_evidence(clock: WorldClock, world: WorldOptions, tokens: Tokens) -> tuple[Graph, Defender, Scripts]:
    """All of them; `tokens` are those of the tenant's Entra ID."""
    return (
        Graph(clock, tokens, world.tenant_id, world.seed, quotas=world.quotas),
        Defender(clock, tokens, world.seed, quotas=world.quotas),
        Scripts(clock, quotas=world.quotas),
    )
