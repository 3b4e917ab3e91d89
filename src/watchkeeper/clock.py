"""Time, waiting, ids and threads: the only room that has the real ones. Everybody else takes a port."""

from __future__ import annotations

import contextvars
import queue
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from watchkeeper.errors import Attempt, AuthFailed, Config, Operator, Problem, Protocol, Unavailable
from watchkeeper.model.progress import UNWATCHED
from watchkeeper.model.record import Side
from watchkeeper.ports import Clock, Monotonic, Progress, Stop
from watchkeeper.settings.shapes import is_loopback
from watchkeeper.transport.answers import untrusted

T = TypeVar("T")

_WAKE_UP = 0.5
"""Seconds after which a waiting thread looks up, so that Ctrl-C is noticed where a lock cannot be interrupted (Windows)."""

_ANSWER_WITHIN = 10.0

PATIENCE = 5.0
"""Seconds that an interrupted run gives to the calls under way. CI systems kill what has not ended after 7.5 (GitHub) to 30."""

WRITE_GRACE = PATIENCE - 1.0
"""Seconds of it in which the last writes of a run whose time is over may be answered; in the rest that is stored."""


def system_monotonic() -> float:
    """Seconds on a clock that never steps back."""
    return time.monotonic()


def system_sleep(seconds: float) -> None:
    time.sleep(seconds)


def random_id() -> str:
    """A fresh id: 32 hex digits."""
    return uuid.uuid4().hex


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock set to an instant (aware). It stands still, or with `ticking` goes on from there with the monotonic clock."""

    def __init__(self, as_of: datetime, *, ticking: Monotonic | None = None) -> None:
        if as_of.tzinfo is None:
            raise ValueError(f"a clock needs an instant with a time zone, not {as_of.isoformat()}")
        self._start = as_of.astimezone(UTC)
        self._ticking = ticking
        self._began = ticking() if ticking else 0.0

    def now(self) -> datetime:
        elapsed = self._ticking() - self._began if self._ticking else 0.0
        return self._start + timedelta(seconds=elapsed)


def emulator_clock(url: str, token: str, *, ca_file: Path | None = None, monotonic: Monotonic) -> Clock:
    """The emulated world's clock, asked for once: it then ticks with the monotonic clock, or stands still if that world does.

    Only a loopback address is asked. Raises Config for any other, AuthFailed when the token is refused, Operator when its
    certificate is not trusted, Unavailable when nothing answers, Protocol when the answer is no time.
    """
    address = f"{url.rstrip('/')}/_emulator/clock"
    if not is_loopback(url):
        raise Config(
            [Problem("WATCHKEEPER_EMULATOR_URL", "", "is not this machine", allowed="an https origin on loopback")]
        )
    answer = _clock_answer(address, token, ca_file)
    try:
        now = datetime.fromisoformat(str(answer["now"]))
        return FixedClock(now, ticking=None if answer.get("frozen") is True else monotonic)
    except (KeyError, ValueError) as error:
        raise Protocol("the emulator's clock gave no time", attempt=_attempt(address)) from error


def _clock_answer(address: str, token: str, ca_file: Path | None) -> Mapping[str, Any]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(ca_file) if ca_file else True
        try:
            response = session.get(
                address,
                headers={"Authorization": f"Bearer {token}"},
                timeout=_ANSWER_WITHIN,
                allow_redirects=False,
            )
        except (requests.RequestException, OSError) as error:
            if untrusted(error):
                raise Operator(
                    "the emulator's TLS certificate is not trusted",
                    remedy="name its ca.pem in SERVICENOW_CA_FILE, as its own environment file does",
                    attempt=_attempt(address),
                ) from error
            remedy = "start `watchkeeper emulate`, or unset WATCHKEEPER_EMULATOR_URL"
            raise Unavailable(
                f"the emulator does not answer: {error}", remedy=remedy, attempt=_attempt(address)
            ) from error
    if response.status_code in {401, 403}:
        remedy = "take WATCHKEEPER_EMULATOR_TOKEN from the emulator's own environment file"
        raise AuthFailed(
            "the emulator refused our token", remedy=remedy, attempt=_attempt(address, response.status_code)
        )
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if response.status_code != 200 or not isinstance(answer, dict):
        message = f"the emulator's clock answered {response.status_code}"
        raise Protocol(message, attempt=_attempt(address, response.status_code))
    return answer


def _attempt(address: str, status: int | None = None) -> Attempt:
    return Attempt("emulator", f"GET {urlsplit(address).path}", status=status)


class ThreadWorkers:
    """Work on threads: one pool per side, as many calls at once as that side bears. Implements ports.Workers.

    `done` callbacks run one at a time on the thread that drains. When that thread fails, what has not begun is dropped, what is
    under way has `patience` (seconds) to end and be reported to its `done`, and the failure goes on; one that a `stop` brought
    does not wait. What did not end in time is left to its thread, and nobody hears
    of it.
    """

    def __init__(
        self,
        workers: Mapping[Side, int],
        *,
        patience: float = PATIENCE,
        stop: Stop | None = None,
        progress: Progress = UNWATCHED,
    ) -> None:
        self._pools = {
            side: ThreadPoolExecutor(max_workers=count, thread_name_prefix=side) for side, count in workers.items()
        }
        self._finished: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._pending: dict[Future[Any], Callable[[Any], None]] = {}
        self._patience = patience
        self._stop = stop
        self._progress = progress
        self._stopping = False
        self._abandoned = False

    def __enter__(self) -> ThreadWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, side: Side, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Run `work` on the side's pool and `done` with its result in `drain`. Call it from the draining thread only."""
        if self._stopping:
            return
        # What is bound to the log here (the run's id) belongs to what the worker logs, too.
        future = self._pools[side].submit(contextvars.copy_context().run, work)
        self._pending[future] = done
        future.add_done_callback(self._finished.put)

    def drain(self) -> None:
        """Return when everything submitted has finished. What `work` or `done` raises comes out here, after the rest that
        was under way has ended. Raises Interrupted or Deferred when a stop is overdue."""
        try:
            self._settle()
            if self._pending and self._stop is not None:
                self._stop.check()
        except BaseException:
            self._give_up()
            raise

    def close(self) -> None:
        """End the threads; what has not begun is dropped, and what was abandoned is not waited for."""
        for pool in self._pools.values():
            pool.shutdown(wait=not self._abandoned, cancel_futures=True)

    def _settle(self, until: float | None = None) -> None:
        while self._pending and not self._is_over(until):
            try:
                future = self._finished.get(timeout=_WAKE_UP)
            except queue.Empty:
                self._progress.advance(0)
                continue
            done = self._pending.pop(future, None)
            if done is not None and not future.cancelled():
                done(future.result())

    def _is_over(self, until: float | None) -> bool:
        return (until is not None and system_monotonic() >= until) or (self._stop is not None and self._stop.is_overdue)

    def _give_up(self) -> None:
        """Drop what has not begun and hear out the rest, so that nothing that happened goes unrecorded."""
        self._stopping = True
        try:
            for future in list(self._pending):
                if future.cancel():
                    del self._pending[future]
            asked = self._stop is not None and self._stop.is_asked
            self._settle(until=system_monotonic() + (0 if asked else self._patience))
        finally:
            self._stopping = False
            self._abandon()

    def _abandon(self) -> None:
        """Leave what is still under way to its threads."""
        self._abandoned = self._abandoned or bool(self._pending)
        for future in self._pending:
            future.cancel()
        self._pending.clear()
