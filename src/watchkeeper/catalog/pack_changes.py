"""What differs between two copies of a pack, task by task and by meaning: a default that is written out is no difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from watchkeeper.catalog.entries import folded
from watchkeeper.catalog.model import Schedule
from watchkeeper.catalog.pack_file import PackFile, TaskEntry, build_task, schedule_of

_APART: Final = frozenset({"id", "pack", "place", "teams", "schedule"})
"""Fields of a task that say where it stands, or that are compared in another form."""


class ChangeKind(StrEnum):
    ONLY_INSTALLED = "only-installed"
    ONLY_SHIPPED = "only-shipped"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class PackChange:
    """One difference: a task that only one copy has (`field` is empty), or one field of a task, or of the pack (`task` is
    empty). `installed` and `shipped` are what only that copy says."""

    kind: ChangeKind
    task: str
    field: str = ""
    installed: tuple[str, ...] = ()
    shipped: tuple[str, ...] = ()


def changes(installed: PackFile, shipped: PackFile) -> tuple[PackChange, ...]:
    """What the installed copy of a pack has that the shipped one has not, and the reverse; the pack's own fields first."""
    ours = {task.id: task for task in installed.tasks}
    theirs = {task.id: task for task in shipped.tasks}
    found = [*_fields("", _of_pack(installed), _of_pack(shipped))]
    for name in sorted({*ours, *theirs}):
        if name not in theirs:
            found.append(PackChange(ChangeKind.ONLY_INSTALLED, name))
        elif name not in ours:
            found.append(PackChange(ChangeKind.ONLY_SHIPPED, name))
        else:
            found += _fields(name, _of_task(ours[name]), _of_task(theirs[name]))
    return tuple(found)


Meaning = Mapping[str, tuple[str, ...]]
"""A field's name → what it says, as one text or several."""


def _fields(task: str, ours: Meaning, theirs: Meaning) -> Iterator[PackChange]:
    for name in sorted({*ours, *theirs}):
        one, other = ours.get(name, ()), theirs.get(name, ())
        if one != other:
            yield PackChange(ChangeKind.CHANGED, task, name, _without(one, other), _without(other, one))


def _without(texts: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """What only one of them says; everything, where they differ in nothing but the order."""
    return tuple(text for text in texts if text not in others) if set(texts) != set(others) else tuple(texts)


def _of_pack(pack: PackFile) -> Meaning:
    return dict(_flat("title", pack.title.by_language())) | {
        "enabled": (_text(pack.enabled),),
        "version": (pack.version,),
        "source": (pack.source.url, _text(pack.source.date)),
    }


def _of_task(entry: TaskEntry) -> Meaning:
    task = build_task(entry, "", (), None, "")
    found: dict[str, tuple[str, ...]] = {"teams": tuple(sorted(map(folded, entry.teams)))}
    for each in fields(task):
        if each.name not in _APART:
            found |= _flat(each.name, getattr(task, each.name))
    schedule = schedule_of(entry, "")
    return {**found, **(_of_schedule(schedule) if schedule else {})}


def _of_schedule(schedule: Schedule) -> Meaning:
    names = [each.name for each in fields(schedule) if each.name != "place"]
    return {f"schedule.{name}": _texts(getattr(schedule, name)) for name in names}


def _flat(name: str, value: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A field, or for texts that people read one per language."""
    if isinstance(value, Mapping):
        yield from ((f"{name}.{language}", (text,)) for language, text in value.items())
    elif isinstance(value, tuple) and value and isinstance(value[0], Mapping):
        yield from ((f"{name}.{language}", tuple(text[language] for text in value)) for language in value[0])
    else:
        yield name, _texts(value)


def _texts(value: object) -> tuple[str, ...]:
    match value:
        case None | "":
            return ()
        case tuple():
            return tuple(" ".join(each) if isinstance(each, tuple) else _text(each) for each in value)
        case frozenset():
            return tuple(sorted(map(_text, value)))
        case _:
            return (_text(value),)


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case timedelta():
            return f"{value // timedelta(hours=1)} h" if value % timedelta(hours=1) == timedelta() else str(value)
        case datetime():
            return value.isoformat(timespec="minutes")
        case time():
            return value.isoformat(timespec="minutes")
        case _:
            return str(value)
