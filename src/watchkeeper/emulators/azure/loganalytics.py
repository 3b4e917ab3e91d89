"""The Log Analytics query API over the workspace's tables."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, fields
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from watchkeeper.emulators.azure.access import authenticate, authorize_query
from watchkeeper.emulators.azure.failures import Refused
from watchkeeper.emulators.azure.grants import Grants
from watchkeeper.emulators.azure.logs_answers import INSTEAD, halved, table_answer, timed_out
from watchkeeper.emulators.azure.logs_options import Answer, LogsOptions
from watchkeeper.emulators.azure.tables import Tables
from watchkeeper.emulators.azure.throttle import Throttle
from watchkeeper.emulators.azure.tokens import Grant, Tokens
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.kql import QueryError, parse_datetime, run_query, ticks_of
from watchkeeper.emulators.kql.values import LAST_TICK, TICKS_PER_DAY, TICKS_PER_SECOND

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+(?:\.\d+)?)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_TABLE_NAMES = re.compile(r"\b(?:SecurityIncident|SecurityAlert|AzureActivity|SentinelHealth)\b")
_UNITS: Final = {
    "weeks": 7 * TICKS_PER_DAY,
    "days": TICKS_PER_DAY,
    "hours": 3600 * TICKS_PER_SECOND,
    "minutes": 60 * TICKS_PER_SECOND,
    "seconds": TICKS_PER_SECOND,
}
_OPTIONS: Final = TypeAdapter(LogsOptions)
_ORDERS: Final = TypeAdapter(list[Answer])
SEEDS: Final = {"system", "options", "next"}
_CORRELATIONS: Final = UUID("3e9d0b7c-58a1-5f26-9c4e-70d1b8a2f653")


class LogAnalytics:
    """Queries by POST (or GET) on a workspace, on a resource, and in batches."""

    name = "loganalytics"

    def __init__(
        self,
        clock: WorldClock,
        tables: Tables,
        workspace_id: str,
        resource_id: str,
        tokens: Tokens,
        audiences: tuple[str, ...],
        throttle: Throttle,
        grants: Grants,
        options: LogsOptions | None = None,
    ) -> None:
        self._clock = clock
        self._tables = tables
        self._workspace_id = workspace_id.lower()
        self._resource_id = resource_id.strip("/").lower()
        self._tokens = tokens
        self._audiences = audiences
        self._throttle = throttle
        self._grants = grants
        self._answers = count(1)
        self._born_with = self._options = options or LogsOptions()
        self._lock = threading.Lock()
        self._instead: deque[str] = deque()

    def records(self) -> list[dict[str, Any]]:
        return []

    def reset(self) -> None:
        """The rows follow the store; what was counted and switched is forgotten."""
        self._throttle.reset()
        self._switch(self._born_with)
        with self._lock:
            self._instead.clear()

    def seed(self, command: dict[str, Any]) -> dict[str, Any]:
        """Change switches (`options`), or say what the `next` queries get instead of their answers. Raises ValueError."""
        unknown = set(command) - SEEDS
        if unknown:
            raise ValueError(f"unknown in a Log Analytics seed: {', '.join(sorted(unknown))}; there is options, next")
        if "options" in command:
            self._switch(_OPTIONS.validate_python(_merged(self._options, command["options"])))
        orders = _ORDERS.validate_python(command.get("next", []))
        with self._lock:
            self._instead.extend(orders)
        return {"options": asdict(self._options), "next": list(self._instead)}

    def _switch(self, options: LogsOptions) -> None:
        self._options = self._tables.options = options

    def handle(self, request: Request) -> Response:
        try:
            grant = authenticate(request, self._tokens, self._audiences, unknown_status=403)
            self._throttle.take(grant.application.principal.object_id, "queries")
            return self._answer(request, grant)
        except Refused as refused:
            return refused.response

    def _answer(self, request: Request, grant: Grant) -> Response:
        segments = [segment.lower() for segment in request.segments]
        if not segments or segments[0] != "v1":
            raise _no_such_path()
        if segments[1:] == ["$batch"] and request.method == "POST":
            return self._batch(request, grant)
        if segments[-1] != "query" or request.method not in {"GET", "POST"}:
            raise _no_such_path()
        self._check_target(segments[1:-1])
        if request.method == "GET":
            body: Any = {"query": request.parameter("query"), "timespan": request.parameter("timespan")}
        elif "json" not in request.headers.get("content-type", ""):
            return Response(200)
        else:
            body = _json(request)
        with self._lock:
            instead = self._instead.popleft() if self._instead else ""
        if instead in INSTEAD:
            return INSTEAD[instead]()
        status, answer = self._query(body, request.headers.get("prefer", ""), grant)
        if status == 504:
            return timed_out()
        return Response.of_json(status, halved(answer) if instead and status == 200 else answer)

    def _check_target(self, target: list[str]) -> None:
        """`workspaces/{id}`, or the workspace's resource id."""
        if target != ["workspaces", self._workspace_id] and "/".join(target) != self._resource_id:
            raise _no_such_path()

    def _batch(self, request: Request, grant: Grant) -> Response:
        body = _json(request)
        entries = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise _bad_argument("A batch needs an array of requests")
        answers = [self._batched(entry, grant) for entry in entries]
        items = tuple(f"POST /v1/workspaces/{entry.get('workspace')}/query" for entry in entries)
        answer = Response.of_json(200, {"responses": answers})
        return Response(answer.status, answer.body, answer.headers, items=items)

    def _batched(self, entry: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
        headers = entry.get("headers")
        prefer = str(headers.get("Prefer", "")) if isinstance(headers, dict) else ""
        try:
            self._check_target(["workspaces", str(entry.get("workspace", "")).lower()])
            status, answer = self._query(entry.get("body"), prefer, grant)
        except Refused as refused:
            status, answer = refused.response.status, json.loads(refused.response.body)
        return {"id": entry.get("id"), "status": status, "headers": {}, "body": answer}

    def _query(self, body: Any, prefer: str, grant: Grant) -> tuple[int, dict[str, Any]]:
        """Status and answer for one query; raises Refused for a bad body, and answers 400 for a bad query."""
        text = body.get("query") if isinstance(body, dict) else None
        if not isinstance(text, str):
            raise _bad_argument("A query is needed")
        others = body.get("workspaces")
        if others and not {str(other).lower() for other in others} <= {self._workspace_id}:
            raise _no_such_path()
        authorize_query(self._grants, grant, sorted(set(_TABLE_NAMES.findall(text))))
        now = ticks_of(self._clock.now())
        span = _timespan(body.get("timespan"), now)
        if self._too_wide(span):
            return 504, {"error": {"code": "GatewayTimeout", "message": "Gateway timeout"}}
        try:
            table = run_query(text, self._tables.at(now, span), now)
        except QueryError as error:
            correlation = str(uuid5(_CORRELATIONS, str(next(self._answers))))
            return 400, {"error": {**error.body(), "correlationId": correlation}}
        return 200, table_answer(table, prefer, self._options)

    def _too_wide(self, span: tuple[int, int] | None) -> bool:
        widest = self._options.widest_hours
        if widest is None:
            return False
        return span is None or span[1] - span[0] > widest * _UNITS["hours"]


def _timespan(text: Any, now: int) -> tuple[int, int] | None:
    """`P1D` back from now, `start/end`, `start/duration`, `duration/end`; None for no limit. Raises Refused."""
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        raise _bad_argument("The timespan must be text")
    first, slash, second = text.partition("/")
    start, end = parse_datetime(first), parse_datetime(second) if slash else now
    if end is None and start is not None:
        end = start + _duration(second)
    if start is None and end is not None:
        start = end - _duration(first)
    if start is None or end is None:
        raise _bad_argument(f"The timespan '{text}' is not valid")
    return max(0, start), min(LAST_TICK, end)


def _duration(text: str) -> int:
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise _bad_argument(f"The timespan '{text}' is not valid")
    return sum(round(float(amount) * _UNITS[unit]) for unit, amount in match.groupdict().items() if amount)


def _merged(options: LogsOptions, changes: object) -> dict[str, Any]:
    known = {each.name for each in fields(LogsOptions)}
    if not isinstance(changes, dict) or set(changes) - known:
        raise ValueError(f"options are {', '.join(sorted(known))}, not {changes!r}")
    return {**asdict(options), **changes}


def _json(request: Request) -> Any:
    try:
        return request.json()
    except (ValueError, RecursionError) as error:
        raise _bad_argument("The request body is not valid JSON") from error


def _bad_argument(detail: str) -> Refused:
    refused = Refused(400, "BadArgumentError", "The request had some invalid properties")
    inner = {"code": "QueryValidationError", "message": detail}
    error = {"message": "The request had some invalid properties", "code": "BadArgumentError", "innererror": inner}
    refused.response = Response.of_json(400, {"error": error})
    return refused


def _no_such_path() -> Refused:
    return Refused(404, "PathNotFoundError", "The requested path does not exist")
