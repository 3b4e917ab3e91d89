"""Somebody changes statuses: how many calls does each cost, and does it come back?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.bars import Bar, at_least, at_most, shown
from bench.calls import without_tokens, writes
from bench.deployment import Deployment, Run
from bench.emulated import Emulated, emulated
from bench.idle import FEEDS

TOGETHER = 40
"""Pairs that change between two runs, where the cost of each is counted."""

WITH_A_FRESH_READ = 2.2
"""Calls per changed pair: the read just before the write, the write, and a share of what is asked for all of them together."""

FROM_THE_LIST = 1.25
"""Calls per changed pair whose incident, with its etag, stood in this run's list: the write, and such a share."""


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    with emulated(folder, latency) as world:
        world.seed_escalations(pairs)
        deployment = Deployment(world, folder)
        deployment.settle(latency)
        tickets = world.mirrored_tickets()
        take_up(world, tickets[:1])
        bars = _crossing(deployment, "ServiceNow to Sentinel")
        world.advance(minutes=15)
        activate(world, [pairs])
        return [*bars, *_crossing(deployment, "Sentinel to ServiceNow"), *_per_pair(deployment, tickets[1:], pairs)]


def take_up(world: Emulated, tickets: Sequence[str]) -> None:
    """A person sets tickets to In Progress."""
    for number in tickets:
        world.person("servicenow", "keiko.tanaka", "edit", number=number, fields={"state": "2"})


def activate(world: Emulated, incidents: Sequence[int], **fields: str) -> None:
    """A person sets incidents to Active, or changes other fields of them."""
    for number in incidents:
        world.person("sentinel", "keiko.tanaka", "edit", incident=number, fields=fields or {"status": "Active"})


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


def _per_pair(deployment: Deployment, tickets: Sequence[str], but: int) -> Sequence[Bar]:
    """What each of several changes costs: one way, the other way, and where people have edited the incident as well."""
    world = deployment.emulated
    incidents = incidents_of(world)
    unchanged = [number for number in tickets if incidents[number] != but]
    first, second, third = (unchanged[start : start + TOGETHER] for start in range(0, 3 * TOGETHER, TOGETHER))
    take_up(world, first)
    to_sentinel = _settled(deployment)
    activate(world, [incidents[number] for number in second])
    to_servicenow = _settled(deployment)
    take_up(world, third)
    activate(world, [incidents[number] for number in third], description="Seen again on another host.")
    from_the_list = _settled(deployment)
    return (
        at_most("calls per ticket's change, feeds apart", _share(to_sentinel), "", WITH_A_FRESH_READ),
        at_most("calls per incident's change, feeds apart", _share(to_servicenow), "", WITH_A_FRESH_READ),
        at_most("calls per change of a ticket and its listed incident", _share(from_the_list), "", FROM_THE_LIST),
        at_least("reads of a ticket just before each write of one", _fresh_reads(to_servicenow), "", TOGETHER, "each"),
    )


def _settled(deployment: Deployment) -> Run:
    """The run that carries what has changed, with nothing left for the next one."""
    run = deployment.sync()
    if len(writes(run.calls)) != TOGETHER:
        raise RuntimeError(f"{len(writes(run.calls))} writes for {TOGETHER} changed pairs")
    deployment.emulated.advance(minutes=15)
    deployment.sync()
    deployment.emulated.advance(minutes=15)
    return run


def _share(run: Run) -> float:
    return (len(without_tokens(run.calls)) - FEEDS) / TOGETHER


def _fresh_reads(run: Run) -> int:
    """Reads of single tickets; those that are read for all changes together go in one call."""
    return sum(call.system == "servicenow" and call.method == "GET" and not call.is_feed for call in run.calls)


def incidents_of(world: Emulated) -> dict[str, int]:
    """The number of each ticket's incident."""
    return {
        label["labelName"]: int(row["properties"]["incidentNumber"])
        for row in world.records("arm")
        for label in row["properties"]["labels"]
    }
