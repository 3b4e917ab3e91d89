"""The devices that remediation tasks wait for: kept beside the evidence, never in its way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.contract.collecting.test_collecting import REMEDY, Bench
from tests.contract.evidence_sources.rig import EvidenceRig, evidence_world

from watchkeeper.catalog.model import Catalog
from watchkeeper.collecting import devices
from watchkeeper.emulators.world import World
from watchkeeper.errors import Deferred, Interrupted
from watchkeeper.evidence.kept import DEVICES, REMEDIATION, devices_of
from watchkeeper.model.evidence import RemediationTask
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.sources import DEFENDER
from watchkeeper.model.task_devices import DeviceList, DeviceLists, NotRead, TaskDevices
from watchkeeper.state import open_store
from watchkeeper.stop import Stop

PATH = "machineReferences"


@pytest.fixture(scope="module")
def kept_world() -> World:
    return evidence_world()


@pytest.fixture
def bench(kept_world: World, catalog: Catalog, tmp_path: Path) -> Iterator[Bench]:
    rig = EvidenceRig(kept_world)
    with open_store(f"sqlite:///{tmp_path / 'store.db'}", "soc", rig.clock, migrate=True) as store:
        yield Bench(rig, store, catalog)


def lists(bench: Bench) -> dict[str, DeviceList]:
    kept = bench.store.latest_snapshot(DEVICES, bench.today)
    assert kept is not None
    return {each.task: each for each in kept.document.lists}


def waiting(bench: Bench) -> list[RemediationTask]:
    kept = bench.store.latest_snapshot(REMEDIATION, bench.today)
    assert kept is not None
    return [each for each in kept.document.tasks if not each.completed and each.left]


def list_of(bench: Bench, task: str) -> TaskDevices | None:
    kept = bench.store.latest_snapshot(devices_of(task), bench.today)
    return None if kept is None else kept.document


def asked(bench: Bench) -> list[str]:
    """The tasks that were asked for their devices, in order."""
    return [entry.path.split("/")[-2] for entry in bench.rig.calls(DEFENDER) if entry.path.endswith(PATH)]


def breaks(bench: Bench, **rule: Any) -> None:
    bench.rig.fault(**{"kind": "status", "system": DEFENDER, "regex": PATH, **rule})


def tomorrow(bench: Bench) -> None:
    bench.rig.clock.advance(timedelta(days=1))
    bench.rig.open()


def test_every_task_that_waits_for_devices_is_asked_once_and_kept_as_it_answers(bench: Bench) -> None:
    bench.collect(REMEDY)
    assert sorted(asked(bench)) == sorted(each.id for each in waiting(bench))
    assert lists(bench).keys() == {each.id for each in waiting(bench)}
    for task in waiting(bench):
        listed, kept = bench.rig.defender.exposed_devices(task.id).rows, list_of(bench, task.id)
        assert kept is not None
        assert (set(kept.devices), sum(each.count for each in kept.groups)) == (set(listed), len(listed))
        assert lists(bench)[task.id] == DeviceList(task.id, kept.read_at, None)
    assert sum(len(found.devices) for task in waiting(bench) if (found := list_of(bench, task.id)) is not None) > 10


def test_the_latest_day_alone_is_kept_and_what_is_done_is_forgotten(bench: Bench) -> None:
    bench.collect(REMEDY)
    before = set(lists(bench))
    for _ in range(40):
        tomorrow(bench)
        bench.collect(REMEDY)
        days = {
            each: bench.store.snapshot_days(devices_of(each), date.min, date.max) for each in before | set(lists(bench))
        }
        assert {name for name, found in days.items() if found} == set(lists(bench))
        assert all(found in ([], [bench.today]) for found in days.values())
    assert before - set(lists(bench))
    assert bench.store.snapshot_days(DEVICES, date.min, date.max) == [bench.today]


@pytest.mark.parametrize(
    ("fault", "why", "calls"),
    [
        ({"status": 403}, NotRead.NOT_ALLOWED, 1),
        ({"status": 429, "retry_after": 3600}, NotRead.BUSY, 1),
        ({"status": 503}, NotRead.BUSY, 5),
        ({"status": 404}, NotRead.GONE, None),
        ({"kind": "html200"}, NotRead.UNREADABLE, devices.MOST_UNREADABLE),
        ({"kind": "truncate"}, NotRead.UNREADABLE, devices.MOST_UNREADABLE),
    ],
    ids=lambda each: str(each) if not isinstance(each, dict) else "-".join(map(str, each.values())),
)
def test_that_they_cannot_be_read_fails_nothing_and_is_said(
    bench: Bench, fault: dict[str, Any], why: NotRead, calls: int | None
) -> None:
    breaks(bench, **fault)
    found = bench.collect(REMEDY)
    assert (found.broken, bench.of(REMEDY).complete) == (False, bench.of(REMEDY).missing == ())
    assert [each for each in bench.missing(REMEDY) if not each.startswith("servicenow/")] == []
    assert "Missing from this evidence: defender" not in bench.of(REMEDY).texts["en"]
    assert len(asked(bench)) == (len(waiting(bench)) if calls is None else calls)
    said = {each.not_read for each in lists(bench).values()}
    assert why in said
    assert said <= {why, NotRead.LATER}
    assert all(each.read_at is None for each in lists(bench).values())


def test_without_the_permission_no_other_task_is_asked_and_yesterday_s_list_stays(bench: Bench) -> None:
    bench.collect(REMEDY)
    before = {task: list_of(bench, task) for task in lists(bench)}
    yesterday = bench.today
    tomorrow(bench)
    breaks(bench, status=403)
    bench.collect(REMEDY)
    still = {name: each for name, each in lists(bench).items() if name in before}
    assert {each.not_read for each in still.values()} == {NotRead.NOT_ALLOWED}
    assert {each.read_at.date() for each in still.values() if each.read_at is not None} == {yesterday}
    assert all(list_of(bench, task) == before[task] for task in still)


def test_what_was_not_read_today_is_read_first_tomorrow(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "MOST_TASKS", 3)
    bench.collect(REMEDY)
    first = asked(bench)
    assert len(first) == 3
    assert {name for name, each in lists(bench).items() if each.not_read is None} == set(first)
    assert {each.not_read for name, each in lists(bench).items() if name not in first} == {NotRead.LATER}
    tomorrow(bench)
    bench.collect(REMEDY)
    second = asked(bench)[3:]
    assert not set(first) & set(second)
    assert {name for name, each in lists(bench).items() if each.read_at is not None} >= set(second)
    assert all(list_of(bench, task) is not None for task in (*first, *second) if task in lists(bench))


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 403}, {"kind": "html200"}], ids=str)
def test_one_that_never_can_be_read_does_not_keep_the_others_from_being_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    monkeypatch.setattr(devices, "MOST_UNREADABLE", 1)
    bench.collect(REMEDY)
    first = asked(bench)[0]
    for _ in range(3):
        tomorrow(bench)
        breaks(bench, **fault, regex=f"{first}/{PATH}")
        bench.collect(REMEDY)
    known = lists(bench)
    assert first in known
    unread = {name for name, each in known.items() if each.not_read is not None}
    assert unread == {first}
    assert all(list_of(bench, task) is not None for task in known)


def test_they_take_no_longer_than_they_may(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer waits for a minute until it comes."""
    breaks(bench, status=429, retry_after=59, times=1)
    monkeypatch.setattr(devices, "LONGEST", timedelta(seconds=30))
    bench.rig.seed(DEFENDER, collections={"machineReferences": []})
    began = bench.rig.clock.now()
    breaks(bench, status=429, retry_after=31, after=2, times=1)
    bench.collect(REMEDY)
    assert len({name for name, each in lists(bench).items() if each.not_read is None}) < len(waiting(bench))
    assert bench.rig.clock.now() - began < timedelta(minutes=3)


