"""The way to what is neither ServiceNow nor Sentinel: a collector, a dead-man switch. Nothing there may hold a run up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import requests

from watchkeeper import __version__
from watchkeeper.transport.sockets import SocketAdapter

USER_AGENT = f"watchkeeper/{__version__}"

log = logging.getLogger(__name__)


def outside_session(proxy: str | None = None) -> requests.Session:
    """A session that obeys our proxy and nobody else's. Other libraries may set their own TLS on it."""
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = USER_AGENT
    proxies: dict[str, Any] = {"http": proxy, "https": proxy} if proxy else {}
    session.proxies.update(proxies)
    return session


def patient_session(proxy: str | None = None, ca_file: str | None = None) -> requests.Session:
    """The same for our own calls: public authorities or those of a file, and an answer that drips in ends with the caller's
    `patience` (sockets.py)."""
    session = outside_session(proxy)
    session.verify = ca_file or True
    for scheme in ("https://", "http://"):
        session.mount(scheme, SocketAdapter(1))
    return session


def in_time(action: Callable[[], object], seconds: float) -> bool:
    """Whether an action that has no end of its own came to its end within `seconds`; it is left behind otherwise, and dies with
    the process. One that fails is logged."""

    def attempt() -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - on a thread nobody else would hear of it
            log.warning("telemetry was not sent", extra={"why": type(error).__name__})

    thread = threading.Thread(target=attempt, name="telemetry", daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
