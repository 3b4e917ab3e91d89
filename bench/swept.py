"""`python -m bench.swept fill|plan PAIRS CHANGED FILE`: make a store of linked pairs, or plan a full sweep over it.

Each in a process of its own, so that the peak memory of planning is not that of making. `plan` prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench.estate import DEPLOYMENT, NOW, Estate
from bench.filled import MAPPINGS, fill
from bench.listed import ListedSide
from watchkeeper.catalog.load import load_catalog
from watchkeeper.clock import FixedClock, ThreadWorkers, random_id
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.model.limits import Limits
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.state.opening import open_store
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync.plan import Options, prepare
from watchkeeper.sync.systems import Systems
from watchkeeper.sync.valves import check_valves


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.swept")
    parser.add_argument("what", choices=["fill", "plan"])
    parser.add_argument("pairs", type=int)
    parser.add_argument("changed", type=int)
    parser.add_argument("file", type=Path)
    chosen = parser.parse_args()
    estate = Estate(chosen.pairs, chosen.changed)
    with open_store(f"sqlite:///{chosen.file}", DEPLOYMENT, FixedClock(NOW), migrate=True) as store:
        if chosen.what == "fill":
            fill(store, chosen.pairs)
        else:
            json.dump(plan(store, estate), sys.stdout)
    return 0


def plan(store: SqlStateStore, estate: Estate) -> Mapping[str, float]:
    """Stage what both sides list, and plan: everything that a full sweep does before its first write."""
    sides = {side: ListedSide(side, estate) for side in (SERVICENOW, SENTINEL)}
    with ThreadWorkers(dict.fromkeys(sides, 4)) as workers:
        systems = Systems(
            deployment=DEPLOYMENT,
            mode="full",
            connectors=sides,
            store=store,
            catalog=load_catalog(MAPPINGS, deployment=DEPLOYMENT),
            profiles=load_profiles(MAPPINGS),
            composer=TemplateComposer(),
            clock=FixedClock(NOW),
            ids=random_id,
            workers=workers,
        )
        began = time.perf_counter()
        prepared = prepare(systems, "sweep", Options(full=True))
        trips = check_valves(prepared, Limits())
        whole = time.perf_counter() - began
    if prepared.observation.errors or any(result.seen != estate.pairs for result in prepared.observation.results):
        raise RuntimeError(f"the listings were not seen whole: {prepared.observation}")
    staged = max(side.scanned[1] for side in sides.values()) - min(side.scanned[0] for side in sides.values())
    planned = len({action.key for action in prepared.actions if action.profile == "escalation"})
    return {"staged": staged, "planned": whole - staged, "pairs": planned, "valves": len(trips)}


if __name__ == "__main__":
    sys.exit(main())
