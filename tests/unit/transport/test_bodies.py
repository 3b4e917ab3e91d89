from __future__ import annotations

import gzip
import io
import ssl
from typing import Any, cast

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ContentDecodingError
from tests.unit.transport.peer import BODY, head, served, session
from tests.unit.transport.wire import Hands
from urllib3.response import HTTPResponse

from watchkeeper.transport.bodies import read_whole
from watchkeeper.transport.calls import Call, Kind


def test_a_whole_body_with_a_length_is_taken() -> None:
    with served(head(b"Content-Length: %d" % len(BODY)), BODY) as url:
        answer = session(Hands()).get(url)
    assert answer.content == BODY
    assert answer.raw.read() == BODY


def test_a_whole_chunked_body_is_taken() -> None:
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:5], BODY[5:])]
    with served(head(b"Transfer-Encoding: chunked"), *chunks, b"0\r\n\r\n") as url:
        assert session(Hands()).get(url).content == BODY


def test_a_compressed_body_is_unpacked_once() -> None:
    packed = gzip.compress(BODY)
    with served(head(b"Content-Encoding: gzip", b"Content-Length: %d" % len(packed)), packed) as url:
        answer = session(Hands()).get(url)
    assert answer.json() == {"result": [{"sys_id": "1"}]}
    assert answer.raw.read(decode_content=True) == BODY


def test_an_answer_without_a_body_needs_no_length() -> None:
    with served(head(status=b"204 No Content")) as url:
        assert session(Hands()).get(url).content == b""


@pytest.mark.parametrize("length", range(len(BODY)))
def test_a_body_cut_at_any_byte_is_never_taken_for_whole(length: int) -> None:
    with served(head(b"Content-Length: %d" % len(BODY)), BODY[:length]) as url, pytest.raises(ChunkedEncodingError):
        session(Hands()).get(url)


@pytest.mark.parametrize("length", range(0, len(BODY) + 8, 3))
def test_a_chunked_body_cut_anywhere_is_never_taken_for_whole(length: int) -> None:
    whole = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    with served(head(b"Transfer-Encoding: chunked"), whole[:length]) as url, pytest.raises(ChunkedEncodingError):
        session(Hands()).get(url)


def test_a_body_whose_end_is_the_end_of_the_connection_counts_as_cut() -> None:
    with (
        served(head(b"Connection: close"), b'{"result":[]}') as url,
        pytest.raises(ChunkedEncodingError, match="unseen"),
    ):
        session(Hands()).get(url)


def test_a_damaged_compressed_body_is_an_error() -> None:
    packed = b"\x1f\x8b" + b"nonsense" * 4
    lines = (b"Content-Encoding: gzip", b"Content-Length: %d" % len(packed))
    with served(head(*lines), packed) as url, pytest.raises(ContentDecodingError):
        session(Hands()).get(url)


def test_cookies_of_an_answer_stay_in_the_session() -> None:
    with served(head(b"Set-Cookie: JSESSIONID=1; Path=/", b"Content-Length: %d" % len(BODY)), BODY) as url:
        kept = session(Hands())
        kept.get(url)
    assert kept.cookies.get("JSESSIONID") == "1"


class Torn(io.RawIOBase):
    """A body in the middle of which the encryption breaks."""

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        raise ssl.SSLError("DECRYPTION_FAILED_OR_BAD_RECORD_MAC")


def test_a_body_whose_encryption_breaks_is_a_lost_connection() -> None:
    request = requests.Request("GET", "https://acme.service-now.com/").prepare()
    raw = HTTPResponse(cast(Any, Torn()), headers={}, status=200, preload_content=False)
    response = HTTPAdapter().build_response(request, raw)
    call = Call("servicenow", "GET", "acme.service-now.com", "/", Kind.READ)
    with pytest.raises(requests.ConnectionError):
        read_whole(response, call, monotonic=lambda: 0.0, ends=1.0, largest=100)
