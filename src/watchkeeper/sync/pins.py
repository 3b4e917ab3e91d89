"""Which maintenance profile a duty keeps when its task's `sentinel.mode` has changed since it was opened.

An open duty stays what it is, an incident or a task of one: nothing is created a second time elsewhere, and its fields are
read with the words of the place where they are. The new mode counts from the next occurrence on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from watchkeeper.model.record import SENTINEL, Record, Side
from watchkeeper.sync.systems import Systems

USED: Final = "maintenance-profiles"
"""The name under which a store remembers all maintenance profiles that it has ever written under."""


def with_pins(systems: Systems) -> Systems:
    """The systems that know what the linked duties were opened under. Costs nothing where there was only ever one profile."""
    if len(_ever_used(systems)) < 2:
        return systems
    pins = {
        key: profile.name
        for profile in systems.maintenance_profiles.values()
        for key in systems.store.live_keys(profile.name, SENTINEL)
        if profile.name != systems.profile_of(key).name
    }
    return replace(systems, pins=pins)


def with_pins_of_records(systems: Systems, records: Mapping[str, Mapping[Side, Record]]) -> Systems:
    """The same for records that were found by their key: after a lost store they are the only memory of the mode."""
    profiles = systems.maintenance_profiles
    if len(profiles) < 2:
        return systems
    pins = {}
    for key, sides in records.items():
        record, profile = sides.get(SENTINEL), systems.profile_of(key)
        if record is None or profile.sides[SENTINEL].table == record.ref.table:
            continue
        if profile in profiles.values() and record.ref.table in profiles:
            pins[key] = profiles[record.ref.table].name
    return replace(systems, pins={**systems.pins, **pins}) if pins else systems


def remember_profiles(systems: Systems) -> None:
    """Store which maintenance profiles are in use now, beside those that were before."""
    known = ",".join(sorted(_ever_used(systems)))
    if systems.store.recall(USED) != known:
        systems.store.remember({USED: known})


def _ever_used(systems: Systems) -> frozenset[str]:
    before = (systems.store.recall(USED) or "").split(",")
    now = (systems.maintenance_of(task).name for task in systems.catalog.tasks)
    return frozenset({*filter(None, before), *now})
