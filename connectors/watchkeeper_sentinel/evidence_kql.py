"""The queries for evidence, as constant texts with typed holes like those of `kql`.

Tables: SentinelHealth (defender-docs, sentinel/health-table-reference), SecurityIncident and SecurityAlert
(learn.microsoft.com/azure/azure-monitor/reference/tables).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from watchkeeper_sentinel.kql import instant_literal, text_literal
from watchkeeper_sentinel.signs import PRODUCTS, WORDS

_FAILURES: Final = """\
SentinelHealth
| where TimeGenerated >= {since}
| where SentinelResourceType in~ ("Automation rule", "Playbook")
| where Status !~ "Success"
| summarize Times = count(), LastAt = max(TimeGenerated) by SentinelResourceName, SentinelResourceType, Status, Reason
| order by Times desc, LastAt desc, SentinelResourceName asc, SentinelResourceType asc, Status asc, Reason asc"""

_CLOSED: Final = """\
SecurityIncident
| where TimeGenerated >= {earliest}
| project IncidentName, LastModifiedTime, Status, IncidentNumber, Title, Severity, Classification, ClassificationReason, CreatedTime, ClosedTime, AlertIds, Labels, IncidentUrl, AdditionalData
| summarize arg_max(LastModifiedTime, *) by IncidentName
| where Status == "Closed" and ClosedTime >= {since} and ClosedTime < {until}"""
"""The latest state first: an incident that was opened again, or deleted, is not closed. Of each row only what is told of it: comments
take up to 64 KB of it."""

_ALERTS: Final = """\
let closed = {closed}
| extend Told = {told}
| mv-expand AlertId = AlertIds to typeof(string)
| project AlertId, Told;
let candidates = closed | project AlertId;
let told = closed | where Told | project AlertId;
SecurityAlert
| where TimeGenerated >= {oldest}
| where SystemAlertId in (candidates)
| where SystemAlertId in (told) or {signed}
| project SystemAlertId, TimeGenerated, AlertName, ProviderName, ProductName, Entities
| summarize arg_max(TimeGenerated, *) by SystemAlertId"""
"""The alerts that show an incident to be one of ours to tell of, and every alert of an incident whose own title does."""


def failures_query(since: datetime) -> str:
    """Runs of automation rules and playbooks that did not succeed since an instant, counted by resource and reason."""
    return _FAILURES.format(since=instant_literal(since))


def closed_query(since: datetime, until: datetime, earliest: datetime) -> str:
    """Every incident that was closed in [since, until). No row before `earliest` is looked at."""
    instants = {"since": since, "until": until, "earliest": earliest}
    return _CLOSED.format(**{name: instant_literal(moment) for name, moment in instants.items()})


def alerts_query(since: datetime, until: datetime, earliest: datetime, oldest: datetime) -> str:
    """What is told by the alerts, not older than `oldest`, of the incidents that `closed_query` finds."""
    return _ALERTS.format(
        closed=closed_query(since, until, earliest),
        told=_any_word("Title"),
        signed=f"{_any_word('AlertName')} or ProviderName in~ ({_NAMES}) or ProductName in~ ({_NAMES})",
        oldest=instant_literal(oldest),
    )


def _any_word(column: str) -> str:
    return f"({' or '.join(f'{column} contains {text_literal(word)}' for word in WORDS)})"


_NAMES: Final = ", ".join(text_literal(product) for product in sorted(PRODUCTS))
