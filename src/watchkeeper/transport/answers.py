"""Turns answers and exceptions of both systems into watchkeeper.errors, with the remote's own words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import requests
from requests import Response
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError, ProxyError

from watchkeeper.errors import (
    Ambiguous,
    Attempt,
    AuthFailed,
    NotFound,
    NotTheApi,
    Operator,
    PreconditionFailed,
    Protocol,
    Rejected,
    Throttled,
    Unavailable,
    WatchkeeperError,
)
from watchkeeper.model.reasons import because
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.sources import SCRIPTS, SOURCES
from watchkeeper.model.troubles import Trouble
from watchkeeper.transport.pacing import retry_after
from watchkeeper.transport.reach import reason_of, remedy_for
from watchkeeper.transport.redaction import without_secrets

WORDS = 500
"""How much of a remote's own words an error carries (characters)."""
_LONGEST_INTEGER = 20
_LONGEST_FRACTION = 64
_DEEPEST = 64
"""How far objects and lists may be nested; the APIs that are spoken here stay below ten."""
_ACCOUNT_WIDE = re.compile(
    r"Failed API level ACL Validation|AuthorizationFailed|InvalidAuthenticationToken|LinkedAuthorizationFailed"
    r"|InsufficientAccessError|User Not Authenticated",
    re.IGNORECASE,
)
"""403s that no other record or change would get past."""
_UNSENDABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What an answer answers: for the texts and for telling a lost read from a lost write."""

    side: Side
    call: str
    record: str = ""
    write: bool = False

    def attempt(self, status: int | None = None, answer: str = "") -> Attempt:
        return Attempt(system=self.side, call=self.call, record=self.record, status=status, answer=answer)

    @property
    def named(self) -> str:
        return f"{self.call} on {self.record}" if self.record else self.call

    def __str__(self) -> str:
        return f"{self.side}: {self.named}"

    def lost(self, why: str, attempt: Attempt) -> WatchkeeperError:
        """No usable answer came: for a write nobody knows whether it happened."""
        if self.write:
            return Ambiguous(f"{self}: {why}; the write may have happened", attempt=attempt)
        return Unavailable(f"{self}: {why}", attempt=attempt)


def checked(response: Response, *, side: Side, call: str, record: str = "", write: bool = False) -> Response:
    """The answer, if its status is a success; else raises what the status means (see watchkeeper.errors)."""
    if response.ok:
        return response
    raise _by_status(
        Exchange(side, call, record, write), response.status_code, remote_words(response), response.headers
    )


def json_object(response: Response, *, side: Side, call: str, record: str = "", write: bool = False) -> dict[str, Any]:
    """The JSON object of a successful answer.

    HTML and other content types raise NotTheApi on a read; no body, cut or absurd JSON (NaN, numbers without end, repeated
    keys, more than 64 levels) raises Protocol; on a write they raise Ambiguous, because the write itself was accepted.
    """
    checked(response, side=side, call=call, record=record, write=write)
    exchange = Exchange(side, call, record, write)
    try:
        if not response.content:
            raise ValueError("the answer has no body")
        content_type = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if _is_no_json(content_type, response.content):
            why = f"the answer is {content_type or 'a web page'}, not JSON ({remote_words(response)})"
            raise _unusable(exchange, response.status_code, why, NotTheApi)
        value = strict_json(response.content)
        if not isinstance(value, dict):
            raise ValueError(f"the answer is a JSON {type(value).__name__}, not an object")
    except ValueError as error:
        raise _unusable(exchange, response.status_code, str(error)) from error
    return value


def strict_json(body: bytes) -> Any:
    """JSON without the liberties that Python's reader takes; raises ValueError with the reason."""
    try:
        value = json.loads(
            body.decode("utf-8-sig"),
            parse_int=_modest_integer,
            parse_float=_modest_fraction,
            parse_constant=_no_constant,
            object_pairs_hook=_no_repeats,
        )
    except UnicodeDecodeError as error:
        raise ValueError("the body is not UTF-8") from error
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error
    if not _is_flat_enough(value):
        raise ValueError("the body is nested too deeply")
    return value


