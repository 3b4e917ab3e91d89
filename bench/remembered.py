"""`python -m bench.remembered fill|read DAYS FILE`: make a store that evidence was collected into for so many days, or analyse them all.

Each in a process of its own, so that the peak memory of reading is not that of making. `read` prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.tenant import CONTROLS, RECOMMENDATIONS, control_profile, group, recommendation, score_on, tasks_on
from watchkeeper.clock import FixedClock
from watchkeeper.evidence.exceptions import excepted
from watchkeeper.evidence.kept import (
    PROFILES,
    REMEDIATION,
    SCORES,
    ProfileDay,
    RemediationDay,
    assignment,
    profiles_on,
    remediation_history,
    scores_between,
)
from watchkeeper.evidence.owners import Allotment, workloads
from watchkeeper.evidence.remediation import Bounds, burndown, standings
from watchkeeper.model.evidence import ExposureScore
from watchkeeper.model.owner_book import OwnerBook, OwnerRule
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.state.opening import open_store
from watchkeeper.state.store import SqlStateStore
from watchkeeper.transport.rows import Row
from watchkeeper_defender.estate import recommendation as recommendation_of
from watchkeeper_defender.estate import remediation_task
from watchkeeper_graph.security import control_profile as profile_of
from watchkeeper_graph.security import daily_score

DEPLOYMENT: Final = "soc"
NOW: Final = datetime(2026, 11, 16, 0, 30, tzinfo=UTC)
"""When the emulated world begins."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.remembered")
    parser.add_argument("what", choices=["fill", "read"])
    parser.add_argument("days", type=int)
    parser.add_argument("file", type=Path)
    chosen = parser.parse_args()
    with open_store(f"sqlite:///{chosen.file}", DEPLOYMENT, FixedClock(NOW), migrate=True) as store:
        if chosen.what == "fill":
            for number in range(chosen.days, 0, -1):
                store.keep_snapshots(kept_on(NOW.date() - timedelta(days=number)))
        else:
            json.dump(read(store, NOW.date() - timedelta(days=chosen.days), NOW.date()), sys.stdout)
    return 0


def kept_on(day: date) -> Iterator[Snapshot[Any]]:
    """What a collection of that day has left."""
    at = datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC)
    tasks = tuple(remediation_task(Row(each)) for each in tasks_on(day))
    exempt = excepted(tasks, [recommendation_of(Row(recommendation(each, 1))) for each in range(RECOMMENDATIONS)])
    profiles = ProfileDay(tuple(profile_of(Row(control_profile(each))) for each in range(CONTROLS)))
    yield Snapshot(REMEDIATION, day, at, RemediationDay(tasks, ExposureScore(at, 31.4), tuple(sorted(exempt))))
    yield Snapshot(SCORES, day, at, daily_score(Row(score_on(day))))
    yield Snapshot(PROFILES, day, at, profiles.slim())


def read(store: SqlStateStore, since: date, until: date) -> Mapping[str, float]:
    """What a report on remediation, and one on Secure Score, do before they are worded."""
    began = time.process_time()
    history = remediation_history(store, since, until)
    read_at = time.process_time()
    ownership = assignment(store, _book(), until).ownership
    judged = standings(history.days, Bounds())
    burnt, shares = burndown(history.days), workloads(judged, ownership, Allotment())
    judged_at = time.process_time()
    scores = scores_between(store, since, until)
    for day in (since, until):
        profiles_on(store, day)
    return {
        "remediation_read": read_at - began,
        "remediation_judged": judged_at - read_at,
        "scores_read": time.process_time() - judged_at,
        "days": len(burnt),
        "tasks": sum(len(each.tasks) for each in history.days),
        "items": sum(len(share.waiting) + len(share.done) for share in shares),
        "scores": len(scores),
    }


def _book() -> OwnerBook:
    """Owners of three quarters of the device groups."""
    owners = [
        OwnerRule(f"site-{each}", {"en": f"Site {each}"}, (group(each),), (), "Site IT", "", "en", "UTC", "")
        for each in range(30)
    ]
    return OwnerBook("SOC", "en", "UTC", tuple(owners))


if __name__ == "__main__":
    sys.exit(main())
