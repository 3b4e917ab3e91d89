"""The devices that remediation tasks wait for, as they were last read. Names of devices were written elsewhere: neutralise them before they are
shown.

A task's own number of devices left and the length of its list may differ: the source counts and lists at different times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watchkeeper.model.evidence import ExposedDevice


class NotRead(StrEnum):
    """Why a task's devices were not read when evidence was last collected."""

    LATER = "later"
    """The collection ended before it; its turn comes."""
    NOT_ALLOWED = "not-allowed"
    NOT_LICENSED = "not-licensed"
    BUSY = "busy"
    """The source asks for longer to wait than a collection does, or does not answer."""
    UNREADABLE = "unreadable"
    GONE = "gone"
    """The source has no such task any more."""


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many devices of a device group the source listed."""

    group: str
    count: int


@dataclass(frozen=True, slots=True)
class TaskDevices:
    """The devices of a task (its id) as they were read at an instant, a bounded number of them. `groups`: those of the devices that are
    kept, each with all that were listed. `unreadable`: rows of the list that no device could be made of."""

    task: str
    read_at: datetime
    devices: tuple[ExposedDevice, ...]
    groups: tuple[GroupCount, ...]
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class DeviceList:
    """What is known of a task's devices. `read_at`: of the list that is kept, None where there is none. `not_read`: why it was
    not read anew at the last collection, None where it was. `failed_at`: when it was last asked in vain, None where it was read since."""

    task: str
    read_at: datetime | None
    not_read: NotRead | None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceLists:
    """Every task of a day that waits for devices."""

    lists: tuple[DeviceList, ...]
