"""A backlog under the published quotas, in the emulated world's own time: nothing sleeps, and an hour passes in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.engine import Deployment, Watch, make_deployment

from bench.bars import Bar, at_least, at_most, shown
from watchkeeper.emulators.request_log import LogEntry

PAIRS = 300
AT_ONCE, PER_SECOND = 75.0, 75 / 300
"""Incident PUTs of the published minimum: so many at once, refilled evenly
(learn.microsoft.com/rest/api/securityinsights/request-limits-and-throttling)."""

NEAR_THE_QUOTA = 1.15
QUOTA_USED = 0.9
WHO = "ava.nguyen"
"""A member of a SOC team: may close across."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What people have done to tickets since the last run, by the names of the incidents that it has to reach."""

    closes: frozenset[str]
    severities: frozenset[str]
    comments: frozenset[str]

    @property
    def puts(self) -> int:
        return len(self.closes) + len(self.severities)


def measure(folder: Path, pairs: int, latency: float, repeat: int) -> Sequence[Bar]:  # noqa: ARG001
    deployment = make_deployment(folder)
    backlog = _backlog(_linked(deployment))
    watch = Watch.of(deployment.world)
    report = deployment.sync(open_valves=deployment.open_valves(deployment.sync()))
    if report.exit_code != 0:
        raise RuntimeError(f"the backlog was not carried: {report.reasons}")
    entries, again = watch.entries(), _next_run(deployment)
    puts = [entry for entry in entries if _put_of(entry, "incidents")]
    carried = [entry for entry in puts if entry.status is not None and entry.status < 400]
    refused = [entry.at for entry in entries if entry.status == 429]
    began, ended = carried[0].at, carried[-1].at
    seconds = (ended - began).total_seconds()
    bound = (len(carried) - AT_ONCE) / PER_SECOND
    steady = [at for at in refused if at > min(refused) + timedelta(seconds=1)] if refused else []
    return (
        at_most("calls refused in steady state", len(steady), "", 0, "none"),
        at_most("calls refused in the next run's backlog", again.refused, "", 0, "none"),
        at_least("quota used in the next run", again.used, "", QUOTA_USED),
        shown("calls refused before the quota was known to hold", len(refused) - len(steady), ""),
        at_most(
            "time of the writes",
            seconds,
            "s of the world",
            NEAR_THE_QUOTA * bound,
            f"{NEAR_THE_QUOTA} x {bound:.0f} s, the quota's own",
        ),
        at_least("quota used", len(carried) / (AT_ONCE + seconds * PER_SECOND), "", QUOTA_USED),
        at_most("writes per changed incident", len(carried) / backlog.puts, "", 1, "one, whatever has changed"),
        at_most("writes out of order", _out_of_order(entries, backlog), "", 0, "closes, severities, comments"),
        shown("incidents written", len(carried), ""),
        shown("comments written", sum(_put_of(entry, "comments") for entry in entries), ""),
    )


@dataclass(frozen=True, slots=True)
class _Again:
    """A run that comes a minute after one that used the quota up: how often it was refused, and what it used of the rest."""

    refused: int
    used: float


def _next_run(deployment: Deployment) -> _Again:
    clock, system = deployment.world.clock, deployment.world.systems["servicenow"]
    rested = clock.now()
    clock.advance(timedelta(minutes=1))
    _take_up_the_rest(system)
    watch = Watch.of(deployment.world)
    deployment.sync()
    entries = watch.entries()
    carried = [entry.at for entry in entries if _put_of(entry, "incidents") and entry.status == 200]
    allowed = (carried[-1] - rested).total_seconds() * PER_SECOND
    return _Again(sum(entry.status == 429 for entry in entries), len(carried) / allowed)


def _take_up_the_rest(system: Any) -> None:
    for row in system.records():
        if "/escalation/" in row["correlation_id"] and row["state"] == "1":
            system.people({"who": WHO, "do": "edit", "number": row["number"], "fields": {"state": "2"}})


def _linked(deployment: Deployment) -> Deployment:
    system: Any = deployment.world.systems["arm"]
    system.seed({"count": PAIRS, "provider": "alert", "labels": ["escalation"], "severity": "Medium"})
    deployment.sync(open_valves=deployment.open_valves(deployment.sync()))
    for _ in range(2):
        deployment.world.clock.advance(timedelta(minutes=15))
        deployment.sync()
    deployment.world.clock.advance(timedelta(minutes=15))
    system.seed({"options": {"published_minimums": True}})
    return deployment


def _backlog(deployment: Deployment) -> Backlog:
    """In an order that is none: comments are made first, closes last."""
    system: Any = deployment.world.systems["servicenow"]
    rows = [row for row in system.records() if "/escalation/" in row["correlation_id"]]
    names = {str(row["number"]): str(row["correlation_id"]).rsplit("/", 1)[-1] for row in rows}
    numbers = sorted(names)
    commented, both, severe, closed = numbers[:40], numbers[40:140], numbers[140:240], numbers[240:]
    for number in commented:
        system.people({"who": WHO, "do": "note", "number": number, "text": "Called the user."})
    for number in both:
        system.people(
            {"who": WHO, "do": "edit", "number": number, "fields": {"impact": "1", "urgency": "1", "state": "2"}}
        )
    for number in severe:
        system.people({"who": WHO, "do": "edit", "number": number, "fields": {"impact": "1", "urgency": "1"}})
    for number in closed:
        system.people({"who": WHO, "do": "resolve", "number": number})
    return Backlog(
        closes=frozenset(names[number] for number in closed),
        severities=frozenset(names[number] for number in (*both, *severe)),
        comments=frozenset(names[number] for number in commented),
    )


def _put_of(entry: LogEntry, kind: str) -> bool:
    return entry.method == "PUT" and kind == ("comments" if "/comments/" in entry.path else "incidents")


def _out_of_order(entries: Sequence[LogEntry], backlog: Backlog) -> int:
    """Writes that were made although a more urgent one was still to come."""
    ranks = []
    for entry in entries:
        name = entry.path.partition("/incidents/")[2].partition("/")[0]
        if entry.method == "PUT" and entry.status is not None and entry.status < 400:
            ranks.append(2 if "/comments/" in entry.path else 0 if name in backlog.closes else 1)
    return sum(rank > min(ranks[place:]) for place, rank in enumerate(ranks))
