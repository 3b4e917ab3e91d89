"""Pings to a dead-man switch, which raises the alarm when they stay away.

They are those of healthchecks.io (healthchecks.io/docs/http_api, /docs/measuring_script_run_time, /docs/signaling_failures),
which other services understand, too: the check's address alone means success, `/start` that a run has begun, `/STATUS` (1 to 255)
that it failed with this exit status, and `/log` is kept without a meaning. `rid`, a UUID, tells which pings belong to one run.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import requests
import tenacity

from watchkeeper.model.exit_code import Upshot
from watchkeeper.ports import Monotonic, Sleep
from watchkeeper.transport import Secret, in_time, patience
from watchkeeper.vitals.finish import Finish

PING_SECONDS: Final = 5.0
"""What one ping may take."""
TRIES: Final = 3
LARGEST_BODY: Final = 10_000
"""Bytes of a ping that are kept at least (healthchecks.io/docs/attaching_logs)."""

LONGEST_ANSWER: Final = 64
"""Bytes of an answer that are looked at."""

_REFUSED: Final = re.compile(rb"OK \((not found|rate limited)\)")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Lost:
    """A ping that did not arrive: why, and whether it may the next time."""

    why: str
    passing: bool


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The pings of one run. `address` is the check's own; `run` are 32 hex digits that no other run has. `hurried` says whether a
    signal has come or the run's time is over, so that somebody may be about to kill it. A ping that does not arrive is logged, without
    the address, and raises nothing."""

    address: Secret
    session: requests.Session
    run: str
    monotonic: Monotonic
    sleep: Sleep
    hurried: Callable[[], bool]

    def begun(self) -> None:
        """Say that the run has begun. Tried once, because work waits."""
        self._ping("start", "", tries=1)

    def ended(self, finish: Finish) -> None:
        """Say how it ended."""
        body = f"{finish.sentence}\n{finish.command} of {finish.deployment}, exit code {finish.exit_code}\n"
        signal = {Upshot.SUCCESS: "", Upshot.FAILURE: str(finish.exit_code), Upshot.LATER: "log"}[finish.upshot]
        self._ping(signal, body, tries=TRIES)

    def _ping(self, signal: str, body: str, tries: int) -> None:
        retrying = tenacity.Retrying(
            sleep=self.sleep,
            stop=lambda state: state.attempt_number >= tries or self.hurried(),
            wait=tenacity.wait_exponential(multiplier=0.5, max=2),
            retry=tenacity.retry_if_result(lambda lost: lost is not None and lost.passing),
            retry_error_callback=_last,
        )
        lost: _Lost | None = retrying(self._sent, ping_address(self.address.reveal(), signal, self.run), body)
        if lost is not None:
            log.warning("a heartbeat did not arrive", extra={"ping": signal or "success", "why": lost.why})

    def _sent(self, address: str, body: str) -> _Lost | None:
        """One try, in its time whatever takes it: a name server that is silent, or an address after the other that swallows what is
        sent there, is nothing that a socket's own time ends."""
        lost: list[_Lost | None] = []
        if in_time(lambda: lost.append(self._exchanged(address, body)), PING_SECONDS) and lost:
            return lost[0]
        return _Lost("no answer in time", passing=True)

    def _exchanged(self, address: str, body: str) -> _Lost | None:
        ends = self.monotonic() + PING_SECONDS
        left: Callable[[], float] = lambda: ends - self.monotonic()  # noqa: E731 - read anew for each byte
        data = body.encode()[:LARGEST_BODY].decode(errors="ignore").encode()
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        try:
            with (
                patience(left),
                self.session.post(
                    address, data=data, headers=headers, timeout=PING_SECONDS, allow_redirects=False, stream=True
                ) as answer,
            ):
                return _judged(answer.status_code, answer.raw.read(LONGEST_ANSWER, decode_content=True))
        except Exception as error:  # noqa: BLE001 - whatever breaks here is no fault of the run
            return _Lost(type(error).__name__, passing=True)


def _judged(status: int, said: bytes) -> _Lost | None:
    """A check that is pinged by its UUID answers 200 also when it does not exist or was pinged too often, and says so in the body:
    `OK (not found)`, `OK (rate limited)` (healthchecks.io/docs/http_api; github.com/bdd/runitor/issues/66)."""
    if 200 <= status < 300:
        refused = _REFUSED.fullmatch(said.strip())
        why = refused[1].decode() if refused else ""
        return _Lost(why, passing=why == "rate limited") if why else None
    return _Lost(str(status), passing=status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500)


def _last(state: tenacity.RetryCallState) -> _Lost | None:
    lost: _Lost | None = state.outcome.result() if state.outcome is not None else None
    return lost


def ping_address(address: str, signal: str, run: str) -> str:
    """The check's address with a signal behind its path, and the run in its query."""
    parts = urlsplit(address)
    path = f"{parts.path.rstrip('/')}/{signal}" if signal else parts.path
    query = "&".join(each for each in (parts.query, f"rid={UUID(hex=run)}") if each)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))
