"""Devices that are managed and have no sensor, and sensors that have fallen silent: Intune's list beside Defender's. Pure.

Both name a device by its id in Entra ID. A device that is not registered there is known by its name alone, which two may share:
then neither is called covered or bare by the other's sensor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from watchkeeper.evidence.spelling import folded
from watchkeeper.model.evidence import Machine, ManagedDevice

Device = TypeVar("Device", Machine, ManagedDevice)
SILENT_AFTER = timedelta(days=7)
"""Without a sign for so long a machine counts as inactive (defender-docs, fix-unhealthy-sensors)."""
IDLE_AFTER = timedelta(days=30)
"""A device that Intune has not met for so long is likelier in a drawer than without protection."""

_ONBOARDED = "onboarded"


@dataclass(frozen=True, slots=True)
class Coverage:
    """`bare`: managed devices in use that no sensor reports from. `unsure`: those of which nobody can tell, because another device
    has the same name. `idle`: managed devices out of use. `silent`: onboarded machines that have not been seen lately.
    `unmanaged`: machines with a sensor that nobody manages."""

    managed: int
    covered: int
    bare: tuple[ManagedDevice, ...]
    unsure: tuple[ManagedDevice, ...]
    idle: tuple[ManagedDevice, ...]
    silent: tuple[Machine, ...]
    unmanaged: tuple[Machine, ...]

    @property
    def share(self) -> float | None:
        """Covered devices among those in use, 0 to 1; None where none is."""
        used = self.managed - len(self.idle)
        return self.covered / used if used else None


def coverage(devices: Sequence[ManagedDevice], machines: Sequence[Machine], now: datetime) -> Coverage:
    """Both lists side by side at an instant."""
    onboarded = [machine for machine in machines if folded(machine.onboarding) == _ONBOARDED]
    by_id = {folded(machine.directory_id) for machine in onboarded if machine.directory_id}
    unregistered = {_short(device.name) for device in devices if not device.directory_id}
    names, shared = _counted(onboarded, unregistered), _counted(devices, unregistered)
    groups: dict[str, list[ManagedDevice]] = {"covered": [], "bare": [], "unsure": [], "idle": []}
    for device in devices:
        groups[_standing(device, by_id, names, shared, now)].append(device)
    return Coverage(
        managed=len(devices),
        covered=len(groups["covered"]),
        bare=tuple(_by_name(groups["bare"])),
        unsure=tuple(_by_name(groups["unsure"])),
        idle=tuple(_by_name(groups["idle"])),
        silent=tuple(_by_name(machine for machine in onboarded if _is_silent(machine, now))),
        unmanaged=tuple(_by_name(_unmanaged(onboarded, devices))),
    )


def _standing(device: ManagedDevice, by_id: set[str], names: Counter[str], shared: Counter[str], now: datetime) -> str:
    name = "" if device.directory_id else _short(device.name)
    if device.directory_id and folded(device.directory_id) in by_id:
        return "covered"
    if name and names[name] == shared[name] == 1:
        return "covered"
    if device.last_sync_at is not None and now - device.last_sync_at > IDLE_AFTER:
        return "idle"
    return "unsure" if name and names[name] else "bare"


def _unmanaged(machines: Iterable[Machine], devices: Sequence[ManagedDevice]) -> Iterable[Machine]:
    ids = {folded(device.directory_id) for device in devices if device.directory_id}
    names = {_short(device.name) for device in devices if not device.directory_id}
    for machine in machines:
        if folded(machine.directory_id) not in ids and _short(machine.name) not in names:
            yield machine


def _is_silent(machine: Machine, now: datetime) -> bool:
    return machine.last_seen_at is None or now - machine.last_seen_at > SILENT_AFTER


def _counted(devices: Iterable[Device], names: Collection[str]) -> Counter[str]:
    """How many devices have each of these names."""
    return Counter(name for name in (_short(device.name) for device in devices) if name in names)


def _by_name(devices: Iterable[Device]) -> list[Device]:
    return sorted(devices, key=lambda each: (_short(each.name), each.id))


def _short(name: str) -> str:
    """The name without its domain: Defender has the full one where it knows it, Intune the short one."""
    return folded(name).partition(".")[0]
