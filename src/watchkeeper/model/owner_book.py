"""Who owns which devices, as the deployment writes it down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UNOWNED_ID = "unowned"
"""Of what nobody owns; no owner may have it."""


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """An owner. `device_groups` as Defender names them; `services`: CMDB services that are this owner's. `group`, `contact`: ""
    where the CMDB is to say. `language`, `zone` (IANA) are the deployment's where the file says nothing."""

    id: str
    name: Mapping[str, str]
    device_groups: tuple[str, ...]
    services: tuple[str, ...]
    group: str
    contact: str
    language: str
    zone: str
    place: str


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """The CMDB service that a device group belongs to."""

    device_group: str
    service: str
    place: str


@dataclass(frozen=True, slots=True)
class OwnerBook:
    """`group`, `language`, `zone`: the home of what no owner claims (the oversight team's group, the deployment's language and zone)."""

    group: str
    language: str
    zone: str
    owners: tuple[OwnerRule, ...] = ()
    services: tuple[ServiceRule, ...] = ()
