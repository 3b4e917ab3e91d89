"""The devices that each remediation task waits for: asked task by task, so only as many as the source's limits leave room for.

No duty needs them, so nothing that goes wrong here makes a collection fail: what could not be read keeps the list that was there, and says why
it was not read anew.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from watchkeeper.collecting.desk import Desk
from watchkeeper.errors import (
    AuthFailed,
    Deferred,
    Interrupted,
    NotFound,
    Protocol,
    Reject,
    StateUnusable,
    WatchkeeperError,
)
from watchkeeper.evidence.devices import bounded, waiting_for_devices
from watchkeeper.evidence.kept import DEVICES, REMEDIATION, devices_of
from watchkeeper.evidence_ports import EstateEvidence
from watchkeeper.model.evidence import Emptiness, RemediationTask
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.task_devices import DeviceList, DeviceLists, NotRead, TaskDevices

MOST_TASKS: Final = 300
"""Tasks that one collection asks: a fifth of the 1,500 calls an hour that the API has for us (defender-docs, get-machines)."""
LONGEST: Final = timedelta(minutes=5)
"""For how long, by the source's own clock: it lets us have 100 calls a minute."""
MOST_UNREADABLE: Final = 5
"""Lists that may be unreadable before no further one is asked for."""
AT_ONCE: Final = 20
"""Lists that are stored in one go: a collection that is ended has kept nearly all that it read."""
_FOR_ALL: Final = frozenset({NotRead.NOT_ALLOWED, NotRead.NOT_LICENSED, NotRead.BUSY})
"""What holds of every other task as well, so that none of them is asked."""
_Answer: TypeAlias = TaskDevices | NotRead

log = logging.getLogger(__name__)


def collect_devices(desk: Desk) -> None:
    """Of the tasks that were read last. Raises Interrupted and StateUnusable; what was read before is kept."""
    tasks = desk.memory.latest_snapshot(REMEDIATION, desk.today)
    if desk.sources.estate is None or tasks is None:
        return
    kept = desk.memory.latest_snapshot(DEVICES, desk.today)
    known = kept.document if kept is not None else DeviceLists(())
    waiting = waiting_for_devices(tasks.document.tasks, known)
    before = {each.task: each for each in known.lists}
    lists = {task.id: _as_it_was(before.get(task.id), task.id) for task in waiting}
    read: list[TaskDevices] = []
    try:
        for task, answer, asked_at in _answers(desk, desk.sources.estate, waiting):
            lists[task] = _now_known(lists[task], answer, asked_at)
            read += [answer] if isinstance(answer, TaskDevices) else []
            if len(read) == AT_ONCE:
                _keep(desk, lists, read)
    finally:
        _keep(desk, lists, read)
        _drop(desk, known, lists)
    _warn(lists)


def _answers(
    desk: Desk, estate: EstateEvidence, waiting: Sequence[RemediationTask]
) -> Iterator[tuple[str, _Answer, datetime | None]]:
    """What became of each task that is asked, with when; and of those that need not be asked after that, with None."""
    began: datetime | None = None
    unreadable = 0
    for number, task in enumerate(waiting[:MOST_TASKS]):
        try:
            desk.inquiry.stop.check()
            answer = _asked(estate, task.id)
        except Interrupted:
            raise
        except Deferred:
            return
        yield task.id, answer, desk.now
        if isinstance(answer, NotRead) and answer in _FOR_ALL:
            yield from ((each.id, answer, None) for each in waiting[number + 1 :])
            return
        unreadable += answer is NotRead.UNREADABLE
        at = answer.read_at if isinstance(answer, TaskDevices) else began
        began = began or at
        if unreadable == MOST_UNREADABLE or (at is not None and began is not None and at - began > LONGEST):
            return


def _asked(estate: EstateEvidence, task: str) -> _Answer:
    try:
        listing = estate.exposed_devices(task)
    except (Deferred, StateUnusable):
        raise
    except NotFound:
        return NotRead.GONE
    except AuthFailed as error:
        log.debug("the devices of remediation task %s: %s", task, error)
        return NotRead.NOT_ALLOWED
    except (Protocol, Reject) as error:
        log.debug("the devices of remediation task %s: %s", task, error)
        return NotRead.UNREADABLE
    except WatchkeeperError as error:
        log.debug("the devices of remediation task %s: %s", task, error)
        return NotRead.BUSY
    return NotRead.NOT_LICENSED if listing.empty is Emptiness.NOT_LICENSED else bounded(task, listing)


def _as_it_was(before: DeviceList | None, task: str) -> DeviceList:
    return replace(before or DeviceList(task, None, None), not_read=NotRead.LATER)


def _now_known(before: DeviceList, answer: _Answer, asked_at: datetime | None) -> DeviceList:
    match answer:
        case TaskDevices():
            return DeviceList(before.task, answer.read_at, None)
        case NotRead.GONE:
            return DeviceList(before.task, None, answer, asked_at)
        case NotRead():
            return replace(before, not_read=answer, failed_at=asked_at or before.failed_at)


def _keep(desk: Desk, lists: Mapping[str, DeviceList], read: list[TaskDevices]) -> None:
    """What was read since, and what is known of every task by then."""
    devices = (Snapshot(devices_of(each.task), desk.today, desk.now, each) for each in read)
    desk.keep(
        *devices, Snapshot(DEVICES, desk.today, desk.now, DeviceLists(tuple(lists[task] for task in sorted(lists))))
    )
    read.clear()


def _drop(desk: Desk, known: DeviceLists, lists: Mapping[str, DeviceList]) -> None:
    """The lists of tasks that wait no more, and those that were read anew."""
    for before in known.lists:
        now = lists.get(before.task)
        if now is None or now.read_at is None:
            desk.memory.drop_snapshots(devices_of(before.task), desk.today + timedelta(days=1))
        elif now.not_read is None:
            desk.memory.drop_snapshots(devices_of(before.task), desk.today)
    desk.memory.drop_snapshots(DEVICES, desk.today)


def _warn(lists: Mapping[str, DeviceList]) -> None:
    why = Counter(each.not_read for each in lists.values() if each.not_read is not None)
    if why:
        told = ", ".join(f"{count} {reason.value}" for reason, count in sorted(why.items()))
        log.warning("the devices of %d of %d open remediation tasks were not read: %s", why.total(), len(lists), told)
