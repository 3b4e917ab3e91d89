"""The seeded instance: groups, users with their roles, choice lists and properties. Every sys_id is the same each time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from watchkeeper.emulators.servicenow.choice_lists import Choice, incident_choices, task_choices
from watchkeeper.emulators.servicenow.cmdb_seeds import configuration_items
from watchkeeper.emulators.servicenow.dictionary import described, described_base, hierarchy, hierarchy_base
from watchkeeper.emulators.servicenow.platform import platform_rows
from watchkeeper.emulators.servicenow.selection import INVALID_QUERY_PROPERTY
from watchkeeper.emulators.servicenow.store import ALL_TABLES, Row, Store
from watchkeeper.emulators.servicenow.tables import Kind
from watchkeeper.emulators.servicenow.task_tables import BASE

INTEGRATION_USER = "watchkeeper"
SEEDED_AT = "2024-04-01 00:00:00"
SYSTEM_ZONE = "America/Los_Angeles"
SYSTEM_DATE_FORMAT = "yyyy-MM-dd"
SYSTEM_TIME_FORMAT = "HH:mm:ss"


@dataclass(frozen=True, slots=True)
class Person:
    """A user account; `roles` are the instance's, `login` says whether a password or token works for it at all."""

    user_name: str
    name: str
    group: str | None
    roles: frozenset[str]
    machine: bool = False
    login: bool = True
    zone: str = ""

    @property
    def email(self) -> str:
        return f"{self.user_name}@soc.example"


_ITIL = frozenset({"itil"})
_ANALYST = _ITIL | {"sn_si.analyst", "sn_si.read"}
"""`itil` alone sees no security incident (ServiceNowDocs, security-incident-response)."""

GROUPS = ("SOC Oversight", "SOC Threat Intelligence", "SOC Monitoring", "SOC Engineering", "CSIRT", "Service Desk")

PEOPLE: Mapping[str, Person] = {
    person.user_name: person
    for person in (
        Person("keiko.tanaka", "田中 恵子", "SOC Monitoring", _ANALYST, zone="Asia/Tokyo"),
        Person("haruto.sato", "佐藤 陽翔", "SOC Monitoring", _ANALYST, zone="Asia/Tokyo"),
        Person("liam.byrne", "Liam Byrne", "SOC Oversight", _ANALYST, zone="Europe/Dublin"),
        Person(
            "aoife.murphy",
            "Aoife Murphy",
            "SOC Oversight",
            _ANALYST | {"itil_admin", "sn_si.admin"},
            zone="Europe/Dublin",
        ),
        Person("niamh.kelly", "Niamh Kelly", "CSIRT", _ANALYST, zone="Europe/Dublin"),
        Person("ava.nguyen", "Ava Nguyen", "SOC Engineering", _ANALYST),
        Person("noah.berg", "Noah Berg", "SOC Threat Intelligence", _ANALYST),
        Person("dana.desk", "Dana Desk", "Service Desk", _ITIL),
        Person("scanner.bot", "Scanner Integration", None, _ITIL, machine=True),
        Person(INTEGRATION_USER, "Watchkeeper Integration", None, _ITIL, machine=True),
        Person("system", "System", None, frozenset({"admin"}), login=False),
        Person("guest", "Guest", None, frozenset(), login=False),
        Person("admin", "System Administrator", None, frozenset({"admin"}), login=False),
    )
}

MANAGER = "aoife.murphy"

