"""How far the packs are used: which of their tasks fall due, and why others do not. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from watchkeeper.catalog.model import Catalog, LocalText, PackSource


class Use(StrEnum):
    """What a task of a pack is to this deployment."""

    SCHEDULED = "scheduled"
    AS_NEEDED = "as-needed"
    """Nothing falls due by itself: somebody, or the data, raises it."""
    SERVED = "served"
    """The ticket of another task serves it."""
    OFF = "off"
    """Its pack is switched off."""
    NOT_YET = "not-yet"
    """Its rule begins later."""
    OVER = "over"
    """Its rule has ended."""


@dataclass(frozen=True, slots=True)
class PackTask:
    """`served_by`: the task whose ticket serves it, empty where none does."""

    id: str
    use: Use
    served_by: str = ""


@dataclass(frozen=True, slots=True)
class PackCoverage:
    id: str
    title: LocalText
    enabled: bool
    tasks: tuple[PackTask, ...]

    def having(self, *uses: Use) -> tuple[PackTask, ...]:
        return tuple(each for each in self.tasks if each.use in uses)


def coverage_of(catalog: Catalog, off: Iterable[PackSource], today: date) -> tuple[PackCoverage, ...]:
    """Every pack as it is on a day, those in use first. `off`: those that are switched off and that the catalogue does not know."""
    packs = {pack.id: pack for pack in (*off, *catalog.packs.values())}
    found = (
        PackCoverage(pack.id, pack.title, pack.enabled, tuple(_task(each, pack, catalog, today) for each in pack.tasks))
        for pack in packs.values()
    )
    return tuple(sorted(found, key=lambda each: (not each.enabled, each.id)))


def _task(name: str, pack: PackSource, catalog: Catalog, today: date) -> PackTask:
    task = catalog.tasks.get(name)
    if not pack.enabled or task is None:
        return PackTask(name, Use.OFF)
    schedule = task.schedule
    if schedule is None:
        return PackTask(name, Use.AS_NEEDED)
    if schedule.until is not None and schedule.until < today:
        return PackTask(name, Use.OVER)
    if schedule.effective_from is not None and schedule.effective_from > today:
        return PackTask(name, Use.NOT_YET)
    if task.satisfied_by in catalog.tasks:
        return PackTask(name, Use.SERVED, task.satisfied_by)
    return PackTask(name, Use.SCHEDULED)
