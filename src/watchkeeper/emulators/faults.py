"""Planned misfortune: rules that turn chosen requests into errors, lost answers, damaged bodies, waits and latency."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.client import responses
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

from watchkeeper.emulators.exchange import Request, Response

Kind: TypeAlias = Literal[
    "status",
    "drop_before",
    "drop_after",
    "timeout_before",
    "timeout_after",
    "html200",
    "latency",
    "truncate",
    "pause_before",
    "pause_after",
]
Shape: TypeAlias = Literal["half", "error_row", "malformed"]

LONGEST_PAUSE = 120.0
HIBERNATING = (
    b"<html><head><title>Instance Hibernating page</title></head><body>Your instance is hibernating.</body></html>"
)


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Which requests, and what befalls them.

    A rule counts the requests that it matches, skips the first `after`, and strikes the next `times` (None: all of them),
    each with `probability`. `seconds` is the latency, the length of a timeout, or the bound of a pause. `shape` says how a
    body is truncated: `half` of the bytes; `error_row` and `malformed` are the two shapes of a list that ServiceNow cut
    at its execution limit (valid JSON with a trailing empty string and an error; or broken JSON).
    """

    kind: Kind
    system: str | None = None
    method: str | None = None
    path_prefix: str | None = None
    regex: str | None = None
    after: int = 0
    times: int | None = None
    probability: float = 1.0
    status: int = 503
    retry_after: float | None = None
    seconds: float = 30.0
    shape: Shape = "half"

    @classmethod
    def of_json(cls, value: Mapping[str, Any]) -> FaultRule:
        """A rule as the control plane receives it; raises ValueError naming what is wrong."""
        unknown = sorted(set(value) - set(cls.__slots__))
        if unknown:
            raise ValueError(f"unknown keys {', '.join(unknown)}; a rule has {', '.join(cls.__slots__)}")
        rule = _RULE.validate_python(dict(value))
        try:
            re.compile(rule.regex or "")
        except re.error as error:
            raise ValueError(f"regex {rule.regex!r} does not compile: {error}") from error
        return rule

    def matches(self, system: str, request: Request) -> bool:
        return (
            self.system in {None, system}
            and self.method in {None, request.method}
            and (self.path_prefix is None or request.path.startswith(self.path_prefix))
            and (self.regex is None or re.search(self.regex, request.path) is not None)
        )


_RULE = TypeAdapter(FaultRule)


@dataclass(slots=True)
class _Armed:
    """A rule in force, with its counters and the gate that holds what it pauses."""

    rule: FaultRule
    matched: int = 0
    struck: int = 0
    held: int = 0
    gate: threading.Event = field(default_factory=threading.Event)

    def as_json(self, index: int) -> dict[str, object]:
        rule = {name: getattr(self.rule, name) for name in FaultRule.__slots__}
        return {"id": index, **rule, "matched": self.matched, "struck": self.struck, "held": self.held}


