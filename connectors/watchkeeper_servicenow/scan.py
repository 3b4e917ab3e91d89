"""Walks a feed: keyset pages by (sys_updated_on, sys_id), whole or not at all.

The first page has no upper bound, so that an idle run costs one call; the pages after it stop at the instance's own clock as of
the first answer, so that the walk ends. A short or empty page is not the end (access rules hide rows after the limit was
applied); the count of matching rows is. While hidden rows are passed by offset, a count that sinks says that rows moved away and
the others up: the walk goes back by as many.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TypeAlias

from watchkeeper.errors import NotTheApi, Protocol, StateUnusable, Unavailable
from watchkeeper.model.identity import OUR_SIGN
from watchkeeper.model.population import Feed
from watchkeeper.model.record import SERVICENOW, Record, RecordRef, Unreadable
from watchkeeper.model.scan import Page, ScanEnd, ScanItem
from watchkeeper.ports import Clock
from watchkeeper_servicenow.client import MOST_ROWS, CutAnswer, Listing, TableClient
from watchkeeper_servicenow.config import ServiceNowConfig
from watchkeeper_servicenow.query import (
    all_of,
    any_of,
    at_or_after,
    at_or_before,
    behind,
    instant,
    is_stamp,
    of_filter,
    one_of,
    ordered,
    stamp,
)
from watchkeeper_servicenow.refusals import needed_by_every_record
from watchkeeper_servicenow.rows import SYSTEM_FIELDS, Row, record_of

SMALLEST_PAGE = 100
"""Rows; an instance that cannot send so few is not having a slow day."""

_Key: TypeAlias = tuple[str, str]


class FeedScan:
    """One scan. Iterate `items` once."""

    def __init__(
        self, client: TableClient, config: ServiceNowConfig, clock: Clock, feed: Feed, since: str | None
    ) -> None:
        self._client = client
        self._config = config
        self._clock = clock
        self._feed = feed
        self._start = None if since is None else read_watermark(since)
        self._branches = [*(of_filter(filter_) for filter_ in feed.filters), one_of("correlation_display", [OUR_SIGN])]
        conditions = {condition.field for filter_ in feed.filters for condition in filter_.conditions}
        self._fields = frozenset({*SYSTEM_FIELDS, *feed.fields, *conditions})
        self._limit = config.page_size
        self._offset = 0
        self._total: int | None = None
        self._cursor: _Key | None = None
        self._bound: datetime | None = None
        self._newest: str | None = None
        self._moved = False
        self._doubted: int | None = None

    def items(self) -> Iterator[ScanItem]:
        """Pages, then one ScanEnd. A cut answer is asked for again with half the page, and in the end makes the scan
        incomplete; raises what stops the whole side (no connection, no rights, throttled, a web page before any row)."""
        while True:
            try:
                listing = self._ask()
                page = self._page(listing)
            except Protocol as error:
                if isinstance(error, NotTheApi) and self._bound is None:
                    raise
                if isinstance(error, CutAnswer) and self._limit // 2 >= SMALLEST_PAGE:
                    self._limit //= 2
                    continue
                yield ScanEnd(False, None, self._now(), error.message)
                return
            if page.records or page.unreadable:
                yield page
            if not self._more(listing):
                yield ScanEnd(True, self._watermark(), self._now())
                return

    def _ask(self) -> Listing:
        """The page at the cursor, or at the offset behind it when rows there are hidden."""
        while True:
            listing = self._read()
            gone = 0 if self._total is None or listing.total is None else self._total - listing.total
            self._total = listing.total
            if gone <= 0 or self._offset == 0:
                return listing
            self._offset = max(0, self._offset - gone)

    def _read(self) -> Listing:
        if self._offset > MOST_ROWS:
            raise Protocol(f"servicenow: {self._feed.table} says that rows are left and shows none in {MOST_ROWS}")
        try:
            with needed_by_every_record():
                listing = self._client.read(
                    self._feed.table, self._query(), self._fields, limit=self._limit, offset=self._offset
                )
        except Unavailable as error:
            if "maximum execution time" in error.attempt.answer:
                raise CutAnswer(error.message, attempt=error.attempt) from error
            raise
        self._bound = self._bound or listing.server_time
        return listing

    def _query(self) -> str:
        terms = []
        if self._cursor is not None:
            terms.append(behind(instant(self._cursor[0]), self._cursor[1]))
        elif self._start is not None:
            terms.append(at_or_after("sys_updated_on", self._start))
        if self._bound is not None:
            terms.append(at_or_before("sys_updated_on", self._bound))
        if self._start is None and self._feed.created_since is not None:
            terms.append(at_or_after("sys_created_on", self._feed.created_since))
        return ordered(any_of(self._branches, all_of(*terms)), "sys_updated_on", "sys_id")

    def _page(self, listing: Listing) -> Page:
        records: list[Record] = []
        unreadable: list[Unreadable] = []
        for row in listing.rows:
            self._advance(row)
            try:
                record = record_of(row, self._feed.table, self._feed.fields, self._config.origin)
            except ValueError as error:
                unreadable.append(Unreadable(RecordRef(SERVICENOW, self._feed.table, row["sys_id"] or ""), str(error)))
                continue
            if record.ours or any(filter_.holds(row) for filter_ in self._feed.filters):
                records.append(record)
        return Page(tuple(records), tuple(unreadable))

    def _advance(self, row: Row) -> None:
        """Move the cursor onto a row; rows that do not come in order would make it jump over others."""
        at, sys_id = row.get("sys_updated_on"), row["sys_id"]
        if not at or not sys_id or not is_stamp(at):
            return
        key = (at, sys_id)
        if self._cursor is not None and key <= self._cursor:
            raise Protocol(
                f"servicenow: {self._feed.table} did not come ordered by sys_updated_on and sys_id",
                remedy="let the account order and range by sys_updated_on (query ACL of type query_range)",
            )
        self._cursor = key
        self._newest = max(self._newest or at, at)
        self._moved = True

    def _more(self, listing: Listing) -> bool:
        """Whether rows are left, and from where: behind the last row seen, or, when a page came empty, by offset.

        Fewer rows than are counted may be hidden, or an answer that was cut without a word: what is behind the last row is asked
        for, and an empty page once more as a small one, which an instance that ran out of time can send.
        """
        left = None if listing.total is None else listing.total - self._offset
        if left and not listing.rows and self._doubted is None:
            self._doubted, self._limit = self._limit, min(self._limit, SMALLEST_PAGE)
            return True
        if self._doubted and not listing.rows:
            self._limit = max(self._limit, self._doubted)
        seen_all = left is not None and left <= self._limit and (not self._moved or len(listing.rows) >= left)
        moved, self._moved = self._moved, False
        self._offset = 0 if moved else self._offset + self._limit
        self._total = None if moved else self._total
        return not seen_all and (moved or listing.total is not None)

    def _now(self) -> datetime:
        return self._bound or self._client.server_time or self._clock.now()

    def _watermark(self) -> str:
        """The newest row seen, less the overlap; never past the instance's clock, and never back behind the last one."""
        newest = self._now() if self._newest is None else min(instant(self._newest), self._now())
        if self._newest is None and self._start is not None:
            return write_watermark(self._start)
        reached = newest - self._config.overlap
        return write_watermark(reached if self._start is None else max(reached, self._start))


def write_watermark(at: datetime) -> str:
    """JSON text of (sys_updated_on, sys_id); the id is empty where the scan is to start before every row of that second."""
    return json.dumps([stamp(at), ""])


def read_watermark(text: str) -> datetime:
    """Raises StateUnusable for a text that is not ours: starting anywhere else would skip rows."""
    try:
        at, _ = json.loads(text)
        return instant(at)
    except (ValueError, TypeError) as error:
        raise StateUnusable(
            f"the stored cursor of servicenow is not readable: {text[:80]!r}", remedy="run `sync --full`"
        ) from error
