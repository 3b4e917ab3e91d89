"""What catalogue and profiles can only get wrong together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from watchkeeper.catalog.model import Catalog
from watchkeeper.errors import Problem
from watchkeeper.mapping.models import AUDITED_TASKS
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.nearest import suggest
from watchkeeper.model.record import INCIDENT_TASKS, INCIDENTS, SENTINEL
from watchkeeper.sync.systems import collection_of

_BY_THE_DAY: Final = frozenset({"daily", "custom"})
"""Cadences of which a period may be a day."""


def disagreements(catalog: Catalog, profiles: Mapping[str, Profile]) -> Iterator[Problem]:
    """What only the two together can get wrong."""
    maintenance = [profile for profile in profiles.values() if profile.kind is ProfileKind.MAINTENANCE]
    tables = Counter(profile.sides[SENTINEL].table for profile in maintenance)
    if tables[INCIDENTS] != 1 or tables[INCIDENT_TASKS] > 1:
        counted = f"{tables[INCIDENTS]} write {INCIDENTS}, {tables[INCIDENT_TASKS]} write {INCIDENT_TASKS}"
        allowed = f"one for {INCIDENTS}, at most one for {INCIDENT_TASKS}"
        yield Problem("profiles", "", f"of the profiles of the kind maintenance {counted}", allowed)
    for task in catalog.tasks.values():
        if collection_of(task.sentinel_mode) == INCIDENT_TASKS and not tables[INCIDENT_TASKS]:
            missing = f"no profile of the kind maintenance writes {INCIDENT_TASKS}"
            allowed = "the shipped profiles/maintenance-task.yaml in this folder, or another mode"
            yield Problem(task.place, "sentinel.mode", missing, allowed)
    yield from _audited(catalog, maintenance)
    for name in sorted(profiles.keys() & catalog.tasks.keys()):
        yield Problem(catalog.tasks[name].place, "id", f"{name!r} is also the name of a profile", "another task id")


def _audited(catalog: Catalog, maintenance: Iterable[Profile]) -> Iterator[Problem]:
    """Tasks whose tickets cannot carry the result of a day."""
    known = {*catalog.tasks, *(task for pack in catalog.packs.values() for task in pack.tasks), *AUDITED_TASKS}
    for profile in maintenance:
        for name in profile.audited_tasks:
            task = catalog.tasks.get(name)
            if name not in known:
                near = suggest(name, known)
                yield Problem(profile.place, "audit_result.tasks", f"there is no task {name!r}", "a task's id", near)
            elif task is not None and task.cadence not in _BY_THE_DAY:
                told = f"{name!r} is {task.cadence}, and its ticket would carry the result of one day alone"
                yield Problem(profile.place, "audit_result.tasks", told, "a daily task")
