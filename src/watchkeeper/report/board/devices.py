"""The devices that remediation waits for, of one task or of what an owner is asked to mend: data that the API answers with, and how they
read. Names of devices are hostile texts like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from watchkeeper.catalog.model import LocalText
from watchkeeper.evidence.devices import MOST_DEVICES
from watchkeeper.model.owner_book import UNOWNED_ID
from watchkeeper.report.board.leads import REMEDIATION, owner_page
from watchkeeper.report.board.nouns import Head
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Block, Cell, Document, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment

NEVER_ASKED: Final = "never"
"""Why there is no list where no collection has ever tried to read one."""
COMPLETED: Final = "completed"
"""Why there is none of a task that is."""


@dataclass(frozen=True, slots=True)
class Device:
    """`name` is "" where Defender has none."""

    id: str
    name: str
    system: str
    group: str


@dataclass(frozen=True, slots=True)
class GroupOfDevices:
    """A device group, how many of its devices were listed, and the ids of its owners (`unowned`: nobody)."""

    name: str
    listed: int
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A remediation task with its own numbers, `left` of `target` devices, and the list that was kept of them. `listed_at` is when it was
    read, None where there is none; `listed` how many devices were on it that whoever looks may see, `kept` how many of them the store has, and
    `devices` the first of these. `unreadable`: entries of the whole list that no device could be made of. `not_read`: why it was not read anew
    at the last collection, a word of watchkeeper.model.task_devices.NotRead, `never` or `completed`; "" where it was."""

    id: str
    title: str
    due: date | None
    left: int
    target: int
    listed_at: datetime | None
    listed: int
    kept: int
    unreadable: int
    not_read: str
    groups: tuple[GroupOfDevices, ...]
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class TaskDevicesPage:
    """`counted_at`: when the task's own numbers were read. `owner_names`: of the owners of its device groups, by id."""

    head: Head
    counted_at: datetime
    task: ListedTask
    owner_names: Mapping[str, LocalText]


@dataclass(frozen=True, slots=True)
class OwnerDevicesPage:
    """What an owner is asked to mend, by the open tasks that ask for it; only devices in the owner's own device groups are listed. `shared`: other
    owners were asked as well, and the tasks' own numbers are those of all."""

    head: Head
    counted_at: datetime
    owner: str
    owner_name: LocalText
    ref: str
    recommendation: str
    title: str
    shared: bool
    left: int
    listed: int
    tasks: tuple[ListedTask, ...]


def task_devices_at(name: str) -> str:
    """Where the devices of a task are, by its name in addresses."""
    return f"{REMEDIATION}/{name}"


def owner_devices_at(owner: str, ref: str) -> str:
    """Where an owner's devices are that something to mend waits for, by its name in addresses."""
    return f"{owner_page(owner)}/devices/{ref}"


def task_devices_document(found: TaskDevicesPage, lang: str = "en") -> Document:
    texts, task = texts_in(lang), found.task
    listed = _listed((task,), texts)
    said = texts.say("devices.sentence", left=f"{task.left:,}", target=f"{task.target:,}", listed=listed)
    return Document(
        title=texts.say("devices.title", what=task.title),
        sentence=said,
        sections=(
            _tasks((task,), found.counted_at, texts),
            *_devices((task,), texts),
            *_groups(found, texts),
        ),
        mark=_mark((task,)),
    )


def owner_devices_document(found: OwnerDevicesPage, lang: str = "en") -> Document:
    texts = texts_in(lang)
    owner = found.owner_name.get(lang) or texts.say("portal.unowned")
    say = "devices.owner.shared" if found.shared else "devices.owner.sentence"
    if found.owner == UNOWNED_ID and not found.shared:
        say = "devices.owner.unowned"
    return Document(
        title=texts.say("devices.owner.title", what=found.title, owner=owner),
        sentence=texts.say(say, left=f"{found.left:,}", listed=_listed(found.tasks, texts)),
        sections=(
            replace(_tasks(found.tasks, found.counted_at, texts), leads=(_back(found.owner, texts),)),
            *_devices(found.tasks, texts),
        ),
        mark=_mark(found.tasks),
    )


def _mark(tasks: Sequence[ListedTask]) -> Mark:
    waiting = [each for each in tasks if each.left and each.not_read != COMPLETED]
    if not waiting:
        return Mark.GOOD
    return Mark.WARN if any(each.not_read for each in waiting) else Mark.OPEN


