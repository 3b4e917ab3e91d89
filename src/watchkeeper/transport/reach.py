"""Why no connection came about, in words that help: what failed, and which settings say where to connect to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ProxyError

from watchkeeper.model.reasons import because
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.model.sources import DEFENDER, GRAPH, SCRIPTS
from watchkeeper.model.troubles import Trouble

_ADDRESSES = {
    SERVICENOW: "SERVICENOW_INSTANCE",
    SENTINEL: because(Trouble.SET_ADDRESSES),
    GRAPH: "GRAPH_ENDPOINT",
    DEFENDER: "DEFENDER_ENDPOINT",
    SCRIPTS: "scripts (evidence.yaml)",
}
"""The settings that hold a side's addresses."""


def reason_of(chain: Iterable[BaseException]) -> str:
    """What kept us from connecting, of an exception and everything that it was raised from; "" when that is not known."""
    causes = tuple(chain)
    if any(isinstance(cause, ProxyError | requests.exceptions.ProxyError) for cause in causes):
        return because(Trouble.PROXY_REFUSES)
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        named = re.search(r"resolve '([^']+)'", " ".join(str(cause) for cause in causes))
        return because(Trouble.NAME_UNKNOWN, host=named[1]) if named else because(Trouble.NO_NAME)
    if any(isinstance(cause, NewConnectionError) for cause in causes):  # a kind of ConnectTimeoutError, to urllib3
        numbers = [cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno is not None]
        return os.strerror(numbers[-1]).lower() if numbers else because(Trouble.NO_CONNECTION)
    late = any(isinstance(cause, ConnectTimeoutError | requests.ConnectTimeout) for cause in causes)
    return because(Trouble.NOBODY_ANSWERED) if late else ""


def remedy_for(side: Side) -> str:
    """What to check when a side's address cannot be connected to."""
    address = _ADDRESSES.get(side, "the address")
    return because(Trouble.CHECK_ADDRESS, address=address)
