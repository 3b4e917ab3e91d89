"""The devices that remediation waits for, as evidence was last collected: all of a task's, or those of one owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from watchkeeper.evidence.kept import DEVICES, devices_of, name_of_task
from watchkeeper.evidence.owner_tickets import name_of
from watchkeeper.model.evidence import ExposedDevice, RemediationTask
from watchkeeper.model.task_devices import DeviceList, TaskDevices
from watchkeeper.report.board.devices import (
    COMPLETED,
    NEVER_ASKED,
    Device,
    GroupOfDevices,
    ListedTask,
    OwnerDevicesPage,
    TaskDevicesPage,
)
from watchkeeper.report.texts import LANGUAGES
from watchkeeper.web.asked import NothingHere
from watchkeeper.web.reading.reader import Reader

Owners: TypeAlias = Callable[[str], tuple[str, ...]]


def read_task_devices(reader: Reader) -> TaskDevicesPage:
    """Raises NothingHere for a task that was not there when the tasks were last read."""
    told, wanted = reader.estates.of(reader).told, reader.asked.get("activity")
    tasks = told.days[-1].tasks if told.days else {}
    task = next((each for each in tasks.values() if name_of_task(each.id) == wanted), None)
    if task is None or told.as_of is None:
        raise NothingHere

    def owners(group: str) -> tuple[str, ...]:
        return tuple(owner.id for owner in told.ownership.of_group(group))

    (listed,) = _lists(reader, (task,), owners)
    found = {owner for group in listed.groups for owner in told.ownership.of_group(group.name)}
    owned = sorted((each for each in found if not told.is_unowned(each)), key=lambda each: each.id)
    names = {owner.id: {each: told.name_of(owner, each) for each in LANGUAGES} for owner in owned}
    return TaskDevicesPage(reader.head(), told.as_of, listed, names)


def read_owner_devices(reader: Reader) -> OwnerDevicesPage:
    """Of the devices only those in a device group of the owner. Raises NothingHere for an owner, or something to mend, that there is not."""
    estate, ref = reader.estates.of(reader), reader.asked.get("item")
    told, tasks = estate.told, estate.tasks.get(reader.asked.get("owner"))
    work = None if tasks is None else next((each for each in tasks.works if name_of(*each.key) == ref), None)
    if tasks is None or work is None or told.as_of is None:
        raise NothingHere
    owner = tasks.owner

    def own(group: str) -> tuple[str, ...]:
        return (owner.id,) if owner in told.ownership.of_group(group) else ()

    lists = _lists(reader, [each.task for each in work.item.open], own)
    return OwnerDevicesPage(
        head=reader.head(),
        counted_at=told.as_of,
        owner=owner.id,
        owner_name={each: told.name_of(owner, each) for each in LANGUAGES},
        ref=ref,
        recommendation=work.item.recommendation,
        title=work.item.title,
        shared=work.shared,
        left=work.item.left,
        listed=sum(each.listed for each in lists),
        tasks=lists,
    )


def _lists(reader: Reader, tasks: Iterable[RemediationTask], owners: Owners) -> tuple[ListedTask, ...]:
    """`owners`: whom to name as those of a device group; a group for which nobody is named is not shown."""
    kept = reader.store.latest_snapshot(DEVICES, reader.now.date())
    known = {} if kept is None else {each.task: each for each in kept.document.lists}
    lists, room = [], reader.asked.most
    for task in tasks:
        state = known.get(task.id)
        lists.append(_listed(task, state, _devices(reader, task, state), owners, room))
        room -= len(lists[-1].devices)
    return tuple(lists)


def _devices(reader: Reader, task: RemediationTask, state: DeviceList | None) -> TaskDevices | None:
    if state is None or state.read_at is None:
        return None
    kept = reader.store.latest_snapshot(devices_of(task.id), reader.now.date())
    return None if kept is None or kept.document.task != task.id else kept.document


def _listed(
    task: RemediationTask, state: DeviceList | None, found: TaskDevices | None, owners: Owners, room: int
) -> ListedTask:
    groups = () if found is None else tuple((each, whose) for each in found.groups if (whose := owners(each.group)))
    shown = {each.group for each, _ in groups}
    devices = () if found is None else tuple(each for each in found.devices if each.group in shown)
    return ListedTask(
        id=task.id,
        title=task.title,
        due=None if task.due_at is None else task.due_at.date(),
        left=task.left,
        target=task.target,
        listed_at=None if found is None else found.read_at,
        listed=sum(each.count for each, _ in groups),
        kept=len(devices),
        unreadable=0 if found is None else found.unreadable,
        not_read=_not_read(task, state),
        groups=tuple(GroupOfDevices(each.group, each.count, whose) for each, whose in groups),
        devices=tuple(map(_device, devices[:room])),
    )


def _not_read(task: RemediationTask, state: DeviceList | None) -> str:
    if task.completed:
        return COMPLETED
    if state is None:
        return NEVER_ASKED if task.left else ""
    return "" if state.not_read is None else state.not_read.value


def _device(device: ExposedDevice) -> Device:
    return Device(device.id, device.name, device.system, device.group)
