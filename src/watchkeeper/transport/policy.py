"""What a transport may do, decided once when the program is wired together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TypeVar

from watchkeeper.model.budget import AllowanceKind
from watchkeeper.model.record import SERVICENOW, Side

K = TypeVar("K")
V = TypeVar("V")

TOKEN_POSTS = (
    r"/oauth_token\.do",
    r"/[^/]+/oauth2/v2\.0/token",
    r"/[^/]+/oauth2/token",
    r"/.+/oidctoken",
)
"""Paths (regular expressions, whole path) of POSTs that fetch a token; the last one is Azure Pipelines' own."""

TOKEN_GETS = (
    r"/[^/]+/(v2\.0/)?\.well-known/openid-configuration",
    r"/common/discovery/instance",
    r"/metadata/identity/oauth2/token",
    r"/msi/token/?",
    r"/.+/idtoken(/.*)?",
)
"""Paths of GETs that belong to signing in: Entra ID's discovery documents, managed identity on a machine or in App Service, and
a GitHub job's own token."""

READ_POSTS = (
    r"/v1/workspaces/[^/]+/query",
    r"/v1/\$batch",
    r"/subscriptions/.+/providers/Microsoft\.SecurityInsights/incidents/[^/]+/(alerts|bookmarks|entities)",
)
"""Paths of POSTs that only read: Log Analytics queries, and the ARM actions that list what hangs on an incident."""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `calls` of a method on paths that match `path` (regular expression, searched, no case) in `seconds`.

    `adaptive` ones only hold back after the first 429 on such a call: the published numbers are minimums, and most
    endpoints allow more. `kind` says under which name a forecast counts it, for Sentinel's; None: not at all.
    `table`: whose writes these are.
    """

    method: str
    path: str
    calls: int
    seconds: float
    adaptive: bool = True
    kind: AllowanceKind | None = None
    table: str = ""


SENTINEL_QUOTAS = (
    Quota(
        "PUT",
        r"/Microsoft\.SecurityInsights/incidents/[^/]+$",
        75,
        300.0,
        kind=AllowanceKind.RECORD_WRITES,
        table="incidents",
    ),
    Quota(
        "PUT",
        r"/Microsoft\.SecurityInsights/incidents/[^/]+/comments/[^/]+$",
        75,
        300.0,
        kind=AllowanceKind.COMMENT_WRITES,
        table="incidents",
    ),
    Quota("GET", r"/Microsoft\.SecurityInsights/incidents/[^/]+/comments$", 100, 300.0),
)
"""The published minimums of SecurityInsights per subscription and endpoint
(learn.microsoft.com/rest/api/securityinsights/request-limits-and-throttling)."""


def frozen(values: Mapping[K, V]) -> Mapping[K, V]:
    return MappingProxyType(dict(values))


@dataclass(frozen=True, slots=True)
class TransportPolicy:
    """Times are in seconds.

    `writes_allowed`: False refuses every call that could change something. `loopback_http`: plain http to this machine.
    `total_timeout`: one exchange from connect to the last byte, however slowly that drips in. `call_time`: one call with all its
    attempts and the waits between them. `longest_wait`: the longest
    Retry-After that a call sits out; a longer one raises Throttled. `run_time`: how long this transport may be used at all;
    `write_grace`: for how much longer a write that was sent within it is listened to.
    `call_budget`: calls per side, tokens apart; none means no limit. `origins`: the only hosts (`name` or `name:port`) that
    a side's sessions may speak to; empty means any. `redirects`: sides whose reader looks itself at where a redirect leads; to all
    others one is an error. `workers`: calls in flight at once per host, for hosts that differ from
    their side's (`side_workers`, else `default_workers`). `read_posts`: further paths of POSTs that only read.
    """

    writes_allowed: bool = False
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    total_timeout: float = 120.0
    call_time: float = 300.0
    attempts: int = 5
    longest_wait: float = 60.0
    longest_backoff: float = 20.0
    run_time: timedelta | None = None
    write_grace: float = 0.0
    call_budget: Mapping[Side, int] = field(default_factory=lambda: frozen({}))
    ca_files: Mapping[Side, str] = field(default_factory=lambda: frozen({}))
    proxy: str | None = None
    default_workers: int = 8
    side_workers: Mapping[Side, int] = field(default_factory=lambda: frozen({SERVICENOW: 4}))
    """An instance has about four semaphores for API calls per node; more calls at once only queue there."""
    workers: Mapping[str, int] = field(default_factory=lambda: frozen({"api.loganalytics.io": 5}))
    loopback_http: bool = False
    read_posts: tuple[str, ...] = ()
    origins: Mapping[Side, frozenset[str]] = field(default_factory=lambda: frozen({}))
    redirects: frozenset[Side] = frozenset()
    quotas: tuple[Quota, ...] = SENTINEL_QUOTAS
    dropped_statuses: Mapping[Side, frozenset[int]] = field(
        default_factory=lambda: frozen({SERVICENOW: frozenset({202})})
    )
    """Statuses that mean "not done, ask again" although they look like success: ServiceNow answers 202 with nothing when a
    session's queue overflows (support.servicenow.com KB3047080)."""
    largest_body: int = 64 * 1024 * 1024
