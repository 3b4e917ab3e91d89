"""Counts the records that hold each combination of values: one question to the Aggregate API, whatever their number.

The instance refuses it to an account that may not read every record of the table, and an instance whose REST endpoint access rules
are active may keep the whole interface closed (ServiceNowDocs, c_AggregateAPI.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from watchkeeper.errors import AuthFailed, Reject
from watchkeeper.model.identity import OUR_SIGN
from watchkeeper.model.population import Feed
from watchkeeper.model.tally import Held, Tally
from watchkeeper_servicenow.client import TableClient, concerns_the_table
from watchkeeper_servicenow.query import (
    all_of,
    any_of,
    at_or_after,
    in_portions,
    none_of,
    of_filter,
    one_of,
    starts_with,
)


def tally_of(client: TableClient, feed: Feed, since: datetime, by: Sequence[str], signs: Sequence[str]) -> Tally:
    """See Connector.tally. Records of one question are none of another's: each begins with a sign of its own, or with none."""
    rows: list[Held] = []
    try:
        for branches in _questions(feed, signs):
            query = any_of(branches, at_or_after("sys_updated_on", since))
            rows += map(_held, client.count(feed.table, query, by))
    except (Reject, AuthFailed) as error:
        if not concerns_the_table(error):
            raise
        return Tally(unread=error.attempt.answer or error.message)
    return Tally(tuple(rows))


def _questions(feed: Feed, signs: Sequence[str]) -> Iterator[Sequence[str]]:
    """The branches of each question: what is not ours, then our own records by how their markers begin."""
    if feed.filters:
        foreign = none_of("correlation_display", [OUR_SIGN])
        yield [all_of(of_filter(filter_), foreign) for filter_ in feed.filters]
    ours = one_of("correlation_display", [OUR_SIGN])
    for portion in in_portions(signs):
        yield [all_of(starts_with("correlation_id", portion), ours)]


def _held(group: Mapping[str, Any]) -> Held:
    """A group of the answer: figures are text, and an empty value is ""."""
    held = {str(each["field"]): str(each.get("value") or "") for each in group["groupby_fields"]}
    return Held(held, int(group["stats"]["count"]))