class FaultPlan:
    """The rules in force; the first rule that strikes decides a request, while latencies add up."""

    def __init__(self, seed: int = 0, latency: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._armed: list[_Armed] = []
        self.latency = latency

    def add(self, *rules: FaultRule) -> None:
        with self._lock:
            self._armed.extend(_Armed(rule) for rule in rules)

    def clear(self) -> None:
        """Forget every rule and let go of whatever is paused."""
        with self._lock:
            armed, self._armed = self._armed, []
        for each in armed:
            each.gate.set()

    def release(self) -> int:
        """Let go of the requests that are paused now; later ones are held again. Returns how many were let go."""
        with self._lock:
            pausing = [each for each in self._armed if each.held]
            released = sum(each.held for each in pausing)
            for each in pausing:
                each.gate.set()
                each.gate = threading.Event()
        return released

    def release_is_awaited(self) -> bool:
        """Whether any request is paused now."""
        with self._lock:
            return any(each.held for each in self._armed)

    def as_json(self) -> list[dict[str, object]]:
        with self._lock:
            return [each.as_json(index) for index, each in enumerate(self._armed)]

    def strike(self, system: str, request: Request) -> Fate:
        """What befalls this request. Rules behind the one that decides do not see it, and do not count it."""
        decisive, latency = None, self.latency
        with self._lock:
            for each in self._armed:
                adds = each.rule.kind == "latency"
                if (adds or decisive is None) and self._strikes(each, system, request):
                    latency, decisive = (latency + each.rule.seconds, decisive) if adds else (latency, each)
        return Fate(self, system, decisive, latency)

    def _strikes(self, each: _Armed, system: str, request: Request) -> bool:
        rule = each.rule
        if not rule.matches(system, request):
            return False
        each.matched += 1
        spent = rule.times is not None and each.struck >= rule.times
        if each.matched <= rule.after or spent or self._random.random() >= rule.probability:
            return False
        each.struck += 1
        return True

    def _hold(self, each: _Armed) -> None:
        with self._lock:
            each.held += 1
            gate = each.gate
        gate.wait(min(each.rule.seconds, LONGEST_PAUSE))
        with self._lock:
            each.held -= 1


@dataclass(frozen=True, slots=True)
class Fate:
    """One request's lot: `before` may stand in for the handler, `after` may replace the handler's answer."""

    plan: FaultPlan
    system: str
    struck: _Armed | None
    latency: float

    def before(self) -> Response | None:
        """The answer (or the silence) that the request gets instead of reaching the system; None lets it through."""
        if self.struck is None:
            return None
        rule = self.struck.rule
        if rule.kind == "status":
            return _refusal(rule, self.system)
        if rule.kind == "drop_before":
            return Response(NO_STATUS, drop=True)
        if rule.kind == "timeout_before":
            return Response(NO_STATUS, drop=True, delay=rule.seconds)
        if rule.kind == "html200":
            return Response(200, HIBERNATING, {"Content-Type": "text/html;charset=UTF-8"})
        if rule.kind == "pause_before":
            self.plan._hold(self.struck)
        return None

    def after(self, response: Response) -> Response:
        """The answer as it leaves, after its effect."""
        delayed = replace(response, delay=response.delay + self.latency * (1 + len(response.items)))
        if self.struck is None:
            return delayed
        rule = self.struck.rule
        if rule.kind == "drop_after":
            return replace(delayed, drop=True)
        if rule.kind == "timeout_after":
            return replace(delayed, drop=True, delay=delayed.delay + rule.seconds)
        if rule.kind == "truncate":
            return replace(delayed, body=_TRUNCATIONS[rule.shape](delayed.body))
        if rule.kind == "pause_after":
            self.plan._hold(self.struck)
        return delayed


NO_STATUS = 0


_TRANSIENT = {
    "error": "temporarily_unavailable",
    "error_description": "AADSTS90033: A transient error has occurred. Please try again.",
    "error_codes": [90033],
}
"""Entra ID's words for "not now" (learn.microsoft.com/entra/identity-platform/reference-error-codes)."""


def _refusal(rule: FaultRule, system: str) -> Response:
    """The error in the words of the system that gives it; a 429 of ServiceNow without Retry-After is its semaphore queue."""
    headers = {} if rule.retry_after is None else {"Retry-After": f"{rule.retry_after:g}"}
    reason = responses.get(rule.status, "Planned fault")
    if system == "entra":
        return Response.of_json(rule.status, _TRANSIENT, headers)
    if system != "servicenow":
        code = reason.replace(" ", "")
        return Response.of_json(rule.status, {"error": {"code": code, "message": f"{reason} (planned)."}}, headers)
    limited = rule.status == 429 and rule.retry_after is not None
    message = "Rate limit exceeded" if limited else reason
    detail = "Rate limit of 1000 requests per hour for Table API exceeded" if limited else None
    return Response.of_json(
        rule.status, {"error": {"message": message, "detail": detail}, "status": "failure"}, headers
    )


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


_CUT = {"message": "Transaction cancelled: maximum execution time exceeded", "detail": None}


def _rows(body: bytes) -> list[Any]:
    try:
        result = json.loads(body)["result"]
    except (ValueError, KeyError, TypeError):
        return []
    return result[: len(result) // 2] if isinstance(result, list) else []


def _error_row(body: bytes) -> bytes:
    return json.dumps({"result": [*_rows(body), ""], "error": _CUT, "status": "failure"}, ensure_ascii=False).encode()


def _malformed(body: bytes) -> bytes:
    rows = "".join(json.dumps(row, ensure_ascii=False) + "," for row in _rows(body))
    return f'{{"result":[{rows}""],"error":{json.dumps(_CUT)},"status":"failure"'.encode()


_TRUNCATIONS: Mapping[str, Callable[[bytes], bytes]] = {
    "half": _half,
    "error_row": _error_row,
    "malformed": _malformed,
}
