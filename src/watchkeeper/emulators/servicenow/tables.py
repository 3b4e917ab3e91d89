"""The tables and their fields, as far as the emulator knows them: one table of tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from watchkeeper.emulators.servicenow.state_model import StateModel


class Kind(Enum):
    """What a field holds; every value is text on the wire and in the store."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATETIME = "glide_date_time"
    DATE = "glide_date"
    REFERENCE = "reference"
    JOURNAL = "journal_input"


@dataclass(frozen=True, slots=True)
class Field:
    """`length` is in characters; longer text is cut without a word. `system` fields are the platform's alone."""

    name: str
    kind: Kind = Kind.STRING
    length: int = 40
    references: str = ""
    default: str = ""
    choice: bool = False
    system: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`display` is the field that stands for a row; `write_role` is who may write (None: nobody through the API), `read_role` who
    may read (None: everybody). `states` is the model of a task table that has no rules of its own. `extends`: its parent table."""

    name: str
    fields: Mapping[str, Field]
    display: str
    write_role: str | None
    delete_role: str | None
    indexed: tuple[str, ...]
    journals: tuple[str, ...] = field(default=())
    read_role: str | None = None
    states: StateModel | None = None
    extends: str = ""


def _text(name: str, length: int = 40, default: str = "") -> Field:
    return Field(name, Kind.STRING, length, default=default)


def _choice(name: str, default: str = "", kind: Kind = Kind.STRING) -> Field:
    return Field(name, kind, 40, default=default, choice=True)


def _number(name: str, default: str = "") -> Field:
    return Field(name, Kind.INTEGER, default=default)


def _flag(name: str, default: str = "false") -> Field:
    return Field(name, Kind.BOOLEAN, default=default)


def _time(name: str) -> Field:
    return Field(name, Kind.DATETIME)


def _reference(name: str, table: str) -> Field:
    return Field(name, Kind.REFERENCE, 32, references=table)


def _journal(name: str) -> Field:
    return Field(name, Kind.JOURNAL, 65_000)


_SYSTEM = (
    Field("sys_id", length=32, system=True),
    Field("sys_created_on", Kind.DATETIME, system=True),
    Field("sys_created_by", system=True),
    Field("sys_updated_on", Kind.DATETIME, system=True),
    Field("sys_updated_by", system=True),
    Field("sys_mod_count", Kind.INTEGER, default="0", system=True),
    Field("sys_tags", system=True),
)


def make_table(
    name: str,
    fields: Iterable[Field],
    *,
    display: str = "sys_id",
    write_role: str | None = "admin",
    delete_role: str | None = "admin",
    indexed: tuple[str, ...] = (),
    read_role: str | None = None,
    states: StateModel | None = None,
    extends: str = "",
) -> Table:
    """A table with the platform's own fields beside the given ones."""
    known = {each.name: each for each in (*fields, *_SYSTEM)}
    journals = tuple(each.name for each in known.values() if each.kind is Kind.JOURNAL)
    return Table(name, known, display, write_role, delete_role, indexed, journals, read_role, states, extends)


_INCIDENT = (
    _text("number"),
    _text("short_description", 160),
    _text("description", 4_000),
    _choice("state", "1", Kind.INTEGER),
    _choice("incident_state", "1", Kind.INTEGER),
    _choice("hold_reason", "", Kind.INTEGER),
    _choice("impact", "3", Kind.INTEGER),
    _choice("urgency", "3", Kind.INTEGER),
    _choice("priority", "5", Kind.INTEGER),
    _choice("severity", "3", Kind.INTEGER),
    _choice("category", "inquiry"),
    _choice("subcategory"),
    _choice("contact_type"),
    _choice("close_code"),
    _text("close_notes", 4_000),
    _flag("active", "true"),
    _reference("assignment_group", "sys_user_group"),
    _reference("assigned_to", "sys_user"),
    _reference("caller_id", "sys_user"),
    _reference("opened_by", "sys_user"),
    _time("opened_at"),
    _reference("resolved_by", "sys_user"),
    _time("resolved_at"),
    _reference("closed_by", "sys_user"),
    _time("closed_at"),
    _reference("reopened_by", "sys_user"),
    _time("reopened_time"),
    _number("reopen_count", "0"),
    _number("reassignment_count", "0"),
    _time("due_date"),
    _time("follow_up"),
    _time("work_start"),
    _time("work_end"),
    _time("sla_due"),
    _time("activity_due"),
    _text("correlation_id", 100),
    _text("correlation_display", 100),
    _reference("parent", "task"),
    _reference("parent_incident", "incident"),
    _number("child_incidents", "0"),
    _text("location"),
    _text("company"),
    _text("business_service"),
    _reference("cmdb_ci", "cmdb_ci"),
    _text("problem_id"),
    _text("rfc"),
    _text("caused_by"),
    _text("watch_list", 4_000),
    _text("work_notes_list", 4_000),
    _flag("made_sla", "true"),
    _flag("knowledge"),
    _text("approval", default="not requested"),
    _text("upon_approval", default="proceed"),
    _text("upon_reject", default="cancel"),
    _number("escalation", "0"),
    _number("notify", "1"),
    _text("cause", 4_000),
    _text("task_effective_number"),
    _text("user_input", 4_000),
    _number("order"),
    _text("business_duration"),
    _text("calendar_duration"),
    _number("business_stc"),
    _number("calendar_stc"),
    _text("sys_class_name", 80, "incident"),
    _reference("sys_domain", "domain"),
    _text("sys_domain_path", 255, "/"),
    _journal("work_notes"),
    _journal("comments"),
    _journal("comments_and_work_notes"),
)

