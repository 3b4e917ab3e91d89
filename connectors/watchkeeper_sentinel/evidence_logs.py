"""Evidence from Log Analytics: failed automation, and incidents about phishing and data loss that were closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from watchkeeper.errors import Attempt, Rejected, Unavailable, WatchkeeperError
from watchkeeper.model.evidence import Emptiness, Listing, SetAside, Subject
from watchkeeper.model.record import SENTINEL
from watchkeeper.model.workspace import AutomationFailure, ClosedIncident
from watchkeeper_sentinel.arm import Arm
from watchkeeper_sentinel.arm_lists import emptiness_of
from watchkeeper_sentinel.closed import name_alerts, read_alerts, read_closed
from watchkeeper_sentinel.evidence_kql import alerts_query, closed_query, failures_query
from watchkeeper_sentinel.logs import SLACK, Logs, Rows, halves_of_a_window, in_portions
from watchkeeper_sentinel.records import text_of

HEALTH: Final = "SentinelHealth"
INCIDENT: Final = "SecurityIncident"
ALERT: Final = "SecurityAlert"
REACH: Final = timedelta(days=180)
"""How much older than its incident's closing an alert may be: entities are kept so long (defender-docs, sentinel-service-limits)."""
_NO_ALERTS: Final = "the workspace shows no such table, so nobody can tell whom the incidents were aimed at"
Cells = tuple[Mapping[str, Any], ...]


class EvidenceLogs:
    """`arm` tells the time: answers of Log Analytics come without it."""

    def __init__(self, logs: Logs, arm: Arm) -> None:
        self._logs = logs
        self._arm = arm

    def failures(self, since: datetime) -> Listing[AutomationFailure]:
        """Raises Unavailable for an answer that is not whole. The table is there from the first run on after monitoring was
        turned on (defender-docs, sentinel/monitor-automation-health)."""
        try:
            answer = _whole(self._logs.bounded(failures_query(since), None), Subject.AUTOMATION_FAILURES)
        except WatchkeeperError as error:
            return self._empty(error, Subject.AUTOMATION_FAILURES, HEALTH)
        rows: list[AutomationFailure] = []
        broken: list[SetAside] = []
        for number, cells in enumerate(answer, 1):
            try:
                rows.append(_failure(cells))
            except ValueError as error:
                broken.append(SetAside(f"{Subject.AUTOMATION_FAILURES.value}: row {number}", str(error)))
        return self._listing(tuple(rows), tuple(broken))

    def closed(self, since: datetime, until: datetime) -> Listing[ClosedIncident]:
        """Raises Unavailable where even small portions of the window are not answered as a whole."""
        window, subject = (since, until), Subject.CLOSED_INCIDENTS
        try:
            incidents = self._portions(window, _closed_query, subject)
        except WatchkeeperError as error:
            return self._empty(error, subject, INCIDENT)
        cells, untold = self._alerts(window, subject) if incidents else ((), ())
        alerts, unread = read_alerts(cells)
        rows, broken = read_closed(incidents, alerts)
        return self._listing(rows, (*broken, *unread, *(untold if name_alerts(incidents) else ())))

    def _alerts(self, window: tuple[datetime, datetime], subject: Subject) -> tuple[Cells, tuple[SetAside, ...]]:
        """The alerts, or what cannot be told without their table."""
        try:
            return self._portions(window, _alerts_query, subject), ()
        except WatchkeeperError as error:
            if self._empty(error, subject, ALERT).empty is not Emptiness.NOT_FOUND:
                raise
            return (), (SetAside(f"{subject.value}: {ALERT}", _NO_ALERTS),)

    def _portions(
        self, window: tuple[datetime, datetime], query: Callable[[datetime, datetime], str], subject: Subject
    ) -> Cells:
        def ask(part: tuple[datetime, datetime]) -> Rows:
            return self._logs.bounded(query(*part), None)

        answers = in_portions(window, ask, halves_of_a_window)
        return tuple(cells for answer in answers for cells in _whole(answer, subject))

    def _empty(self, error: WatchkeeperError, subject: Subject, table: str) -> Listing[Any]:
        """An empty listing where the workspace does not have the table, else raises what the error means."""
        if isinstance(error, Rejected) and f"named '{table}'" in error.attempt.answer:
            return Listing((), self._arm.server_now(), empty=Emptiness.NOT_FOUND)
        action = f"Microsoft.OperationalInsights/workspaces/query/{table}/read"
        return Listing((), self._arm.server_now(), empty=emptiness_of(error, subject, action))

    def _listing(self, rows: tuple[Any, ...], broken: tuple[SetAside, ...]) -> Listing[Any]:
        empty = None if rows or broken else Emptiness.NOTHING_LISTED
        return Listing(rows, self._arm.server_now(), broken, empty)


def _closed_query(since: datetime, until: datetime) -> str:
    return closed_query(since, until, since - SLACK)


def _alerts_query(since: datetime, until: datetime) -> str:
    return alerts_query(since, until, since - SLACK, since - REACH)


def _whole(answer: Rows, subject: Subject) -> Cells:
    if answer.complete:
        return answer.cells
    raise Unavailable(
        f"Log Analytics did not tell all of {subject.value}: {answer.reason}",
        remedy="ask again later, or for a shorter time",
        attempt=Attempt(SENTINEL, "POST /v1/workspaces/…/query", answer=answer.reason),
    )


def _failure(cells: Mapping[str, Any]) -> AutomationFailure:
    times, last_at = cells.get("Times"), cells.get("LastAt")
    if not isinstance(times, int) or not isinstance(last_at, datetime):
        raise ValueError("has no count or no time")
    columns = ("SentinelResourceName", "SentinelResourceType", "Status", "Reason")
    name, kind, status, reason = (text_of(cells.get(each)) or "" for each in columns)
    return AutomationFailure(name, kind, status, reason, times, last_at.astimezone(UTC))
