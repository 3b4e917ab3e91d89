"""Which real-life variant of Log Analytics is played, and what may be changed about it while the world runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Answer = Literal["partial", "gateway", "empty", "nothing", "timeout", "throttled"]
"""What a query may get instead of its answer, by order: half of its rows beside an error; a gateway's web page (502); 200
with an empty body; 204; 504 in JSON; 429 without Retry-After."""


@dataclass(frozen=True, slots=True)
class LogsOptions:
    """`most_rows` and `most_bytes`: what an answer may hold; more is cut, with an error beside the rows.

    `widest_hours`: a query over a longer time, or over all of it, times out (504); None for no limit.
    `late_every`: of the rows that are made from now on, each so-many-th arrives `late_seconds` after the others; 0 for none.
    `key_case`: how property names in the dynamic columns are spelled. Public queries read `.Message` in comments and
    `.assignedTo` in owners (`mixed`); `camel` is the way of the REST API, `pascal` the other extreme.
    `missing_columns`: columns of SecurityIncident that this workspace does not have. `missing_tables`: whole tables, as SentinelHealth
    before health monitoring is turned on.
    """

    most_rows: int = 500_000
    most_bytes: int = 100_000_000
    widest_hours: float | None = None
    late_every: int = 0
    late_seconds: float = 1800.0
    key_case: Literal["mixed", "camel", "pascal"] = "mixed"
    missing_columns: tuple[str, ...] = ()
    missing_tables: tuple[str, ...] = ()