def _listed(tasks: Sequence[ListedTask], texts: Texts) -> str:
    if all(each.not_read == COMPLETED for each in tasks):
        return texts.say("devices.none.completed")
    if all(each.listed_at is None for each in tasks):
        return texts.say("devices.none")
    return texts.say("devices.listed", count=f"{sum(each.listed for each in tasks):,}")


def _tasks(tasks: Sequence[ListedTask], counted_at: datetime, texts: Texts) -> Section:
    """What the tasks say themselves, what was listed, and why both may differ."""
    reasons = any(each.not_read for each in tasks)
    names = ("task", "due", "left", "target", "listed", "listed_at", *(("not_read",) if reasons else ()))
    table = Table(
        tuple(texts.say(f"devices.column.{name}") for name in names),
        tuple(_task(each, texts, reasons=reasons) for each in tasks),
        numbers=frozenset({2, 3, 4}),
    )
    notes = [Paragraph(texts.say("devices.differ", at=moment(counted_at, texts)))]
    notes += [Paragraph(texts.say("devices.twice"))] if len(tasks) > 1 else []
    if unreadable := sum(each.unreadable for each in tasks):
        notes.append(Paragraph(texts.count("devices.unreadable", unreadable), Mark.WARN))
    return Section(texts.say("devices.tasks"), (*((table,) if tasks else ()), *notes), anchor="tasks")


def _task(task: ListedTask, texts: Texts, *, reasons: bool) -> Row:
    why = texts.say(f"devices.not_read.{task.not_read}") if task.not_read else ""
    return Row(
        (
            task.title,
            _due(task, texts),
            f"{task.left:,}",
            f"{task.target:,}",
            "" if task.listed_at is None else f"{task.listed:,}",
            "" if task.listed_at is None else moment(task.listed_at, texts),
            *((why,) if reasons else ()),
        ),
        Mark.WARN if why and task.not_read != COMPLETED else Mark.NONE,
    )


def _due(task: ListedTask, texts: Texts) -> str:
    return texts.say("portal.due.none") if task.due is None else task.due.isoformat()


def _devices(tasks: Sequence[ListedTask], texts: Texts) -> Iterator[Section]:
    several = len(tasks) > 1
    rows = tuple(_device(each, task, texts, several=several) for task in tasks for each in task.devices)
    if not rows:
        return
    listed, kept = sum(each.listed for each in tasks), sum(each.kept for each in tasks)
    names = ("name", "system", "group", *(("of",) if several else ()), "id")
    blocks: tuple[Block, ...] = (Table(tuple(texts.say(f"devices.column.{name}") for name in names), rows),)
    if kept < listed:
        said = texts.say("devices.kept", kept=f"{kept:,}", listed=f"{listed:,}", most=f"{MOST_DEVICES:,}")
        blocks = (Paragraph(said), *blocks)
    title = texts.say("devices.list", count=f"{listed:,}")
    yield Section(title, cut_blocks(blocks, kept, len(rows), texts), anchor="devices")


def _device(device: Device, task: ListedTask, texts: Texts, *, several: bool) -> Row:
    """One that two tasks wait for stands here twice, as it counts twice; of which task it is tells the date."""
    of = (_due(task, texts),) if several else ()
    return Row((device.name or device.id, device.system, device.group, *of, device.id))


def _groups(found: TaskDevicesPage, texts: Texts) -> Iterator[Section]:
    groups = found.task.groups
    if not groups:
        return
    names = ("group", "listed", "owners")
    rows = tuple(Row((each.name, f"{each.listed:,}", _owners(each, found.owner_names, texts))) for each in groups)
    table = Table(tuple(texts.say(f"devices.column.{name}") for name in names), rows, numbers=frozenset({1}))
    yield Section(texts.say("devices.groups"), (table,), anchor="groups")


def _owners(group: GroupOfDevices, names: Mapping[str, LocalText], texts: Texts) -> Cell:
    match group.owners:
        case (owner,) if owner == UNOWNED_ID:
            return texts.say("devices.unowned")
        case (owner,):
            return Lead(names[owner][texts.language], owner_page(owner))
        case owners:
            return texts.join([names[owner][texts.language] for owner in owners])


def _back(owner: str, texts: Texts) -> Lead:
    return Lead(texts.say("devices.owner.back"), owner_page(owner))
