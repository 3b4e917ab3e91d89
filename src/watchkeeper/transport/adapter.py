"""The requests adapter through which every call goes: guard, pace, send, read whole, retry, count.

The retry policy of the whole program is here and nowhere else; urllib3's, pysnow's and azure-core's own retries are zero.

| what came back                                     | read   | write                                |
| -------------------------------------------------- | ------ | ------------------------------------ |
| no connection; 429; dropped                        | again  | again: it was not applied            |
| 408, 499, 5xx, timeout, broken or endless body     | again  | handed back at once: nobody knows    |
| 200 without a body                                 | again  | handed back at once: nobody knows    |
| a certificate that we do not trust                 | handed back at once: a person has to act      |
| anything else                                      | handed back                                   |
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from random import Random
from typing import Any
from urllib.parse import urlsplit

import tenacity
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, Timeout
from requests.exceptions import ConnectionError as ConnectionLost
from tenacity.stop import stop_base

from watchkeeper.errors import (
    Ambiguous,
    Protocol,
    Rejected,
    Throttled,
    TooLarge,
    Unavailable,
    WatchkeeperError,
    WritesForbidden,
)
from watchkeeper.model.calls import Failure
from watchkeeper.model.loopback import is_this_machine
from watchkeeper.model.reasons import because, together
from watchkeeper.model.record import Side
from watchkeeper.model.troubles import Trouble
from watchkeeper.ports import Clock, Monotonic, Sleep
from watchkeeper.transport.answers import never_sent, remote_words, untrusted
from watchkeeper.transport.bodies import read_whole
from watchkeeper.transport.calls import Call, CallBook, Classifier, Kind
from watchkeeper.transport.pacing import Pacer, retry_after
from watchkeeper.transport.policy import TransportPolicy
from watchkeeper.transport.redaction import Redactor
from watchkeeper.transport.sockets import patience
from watchkeeper.transport.tallies import Noted
from watchkeeper.transport.tracing import Tracing
from watchkeeper.transport.troubled import failure_of, reference_of

_PASSING = frozenset({408, 499})
_LASTING = frozenset({501, 505})
_NO_ERRORS = frozenset({404, 409, 410, 412})
"""Not there, or moved on: answers that a sync asks for."""
_BROKEN = (ConnectionLost, Timeout, ChunkedEncodingError, ContentDecodingError)
_FIRST_BACKOFF = 0.5
_LAST_MOMENT = 0.1
"""Seconds in which no answer can be expected any more."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rooms:
    """What all sessions of one transport share."""

    policy: TransportPolicy
    clock: Clock
    monotonic: Monotonic
    sleep: Sleep
    random: Random
    book: CallBook
    pacer: Pacer
    redactor: Redactor
    classifier: Classifier
    tracing: Tracing


@dataclass(slots=True)
class _Effort:
    """One call on its way, with all its attempts. `time_left`: seconds that it may still take."""

    request: PreparedRequest
    call: Call
    time_left: Callable[[], float]
    attempts: int = 0
    trouble: Noted | None = None
    """What went wrong with the latest attempt."""

    def facts(self, seconds: float) -> dict[str, Any]:
        """What a line in the log says of an exchange: no query, no header, no body."""
        call = self.call
        known = {"side": call.side, "host": call.host, "call": call.label, "attempt": self.attempts}
        return {**known, "ms": round(seconds * 1000)}


class _Again(Exception):
    """Inside one send: worth another attempt. `outcome` is what to hand back (or to raise) when there is none; `wait` is how long
    the remote wants to be left alone."""

    def __init__(self, outcome: Response | Exception, wait: float | None = None) -> None:
        super().__init__()
        self.outcome = outcome
        self.wait = wait


