"""Which tasks are asked for their devices, and how much of a list is kept. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from watchkeeper.evidence.spelling import folded
from watchkeeper.model.evidence import ExposedDevice, Listing, RemediationTask
from watchkeeper.model.task_devices import DeviceList, DeviceLists, GroupCount, TaskDevices

MOST_DEVICES: Final = 1_000
"""Devices of a task that are kept."""
_LONGEST: Final = 255
"""Characters of a device's name (RFC 1035, section 2.3.4), and of what else is kept of it."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_NOT_ASKED: Final = (_NEVER.date(), False)


def waiting_for_devices(tasks: Iterable[RemediationTask], known: DeviceLists) -> tuple[RemediationTask, ...]:
    """The open tasks with devices left, in the order in which they are asked: those first that were not asked for longest, of these the ones
    due first. One that was asked in vain comes behind those that were read on that day: it may keep others from being asked, as it did, but
    not every day."""
    asked = {each.task: _last_asked(each) for each in known.lists}
    waiting = [each for each in tasks if not each.completed and each.left]
    return tuple(
        sorted(waiting, key=lambda task: (asked.get(task.id, _NOT_ASKED), task.due_at is None, _due(task), task.id))
    )


def _last_asked(known: DeviceList) -> tuple[date, bool]:
    """On which day, and whether in vain."""
    at = max(known.read_at or _NEVER, known.failed_at or _NEVER)
    return at.astimezone(UTC).date(), known.failed_at is not None


def _due(task: RemediationTask) -> datetime:
    return task.due_at or _NEVER


def bounded(task: str, listing: Listing[ExposedDevice]) -> TaskDevices:
    """What is kept of a list. Where that is not all of it, every device group has its share, so that no owner's devices are missing because
    another has many."""
    rows = sorted(map(_short, listing.rows), key=lambda row: (folded(row.group), folded(row.name), row.id))
    kept = _shares(rows)[:MOST_DEVICES]
    listed, shown = Counter(each.group for each in rows), dict.fromkeys(each.group for each in kept)
    return TaskDevices(
        task,
        listing.as_of,
        tuple(sorted(kept, key=lambda row: (folded(row.group), folded(row.name), row.id))),
        tuple(GroupCount(group, listed[group]) for group in sorted(shown)),
        len(listing.set_aside),
    )


def _shares(rows: Sequence[ExposedDevice]) -> list[ExposedDevice]:
    """The first of each group, then the second of each, and so on."""
    seen = Counter[str]()
    places: list[tuple[int, int]] = []
    for number, each in enumerate(rows):
        places.append((seen[each.group], number))
        seen[each.group] += 1
    return [rows[number] for _, number in sorted(places)]


def _short(device: ExposedDevice) -> ExposedDevice:
    longest = max(map(len, (device.id, device.name, device.system, device.group)))
    if longest <= _LONGEST:
        return device
    return replace(
        device,
        id=device.id[:_LONGEST],
        name=device.name[:_LONGEST],
        system=device.system[:_LONGEST],
        group=device.group[:_LONGEST],
    )
