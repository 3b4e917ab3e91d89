"""Reads an answer's whole body under one clock and one size limit, so that what leaves the transport is complete."""

from __future__ import annotations

import io
from collections.abc import Iterator
from http.client import HTTPResponse as WireResponse

from requests import Response
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, ReadTimeout
from requests.exceptions import ConnectionError as ConnectionLost
from urllib3.exceptions import DecodeError, HTTPError, IncompleteRead, ProtocolError, ReadTimeoutError
from urllib3.response import HTTPResponse

from watchkeeper.errors import Ambiguous, TooLarge, WatchkeeperError
from watchkeeper.ports import Monotonic
from watchkeeper.transport.calls import Call, Kind

_BLOCK = 256 * 1024


def read_whole(response: Response, call: Call, *, monotonic: Monotonic, ends: float, largest: int) -> Response:
    """The same answer with its body in memory, so that neither requests, pysnow nor azure-core meets a broken one later.

    A body whose end only the closing of the connection marks cannot be told from a cut one, and counts as cut.
    Raises requests' ReadTimeout after `ends` (monotonic seconds), ChunkedEncodingError for a cut body and
    ContentDecodingError for a damaged one; TooLarge above `largest` bytes (Ambiguous for a write).
    """
    unmarked = _ends_with_connection(response)
    parts: list[bytes] = []
    size = 0
    try:
        for block in _blocks(response.raw):
            parts.append(block)
            size += len(block)
            if size > largest:
                raise _too_large(call, response.status_code, largest)
            if monotonic() > ends:
                raise ReadTimeout(f"{call.label}: the answer did not end in time", request=response.request)
    except (ReadTimeoutError, IncompleteRead, ProtocolError, DecodeError, HTTPError) as error:
        raise _as_requests_error(error, response) from error
    finally:
        response.raw.close()
        response.raw.release_conn()
    if unmarked and size:
        raise ChunkedEncodingError(
            f"{call.label}: the answer has neither a length nor chunks, so a cut would go unseen",
            request=response.request,
        )
    return _with_body(response, b"".join(parts))


def _too_large(call: Call, status: int, largest: int) -> WatchkeeperError:
    text, attempt = f"{call.label} on {call.side} answered with more than {largest} bytes", call.attempt(status)
    if call.kind is Kind.WRITE:
        return Ambiguous(f"{text}; the write may have happened", attempt=attempt)
    return TooLarge(text, remedy="ask for fewer rows or fields", attempt=attempt)


def _blocks(raw: HTTPResponse) -> Iterator[bytes]:
    """Whatever arrives, as it arrives: `read` would wait for a full block while single bytes drip in."""
    while block := raw.read1(_BLOCK, decode_content=True):
        yield block


def _ends_with_connection(response: Response) -> bool:
    wire = getattr(response.raw, "_original_response", None)
    if not isinstance(wire, WireResponse):
        return False
    bodiless = response.request.method == "HEAD" or response.status_code in {204, 304}
    return not bodiless and wire.length is None and not wire.chunked


def _as_requests_error(error: HTTPError, response: Response) -> Exception:
    if isinstance(error, ReadTimeoutError):
        return ReadTimeout(str(error), request=response.request)
    if isinstance(error, DecodeError):
        return ContentDecodingError(str(error), request=response.request)
    if isinstance(error, ProtocolError):
        return ChunkedEncodingError(str(error), request=response.request)
    return ConnectionLost(error, request=response.request)


def _with_body(response: Response, content: bytes) -> Response:
    headers = {name: value for name, value in response.headers.items() if name.lower() != "content-encoding"}
    response.raw = HTTPResponse(
        body=io.BytesIO(content),
        headers=headers,
        status=response.status_code,
        reason=response.reason,
        original_response=getattr(response.raw, "_original_response", None),
        preload_content=False,
        enforce_content_length=False,
        request_method=response.request.method,
    )
    response._content = content
    response._content_consumed = True  # type: ignore[attr-defined]
    return response
