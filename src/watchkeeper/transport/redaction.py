"""Keeps secrets out of everything that a person or a file may see: logs, tracebacks, error texts."""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
from collections.abc import Iterator
from typing import NoReturn
from urllib.parse import quote, quote_plus

HIDDEN = "[redacted]"

_SHORTEST = 6
"""Shorter values are not hidden: they would blank out half of every text."""

_SHAPES = re.compile(
    r"""
    (?P<scheme>\b(?:Bearer|Basic)\s+)(?=\S*(?-i:[0-9A-Z=+/_]))[A-Za-z0-9._~+/=-]{6,}
  | (?P<header>\b(?:Authorization|x-sn-apikey|X-UserToken|X-IDENTITY-HEADER|Set-Cookie|Cookie)['"]?\s*[:=]\s*['"]?)[^\r\n'"]+
  | (?P<field>\b(?:access_token|refresh_token|id_token|client_secret|client_assertion|assertion|password|passwd)
        ['"]?\s*[:=]\s*['"]?)[^\s&'",}]+
  | (?P<jwt>\beyJ)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)

NOISY_LOGGERS = ("urllib3", "requests_oauthlib", "oauthlib", "pysnow", "azure", "msal")
"""Libraries whose DEBUG lines carry tokens, bodies or full queries."""


class Secret:
    """A value that prints as nothing: repr, str and format are empty of it, and it cannot be pickled or copied out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one line that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret()"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written anywhere")


class Redactor:
    """Knows the secrets of this process and hides them, in every spelling in which they might surface."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, *values: Secret | str) -> None:
        """Hide these from now on: as they are, URL-quoted, as JSON text, and inside base64."""
        plain = {value.reveal() if isinstance(value, Secret) else value for value in values}
        with self._lock:
            fresh = {value for value in plain if len(value) >= _SHORTEST} - self._known
            if not fresh:
                return
            self._known |= fresh
            self._pattern = None

    def learn_header(self, authorization: str | bytes | None) -> None:
        """Learn the token of an Authorization header that is about to be sent."""
        if authorization:
            text = authorization.decode("latin-1") if isinstance(authorization, bytes) else authorization
            self.learn(text.partition(" ")[2])

    def known(self, text: str) -> str:
        """The same text without the secrets of this process; what merely looks like one stays, as in a ticket's title."""
        pattern = self._pattern or self._compiled()
        return pattern.sub(HIDDEN, text) if pattern else text

    def _compiled(self) -> re.Pattern[str] | None:
        """The pattern of everything known, made when first needed: that costs more than the call that taught us a token."""
        with self._lock:
            if self._pattern is None and self._known:
                spellings = {spelling for value in self._known for spelling in _spellings(value)}
                longest_first = sorted(spellings, key=lambda text: (-len(text), text))
                self._pattern = re.compile("|".join(map(re.escape, longest_first)))
            return self._pattern

    def text(self, text: str) -> str:
        """The same text without secrets, known ones and whatever looks like one."""
        return without_secrets(self.known(text))


def without_secrets(text: str) -> str:
    """Hide what looks like a credential, whoever's it is: tokens, Authorization and Cookie headers, password fields."""
    return _SHAPES.sub(_keep_the_name, text)


def _keep_the_name(match: re.Match[str]) -> str:
    name = match.group("scheme") or match.group("header") or match.group("field") or ""
    return f"{name}{HIDDEN}"


def _spellings(value: str) -> Iterator[str]:
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            yield _inside_base64(encode(b"\0" * shift + value.encode()).decode(), shift)


def _inside_base64(encoded: str, shift: int) -> str:
    """The characters that depend on the value alone, wherever it stands in a longer text (as in `user:password`)."""
    start = -(-shift * 8 // 6)
    bare = encoded.rstrip("=")
    whole = len(bare) if len(encoded) == len(bare) else len(bare) - 1
    return bare[start:whole]


class RedactingFilter(logging.Filter):
    """Put it on every handler (a logger's own filter does not see what its children send up). Takes secrets out of the
    message, its arguments and its traceback."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self._redactor.text(record.getMessage())
        record.args = ()
        if record.exc_info:
            record.exc_text = self._redactor.text(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        if record.stack_info:
            record.stack_info = self._redactor.text(record.stack_info)
        return True


def quiet_libraries() -> None:
    """Keep libraries that log secrets at DEBUG from doing so, whatever level we run at."""
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.INFO)