class EndsAtDevices(Stop):
    """The end of the time that a run has, or a signal, once a number of tasks was asked."""

    def __init__(self, bench: Bench, after: int, error: Exception) -> None:
        super().__init__()
        self._bench, self._after, self._error = bench, after, error

    def check(self) -> None:
        if len(asked(self._bench)) >= self._after:
            raise self._error


def test_the_end_of_the_time_ends_the_asking_and_nothing_else(bench: Bench) -> None:
    bench.stop = EndsAtDevices(bench, 2, Deferred("the time is over"))
    assert not bench.collect(REMEDY).broken
    assert len([each for each in lists(bench).values() if each.not_read is None]) == 2


def test_a_signal_keeps_what_was_read_before_it(bench: Bench) -> None:
    bench.stop = EndsAtDevices(bench, 2, Interrupted("a signal asked to stop", signal=15))
    with pytest.raises(Interrupted):
        bench.collect(REMEDY)
    read = {name for name, each in lists(bench).items() if each.not_read is None}
    assert read == set(asked(bench))
    assert all(list_of(bench, task) is not None for task in read)


def test_a_signal_leaves_no_list_of_a_task_that_is_done(bench: Bench) -> None:
    """What was known of it is not known any more the next time, so that nobody would look for its list again."""
    bench.collect(REMEDY)
    known = bench.store.latest_snapshot(DEVICES, bench.today)
    assert known is not None
    now, done = bench.rig.clock.now(), DeviceList("done-since", bench.rig.clock.now(), None)
    bench.store.keep_snapshots(
        [
            replace(known, document=DeviceLists((*known.document.lists, done))),
            Snapshot(devices_of(done.task), bench.today, now, TaskDevices(done.task, now, (), ())),
        ]
    )
    tomorrow(bench)
    bench.stop = EndsAtDevices(bench, len(asked(bench)) + 2, Interrupted("a signal asked to stop", signal=15))
    with pytest.raises(Interrupted):
        bench.collect(REMEDY)
    assert bench.store.snapshot_days(devices_of(done.task), date.min, date.max) == []


def test_a_fault_of_ours_there_takes_nothing_from_the_evidence(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(devices, "bounded", fails)
    assert not bench.collect(REMEDY).broken
    assert bench.store.latest_snapshot(REMEDIATION, bench.today) is not None


def test_where_the_tasks_cannot_be_read_nobody_asks_for_their_devices(bench: Bench) -> None:
    bench.rig.fault("status", DEFENDER, status=503, regex="remediationTasks$")
    bench.collect(REMEDY)
    assert asked(bench) == []
    assert bench.store.latest_snapshot(DEVICES, bench.today) is None