class GuardedAdapter(BaseAdapter):
    """Wraps the adapter that really sends. What a caller passes as timeout, verify, cert or proxies is not used: the policy
    decides (azure-core passes `verify=True` on each call, which would undo a private CA)."""

    def __init__(self, side: Side, inner: BaseAdapter, rooms: Rooms) -> None:
        super().__init__()
        self._side = side
        self._inner = inner
        self._rooms = rooms

    def close(self) -> None:
        self._inner.close()

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: ARG002
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,  # noqa: ARG002
        verify: bool | str = True,  # noqa: ARG002
        cert: Any = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> Response:
        """The answer with its body read.

        Raises WritesForbidden, Rejected (a foreign or unsafe address), Throttled, Unavailable, Deferred, Protocol and
        Ambiguous from watchkeeper.errors, and requests' own exceptions for what broke on the way, which
        `translate_exception` turns into ours.
        """
        call = self._rooms.classifier.call(self._side, request)
        self._guard(call, request)
        self._rooms.redactor.learn_header(request.headers.get("Authorization"))
        effort = _Effort(request, call, self._time_of_a_call())
        retrying = tenacity.Retrying(
            sleep=lambda seconds: self._pause(effort, seconds),
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self._rooms.policy.attempts), _OutOfTime(effort.time_left)
            ),
            wait=self._backoff,
            retry=tenacity.retry_if_exception_type(_Again),
            before_sleep=lambda state: _log_wait(state, call),
            retry_error_callback=_give_up,
        )
        answer: Response = retrying(self._attempt, effort)
        return answer

    def _time_of_a_call(self) -> Callable[[], float]:
        """Counts the seconds that a call which begins now may still take, with all its attempts."""
        rooms = self._rooms
        ends = rooms.monotonic() + rooms.policy.call_time
        return lambda: min(ends - rooms.monotonic(), rooms.book.seconds_left())

    def _guard(self, call: Call, request: PreparedRequest) -> None:
        policy = self._rooms.policy
        if call.kind is Kind.WRITE and not policy.writes_allowed:
            raise WritesForbidden(
                because(Trouble.MODE_FORBIDS, call=call.label, side=call.side),
                remedy=because(Trouble.SET_MODE),
                attempt=call.attempt(),
            )
        parts = urlsplit(request.url or "")
        host = parts.hostname or ""
        inside = (policy.loopback_http and is_this_machine(host)) or (_fetches_token(call) and _never_leaves(host))
        if parts.scheme != "https" and not (parts.scheme == "http" and inside):
            raise Rejected(
                f"{call.side}: only https is allowed, not {parts.scheme}://{call.host}", attempt=call.attempt()
            )
        allowed = policy.origins.get(call.side)
        foreign = allowed is not None and call.host not in allowed
        if foreign or "@" in parts.netloc or "\\" in (request.url or ""):
            raise Rejected(f"{call.side}: {call.host} is not a host of this side", attempt=call.attempt())

    def _attempt(self, effort: _Effort) -> Response:
        rooms, call = self._rooms, effort.call
        self._wait_in_lane(effort)
        rooms.book.spend(call, again=effort.attempts > 0)
        effort.attempts += 1
        effort.trouble = None
        try:
            response = self._exchange(effort)
        except _BROKEN as error:
            self._note(effort, failure_of(error))
            if untrusted(error):
                raise
            if call.kind is Kind.WRITE and not never_sent(error):
                raise
            if rooms.book.seconds_left() < _LAST_MOMENT:  # the run's own end cut it short, not the remote
                raise rooms.book.out_of_time(call) from error
            raise _Again(error) from error
        except (TooLarge, Ambiguous):
            self._note(effort, Failure.TOO_LARGE)
            raise
        rooms.book.note_date(call, response.headers.get("Date"))
        rooms.pacer.note_headers(call, response.headers, refused=response.status_code == 429)
        return self._judged(response, effort)

    def _exchange(self, effort: _Effort) -> Response:
        """One request and its whole answer, with a line in the log and a span for whoever wants them."""
        rooms, call = self._rooms, effort.call
        with rooms.pacer.place(call), rooms.tracing.call(call, effort.attempts) as span:
            began = rooms.monotonic()
            try:
                whole = self._sent(effort, began)
            except Exception as error:
                _log_lost(effort, error, rooms.monotonic() - began)
                raise
            span.answered(whole)
        _log_answer(effort, whole, rooms.monotonic() - began)
        return whole

    def _sent(self, effort: _Effort, began: float) -> Response:
        rooms, policy = self._rooms, self._rooms.policy
        seconds = min(policy.total_timeout, effort.time_left())
        if effort.call.kind is Kind.WRITE and seconds > 0:
            seconds = min(seconds + policy.write_grace, policy.total_timeout)
        if seconds <= 0 and rooms.book.seconds_left() <= 0:
            raise rooms.book.out_of_time(effort.call)
        if seconds <= 0:
            raise Unavailable(
                because(Trouble.NOT_IN_TIME, call=effort.call.label, side=effort.call.side),
                attempt=effort.call.attempt(),
            )
        ends = began + seconds
        with patience(lambda: min(policy.read_timeout, ends - rooms.monotonic())):
            response = self._inner.send(
                effort.request,
                stream=True,
                timeout=(min(policy.connect_timeout, seconds), min(policy.read_timeout, seconds)),
                verify=policy.ca_files.get(self._side) or True,
                cert=None,
                proxies={"https": policy.proxy} if policy.proxy else {},
            )
            return read_whole(response, effort.call, monotonic=rooms.monotonic, ends=ends, largest=policy.largest_body)

    def _wait_in_lane(self, effort: _Effort) -> None:
        rooms = self._rooms
        while (seconds := rooms.pacer.wait_needed(effort.call)) > 0:
            self._refuse_long_wait(effort, seconds, status=None)
            self._pause(effort, seconds)

    def _pause(self, effort: _Effort, seconds: float) -> None:
        self._rooms.book.note_wait(effort.call, seconds, effort.trouble)
        self._rooms.sleep(seconds)

    def _note(self, effort: _Effort, failure: Failure, response: Response | None = None) -> None:
        status = None if response is None else response.status_code
        reference = reference_of(effort.request.headers, {} if response is None else response.headers)
        safe = reference if self._rooms.redactor.text(reference) == reference else ""
        effort.trouble = self._rooms.book.note_trouble(effort.call, failure, effort.attempts, status, safe)

    def _judged(self, response: Response, effort: _Effort) -> Response:
        status, call = response.status_code, effort.call
        looks = call.kind is Kind.READ and call.side in self._rooms.policy.redirects
        if 300 <= status < 400 and status != 304 and not looks:
            self._note(effort, Failure.REDIRECTED, response)
            raise _redirected(call, status)
        if status in self._rooms.policy.dropped_statuses.get(call.side, ()):
            self._note(effort, Failure.DROPPED, response)
            raise _Again(_dropped(call, response))
        asked = retry_after(response.headers, self._rooms.clock.now()) if status in {429, 503} else None
        if status == 429:
            self._rooms.pacer.throttled(call)
        if status == 429 or asked is not None:
            self._note(effort, Failure.THROTTLED, response)
        elif status >= 400 and status not in _NO_ERRORS:
            self._note(effort, Failure.REFUSED, response)
        elif _is_empty(response):
            self._note(effort, Failure.EMPTY, response)
        if asked is not None:
            self._rooms.pacer.park(call, asked)
        # A gateway's 503 may come behind an effect, also one that says when to come back.
        if call.kind is Kind.WRITE and status != 429:
            return response
        if asked is not None:
            self._refuse_long_wait(effort, asked, status)
        if status == 429 or asked is not None or _may_pass(response):
            raise _Again(response, asked)
        return response

    def _refuse_long_wait(self, effort: _Effort, seconds: float, status: int | None) -> None:
        if seconds <= self._rooms.policy.longest_wait and seconds < effort.time_left():
            return
        call = effort.call
        kept_waiting = Trouble.HELD_BACK if status is None else Trouble.ASKS_TO_WAIT
        raise Throttled(
            because(kept_waiting, side=call.side, seconds=f"{seconds:.0f}", call=call.label),
            retry_after=timedelta(seconds=seconds),
            remedy=because(Trouble.GOES_ON),
            attempt=call.attempt(status),
        )

    def _backoff(self, state: tenacity.RetryCallState) -> float:
        """What the remote asked for, else full jitter under a doubling cap."""
        again = _again(state)
        if again.wait is not None:
            return again.wait
        cap: float = min(self._rooms.policy.longest_backoff, _FIRST_BACKOFF * 2.0**state.attempt_number)
        return cap * self._rooms.random.random()


