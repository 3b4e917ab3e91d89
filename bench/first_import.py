"""The first import of escalations, beside the physical bound of the same calls and beside a plain sequential script."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.bars import Bar, at_least, at_most, compared, first_near, shown
from bench.calls import Call, slowest_host, writes
from bench.deployment import Deployment
from bench.emulated import Emulated, cpu_seconds, emulated
from bench.processes import Execution, execute

NEAR_THE_BOUND = 1.2
TIMES_FASTER = 5.0
WORKERS: Mapping[str, int] = {"servicenow": 4, "arm": 8}
"""Calls at once that the connectors declare (`Capabilities.workers`)."""
SCRIPT = (sys.executable, "-m", "bench.sequential", "--json")


@dataclass(frozen=True, slots=True)
class Import:
    """One import, checked against the emulators' own records. `before`: seconds from the start of the process to the lease;
    `inside`: from the lease to the report. `emulators`: their CPU seconds meanwhile."""

    execution: Execution
    calls: list[Call]
    emulators: float
    before: float = 0.0
    inside: float = 0.0


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:
    ours = first_near(
        (_ours(folder, pairs, latency, turn) for turn in range(repeat)),
        lambda each: each.inside / slowest_host(each.calls, latency, WORKERS)[1],
        NEAR_THE_BOUND,
    )
    portion = max(1, pairs // 5)
    script = _script(folder, portion, latency)
    host, bound = slowest_host(ours.calls, latency, WORKERS)
    wall, each = ours.execution.wall, script.execution.wall / portion
    near = f"{NEAR_THE_BOUND} x {bound:.2f} s, the bound of {host}"
    return (
        at_most("wall of the run", ours.inside, "s", NEAR_THE_BOUND * bound, near),
        at_least("per escalation: times faster than the script", each / (wall / pairs), "x", TIMES_FASTER),
        shown("wall of the run over the bound", ours.inside / bound, "x"),
        compared("wall of the process", wall, "s", bound, "beside the bound itself"),
        shown("  of it before the run", ours.before, "s"),
        shown("  of it after the run", wall - ours.before - ours.inside, "s"),
        shown("calls", len(ours.calls), ""),
        shown("writes", len(writes(ours.calls)), ""),
        shown("CPU of the process", ours.execution.cpu, "s"),
        shown("CPU of the emulators meanwhile", ours.emulators, "s"),
        shown("peak memory", ours.execution.memory, "MiB"),
        shown(f"script: wall for {portion} of them", script.execution.wall, "s"),
        shown("script: calls", len(script.calls), ""),
        shown("script: CPU", script.execution.cpu, "s"),
    )


def _ours(folder: Path, pairs: int, latency: float, turn: int) -> Import:
    place = folder / f"ours-{turn}"
    place.mkdir()
    with emulated(place, latency) as world:
        world.seed_escalations(pairs)
        deployment = Deployment(world, place)
        tripped = deployment.sync("--profile", "escalation", allowed=(7,))
        before, now = cpu_seconds(world.process.pid), world.now()
        run = deployment.sync("--profile", "escalation", *deployment.opened_valves(tripped))
        spent = cpu_seconds(world.process.pid) - before
        _check(world, pairs)
    began, ended = (datetime.fromisoformat(run.execution.report[name]) for name in ("started_at", "ended_at"))
    waited, inside = (began - now).total_seconds(), (ended - began).total_seconds()
    return Import(run.execution, run.calls, spent, waited, inside)


def _script(folder: Path, pairs: int, latency: float) -> Import:
    place = folder / "script"
    place.mkdir()
    with emulated(place, latency) as world:
        world.seed_escalations(pairs)
        mark, before = world.mark(), cpu_seconds(world.process.pid)
        execution = execute(SCRIPT, place, world.environment)
        spent = cpu_seconds(world.process.pid) - before
        if execution.exit_code != 0:
            raise RuntimeError(f"the sequential script ended with {execution.exit_code}")
        _check(world, pairs)
        return Import(execution, world.calls_since(mark), spent)


def _check(world: Emulated, pairs: int) -> None:
    """Both importers did the whole work: a ticket per incident, and its number as a label. Raises RuntimeError."""
    tickets = {row["number"] for row in world.records("servicenow")}
    labels = [{each["labelName"] for each in row["properties"]["labels"]} for row in world.records("arm")]
    linked = {number for names in labels for number in names & tickets}
    if len(linked) != pairs or len(tickets) != pairs:
        raise RuntimeError(f"{len(tickets)} tickets and {len(linked)} labels for {pairs} escalations")