def _is_flat_enough(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            part
            for each in level
            if isinstance(each, dict | list)
            for part in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return True
    return False


def _modest_integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER:
        raise ValueError(f"an integer of {len(text)} digits")
    return int(text)


def _modest_fraction(text: str) -> float:
    number = float(text)
    if len(text) > _LONGEST_FRACTION or math.isinf(number):
        raise ValueError(f"a number beyond measure ({text[:20]}…)")
    return number


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        raise ValueError("a key is repeated in one object")
    return built


def _is_no_json(content_type: str, body: bytes) -> bool:
    if content_type and not re.fullmatch(r"application/([\w.+-]+\+)?json|text/json", content_type):
        return True
    return body.lstrip()[:1] == b"<"


def _unusable(exchange: Exchange, status: int | None, why: str, kind: type[Protocol] = Protocol) -> WatchkeeperError:
    attempt = exchange.attempt(status, why)
    answered = f"{exchange}: answered {status or 'something'}, but {why}"
    if exchange.write:
        return Ambiguous(f"{answered}; the write may have happened", attempt=attempt)
    return kind(answered, attempt=attempt)


def _by_status(exchange: Exchange, status: int, words: str, headers: Any) -> WatchkeeperError:
    attempt = exchange.attempt(status, words)
    code = Trouble.ANSWERED if words else Trouble.ANSWERED_BARE
    text = because(code, side=exchange.side, call=exchange.named, status=status, words=words)
    match status:
        case 401:
            return AuthFailed(text, remedy=because(Trouble.CHECK_CREDENTIALS), attempt=attempt)
        case 403 if _ACCOUNT_WIDE.search(words):
            return AuthFailed(text, remedy=because(Trouble.GIVE_RIGHTS), attempt=attempt)
        case 404 | 410:
            return NotFound(text, attempt=attempt)
        case 409 | 412:
            return PreconditionFailed(text, attempt=attempt)
        case 429:
            seconds = retry_after(headers, None)
            wait = None if seconds is None else timedelta(seconds=seconds)
            return Throttled(text, retry_after=wait, attempt=attempt)
        case _ if status in {408, 499} or status >= 500:
            return exchange.lost(f"{status} {words}".strip(), attempt)
        case _ if status >= 400:
            return Rejected(text, attempt=attempt)
        case _:
            return Protocol(text, attempt=attempt)


def remote_words(response: Response) -> str:
    """What the remote says went wrong, as one line of at most 500 characters; untrusted text."""
    text = response.text[:20_000] if response.content else ""
    try:
        value = strict_json(response.content)
    except ValueError:
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        return one_line(f"HTML page: {title.group(1)}" if title else text)
    return one_line(": ".join(_said(value)) or text)


def _said(value: Any) -> Iterator[str]:
    """ServiceNow `{"error": {message, detail}}`, Azure `{"error": {code, message}}`, OAuth `{error, error_description}`."""
    if not isinstance(value, dict):
        return
    error = value.get("error")
    parts = (error.get("code"), error.get("message"), error.get("detail")) if isinstance(error, dict) else (error,)
    for part in (*parts, value.get("error_description"), value.get("message")):
        if isinstance(part, str) and part:
            yield part


def one_line(text: str) -> str:
    """Printable, short, and free of secrets that we know the shape of."""
    flat = _UNPRINTABLE.sub(" ", without_secrets(text)).strip()
    return flat if len(flat) <= WORDS else f"{flat[: WORDS - 1]}…"


def causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything it was raised from, or wraps, once each."""
    pending: list[Any] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop(0)
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            wrapped = (getattr(current, name, None) for name in ("reason", "inner_exception"))  # urllib3, azure-core
            pending += [current.__cause__, current.__context__, *wrapped, *current.args]


def never_sent(error: BaseException) -> bool:
    """Whether the connection itself failed, so that no byte of the request can have arrived."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    for cause in causes(error):
        if isinstance(cause, MaxRetryError):
            return isinstance(cause.reason, NewConnectionError | NameResolutionError | ConnectTimeoutError | ProxyError)
        if isinstance(cause, NewConnectionError | NameResolutionError | ConnectTimeoutError):
            return True
    return False


_CA_FILES: Final[Mapping[Side, str]] = {
    SERVICENOW: "SERVICENOW_CA_FILE",
    **dict.fromkeys((SENTINEL, *SOURCES), "AZURE_CA_FILE"),
    SCRIPTS: "WATCHKEEPER_SCRIPTS_CA_FILE",
}


def untrusted(error: BaseException) -> bool:
    """Whether the server's certificate was refused: no later attempt will find another one."""
    return any("CERTIFICATE_VERIFY_FAILED" in str(cause) for cause in causes(error))


def translate_exception(
    error: Exception, *, side: Side, call: str, record: str = "", write: bool = False
) -> WatchkeeperError:
    """What an exception of requests, urllib3, oauthlib, azure-core or azure-identity means to us.

    One of ours anywhere among its causes is returned as it is: azure-identity wraps whatever its transport raises.
    """
    chain = tuple(causes(error))
    ours = next((cause for cause in chain if isinstance(cause, WatchkeeperError)), None)
    if ours is not None:
        return ours
    exchange = Exchange(side, call, record, write)
    why = f"{type(error).__name__}: {_without_address(str(error))}"
    attempt = exchange.attempt(_status_of(error), one_line(why))
    if untrusted(error):
        return Operator(
            because(Trouble.UNTRUSTED, side=side, call=exchange.named),
            remedy=because(Trouble.NAME_CA, setting=_CA_FILES.get(side, "SERVICENOW_CA_FILE or AZURE_CA_FILE")),
            attempt=attempt,
        )
    if any(never_sent(cause) or _is_a(cause, "ServiceRequestError") for cause in chain):
        reason = reason_of(chain) or one_line(why)
        message = because(Trouble.CANNOT_CONNECT, side=side, call=exchange.named, why=reason)
        return Unavailable(message, remedy=remedy_for(side), attempt=attempt)
    return _by_kind(error, chain, exchange, attempt)


def _by_kind(
    error: Exception, chain: tuple[BaseException, ...], exchange: Exchange, attempt: Attempt
) -> WatchkeeperError:
    lost = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    broken = requests.exceptions.ContentDecodingError
    if any(isinstance(cause, (*lost, broken)) or _is_a(cause, "ServiceResponseError") for cause in chain):
        return exchange.lost(attempt.answer, attempt)
    if _is_a(error, "IncompleteReadError"):
        return exchange.lost(attempt.answer, attempt)
    if _is_a(error, "ClientAuthenticationError"):
        return AuthFailed(f"{exchange}: {attempt.answer}", remedy=because(Trouble.CHECK_CREDENTIALS), attempt=attempt)
    if _is_a(error, "HttpResponseError") and attempt.status is not None:
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        return _by_status(exchange, attempt.status, attempt.answer, headers)
    if isinstance(error, _UNSENDABLE):
        return Rejected(f"{exchange}: cannot be sent ({attempt.answer})", attempt=attempt)
    if isinstance(error, ValueError):
        return _unusable(exchange, attempt.status, attempt.answer)
    return Protocol(f"{exchange}: {attempt.answer}", attempt=attempt)


def _status_of(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _is_a(error: BaseException, name: str) -> bool:
    """By class name along the family, so that azure-core need not be imported where only ServiceNow is spoken to."""
    return any(base.__name__ == name for base in type(error).__mro__)


def _without_address(text: str) -> str:
    """urllib3's messages quote the whole URL with its query, and name the pool and the seconds of a socket."""
    plain = re.sub(r"\w*Pool\(host=[^)]*\):? ?| ?\(read timeout=[^)]*\)", "", text)
    return re.sub(r"with url: \S+", "with url: …", plain)
