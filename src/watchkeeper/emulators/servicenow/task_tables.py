"""The task tables beside `incident`: what they inherit from `task`, and what is their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from watchkeeper.emulators.servicenow.state_model import CATALOG_TASK, CHANGE_REQUEST, SECURITY_INCIDENT, StateModel
from watchkeeper.emulators.servicenow.tables import Field, Kind, Table, make_table

BASE = "task"
"""The parent table: its dictionary and choice rows hold for every table that extends it, unless that has its own."""


def _choice(name: str, default: str = "", kind: Kind = Kind.INTEGER) -> Field:
    return Field(name, kind, 40, default=default, choice=True)


def _user(name: str) -> Field:
    return Field(name, Kind.REFERENCE, 32, references="sys_user")


TASK_FIELDS: tuple[Field, ...] = (
    Field("number"),
    Field("short_description", length=160),
    Field("description", length=4_000),
    _choice("state", "1"),
    _choice("impact", "3"),
    _choice("urgency", "3"),
    _choice("priority", "4"),
    _choice("contact_type", kind=Kind.STRING),
    Field("close_notes", length=4_000),
    Field("active", Kind.BOOLEAN, default="true"),
    Field("assignment_group", Kind.REFERENCE, 32, references="sys_user_group"),
    _user("assigned_to"),
    _user("opened_by"),
    Field("opened_at", Kind.DATETIME),
    _user("closed_by"),
    Field("closed_at", Kind.DATETIME),
    Field("due_date", Kind.DATETIME),
    Field("follow_up", Kind.DATETIME),
    Field("work_start", Kind.DATETIME),
    Field("work_end", Kind.DATETIME),
    Field("correlation_id", length=100),
    Field("correlation_display", length=100),
    Field("cmdb_ci", Kind.REFERENCE, 32, references="cmdb_ci"),
    Field("parent", Kind.REFERENCE, 32, references=BASE),
    Field("location"),
    Field("company"),
    Field("sys_class_name", length=80),
    Field("sys_domain", Kind.REFERENCE, 32, default="global", references="domain"),
    Field("work_notes", Kind.JOURNAL, 65_000),
    Field("comments", Kind.JOURNAL, 65_000),
    Field("comments_and_work_notes", Kind.JOURNAL, 65_000),
)
"""ServiceNowDocs, r_ImportantTaskTableFields.md."""

_SECURITY_INCIDENT = (
    _choice("severity", "3"),
    _choice("business_criticality", "3"),
    _choice("category", kind=Kind.STRING),
    _choice("close_code", kind=Kind.STRING),
    Field("substate"),
    _user("affected_user"),
)

_CATALOG_TASK = (Field("request"), Field("request_item"))

_CHANGE_REQUEST = (
    _choice("type", "normal", Kind.STRING),
    _choice("risk", "3"),
    _choice("category", kind=Kind.STRING),
    _choice("close_code", kind=Kind.STRING),
    Field("start_date", Kind.DATETIME),
    Field("end_date", Kind.DATETIME),
    Field("cab_date", Kind.DATE),
    Field("approval", default="not requested"),
    Field("on_hold", Kind.BOOLEAN, default="false"),
    Field("reason", length=4_000),
    Field("justification", length=4_000),
    Field("implementation_plan", length=4_000),
    Field("backout_plan", length=4_000),
    Field("test_plan", length=4_000),
    _user("requested_by"),
    Field("business_service", Kind.REFERENCE, 32, references="cmdb_ci_service"),
)


def task_table(
    name: str,
    own: Iterable[Field],
    states: StateModel,
    *,
    extends: str = BASE,
    read_role: str | None = None,
    write_role: str = "itil",
    delete_role: str = "admin",
) -> Table:
    """A table below `task`: the inherited fields with its own initial state, and those that are its own or its nearer parents'."""
    inherited = {field.name: field for field in TASK_FIELDS}
    inherited["state"] = _choice("state", states.initial)
    inherited["sys_class_name"] = Field("sys_class_name", length=80, default=name)
    return make_table(
        name,
        (*inherited.values(), *own),
        display="number",
        read_role=read_role,
        write_role=write_role,
        delete_role=delete_role,
        indexed=("number", "correlation_id"),
        states=states,
        extends=extends,
    )


TASK_TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        task_table(
            "sn_si_incident",
            _SECURITY_INCIDENT,
            SECURITY_INCIDENT,
            read_role="sn_si.read",
            write_role="sn_si.analyst",
            delete_role="sn_si.admin",
        ),
        task_table("sc_task", _CATALOG_TASK, CATALOG_TASK),
        task_table("change_request", _CHANGE_REQUEST, CHANGE_REQUEST),
    )
}

TASK = make_table(BASE, TASK_FIELDS, display="number", write_role=None, delete_role=None, indexed=("number", "parent"))
"""The parent itself: it shows the tickets of every table that extends it, with the fields that they share. Through the API a ticket is
made in its own table (ServiceNowDocs, r_ImportantTaskTableFields.md)."""
