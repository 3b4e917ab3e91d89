"""What the benchmark of evidence measures, small: a tenant whose lists have many pages, collected into a store that knows the days before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from math import ceil
from pathlib import Path

import pytest
from bench.evidence import fill
from bench.remembered import DEPLOYMENT, kept_on
from bench.tenant import RECOMMENDATIONS, group, machine, managed_device, recommendation, score_on, tasks_on
from tests.contract.evidence_sources.rig import EvidenceRig
from tests.engine import MAPPINGS
from tests.fresh_store import put_fresh_store

from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.owner_file import load_owners
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.collecting.desk import Desk, Sources
from watchkeeper.collecting.duties import COLLECTORS
from watchkeeper.collecting.run import Collected, collect
from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.evidence.coverage import coverage
from watchkeeper.evidence.kept import OWNERSHIP, remediation_history, scores_between
from watchkeeper.evidence.kept import RECOMMENDATIONS as RECOMMENDED
from watchkeeper.evidence.remediation import Burndown, burndown
from watchkeeper.model.evidence_rules import EvidenceRules
from watchkeeper.state import SqlStateStore, open_store
from watchkeeper.stop import Stop

NOW, TODAY = FIRST_MONDAY, FIRST_MONDAY.date()
DEVICES, PAGE = 230, 100
BEFORE = 2
"""Days that the store knows."""
DUTIES = ("service-administration", "secure-score", "vulnerability-remediation")


@pytest.fixture(scope="module")
def rig() -> EvidenceRig:
    rig = EvidenceRig()
    fill(rig.seed, NOW, DEVICES)
    rig.seed("defender", options={"page_size": PAGE})
    scores = [score_on(TODAY - timedelta(days=days)) for days in range(5)]
    rig.seed("graph", options={"page_size": PAGE}, collections={"secureScores": scores})
    return rig


@pytest.fixture(scope="module")
def store(rig: EvidenceRig, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStateStore]:
    file: Path = tmp_path_factory.mktemp("large") / "store.db"
    put_fresh_store(file)
    with open_store(f"sqlite:///{file}", DEPLOYMENT, rig.clock, migrate=True) as store:
        for days in range(BEFORE, 0, -1):
            store.keep_snapshots(kept_on(TODAY - timedelta(days=days)))
        assert not gather(rig, store, catalog).broken
        yield store


def gather(rig: EvidenceRig, store: SqlStateStore, catalog: Catalog, duties: Collection[str] = DUTIES) -> Collected:
    desk = Desk(
        Sources(tenant=rig.graph, estate=rig.defender),
        store,
        catalog,
        {},
        EvidenceRules(),
        load_owners(MAPPINGS, catalog),
        NOW,
        Inquiry(Stop()),
    )
    return collect(desk, COLLECTORS, duties, frozenset())


def test_each_device_is_listed_once_whatever_the_pages(rig: EvidenceRig) -> None:
    machines, managed = rig.defender.machines().rows, rig.graph.managed_devices().rows
    assert [each.name for each in machines] == [machine(number, NOW)["computerDnsName"] for number in range(DEVICES)]
    assert [each.id for each in managed] == [managed_device(number, NOW)["id"] for number in range(DEVICES)]


def test_texts_that_devices_have_in_common_are_kept_once(rig: EvidenceRig) -> None:
    machines, managed = rig.defender.machines().rows, rig.graph.managed_devices().rows
    shared = ("system", "system_version", "health", "onboarding", "risk", "exposure", "value", "group", "tags")
    for name in shared:
        found = [getattr(each, name) for each in machines]
        assert len(set(map(id, found))) == len(set(found)), name
    systems = [each.system_version for each in managed]
    assert len(set(map(id, systems))) == len(set(systems))


def test_a_night_keeps_the_whole_estate_beside_the_days_before(rig: EvidenceRig, store: SqlStateStore) -> None:
    history = remediation_history(store, date.min, date.max)
    assert [each.day for each in history.days] == [TODAY - timedelta(days=days) for days in range(BEFORE, -1, -1)]
    assert burndown(history.days) == tuple(_recomputed(each.day) for each in history.days)
    recommended = store.latest_snapshot(RECOMMENDED, TODAY)
    assert recommended is not None
    assert len(recommended.document.recommendations) == RECOMMENDATIONS
    owned = store.latest_snapshot(OWNERSHIP, TODAY)
    assert owned is not None
    assert owned.document.device_groups == tuple(sorted({group(number) for number in range(DEVICES)}))
    scores = scores_between(store, TODAY - timedelta(days=BEFORE), TODAY)
    assert [each.points for each in scores] == [score_on(each.day)["currentScore"] for each in scores]


def test_a_list_that_two_duties_need_is_read_once(rig: EvidenceRig, store: SqlStateStore, catalog: Catalog) -> None:
    mark = len(rig.world.log.entries())
    gather(rig, store, catalog, ("service-administration", "vulnerability-remediation"))
    pages = Counter(entry.path for entry in rig.world.log.entries(mark))
    assert pages["/api/machines"] == pages["/v1.0/deviceManagement/managedDevices"] == ceil(DEVICES / PAGE)


def test_servers_alone_are_unmanaged_and_what_stands_where_they_were_is_bare(rig: EvidenceRig) -> None:
    found = coverage(rig.graph.managed_devices().rows, rig.defender.machines().rows, NOW)
    servers = [number for number in range(DEVICES) if machine(number, NOW)["aadDeviceId"] is None]
    assert [each.name for each in found.bare] == [managed_device(number, NOW)["deviceName"] for number in servers]
    assert [each.name for each in found.unmanaged] == [machine(number, NOW)["computerDnsName"] for number in servers]
    assert found.covered == DEVICES - len(servers)


def _recomputed(day: date) -> Burndown:
    """From the items as the service has them."""
    rows = [recommendation(number, DEVICES) for number in range(RECOMMENDATIONS)]
    exempt = {each["productName"] for each in rows if each["status"] == "Exception"}
    waiting = [task for task in tasks_on(day) if task["status"] == "Active"]
    tasks = [task for task in waiting if task["nameId"] not in exempt]
    assert len(tasks) < len(waiting)
    overdue = [task for task in tasks if task["dueOn"] is not None and task["dueOn"][:10] < day.isoformat()]
    left = sum(task["targetDevices"] - task["fixedDevices"] for task in tasks)
    return Burndown(day, len(tasks), left, len(overdue), len(waiting) - len(tasks))