def _fetches_token(call: Call) -> bool:
    return call.kind is Kind.TOKEN and call.method == "GET"


def _never_leaves(host: str) -> bool:
    """Whether a host is this machine, or link-local: where Azure serves managed identities, in plain HTTP alone
    (learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token)."""
    try:
        return is_this_machine(host) or ip_address(host).is_link_local
    except ValueError:
        return False


def _redirected(call: Call, status: int) -> WatchkeeperError:
    """A redirect is never followed here: requests would turn a POST into a GET, and the credentials would go along."""
    text, attempt = f"{call.side} answered {call.label} with a redirect ({status})", call.attempt(status)
    remedy = "check the address: a login page or a moved instance redirects"
    if call.kind is Kind.WRITE:
        return Ambiguous(f"{text}; the write may have happened", remedy=remedy, attempt=attempt)
    return Protocol(text, remedy=remedy, attempt=attempt)


def _may_pass(response: Response) -> bool:
    """Whether the same read may be answered in a moment."""
    status = response.status_code
    return _is_empty(response) or status in _PASSING or (status >= 500 and status not in _LASTING)


def _is_empty(response: Response) -> bool:
    """A list has a body even when it has no rows: 200 without one is a proxy or an instance that gave up."""
    return response.status_code == 200 and not response.content and response.request.method != "HEAD"


