"""A collection that is ended anywhere, or that another one runs beside: the next one leaves what a single one would have left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.contract.evidence_sources.rig import EvidenceRig, evidence_world
from tests.engine import MAPPINGS
from tests.fresh_store import put_fresh_store

from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.owner_file import load_owners
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.collecting.desk import Brought, Desk, Sources
from watchkeeper.collecting.duties import COLLECTORS
from watchkeeper.collecting.run import Collected, collect
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.errors import Interrupted
from watchkeeper.evidence.kept import DEVICES, KINDS, devices_of, gathering_of
from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.state import SqlStateStore, open_store
from watchkeeper.stop import Stop

pytestmark = pytest.mark.thorough

TASKS = ("portal-licences", "vulnerability-remediation", "secure-score")
QUESTIONS = 10
"""Of these duties; what two of them ask is asked once. After them the devices of each open remediation task are asked for."""


class EndsAt(Stop):
    """A signal that comes right before the question of a number."""

    def __init__(self, question: int) -> None:
        super().__init__()
        self._left = question

    def check(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Interrupted("a signal asked to stop", signal=15)


@pytest.fixture(scope="module")
def rig() -> EvidenceRig:
    return EvidenceRig(evidence_world(WorldOptions(quotas=False)))  # a limit would be waited for, and move the clock


@pytest.fixture
def store(rig: EvidenceRig, tmp_path: Path) -> Iterator[SqlStateStore]:
    put_fresh_store(tmp_path / "store.db")
    with open_store(f"sqlite:///{tmp_path / 'store.db'}", "soc", rig.clock, migrate=False) as opened:
        yield opened


def run(rig: EvidenceRig, store: SqlStateStore, catalog: Catalog, stop: Stop, **other: Any) -> Collected:
    owners, rules = load_owners(MAPPINGS, catalog), EvidenceRules()
    sources = Sources(tenant=rig.graph, estate=rig.defender)
    desk = Desk(sources, store, catalog, {}, rules, owners, rig.clock.now(), Inquiry(stop))
    return collect(desk, {**COLLECTORS, **other}, TASKS, frozenset())


def kept(store: SqlStateStore) -> dict[str, list[tuple[date, object]]]:
    known = store.latest_snapshot(DEVICES, date.max)
    lists = () if known is None else known.document.lists
    kinds = [*KINDS, *map(gathering_of, TASKS), *(devices_of(each.task) for each in lists)]
    return {
        kind.name: [(each.day, each.document) for each in store.snapshots(kind, date.min, date.max)] for kind in kinds
    }


@pytest.fixture
def whole(rig: EvidenceRig, catalog: Catalog, tmp_path: Path) -> dict[str, list[tuple[date, object]]]:
    """What one undisturbed collection leaves."""
    put_fresh_store(tmp_path / "whole.db")
    with open_store(f"sqlite:///{tmp_path / 'whole.db'}", "soc", rig.clock, migrate=False) as undisturbed:
        run(rig, undisturbed, catalog, Stop())
        return kept(undisturbed)


def test_ended_before_any_question_the_next_one_makes_up_for_it(
    rig: EvidenceRig, store: SqlStateStore, catalog: Catalog, whole: dict[str, list[tuple[date, object]]]
) -> None:
    waiting = [each for each in rig.defender.remediation_tasks().rows if not each.completed and each.left]
    questions = QUESTIONS + len(waiting)
    for question in range(questions):
        with pytest.raises(Interrupted):
            run(rig, store, catalog, EndsAt(question))
    run(rig, store, catalog, EndsAt(questions))
    assert len(waiting) > 3
    assert kept(store) == whole


def test_two_at_once_leave_what_one_leaves(
    rig: EvidenceRig, store: SqlStateStore, catalog: Catalog, whole: dict[str, list[tuple[date, object]]]
) -> None:
    raised: list[str] = []

    def meanwhile(desk: Desk) -> Brought:
        raised.extend(each.key for each in run(rig, store, catalog, Stop()).raised)
        return COLLECTORS["vulnerability-remediation"](desk)

    found = run(rig, store, catalog, Stop(), **{"vulnerability-remediation": meanwhile})
    assert kept(store) == whole
    assert (len(raised), found.raised) == (1, ())
