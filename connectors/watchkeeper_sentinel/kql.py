"""The KQL that we send: constant texts with typed holes. There is no parameter binding in the query API, so nothing but
instants, GUIDs and our own constants ever goes into a query, each through its one function here; everything else is filtered in
Python.

Table: SecurityIncident (learn.microsoft.com/azure/azure-monitor/reference/tables/securityincident), append-only: a row per change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from watchkeeper.transport.times import write_instant
from watchkeeper_sentinel.records import KEY_LABEL

_ESCAPED: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def text_literal(text: str) -> str:
    """A KQL string literal that means this very text (learn.microsoft.com/kusto/query/scalar-data-types/string).

    Line breaks are not allowed inside a literal, and what is not ASCII need not be: it goes as it is. Raises ValueError for half
    of a surrogate pair, which no encoding carries.
    """
    text.encode()
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    separates = character in "\x85\u2028\u2029"
    return f"\\u{ord(character):04x}" if character < " " or character == "\x7f" or separates else character


_COLUMNS: Final = (
    "IncidentName, LastModifiedTime, Stamp = tostring(LastModifiedTime), TimeGenerated, CreatedTime, ModifiedBy, Status, Severity, Owner, Labels, "
    "Classification, ClassificationReason, ClassificationComment"
)

_NAMED: Final = "| where tolower(IncidentName) in (names)\n"

_CHANGES: Final = """\
SecurityIncident
| where LastModifiedTime between ({since} .. {until})
{named}| project {columns}, Ingested = ingestion_time()
| order by LastModifiedTime asc, TimeGenerated asc"""

_BASELINE: Final = """\
SecurityIncident
| where LastModifiedTime < {since}
{named}| summarize arg_max(LastModifiedTime, *) by IncidentName
| project {columns}"""

_DELETED: Final = """\
SecurityIncident
{named}| summarize arg_max(TimeGenerated, *) by IncidentName
| where Status == "Deleted"
| project IncidentName"""

_LATEST_STATES: Final = """\
SecurityIncident
| where LastModifiedTime >= {since}
| summarize arg_max(LastModifiedTime, *) by IncidentName
| where Status != "Deleted"
| project Status, Severity, Owner, Labels, Classification, ClassificationReason"""

FIRST_STATES: Final = f"""\
SecurityIncident
| where TimeGenerated > ago(90d)
| where tostring(Labels) contains {text_literal(KEY_LABEL)}
| summarize arg_min(LastModifiedTime, *) by IncidentName
| where LastModifiedTime - CreatedTime < 10s
| order by TimeGenerated desc
| take 20
| project IncidentName, Labels, ModifiedBy"""
"""How incidents that carry a key label began: who made them is called by the table what it calls us. The first row counts if
it is about the creation (the two times need not be equal to the last digit); older incidents tell about their changers."""

LATEST: Final = """\
SecurityIncident
| extend Ingested = ingestion_time()
| order by Ingested desc
| take 1
| project TimeGenerated, LastModifiedTime, Ingested"""
"""The newest row, for its lag."""


def changes_query(since: datetime, until: datetime, names: Sequence[str] | None) -> str:
    """Every state that incidents took from `since` to `until` (both inclusive), oldest first; all incidents for None."""
    body = _CHANGES.format(
        since=instant_literal(since), until=instant_literal(until), named=_named(names), columns=_COLUMNS
    )
    return _with_names(body, names)


def baseline_query(since: datetime, names: Sequence[str]) -> str:
    """The last state of each incident before `since`: what the first change in a window is compared with."""
    body = _BASELINE.format(since=instant_literal(since), named=_named(names), columns=_COLUMNS)
    return _with_names(body, names)


def deleted_query(names: Sequence[str]) -> str:
    """Whose latest row says `Deleted` (ARM itself never says so). An incident that was made anew after a deletion is there
    again, so the latest row is taken before it is looked at."""
    return _with_names(_DELETED.format(named=_named(names)), names)


def latest_query(since: datetime) -> str:
    """What each incident that changed since an instant, and is still there, was like when it last changed."""
    return _LATEST_STATES.format(since=instant_literal(since))


def instant_literal(moment: datetime) -> str:
    return f"datetime({write_instant(moment)})"


def guid_list(names: Sequence[str]) -> str:
    """A dynamic literal of GUIDs, lower case and sorted. Raises ValueError for anything that is not a GUID."""
    return f"dynamic([{', '.join(map(text_literal, sorted({str(UUID(name)) for name in names})))}])"


def _named(names: Sequence[str] | None) -> str:
    return "" if names is None else _NAMED


def _with_names(body: str, names: Sequence[str] | None) -> str:
    return body if names is None else f"let names = {guid_list(names)};\n{body}"
