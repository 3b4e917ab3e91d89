"""The configuration items: `cmdb_ci` and what extends it. Each table has the fields of the one above it, and shows there as well.

Fields: ServiceNowDocs, cmdb-tables-details (Configuration Item, Hardware, Computer, Server, Service); ansible-collections/servicenow.itsm,
configuration_item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from watchkeeper.emulators.servicenow.state_model import Label
from watchkeeper.emulators.servicenow.tables import Field, Kind, Table, make_table

ROOT = "cmdb_ci"


def _user(name: str) -> Field:
    return Field(name, Kind.REFERENCE, 32, references="sys_user")


def _group(name: str) -> Field:
    return Field(name, Kind.REFERENCE, 32, references="sys_user_group")


def _choice(name: str, default: str = "", kind: Kind = Kind.INTEGER) -> Field:
    return Field(name, kind, 40, default=default, choice=True)


_ITEM = (
    Field("name", length=255),
    Field("sys_class_name", length=80),
    Field("asset_tag"),
    Field("serial_number", length=255),
    Field("ip_address", length=255),
    Field("fqdn", length=255),
    Field("short_description", length=1_000),
    Field("comments", length=4_000),
    _choice("operational_status", "1"),
    _choice("install_status", "1"),
    _user("assigned_to"),
    _user("owned_by"),
    _user("managed_by"),
    _group("support_group"),
    Field("discovery_source"),
    Field("first_discovered", Kind.DATETIME),
    Field("last_discovered", Kind.DATETIME),
    Field("correlation_id", length=512),
)

_OWN: Mapping[str, tuple[str, tuple[Field, ...]]] = {
    ROOT: ("", _ITEM),
    "cmdb_ci_hardware": (ROOT, ()),
    "cmdb_ci_computer": (
        "cmdb_ci_hardware",
        (Field("os"), Field("os_version"), Field("os_domain"), Field("host_name", length=255)),
    ),
    "cmdb_ci_server": ("cmdb_ci_computer", (Field("classification", default="Production"),)),
    "cmdb_ci_service": (
        ROOT,
        (_choice("busines_criticality", kind=Kind.STRING), Field("service_classification", default="Business Service")),
    ),
}
"""Each table with its parent and what is its own. `busines_criticality` is spelled so on the platform."""

STATUSES: Mapping[str, Mapping[str, Label]] = {
    "operational_status": {
        "1": ("Operational", "稼働中"),
        "2": ("Non-Operational", "非稼働"),
        "3": ("Repair in Progress", "修理中"),
        "4": ("DR Standby", "DR 待機"),
        "5": ("Ready", "準備完了"),
        "6": ("Retired", "廃止"),
    },
    "install_status": {
        "1": ("Installed", "インストール済み"),
        "2": ("On Order", "発注済み"),
        "3": ("In Maintenance", "メンテナンス中"),
        "6": ("In Stock", "在庫"),
        "7": ("Retired", "廃止"),
    },
}
"""The lists of `cmdb_ci`, which the tables below it have too."""


def _fields_of(name: str) -> Iterator[Field]:
    parent, own = _OWN[name]
    if parent:
        yield from _fields_of(parent)
    yield from own
    yield Field("sys_class_name", length=80, default=name)


CMDB_TABLES: Mapping[str, Table] = {
    name: make_table(name, _fields_of(name), display="name", indexed=("name",), extends=parent)
    for name, (parent, _) in _OWN.items()
}