class _OutOfTime(stop_base):
    """Stop when the call or the run would be over before the next attempt."""

    def __init__(self, time_left: Callable[[], float]) -> None:
        self._time_left = time_left

    def __call__(self, retry_state: tenacity.RetryCallState) -> bool:
        return retry_state.upcoming_sleep >= self._time_left()


def _log_answer(effort: _Effort, response: Response, seconds: float) -> None:
    """Every call for whoever asks for calls; a writing one for whoever asks for steps."""
    level = logging.INFO if effort.call.kind is Kind.WRITE else logging.DEBUG
    came = {"status": response.status_code, "bytes": len(response.content)}
    log.log(level, "answered", extra={**effort.facts(seconds), **came})


def _log_lost(effort: _Effort, error: Exception, seconds: float) -> None:
    """By the kind of what happened alone: the words of such an error quote the address with its query."""
    log.debug("no answer", extra={**effort.facts(seconds), "error": type(error).__name__})


def _log_wait(state: tenacity.RetryCallState, call: Call) -> None:
    outcome = _again(state).outcome
    what = type(outcome).__name__ if isinstance(outcome, Exception) else str(outcome.status_code)
    facts = {"side": call.side, "call": call.label, "after": what, "seconds": round(state.upcoming_sleep, 1)}
    log.warning("waiting to try again", extra=facts)


def _again(state: tenacity.RetryCallState) -> _Again:
    error = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(error, _Again), "only calls that may be tried again are retried"
    return error


def _give_up(state: tenacity.RetryCallState) -> Response:
    """Hand back the last answer as it is, for its reader to translate, or raise what broke the last attempt."""
    outcome = _again(state).outcome
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _dropped(call: Call, response: Response) -> Unavailable:
    return Unavailable(
        together(
            [
                because(Trouble.DROPPED, side=call.side, call=call.label, status=response.status_code),
                because(Trouble.NOT_DONE),
            ]
        ),
        remedy=because(Trouble.FEWER_WORKERS),
        attempt=call.attempt(response.status_code, remote_words(response)),
    )
