"""Why no connection came about, in words that help: what failed, and which settings say where to connect to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ProxyError

from watchkeeper.model.record import SENTINEL, SERVICENOW, Side

_ADDRESSES = {
    SERVICENOW: "SERVICENOW_INSTANCE",
    SENTINEL: "AZURE_AUTHORITY_HOST, SENTINEL_ARM_ENDPOINT and SENTINEL_LOGS_ENDPOINT, if they are set",
}
"""The settings that hold a side's addresses."""


def reason_of(chain: Iterable[BaseException]) -> str:
    """What kept us from connecting, of an exception and everything that it was raised from; "" when that is not known."""
    causes = tuple(chain)
    if any(isinstance(cause, ProxyError | requests.exceptions.ProxyError) for cause in causes):
        return "the proxy does not let us through"
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        named = re.search(r"resolve '([^']+)'", " ".join(str(cause) for cause in causes))
        return f"the name {named[1]} does not resolve" if named else "the name does not resolve"
    if any(isinstance(cause, NewConnectionError) for cause in causes):  # a kind of ConnectTimeoutError, to urllib3
        numbers = [cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno is not None]
        return os.strerror(numbers[-1]).lower() if numbers else "no connection was made"
    late = any(isinstance(cause, ConnectTimeoutError | requests.ConnectTimeout) for cause in causes)
    return "nothing answered in time" if late else ""


def remedy_for(side: Side) -> str:
    """What to check when a side's address cannot be connected to."""
    address = _ADDRESSES.get(side, "the address")
    return f"check {address}, the name service, the proxy (WATCHKEEPER_PROXY) and the firewall"
