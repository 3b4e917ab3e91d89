"""Who did what in a window: comments from ARM, field changes from the table, and where neither can tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.activity import Activity, ActivityReport
from watchkeeper.model.record import Record
from watchkeeper.transport.times import write_instant
from watchkeeper_sentinel.comments import read_comments
from watchkeeper_sentinel.history import changes, lagging, unsettled, untold
from watchkeeper_sentinel.incidents import Incidents, changed_since
from watchkeeper_sentinel.logs import Logs
from watchkeeper_sentinel.people import People, is_guid, is_upn
from watchkeeper_sentinel.records import incident_ref, read_row


def collect(
    incidents: Incidents,
    logs: Logs,
    people: People,
    since: datetime,
    until: datetime,
    ids: Sequence[str] | None,
    server_now: Callable[[], datetime],
) -> ActivityReport:
    """The field changes of a window (both ends inclusive), by time, and which incidents have comments that may be of it. Without
    Log Analytics nothing is told, and the report is not readable. Raises what ARM raises."""
    names = None if ids is None else sorted({name.lower() for name in ids})
    moved = _moved(incidents, since, names)
    uncommented = frozenset(record.ref for record in moved if record.comments != 0)
    try:
        told = logs.told(since, until, None if names is None else [name for name in names if is_guid(name)])
        names_of_ours, doubt = logs.names_of_ours() if told.rows else ((), "")
    except WatchkeeperError as error:
        reason = f"Log Analytics: {error.message}"
        kind = type(error).__name__
        return ActivityReport((), readable=False, reason=reason, error=kind, uncommented=uncommented)
    people.called(names_of_ours)
    fields = changes(told.rows, told.baseline, people)
    unclear = (
        untold(told.rows, told.baseline, since)
        | lagging(moved, told.rows, since, until)
        | unsettled(told.rows, server_now())
        | told.broken
    )
    return ActivityReport(
        activities=tuple(sorted(fields, key=_in_time)),
        readable=told.complete and not doubt,
        reason=told.reason or doubt or _unclear_reason(unclear),
        unclear=frozenset(map(incident_ref, unclear)),
        tells_us_apart=bool(names_of_ours) or all(is_upn(row.modified_by) for row in told.rows),
        uncommented=uncommented,
    )


def with_comments(
    report: ActivityReport, incidents: Incidents, people: People, since: datetime, until: datetime
) -> ActivityReport:
    """The report with the comments that it leaves out, at a call for each incident. They do not depend on Log Analytics."""
    refs = sorted(report.uncommented, key=lambda ref: ref.id)
    found = read_comments(incidents, people, refs)
    deeds = (Activity.of_comment(comment) for comments in found.values() for comment in comments)
    within = (deed for deed in deeds if since <= deed.at <= until)
    activities = tuple(sorted((*report.activities, *within), key=_in_time))
    return replace(report, activities=activities, uncommented=frozenset())


def _in_time(deed: Activity) -> tuple[datetime, str, str]:
    return deed.at, deed.ref.id, deed.id


def _moved(incidents: Incidents, since: datetime, names: Sequence[str] | None) -> list[Record]:
    """Incidents that changed since then, among those asked for. A comment moves its incident, so no other can have one."""
    wanted = None if names is None else frozenset(names)
    rows = (read_row(item) for items in incidents.pages(changed_since(write_instant(since))) for item in items)
    return [row for row in rows if isinstance(row, Record) and (wanted is None or row.ref.id in wanted)]


def _unclear_reason(unclear: frozenset[str]) -> str:
    if not unclear:
        return ""
    return f"the history of {len(unclear)} incidents lags behind, does not reach back far enough or cannot be read"
