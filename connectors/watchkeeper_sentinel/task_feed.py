"""One scan of the incident tasks: the hosts that changed, and the tasks of those whose version is another one.

A task has no list of its own; every write to one gives its incident a new version. So an idle scan is one listing of hosts, and
a scan after a change is one more call for each host that changed, however many tasks there are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from watchkeeper.errors import NotTheApi, Protocol, Retry, Wait
from watchkeeper.model.population import Feed
from watchkeeper.model.record import Record, Unreadable
from watchkeeper.model.scan import Page, ScanEnd, ScanItem
from watchkeeper.transport.times import instant_key, parse_instant, write_instant
from watchkeeper_sentinel.arm import Arm
from watchkeeper_sentinel.feed import OVERLAP, narrowed
from watchkeeper_sentinel.hosts import HostState, TaskHosts
from watchkeeper_sentinel.people import People
from watchkeeper_sentinel.records import pick, section, text_of
from watchkeeper_sentinel.task_records import Shown, read_task_row


@dataclass(slots=True)
class _Seen:
    """How far a scan has come: the latest modification as the server wrote it, and which version of each host was read."""

    at: str = ""
    hosts: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, watermark: str | None) -> _Seen:
        """Raises ValueError for a text that is no watermark of ours."""
        if watermark is None:
            return cls()
        told = json.loads(watermark)
        hosts = {name: (str(etag), str(at)) for name, (etag, at) in told["hosts"].items()}
        _reaching_back(told["at"])
        return cls(told["at"], hosts)

    def knows(self, item: Mapping[str, Any]) -> bool:
        """Whether this version of a host was read before; if not, it counts as read now."""
        name, etag = (text_of(pick(item, key)) or "" for key in ("name", "etag"))
        at = text_of(pick(section(item, "properties"), "lastModifiedTimeUtc")) or ""
        known = bool(etag) and self.hosts.get(name.lower(), ("", ""))[0] == etag
        self.hosts[name.lower()] = (etag, at)
        if _later(at, self.at):
            self.at = at
        return known

    def watermark(self, now: datetime) -> str:
        """The text for the next scan; it keeps the versions of those hosts that the next scan's overlap will list again."""
        at = self.at if self.at and parse_instant(self.at) <= now else write_instant(now)
        start = _reaching_back(at)
        hosts = {name: row for name, row in sorted(self.hosts.items()) if _is_since(row[1], start)}
        return json.dumps({"at": at, "hosts": hosts}, separators=(",", ":"))


def scan(
    hosts: TaskHosts, arm: Arm, people: People, url_of: Callable[[str], str], feed: Feed, since: str | None
) -> Iterator[ScanItem]:
    """Pages of tasks of hosts changed since a watermark, one page for each host, then the end.

    What keeps the first call from being answered is raised, a web page in its place too; a listing that is cut, or breaks off
    later, ends incomplete.
    """
    seen, note = _start(since)
    start = write_instant(_reaching_back(seen.at)) if seen.at else None
    begun = False
    try:
        for items in hosts.listed(start):
            begun = True
            for item in items:
                name = (text_of(pick(item, "name")) or "").lower()
                state = None if seen.knows(item) else _read(hosts, name, item)
                if state is not None and state.items:
                    yield _page(state, people, url_of(name), feed)
    except (Protocol, Retry, Wait) as error:
        if not begun and isinstance(error, NotTheApi | Retry | Wait):
            raise
        yield ScanEnd(False, None, arm.server_now(), f"the listing broke off: {error.message}")
        return
    yield ScanEnd(True, seen.watermark(arm.server_now()), arm.server_now(), note)


def _start(since: str | None) -> tuple[_Seen, str]:
    try:
        return _Seen.of(since), ""
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return _Seen(), f"the watermark {since!r:.60} cannot be read; everything was read instead"


def _read(hosts: TaskHosts, name: str, item: Mapping[str, Any]) -> HostState | None:
    """A host's tasks now; None for one that was deleted since it was listed."""
    with hosts.lock:
        return hosts.read(name, item)


def _page(state: HostState, people: People, url: str, feed: Feed) -> Page:
    shown = Shown(state.name, state.number, url)
    rows = [read_task_row(item, shown, people) for item in state.items]
    records = tuple(narrowed(row, feed.fields) for row in rows if isinstance(row, Record))
    return Page(records, tuple(row for row in rows if isinstance(row, Unreadable)))


def _reaching_back(at: str) -> datetime:
    """Where a scan begins that goes on from an instant. Raises ValueError for what is no time, and for .NET's default time (the
    first of the year 1), before which there is none."""
    try:
        return parse_instant(at) - OVERLAP
    except OverflowError as error:
        raise ValueError(f"nothing can be read from before {at:.60}") from error


def _later(at: str, latest: str) -> bool:
    """Whether a time that the service gave is later than the latest so far; what no scan can go on from never is."""
    try:
        _reaching_back(at)
        return not latest or instant_key(at) > instant_key(latest)
    except ValueError:
        return False


def _is_since(at: str, start: datetime) -> bool:
    try:
        return parse_instant(at) >= start
    except ValueError:
        return False
