"""Planned misfortune: rules that turn chosen requests into errors, lost or doubled effects, damaged bodies, waits and latency."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.client import responses
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

from watchkeeper.emulators.damage import PAGES, Page, Shape, damaged
from watchkeeper.emulators.exchange import Request, Response

Kind: TypeAlias = Literal[
    "status",
    "status_after",
    "empty",
    "empty_after",
    "page",
    "page_after",
    "redirect",
    "drop_before",
    "drop_after",
    "timeout_before",
    "timeout_after",
    "html200",
    "idle_close",
    "latency",
    "slow_drip",
    "close_delimited",
    "content_type",
    "truncate",
    "hostile",
    "duplicate",
    "pause_before",
    "pause_after",
]

LONGEST_PAUSE = 120.0
_USUAL_STATUS = {"empty": 200, "empty_after": 200, "redirect": 302}
_USUAL_SHAPE: Mapping[str, Shape] = {"close_delimited": "empty_list", "hostile": "big_number"}


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Which requests, and what befalls them.

    A rule counts the requests that it matches, skips the first `after`, and strikes the next `times` (None: all of them),
    each with `probability`. `seconds` is the latency, the length of a timeout, the bound of a pause, or the time between two
    drops of a dripping body. `status` is the code of what answers with one; None is the kind's usual one. `shape` says how a
    body is cut or poisoned (None: the kind's usual way), `page` which page comes instead of one.
    """

    kind: Kind
    system: str | None = None
    method: str | None = None
    path_prefix: str | None = None
    regex: str | None = None
    after: int = 0
    times: int | None = None
    probability: float = 1.0
    status: int | None = None
    retry_after: float | None = None
    seconds: float = 30.0
    shape: Shape | None = None
    page: Page = "hibernating"
    content_type: str = "text/plain"
    location: str = "/login.do"

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

    @property
    def code(self) -> int:
        """The status that it answers with."""
        if self.status is not None:
            return self.status
        return PAGES[self.page][0] if self.kind.startswith("page") else _USUAL_STATUS.get(self.kind, 503)

    @property
    def damage(self) -> Shape:
        return self.shape or _USUAL_SHAPE.get(self.kind, "half")

    def matches(self, system: str, request: Request) -> bool:
        """Whether the rule is about this request; a connection can only be found closed by one that comes after another."""
        return (
            (self.kind != "idle_close" or request.reused)
            and self.system in {None, system}
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

    @property
    def deliveries(self) -> int:
        """How often a proxy on the way hands the request to the system."""
        return 2 if self.struck is not None and self.struck.rule.kind == "duplicate" else 1

    def before(self) -> Response | None:
        """The answer (or the silence) that the request gets instead of reaching the system; None lets it through."""
        if self.struck is None:
            return None
        rule = self.struck.rule
        match rule.kind:
            case "status":
                return _refusal(rule, self.system)
            case "empty":
                return Response(rule.code)
            case "page" | "html200":
                return _page(rule)
            case "redirect":
                return Response(rule.code, headers={"Location": rule.location})
            case "drop_before" | "idle_close":
                return Response(NO_STATUS, drop=True)
            case "timeout_before":
                return Response(NO_STATUS, drop=True, delay=rule.seconds)
            case "pause_before":
                self.plan._hold(self.struck)
        return None

    def after(self, response: Response) -> Response:
        """The answer as it leaves, after its effect."""
        delayed = replace(response, delay=response.delay + self.latency * (1 + len(response.items)))
        if self.struck is None:
            return delayed
        if self.struck.rule.kind == "pause_after":
            self.plan._hold(self.struck)
        return _afterwards(self.struck.rule, self.system, delayed)


NO_STATUS = 0


_TRANSIENT = {
    "error": "temporarily_unavailable",
    "error_description": "AADSTS90033: A transient error has occurred. Please try again.",
    "error_codes": [90033],
}
"""Entra ID's words for "not now" (learn.microsoft.com/entra/identity-platform/reference-error-codes)."""


def _afterwards(rule: FaultRule, system: str, answer: Response) -> Response:
    """What a rule makes of an answer that the system has given; the effect stays."""
    match rule.kind:
        case "drop_after":
            return replace(answer, drop=True)
        case "timeout_after":
            return replace(answer, drop=True, delay=answer.delay + rule.seconds)
        case "status_after":
            return replace(_refusal(rule, system), delay=answer.delay)
        case "empty_after":
            return Response(rule.code, delay=answer.delay)
        case "page_after":
            return replace(_page(rule), delay=answer.delay)
        case "truncate" | "hostile":
            return replace(answer, body=damaged(answer.body, rule.damage))
        case "close_delimited":
            return replace(answer, body=damaged(answer.body, rule.damage), until_close=True)
        case "slow_drip":
            return replace(answer, drip=rule.seconds)
        case "content_type":
            return replace(answer, headers={**answer.headers, "Content-Type": rule.content_type})
        case _:
            return answer


def _page(rule: FaultRule) -> Response:
    return Response(rule.code if rule.kind != "html200" else 200, PAGES[rule.page][1], _HTML)


_NO_REQUEST = "00000000-0000-0000-0000-000000000000"
_BESIDE: Mapping[str, Mapping[str, object]] = {
    "graph": {"innerError": {"request-id": _NO_REQUEST, "client-request-id": _NO_REQUEST}},
    "defender": {"target": _NO_REQUEST},
}
"""What an API says of a request that never reached it, beside code and message."""
_HTML = {"Content-Type": "text/html;charset=UTF-8"}
_WORDS: Mapping[int, tuple[str, str | None]] = {
    401: ("User Not Authenticated", "Required to provide Auth information"),
    429: ("Rate limit exceeded", "Rate limit of 1000 requests per hour for Table API exceeded"),
    500: ("Transaction cancelled: maximum execution time exceeded", None),
}
"""How ServiceNow words what it words itself."""


def _refusal(rule: FaultRule, system: str) -> Response:
    """The error in the words of the system that gives it; a 429 of ServiceNow without Retry-After is its semaphore queue."""
    headers = {} if rule.retry_after is None else {"Retry-After": f"{rule.retry_after:g}"}
    reason = responses.get(rule.code, "Client Closed Request" if rule.code == 499 else "Planned fault")
    if system == "entra":
        return Response.of_json(rule.code, _TRANSIENT, headers)
    if system != "servicenow":
        code = reason.replace(" ", "")
        error = {"code": code, "message": f"{reason} (planned).", **_BESIDE.get(system, {})}
        return Response.of_json(rule.code, {"error": error}, headers)
    queued = rule.code == 429 and rule.retry_after is None
    message, detail = (reason, None) if queued else _WORDS.get(rule.code, (reason, None))
    return Response.of_json(rule.code, {"error": {"message": message, "detail": detail}, "status": "failure"}, headers)
