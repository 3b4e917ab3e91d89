"""One scan of the incidents: ARM's list from a server time on, drained, checked row by row, with a watermark of its own text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from watchkeeper.errors import NotTheApi, Protocol, Retry, Wait
from watchkeeper.model.population import Feed
from watchkeeper.model.record import Record, Unreadable
from watchkeeper.model.scan import Page, ScanEnd, ScanItem, Trait
from watchkeeper.transport.times import instant_key, parse_instant, write_instant
from watchkeeper_sentinel.arm import Arm
from watchkeeper_sentinel.incidents import Incidents, changed_since
from watchkeeper_sentinel.onboarding import from_defender
from watchkeeper_sentinel.records import pick, read_row, section, text_of

OVERLAP: Final = timedelta(minutes=5)
"""How far a scan reaches back behind its watermark: rows may become visible out of order. A row that is read again costs
no call, and the same version of it is recognised."""


def scan(incidents: Incidents, arm: Arm, feed: Feed, since: str | None) -> Iterator[ScanItem]:
    """Pages of the feed's incidents changed since a watermark, then the end.

    A watermark is the latest `lastModifiedTimeUtc` that was yielded, as the server wrote it, but never beyond the server's
    own clock (it may have been set back). An idle scan is one call. What keeps the first call from being answered is
    raised, a web page in its place too; a listing that is cut, or breaks off later, ends incomplete.
    """
    start, note = _start(feed, since)
    seen: set[tuple[str, str]] = set()
    watermark = _Watermark(None if note else since)
    pages = incidents.pages(changed_since(write_instant(start)) if start else None)
    begun = False
    traits: set[Trait] = set()
    try:
        for items in pages:
            begun = True
            traits.update({Trait.DEFENDER_PORTAL} if from_defender(items) else ())
            fresh = [item for item in items if _first_sight(item, seen)]
            watermark.pass_over(fresh)
            page = _page(fresh, feed)
            if page.records or page.unreadable:
                yield page
    except (Protocol, Retry, Wait) as error:
        if not begun and isinstance(error, NotTheApi | Retry | Wait):
            raise
        yield ScanEnd(False, None, arm.server_now(), f"the listing broke off: {error.message}")
        return
    yield ScanEnd(True, watermark.until(arm.server_now()), arm.server_now(), note, frozenset(traits))


def _start(feed: Feed, since: str | None) -> tuple[datetime | None, str]:
    """The server time to read from (None: everything), and what is to be said about it.

    A bounded sweep reads what was *modified* since the bound: that holds everything created since, and lets no change of
    an older incident slip between this sweep's watermark and the last one's.
    """
    if since is None:
        return feed.created_since, ""
    try:
        return parse_instant(since) - OVERLAP, ""
    except (ValueError, OverflowError):
        return feed.created_since, f"the watermark {since!r:.60} cannot be read; everything was read instead"


class _Watermark:
    """The latest modification time seen so far, kept as the server's own text (up to seven fraction digits)."""

    def __init__(self, text: str | None) -> None:
        self.text = text
        self._key = _sort_key(text) if text else None

    def pass_over(self, items: Sequence[Any]) -> None:
        for item in items:
            text = text_of(pick(section(item, "properties"), "lastModifiedTimeUtc")) if isinstance(item, dict) else None
            key = _sort_key(text) if text else None
            if key is not None and (self._key is None or key > self._key):
                self.text, self._key = text, key

    def until(self, now: datetime) -> str:
        """The watermark, or the server's present (one second up, its Date has whole seconds) if that is earlier. A workspace
        without any incident is known up to the present; the next scan's overlap covers what is still becoming visible."""
        if self.text is None:
            return write_instant(now)
        latest = now + timedelta(seconds=1)
        return write_instant(latest) if self._key is not None and self._key[0] > latest else self.text


def _sort_key(text: str) -> tuple[datetime, str] | None:
    try:
        return instant_key(text)
    except ValueError:
        return None


def _first_sight(item: Any, seen: set[tuple[str, str]]) -> bool:
    """Whether a version of an incident was not in an earlier page; rows move between pages while a listing is read."""
    if not isinstance(item, dict):
        return True
    version = ((text_of(pick(item, "name")) or "").lower(), text_of(pick(item, "etag")) or "")
    if not all(version):
        return True
    known = version in seen
    seen.add(version)
    return not known


def _page(items: Sequence[Any], feed: Feed) -> Page:
    rows = [read_row(item) for item in items]
    records = tuple(narrowed(row, feed.fields) for row in rows if isinstance(row, Record))
    return Page(records, tuple(row for row in rows if isinstance(row, Unreadable)))


def narrowed(record: Record, fields: frozenset[str]) -> Record:
    """The record with only the fields asked for."""
    return replace(record, fields={name: value for name, value in record.fields.items() if name in fields})
