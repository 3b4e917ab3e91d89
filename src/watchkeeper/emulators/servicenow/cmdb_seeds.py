"""The configuration items of a fresh instance: the devices that the tenant has as well, by the same names, and the services that need
them. References are names here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from watchkeeper.emulators.evidence.estate import SERVERS
from watchkeeper.emulators.evidence.tenant import SHARED, WITHOUT_SENSOR, device_name
from watchkeeper.emulators.servicenow.cmdb_tables import ROOT

COMPUTERS: Final = SHARED + WITHOUT_SENSOR
SERVICES: Final[Mapping[str, Mapping[str, str]]] = {
    "Tokyo workplace": {"owned_by": "keiko.tanaka", "support_group": "SOC Monitoring"},
    "Dublin workplace": {"owned_by": "niamh.kelly", "managed_by": "liam.byrne", "support_group": "CSIRT"},
    "Seattle workplace": {"managed_by": "ava.nguyen", "support_group": "SOC Engineering"},
    "Server platform": {"owned_by": "noah.berg", "support_group": "SOC Engineering"},
    "Remote access": {"support_group": "Service Desk"},
    "Factory control": {},
    "Legacy intranet": {"owned_by": "dana.desk", "operational_status": "6", "install_status": "7"},
}
"""By name. Two have no owner, one of these not even a group; one has but a manager, and one is retired."""

_USERS: Final = ("keiko.tanaka", "niamh.kelly", "ava.nguyen", "", "dana.desk")


def configuration_items() -> Iterator[tuple[str, dict[str, str]]]:
    """Table and values of each."""
    for name, kind in (("soc-siem-01", "cmdb_ci_linux_server"), ("soc-jump-01", "cmdb_ci_win_server")):
        yield ROOT, {"name": name, "sys_class_name": kind, "support_group": "SOC Engineering"}
    for number in range(COMPUTERS):
        yield "cmdb_ci_computer", _computer(number)
    for number in range(SERVERS):
        yield "cmdb_ci_server", _server(number)
    for name, values in SERVICES.items():
        yield "cmdb_ci_service", {"name": name, "busines_criticality": "2 - somewhat critical", **values}


def _computer(number: int) -> dict[str, str]:
    windows = number % 5 != 4
    return {
        "name": device_name(number),
        "host_name": device_name(number),
        "serial_number": f"SN{number:06}",
        "os": "Windows 11 Enterprise" if windows else "Mac OS X",
        "os_version": "10.0.26100" if windows else "15.1",
        "assigned_to": _USERS[number % len(_USERS)],
        "discovery_source": "SG-Intune",
    }


def _server(number: int) -> dict[str, str]:
    name = f"srv-{number:02}"
    return {
        "name": name,
        "host_name": name,
        "fqdn": f"{name}.soc.example",
        "os": "Windows 2022 Datacenter",
        "os_version": "10.0.20348",
        "support_group": "SOC Engineering",
        "discovery_source": "ServiceNow",
    }
