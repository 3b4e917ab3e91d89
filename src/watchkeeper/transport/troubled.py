"""What is told of a call that did not go well: what kind of failure it was, and what the system's own support would find it by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from requests.exceptions import ChunkedEncodingError, ContentDecodingError, Timeout

from watchkeeper.model.calls import Failure
from watchkeeper.transport.answers import never_sent, untrusted

_ANSWERED: Final = ("X-Transaction-ID", "x-ms-request-id", "request-id", "x-ms-correlation-request-id")
"""ServiceNow's, Azure's, Graph's and Defender's (learn.microsoft.com/graph/best-practices-concept), and the one that Azure gives to all
requests of one operation."""
_SENT: Final = ("x-ms-client-request-id", "client-request-id")
"""What Azure's libraries call a request before it is sent: all that there is where no answer came."""
_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{3,99}", re.ASCII)


def failure_of(error: Exception) -> Failure:
    """Why there is no usable answer."""
    if untrusted(error):
        return Failure.UNTRUSTED
    if never_sent(error):
        return Failure.UNCONNECTED
    match error:
        case ContentDecodingError() | ChunkedEncodingError():
            return Failure.BROKEN
        case Timeout():
            return Failure.TIMEOUT
        case _:
            return Failure.LOST


def reference_of(sent: Mapping[str, str], answered: Mapping[str, str]) -> str:
    """The first name of an exchange that looks like one; a remote may put anything into a header."""
    named = (*(answered.get(name, "") for name in _ANSWERED), *(sent.get(name, "") for name in _SENT))
    return next((each for each in map(_text, named) if _REFERENCE.fullmatch(each)), "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
