"""The devices that remediation tasks wait for, as a night's collection leaves them: long lists of a few, and word of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from bench.tenant import group, machine, tasks_on
from watchkeeper.evidence.devices import MOST_DEVICES, bounded, waiting_for_devices
from watchkeeper.evidence.kept import DEVICES, devices_of, name_of_task
from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.evidence.owners import recommendation_of
from watchkeeper.model.evidence import ExposedDevice, Listing, RemediationTask
from watchkeeper.model.owner_book import UNOWNED_ID
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.task_devices import DeviceList, DeviceLists
from watchkeeper.transport.rows import Row
from watchkeeper_defender.estate import exposed_device, remediation_task

OWNED: Final = 30
"""Device groups that have owners where there are any: the others are nobody's in every store."""
_LISTED: Final = 12
"""Tasks whose lists are there, each with more devices than are kept."""


def devices_on(day: date) -> Iterator[Snapshot[Any]]:
    at = datetime(day.year, day.month, day.day, 0, 40, tzinfo=UTC)
    waiting = waiting_for_devices(_tasks(day), DeviceLists(()))
    long = {each.id for each in _looked_at(day)}
    for task in waiting:
        if task.id in long:
            yield Snapshot(devices_of(task.id), day, at, bounded(task.id, Listing(_devices(task, at), at)))
    lists = tuple(DeviceList(task.id, at, None) for task in waiting)
    yield Snapshot(DEVICES, day, at, DeviceLists(lists))


def of_tasks(day: date) -> Mapping[str, Sequence[str]]:
    """What addresses of pages of devices may name: tasks, and things to mend that nobody owns."""
    tasks = _looked_at(day)
    return {
        "activity": [name_of_task(each.id) for each in tasks],
        "item": [name_of(UNOWNED_ID, recommendation_of(each)) for each in tasks],
    }


def _tasks(day: date) -> list[RemediationTask]:
    return [remediation_task(Row(each)) for each in tasks_on(day)]


def _looked_at(day: date) -> list[RemediationTask]:
    nobody_s = frozenset(map(group, range(1_000))) - frozenset(map(group, range(OWNED)))
    waiting = waiting_for_devices(_tasks(day), DeviceLists(()))
    return [each for each in waiting if nobody_s.issuperset(each.groups)][:_LISTED]


def _devices(task: RemediationTask, at: datetime) -> tuple[ExposedDevice, ...]:
    rows = ({**machine(number, at), "rbacGroupName": task.groups[0]} for number in range(2 * MOST_DEVICES))
    return tuple(exposed_device(Row(each)) for each in rows)
