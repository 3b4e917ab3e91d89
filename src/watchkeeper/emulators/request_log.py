"""What every emulated system was asked, oldest first: methods, paths, sizes; never bodies, never credentials."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from watchkeeper.emulators.exchange import Request, Response

_READING = frozenset({"GET", "HEAD"})
NO_ANSWER = 0
"""The status of an exchange whose connection was closed without an answer."""


@dataclass(slots=True)
class LogEntry:
    """`status` is None while the request is under way, and 0 when the connection was dropped.

    `client` is the caller's User-Agent; `items` are the requests that a batch carried.
    """

    at: datetime
    system: str
    method: str
    path: str
    query: str
    client: str
    bytes_in: int
    status: int | None = None
    bytes_out: int = 0
    items: tuple[str, ...] = ()

    @property
    def is_write(self) -> bool:
        """Whether the request, or one that a batch carried, has a writing method."""
        methods = [item.split(" ", 1)[0] for item in self.items] or [self.method]
        return not _READING.issuperset(methods)

    def as_json(self) -> dict[str, object]:
        return {
            "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "system": self.system,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "client": self.client,
            "items": list(self.items),
        }


class RequestLog:
    """Shared by all systems of a world, so that the order of entries is the order of arrival everywhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[LogEntry] = []

    def arrived(self, system: str, request: Request, at: datetime) -> LogEntry:
        entry = LogEntry(
            at=at,
            system=system,
            method=request.method,
            path=request.path,
            query=request.raw_query,
            client=request.headers.get("user-agent", ""),
            bytes_in=len(request.body),
        )
        with self._lock:
            self._entries.append(entry)
        return entry

    def answered(self, entry: LogEntry, response: Response) -> None:
        with self._lock:
            entry.status = NO_ANSWER if response.drop else response.status
            entry.bytes_out = 0 if response.drop else len(response.body)
            entry.items = response.items

    def entries(self, since: int = 0) -> list[LogEntry]:
        """The entries from index `since` (0 is the oldest) on."""
        with self._lock:
            return self._entries[max(since, 0) :]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
