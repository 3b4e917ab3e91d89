"""What a call asks for, in one of a few words: calls are counted and told by it. Nothing of a ticket, and no id, can be one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from watchkeeper.model.calls import OTHER

_TABLES: Final = frozenset(
    {
        "change_request",
        "cmdb_ci",
        "cmdb_ci_service",
        "contract_sla",
        "incident",
        "sc_task",
        "sn_si_incident",
        "sys_attachment",
        "sys_audit",
        "sys_choice",
        "sys_data_policy2",
        "sys_data_policy_rule",
        "sys_db_object",
        "sys_dictionary",
        "sys_journal_field",
        "sys_properties",
        "sys_store_app",
        "sys_user",
        "sys_user_grmember",
        "sys_user_group",
        "sys_user_has_role",
        "sys_user_role",
        "sysevent_email_action",
        "task",
    }
)
"""Tables of ServiceNow that are read whatever the profiles say."""
_TABLE: Final = re.compile(r"/api/now/(?:v\d/)?(?:table|stats)/(?P<table>[^/]+)(?:/.*)?", re.IGNORECASE)
_INCIDENT: Final = r"/subscriptions/.+/providers/Microsoft\.SecurityInsights/incidents"
_OPERATIONS: Final = tuple(
    (re.compile(path, re.IGNORECASE), name)
    for path, name in (
        (r"/api/now/(?:v\d/)?batch", "batch"),
        (r"/api/now/(?:v\d/)?attachment(?:/.*)?", "attachments"),
        (rf"{_INCIDENT}(?:/[^/]+)?", "incidents"),
        (rf"{_INCIDENT}/[^/]+/comments(?:/.*)?", "incident-comments"),
        (rf"{_INCIDENT}/[^/]+/tasks(?:/.*)?", "incident-tasks"),
        (rf"{_INCIDENT}/[^/]+/alerts", "incident-alerts"),
        (rf"{_INCIDENT}/[^/]+/entities", "incident-entities"),
        (rf"{_INCIDENT}/[^/]+/bookmarks", "incident-bookmarks"),
        (rf"{_INCIDENT}/[^/]+/relations(?:/.*)?", "incident-relations"),
        (r"/subscriptions/.+/automationRules(?:/.*)?", "automation-rules"),
        (r"/subscriptions/.+/content(?:Product)?Packages(?:/.*)?", "content-packages"),
        (r"/subscriptions/.+/Microsoft\.Logic/workflows(?:/.*)?", "playbooks"),
        (r"/subscriptions/.+/Microsoft\.Authorization/.*", "permissions"),
        (
            r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.OperationalInsights/workspaces/[^/]+",
            "workspace",
        ),
        (r"/v1/workspaces/[^/]+/query|/v1/\$batch", "query"),
        (r"/v1\.0/security/secureScores", "secure-scores"),
        (r"/v1\.0/security/secureScoreControlProfiles", "control-profiles"),
        (r"/v1\.0/deviceManagement/managedDevices", "managed-devices"),
        (r"/v1\.0/subscribedSkus", "licences"),
        (r"/v1\.0/admin/serviceAnnouncement/messages", "announcements"),
        (r"/v1\.0/admin/serviceAnnouncement/healthOverviews", "service-health"),
        (r"/api/machines", "machines"),
        (r"/api/recommendations", "recommendations"),
        (r"/api/remediationTasks", "remediation-tasks"),
        (r"/api/remediationTasks/[^/]+/machineReferences", "exposed-devices"),
        (r"/api/Software", "software"),
        (r"/api/exposureScore", "exposure-score"),
    )
)
OPERATIONS: Final = tuple(dict.fromkeys(name for _, name in _OPERATIONS))
"""The words for what is no table of ServiceNow, in their order."""


class Operations:
    """Names what calls ask for. Tables that a profile names may be added; any other is OTHER."""

    def __init__(self) -> None:
        self._tables = _TABLES

    def know(self, tables: Iterable[str]) -> None:
        """Tables that the mappings name have their own names from now on."""
        self._tables |= {table.casefold() for table in tables}

    def asked_for(self, path: str) -> str:
        """What a path stands for, whatever the method."""
        if (found := _TABLE.fullmatch(path)) is not None:
            table = found["table"].casefold()
            return table if table in self._tables else OTHER
        return next((name for pattern, name in _OPERATIONS if pattern.fullmatch(path)), OTHER)