_STATES = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"}
_LEVELS = {"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}
_CLOSE_CODES = (
    "Duplicate",
    "Known error",
    "Resolved by caller",
    "Resolved by change",
    "Resolved by problem",
    "Solution provided",
    "Workaround provided",
    "User error",
)

CHOICES: Mapping[str, Mapping[str, str]] = {
    "state": _STATES,
    "incident_state": _STATES,
    "hold_reason": {"1": "Awaiting Caller", "3": "Awaiting Problem", "4": "Awaiting Vendor", "5": "Awaiting Change"},
    "impact": _LEVELS,
    "urgency": _LEVELS,
    "severity": _LEVELS,
    "priority": {"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"},
    "category": {
        "inquiry": "Inquiry / Help",
        "software": "Software",
        "hardware": "Hardware",
        "network": "Network",
        "database": "Database",
        "security": "Security",
        "soc_maintenance": "SOC maintenance",
    },
    "contact_type": {
        "email": "Email",
        "phone": "Phone",
        "self-service": "Self-service",
        "walk-in": "Walk-in",
        "virtual_agent": "Virtual Agent",
        "monitoring": "Monitoring",
        "integration": "Integration",
    },
    "close_code": {code: code for code in _CLOSE_CODES},
}

PROPERTIES: Mapping[str, str] = {
    "instance_name": "emulator",
    "instance_id": hashlib.md5(b"instance:emulator", usedforsecurity=False).hexdigest(),
    "glide.product.description": "Service Management",
    "glide.sys.default.tz": SYSTEM_ZONE,
    "glide.sys.date_format": SYSTEM_DATE_FORMAT,
    "glide.sys.time_format": SYSTEM_TIME_FORMAT,
    "glide.ui.autoclose.time": "7",
    "com.snc.incident.autoclose.basedon.resolved_at": "true",
}


def sys_id(table: str, name: str) -> str:
    """The sys_id of a seeded row: 32 hexadecimal digits made from its table and name."""
    return hashlib.md5(f"{table}:{name}".encode(), usedforsecurity=False).hexdigest()


def seed(store: Store, *, invalid_query_returns_no_rows: bool) -> None:
    """Fill an empty store."""
    switch = _property(INVALID_QUERY_PROPERTY, "true" if invalid_query_returns_no_rows else "false")
    for table, row in (*_seeded(), ("sys_properties", switch)):
        store.insert(table, row, "system", SEEDED_AT)
    store.forward_only = {"sn_si_incident", "change_request"}


@lru_cache(maxsize=1)
def _seeded() -> tuple[tuple[str, Row], ...]:
    """Every row with its table; no store changes a row that it was given."""
    tables = [table for name, table in ALL_TABLES.items() if name != BASE]
    by_table: tuple[tuple[str, Iterable[Row]], ...] = (
        ("sys_user_group", _groups()),
        ("sys_user", _users()),
        ("sys_user_grmember", _members()),
        ("sys_choice", choice_rows((*incident_choices(CHOICES), *task_choices()))),
        ("sys_dictionary", dictionary_rows(described_base())),
        ("sys_dictionary", dictionary_rows(described(tables, ALL_TABLES))),
        ("sys_db_object", table_rows((hierarchy_base(), *hierarchy(tables)))),
        ("sys_properties", (_property(name, value) for name, value in PROPERTIES.items())),
    )
    named = (
        *platform_rows({person.user_name: person.roles for person in PEOPLE.values()}),
        *((table, item["name"], item) for table, item in configuration_items()),
    )
    return (
        *((table, row) for table, rows in by_table for row in rows),
        *((table, seeded_row(table, name, **referring(table, values))) for table, name, values in named),
    )


def referring(table: str, values: Mapping[str, str]) -> dict[str, str]:
    """Names in reference fields as the sys_ids of the rows that they stand for."""
    targets = {name: field.references for name, field in ALL_TABLES[table].fields.items() if field.references}
    return {
        name: sys_id(targets[name], value) if name in targets and value else value for name, value in values.items()
    }


def seeded_row(table: str, identity: str, **values: str) -> Row:
    """A row as it was seeded; references are sys_ids."""
    stamps = {"sys_created_on": SEEDED_AT, "sys_updated_on": SEEDED_AT}
    authors = {"sys_created_by": "system", "sys_updated_by": "system"}
    fields = ALL_TABLES[table].fields.values()
    defaults = {field.name: "" if field.kind is Kind.JOURNAL else field.default for field in fields}
    return {**defaults, **values, **stamps, **authors, "sys_id": sys_id(table, identity)}


def _groups() -> Iterator[Row]:
    manager = sys_id("sys_user", MANAGER)
    for name in GROUPS:
        email = f"{name.lower().replace(' ', '-')}@soc.example"
        yield seeded_row("sys_user_group", name, name=name, email=email, manager=manager)


def _users() -> Iterator[Row]:
    for person in PEOPLE.values():
        first, _, last = person.name.partition(" ")
        yield seeded_row(
            "sys_user",
            person.user_name,
            user_name=person.user_name,
            name=person.name,
            first_name=first,
            last_name=last,
            email=person.email,
            time_zone=person.zone,
            web_service_access_only="true" if person.machine else "false",
            manager=sys_id("sys_user", MANAGER) if person.group else "",
        )


def _members() -> Iterator[Row]:
    for person in PEOPLE.values():
        if person.group:
            group, user = sys_id("sys_user_group", person.group), sys_id("sys_user", person.user_name)
            yield seeded_row("sys_user_grmember", f"{person.group}/{person.user_name}", group=group, user=user)


def choice_rows(choices: Iterable[Choice]) -> Iterator[Row]:
    """Rows of sys_choice as they are seeded."""
    for choice in choices:
        yield seeded_row(
            "sys_choice",
            choice.identity,
            name=choice.table,
            element=choice.element,
            value=choice.value,
            label=choice.label,
            language=choice.language,
            sequence=str(choice.sequence),
        )


def dictionary_rows(entries: Iterable[Mapping[str, str]]) -> Iterator[Row]:
    """Rows of sys_dictionary as they are seeded."""
    for entry in entries:
        yield seeded_row("sys_dictionary", f"{entry['name']}.{entry['element']}", **entry)


def table_rows(entries: Iterable[Mapping[str, str]]) -> Iterator[Row]:
    """Rows of sys_db_object as they are seeded."""
    for entry in entries:
        parent = sys_id("sys_db_object", entry["super_class"]) if entry["super_class"] else ""
        yield seeded_row("sys_db_object", entry["name"], **{**entry, "super_class": parent})


def _property(name: str, value: str) -> Row:
    return seeded_row("sys_properties", name, name=name, value=value, type="string")
