"""Counts the incidents that hold each combination of values, by their latest rows in the workspace's history: one query, whatever
their number, where a listing of a month could take hundreds of calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from watchkeeper.errors import AuthFailed, Protocol, Reject, Retry
from watchkeeper.model.population import Feed
from watchkeeper.model.record import INCIDENTS, RawFields
from watchkeeper.model.tally import Tally, counted
from watchkeeper_sentinel.history import properties_of
from watchkeeper_sentinel.kql import latest_query
from watchkeeper_sentinel.logs import Logs
from watchkeeper_sentinel.records import KEY_LABEL, OWN_LABEL, OWNER_FIELDS, flatten

_TOLD: Final = frozenset(
    {
        "status",
        "severity",
        "classification",
        "classificationReason",
        "labels",
        *(f"owner.{each}" for each in OWNER_FIELDS),
    }
)
"""What the query asks for: whatever a profile counts, and no texts of tickets."""


def tally_of(logs: Logs, feed: Feed, since: datetime, by: Sequence[str], signs: Sequence[str]) -> Tally:
    """See Connector.tally. The table lags by minutes, which a month does not mind."""
    asked = {*by, *(condition.field for filter_ in feed.filters for condition in filter_.conditions)}
    untold = sorted(asked - _TOLD)
    if feed.table != INCIDENTS or untold:
        return Tally(unread=f"the history does not tell {', '.join(untold) or feed.table}")
    try:
        answer = logs.query(latest_query(since))
        rows = [flatten(properties_of(cells)) for cells in answer.cells]
    except (Reject, AuthFailed, Retry, Protocol) as error:
        return Tally(unread=error.message)
    except ValueError as error:
        return Tally(unread=f"Log Analytics: {error}")
    if not answer.complete:
        return Tally(unread=answer.reason)
    return counted([row for row in rows if _is_of(row, feed, signs)], by)


def _is_of(row: RawFields, feed: Feed, signs: Sequence[str]) -> bool:
    labels = row["labels"] or ()
    markers = [label.removeprefix(KEY_LABEL) for label in labels if label.startswith(KEY_LABEL)]
    if markers or OWN_LABEL in labels:
        return any(marker.startswith(tuple(signs)) for marker in markers)
    return any(filter_.holds(row) for filter_ in feed.filters)
