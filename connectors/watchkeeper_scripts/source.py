"""Hosts of scripts behind the port ScriptSource."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

import requests

from watchkeeper.errors import Attempt, NotTheApi, Protocol, Rejected, TooLarge
from watchkeeper.evidence_ports import ScriptSource
from watchkeeper.model.allow_list import HttpsAddress, NotAnAddress, parse_address
from watchkeeper.model.reasons import because
from watchkeeper.model.script import ScriptDownload
from watchkeeper.model.sources import SCRIPTS
from watchkeeper.model.troubles import Trouble
from watchkeeper.ports import Clock, SessionFactory
from watchkeeper.transport import checked, translate_exception
from watchkeeper.transport.calls import parse_date
from watchkeeper_scripts.config import ScriptsConfig

MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HEADERS: Final[Mapping[str, str]] = {"Accept": "*/*", "Accept-Encoding": "identity"}
"""Unpacked: the hash is one of the file as it lies there."""
_LONGEST_ETAG: Final = 200
_LONGEST_TARGET: Final = 200


def open_source(config: ScriptsConfig, sessions: SessionFactory, clock: Clock) -> ScriptHosts:
    """Build the source; nothing is called yet. `sessions` keep to `policy_for` the same configuration."""
    return ScriptHosts(config, sessions, clock)


class ScriptHosts:
    def __init__(self, config: ScriptsConfig, sessions: SessionFactory, clock: Clock) -> None:
        self._config = config
        self._sessions = sessions
        self._clock = clock

    def download(self, name: str, address: str) -> ScriptDownload:
        """See ScriptSource."""
        asked = self._asked(name, address)
        with self._sessions.session(SCRIPTS) as session:
            found, answer = self._followed(session, name, asked)
        content = self._whole(name, found, answer)
        return ScriptDownload(
            name=name,
            asked=str(asked),
            address=str(found),
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            fetched_at=self._clock.now(),
            etag=re.sub(r"[^\x21-\x7e]", "", answer.headers.get("ETag", ""))[:_LONGEST_ETAG],
            modified_at=parse_date(answer.headers.get("Last-Modified")),
        )

    def _asked(self, name: str, address: str) -> HttpsAddress:
        try:
            asked = parse_address(address)
        except NotAnAddress as error:
            message = because(Trouble.SCRIPT_OFF_LIST, name=name, address="the address")
            raise Rejected(message, remedy=error.allowed) from error
        if not self._config.allowed.covers(asked):
            message = because(Trouble.SCRIPT_OFF_LIST, name=name, address=asked)
            raise Rejected(message, remedy=because(Trouble.ALLOW_SOURCE))
        return asked

    def _followed(
        self, session: requests.Session, name: str, asked: HttpsAddress
    ) -> tuple[HttpsAddress, requests.Response]:
        """The answer with the file, and who gave it."""
        here = asked
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._answer(session, name, here)
            if answer.status_code not in _REDIRECTS:
                return here, answer
            here = self._next(name, here, answer)
        message = because(Trouble.SCRIPT_LED_ON, name=name, address=asked)
        raise Rejected(message, attempt=_attempt(asked, answer.status_code))

    def _answer(self, session: requests.Session, name: str, here: HttpsAddress) -> requests.Response:
        request = session.prepare_request(requests.Request("GET", here.url, headers=dict(_HEADERS)))
        try:
            # Past the session, which would look at where a redirect leads by its own rules.
            return session.get_adapter(here.url).send(request)
        except TooLarge as error:
            raise self._too_long(name, here) from error
        except Exception as error:
            raise translate_exception(error, side=SCRIPTS, call=f"GET {here}") from error

    def _next(self, name: str, here: HttpsAddress, answer: requests.Response) -> HttpsAddress:
        """Where a redirect leads. Raises Rejected where it leaves the list."""
        try:
            following = parse_address(urljoin(here.url, answer.headers.get("Location", "")), query=True)
        except ValueError as error:
            raise _led_away(name, here, answer, "no https address") from error
        if not self._config.allowed.covers(following):
            raise _led_away(name, here, answer, str(following)[:_LONGEST_TARGET])
        return following

    def _whole(self, name: str, here: HttpsAddress, answer: requests.Response) -> bytes:
        """The file's bytes. Raises for every answer that is not exactly they."""
        status, attempt = answer.status_code, _attempt(here, answer.status_code)
        if status in {401, 403, 407}:
            message = because(Trouble.SCRIPT_SIGN_IN, name=name, address=here, status=status)
            raise Rejected(message, attempt=attempt)
        checked(answer, side=SCRIPTS, call=f"GET {here}")
        if status != 200:
            message = because(Trouble.SCRIPT_PARTLY, name=name, address=here, status=status)
            raise Protocol(message, attempt=attempt)
        if answer.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise Protocol(because(Trouble.SCRIPT_PACKED, name=name, address=here), attempt=attempt)
        if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html":
            raise NotTheApi(because(Trouble.SCRIPT_PAGE, name=name, address=here), attempt=attempt)
        if not answer.content:
            raise Protocol(because(Trouble.SCRIPT_EMPTY, name=name, address=here), attempt=attempt)
        if len(answer.content) > self._config.max_bytes:
            raise self._too_long(name, here)
        return answer.content

    def _too_long(self, name: str, here: HttpsAddress) -> Rejected:
        message = because(Trouble.SCRIPT_TOO_LONG, name=name, address=here, limit=self._config.max_bytes)
        return Rejected(message, remedy=because(Trouble.ALLOW_LENGTH), attempt=_attempt(here, 200))


def _led_away(name: str, here: HttpsAddress, answer: requests.Response, target: str) -> Rejected:
    message = because(Trouble.SCRIPT_LED_AWAY, name=name, address=here, place=target)
    return Rejected(message, remedy=because(Trouble.ALLOW_SOURCE), attempt=_attempt(here, answer.status_code))


def _attempt(here: HttpsAddress, status: int) -> Attempt:
    return Attempt(system=SCRIPTS, call=f"GET {here}", status=status)


def _is_a_source(source: ScriptHosts) -> ScriptSource:  # pragma: no cover - mypy alone reads it
    return source
