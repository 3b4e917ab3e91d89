"""What an administrator has set up on the instance besides tickets: roles and who has them, SLA definitions, notifications,
installed applications, data policies. Only the last of these act. Every sys_id is the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

SLAS: Mapping[str, str] = {
    "Priority 1 resolution (8 hour)": "active=true^priority=1",
    "Priority 2 resolution (1 day)": "active=true^priority=2",
}
"""Names and start conditions, as a fresh instance has them; each is on incidents."""

NOTIFICATIONS: Mapping[str, str] = {
    "Incident opened for VIP": "caller_id.vip=true^category!=soc_maintenance",
    "Major incident opened": "priority=1",
}
"""Names and conditions of mails that are sent when an incident is inserted."""

DATA_POLICIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Resolution of incidents": ("state=6^ORstate=7", ("close_code", "close_notes"))
}
"""Names, conditions and mandatory fields; each is on incidents (ServiceNowDocs, platform-administration/c_DataPolicy.md)."""

APPS: Mapping[str, str] = {"Incident Management": "sn_incident_mgmt", "Security Operations Common": "sn_sec_cmn"}
"""Names and scopes."""


def platform_rows(people: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(table, identity, values) of every row; `people` are user names and their roles. A reference is (table, identity) as text,
    which the caller turns into a sys_id."""
    for role in sorted({role for roles in people.values() for role in roles}):
        yield "sys_user_role", role, {"name": role}
    for user, roles in people.items():
        for role in sorted(roles):
            yield "sys_user_has_role", f"{user}/{role}", {"user": user, "role": role}
    for name, condition in SLAS.items():
        yield "contract_sla", name, {"name": name, "start_condition": condition, "stop_condition": "state=6"}
    for name, condition in NOTIFICATIONS.items():
        values = {"name": name, "condition": condition, "action_insert": "true"}
        yield "sysevent_email_action", name, values
    for name, (condition, fields) in DATA_POLICIES.items():
        yield "sys_data_policy2", name, {"short_description": name, "conditions": condition}
        for field in fields:
            values = {"sys_data_policy": name, "field": field, "mandatory": "true"}
            yield "sys_data_policy_rule", f"{name}/{field}", values
    for name, scope in APPS.items():
        yield "sys_store_app", scope, {"name": name, "scope": scope, "version": "1.0.0", "vendor": "ServiceNow"}
