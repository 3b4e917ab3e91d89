"""Somebody changes one status: how many writes does that cost, and does it come back?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.bars import Bar, at_most, shown
from bench.calls import without_tokens, writes
from bench.deployment import Deployment
from bench.emulated import Emulated, emulated


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    with emulated(folder, latency) as world:
        world.seed_escalations(pairs)
        deployment = Deployment(world, folder)
        deployment.settle(latency)
        world.person("servicenow", "keiko.tanaka", "edit", number=_some_ticket(world), fields={"state": "2"})
        bars = _crossing(deployment, "ServiceNow to Sentinel")
        world.advance(minutes=15)
        fields = {"status": "Active"}
        world.person("sentinel", "keiko.tanaka", "edit", incident=pairs, fields=fields)
        return [*bars, *_crossing(deployment, "Sentinel to ServiceNow")]


def _some_ticket(world: Emulated) -> str:
    mirrored = [row["number"] for row in world.records("servicenow") if "escalation/" in row["correlation_id"]]
    return str(min(mirrored))


def _crossing(deployment: Deployment, way: str) -> Sequence[Bar]:
    """The run that carries the change, the run after it, and one a quarter of an hour later."""
    carries = deployment.sync()
    echo = deployment.sync()
    deployment.emulated.advance(minutes=15)
    later = deployment.sync()
    echoes = len(writes(echo.calls)) + len(writes(later.calls))
    return (
        at_most(f"{way}: writes", len(writes(carries.calls)), "", 1, "one"),
        at_most(f"{way}: writes in the next runs", echoes, "", 0, "none"),
        shown(f"{way}: calls, tokens apart", len(without_tokens(carries.calls)), ""),
        shown(f"{way}: wall of the process", carries.execution.wall, "s"),
    )