_USER = (
    _text("user_name"),
    _text("name", 151),
    _text("first_name", 50),
    _text("last_name", 50),
    _text("email", 100),
    _text("title", 60),
    _flag("active", "true"),
    _flag("locked_out"),
    _flag("web_service_access_only"),
    _flag("internal_integration_user"),
    _reference("manager", "sys_user"),
    _text("time_zone"),
    _text("preferred_language", 3),
    _text("date_format"),
    _text("time_format"),
    _text("source", 255),
    _text("phone"),
    _text("mobile_phone"),
    _text("employee_number"),
)

_GROUP = (
    _text("name", 80),
    _text("description", 1_000),
    _text("email", 100),
    _text("type", 1_024),
    _flag("active", "true"),
    _reference("manager", "sys_user"),
    _reference("parent", "sys_user_group"),
)

_CHOICE = (
    _text("name", 80),
    _text("element", 80),
    _text("value", 60),
    _text("label", 60),
    _text("language", 3, "en"),
    _text("dependent_value", 60),
    _text("hint", 255),
    _number("sequence"),
    _flag("inactive"),
)

_DICTIONARY = (
    _text("name", 80),
    _text("element", 80),
    _text("column_label", 80),
    _text("internal_type"),
    _number("max_length"),
    _flag("mandatory"),
    _flag("read_only"),
    _text("reference", 80),
    _number("choice"),
    _flag("active", "true"),
)

_DB_OBJECT = (_text("name", 80), _text("label", 80), _reference("super_class", "sys_db_object"))

_ATTACHMENT = (
    _text("file_name", 100),
    _text("content_type", 80),
    _number("size_bytes"),
    _number("size_compressed"),
    _text("table_name", 80),
    _text("table_sys_id", 32),
    _text("hash", 64),
    _flag("compressed", "true"),
    _text("state", default="available"),
)

_JOURNAL = (_text("element_id", 32), _text("element", 80), _text("name", 80), _text("value", 65_000))

_AUDIT = (
    _text("tablename", 80),
    _text("documentkey", 32),
    _text("fieldname", 80),
    _text("oldvalue", 65_000),
    _text("newvalue", 65_000),
    _text("user"),
    _text("reason"),
    _number("record_checkpoint"),
    _number("internal_checkpoint"),
)

_ROLE = (_text("name", 100), _text("description", 1_000))

_HAS_ROLE = (
    _reference("user", "sys_user"),
    _reference("role", "sys_user_role"),
    _flag("inherited"),
    _text("state", default="active"),
)

_STORE_APP = (_text("name", 100), _text("scope"), _text("version"), _text("vendor", 255), _flag("active", "true"))

_SLA = (
    _text("name", 100),
    _text("collection", 80, "incident"),
    _text("type", default="SLA"),
    _text("start_condition", 4_000),
    _text("stop_condition", 4_000),
    _flag("active", "true"),
)

_EMAIL_ACTION = (
    _text("name", 80),
    _text("collection", 80, "incident"),
    _text("condition", 4_000),
    _text("generation_type", default="engine"),
    _text("event_name", 100),
    _flag("action_insert"),
    _flag("action_update"),
    _flag("active", "true"),
)

_DATA_POLICY = (
    _text("short_description", 100),
    _text("model_table", 80, "incident"),
    _text("conditions", 4_000),
    _flag("inherit"),
    _flag("active", "true"),
)

_DATA_POLICY_RULE = (
    _reference("sys_data_policy", "sys_data_policy2"),
    _text("table", 80),
    _text("field", 80),
    _text("mandatory", default="ignore"),
    _text("disabled", default="ignore"),
)

_PROPERTY = (_text("name", 100), _text("value", 4_000), _text("type"), _text("description", 4_000))

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        make_table(
            "incident",
            _INCIDENT,
            display="number",
            write_role="itil",
            delete_role="itil_admin",
            indexed=("number", "correlation_id"),
            extends="task",
        ),
        make_table("sys_user", _USER, display="name", indexed=("user_name", "email", "name")),
        make_table("sys_user_group", _GROUP, display="name", indexed=("name",)),
        make_table(
            "sys_user_grmember",
            (_reference("group", "sys_user_group"), _reference("user", "sys_user")),
            indexed=("group", "user"),
        ),
        make_table("sys_choice", _CHOICE, display="label", indexed=("name", "element")),
        make_table("sys_dictionary", _DICTIONARY, display="element", indexed=("name", "element")),
        make_table("sys_db_object", _DB_OBJECT, display="label", indexed=("name",)),
        make_table("sys_journal_field", _JOURNAL, write_role=None, delete_role=None, indexed=("element_id",)),
        make_table("sys_audit", _AUDIT, write_role=None, delete_role=None, indexed=("documentkey",)),
        make_table(
            "sys_attachment",
            _ATTACHMENT,
            display="file_name",
            write_role="itil",
            delete_role="itil",
            indexed=("table_sys_id",),
        ),
        make_table("sys_properties", _PROPERTY, display="name", indexed=("name",)),
        make_table("sys_user_role", _ROLE, display="name", indexed=("name",)),
        make_table("sys_user_has_role", _HAS_ROLE, indexed=("user",)),
        make_table("sys_store_app", _STORE_APP, display="name", indexed=("scope",)),
        make_table("contract_sla", _SLA, display="name", indexed=("collection",)),
        make_table("sysevent_email_action", _EMAIL_ACTION, display="name", indexed=("collection",)),
        make_table("sys_data_policy2", _DATA_POLICY, display="short_description", indexed=("model_table",)),
        make_table("sys_data_policy_rule", _DATA_POLICY_RULE, display="field", indexed=("sys_data_policy",)),
    )
}
