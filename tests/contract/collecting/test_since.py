"""How far back a duty's evidence reaches: never less far than its ticket before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine import MAPPINGS, MONDAY
from tests.fresh_store import put_fresh_store

from watchkeeper.catalog.model import Catalog, Schedule
from watchkeeper.catalog.owner_file import load_owners
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.collecting.desk import Desk, Sources
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.state import open_store
from watchkeeper.stop import Stop

TASK = "service-administration"


@pytest.mark.parametrize(
    ("cadence", "rule", "days"),
    [
        ("daily", "FREQ=DAILY", 3),
        ("weekly", "FREQ=WEEKLY;BYDAY=MO", 7),
        ("monthly", "FREQ=MONTHLY;BYDAY=3MO", 35),
        ("custom", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", 14),
        ("custom", "FREQ=WEEKLY;BYDAY=MO,TH", 4),
        ("custom", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1", 92),
        ("custom", "FREQ=YEARLY;INTERVAL=5;BYMONTH=1;BYMONTHDAY=1", 366),
        ("as-needed", "", 31),
    ],
)
def test_it_reaches_back_as_far_as_the_duty_comes_round(
    catalog: Catalog, tmp_path: Path, cadence: str, rule: str, days: int
) -> None:
    task = catalog.tasks[TASK]
    assert task.schedule is not None
    schedule: Schedule | None = replace(task.schedule, rule=rule) if rule else None
    tasks = {**catalog.tasks, TASK: replace(task, cadence=cadence, schedule=schedule)}
    owners, rules = load_owners(MAPPINGS, catalog), EvidenceRules()
    put_fresh_store(tmp_path / "store.db")
    clock = WorldClock(MONDAY, frozen=True)
    with open_store(f"sqlite:///{tmp_path / 'store.db'}", "soc", clock, migrate=False) as store:
        catalog = replace(catalog, tasks=tasks)
        desk = Desk(Sources(), store, catalog, {}, rules, owners, MONDAY, Inquiry(Stop()))
        assert MONDAY - desk.since(TASK) == timedelta(days=days)
