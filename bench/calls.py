"""What the emulators' request log says about a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

COMMENTS = "comments of one incident"
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_FEEDS = ("/api/now/table/incident", "/providers/Microsoft.SecurityInsights/incidents")


@dataclass(frozen=True, slots=True)
class Call:
    """One logged request."""

    system: str
    method: str
    path: str
    query: str
    status: int | None
    items: tuple[str, ...] = ()
    at: str = ""

    @classmethod
    def of_log(cls, row: Mapping[str, Any]) -> Call:
        return cls(
            row["system"],
            row["method"],
            row["path"],
            row["query"],
            row["status"],
            tuple(row.get("items", ())),
            row.get("at", ""),
        )

    @property
    def is_token(self) -> bool:
        return self.system == "entra" or self.path.endswith("/oauth_token.do")

    @property
    def is_write(self) -> bool:
        """A writing call on a record; Log Analytics only reads, whatever the method."""
        methods = [item.split(" ", 1)[0] for item in self.items] or [self.method]
        return not WRITING.isdisjoint(methods) and not self.is_token and self.system != "loganalytics"

    @property
    def is_feed(self) -> bool:
        """A listing of changes; reading by id is a listing as well in ServiceNow, but names the ids."""
        asks_for_ids = "sys_id%3D" in self.query or "sys_idIN" in self.query or "correlation_id" in self.query
        return self.method == "GET" and self.path.endswith(_FEEDS) and not asks_for_ids


def kind_of(call: Call) -> str:
    """What a read asks for, in words: pages and batches stand for many records, the rest for one."""
    last = call.path.rpartition("/")[2]
    match call.system:
        case "arm" if last == "comments":
            return COMMENTS
        case "arm" if last == "incidents":
            return "pages of incidents"
        case "loganalytics":
            return "queries of Log Analytics"
        case "servicenow" if last == "batch":
            return "batches of up to ten questions to ServiceNow"
        case "servicenow":
            return f"pages of {last}"
        case _:
            return f"{call.system}: {last}"


def without_tokens(calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if not call.is_token]


def writes(calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if call.is_write]


def per_feed(calls: Iterable[Call]) -> Mapping[str, int]:
    """How often each (side, table) was listed."""
    return Counter(call.system for call in calls if call.is_feed)


def delays_per_host(calls: Iterable[Call]) -> Mapping[str, int]:
    """How often each host's latency was waited for: once per call, and once per item that a batch carried."""
    counts: Counter[str] = Counter()
    for call in calls:
        counts[call.system] += 1 + len(call.items)
    return counts


def slowest_host(calls: Iterable[Call], latency: float, workers: Mapping[str, int]) -> tuple[str, float]:
    """The host that bounds a run from below, and its bound: calls and items of batches, times latency, over the calls it bears at
    once (seconds)."""
    bounds = {system: count * latency / workers.get(system, 1) for system, count in delays_per_host(calls).items()}
    host = max(bounds, key=lambda system: bounds[system])
    return host, bounds[host]
