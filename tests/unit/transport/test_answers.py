from __future__ import annotations

import json
import socket
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
import requests
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseTimeoutError,
)
from hypothesis import given
from hypothesis import strategies as st
from requests import Response
from requests.structures import CaseInsensitiveDict
from tests.unit.transport.wire import NOW, lost, timed_out, unconnected
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
)

from watchkeeper import errors
from watchkeeper.model.reasons import Part, parts_of
from watchkeeper.model.troubles import Trouble
from watchkeeper.transport import checked, json_object, translate_exception
from watchkeeper.transport.answers import one_line, strict_json

CALL = "PATCH /api/now/table/incident/1"


def answer(status: int, body: object = b"", content_type: str = "application/json", **headers: str) -> Response:
    built = Response()
    built.status_code = status
    built._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    built.headers = CaseInsensitiveDict(
        {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )
    return built


def refusal(response: Response, *, write: bool = False) -> errors.WatchkeeperError:
    with pytest.raises(errors.WatchkeeperError) as caught:
        checked(response, side="servicenow", call=CALL, record="INC0010001", write=write)
    return caught.value


@pytest.mark.parametrize(
    ("status", "reading", "writing"),
    [
        (400, errors.Rejected, errors.Rejected),
        (401, errors.AuthFailed, errors.AuthFailed),
        (403, errors.Rejected, errors.Rejected),
        (404, errors.NotFound, errors.NotFound),
        (405, errors.Rejected, errors.Rejected),
        (408, errors.Unavailable, errors.Ambiguous),
        (409, errors.PreconditionFailed, errors.PreconditionFailed),
        (499, errors.Unavailable, errors.Ambiguous),
        (410, errors.NotFound, errors.NotFound),
        (412, errors.PreconditionFailed, errors.PreconditionFailed),
        (415, errors.Rejected, errors.Rejected),
        (429, errors.Throttled, errors.Throttled),
        (500, errors.Unavailable, errors.Ambiguous),
        (502, errors.Unavailable, errors.Ambiguous),
        (503, errors.Unavailable, errors.Ambiguous),
        (504, errors.Unavailable, errors.Ambiguous),
    ],
)
def test_each_status_has_one_meaning(
    status: int, reading: type[errors.WatchkeeperError], writing: type[errors.WatchkeeperError]
) -> None:
    assert type(refusal(answer(status))) is reading
    assert type(refusal(answer(status), write=True)) is writing


def test_a_503_that_says_when_to_come_back_may_have_been_applied_all_the_same() -> None:
    assert type(refusal(answer(503, Retry_After="7"), write=True)) is errors.Ambiguous


@pytest.mark.parametrize(
    "words", ["Failed API level ACL Validation", "AuthorizationFailed", "InvalidAuthenticationTokenAudience"]
)
def test_a_403_that_no_other_record_would_get_past_is_about_the_account(words: str) -> None:
    assert type(refusal(answer(403, {"error": {"message": words, "detail": None}}))) is errors.AuthFailed


def test_a_throttled_call_says_how_long() -> None:
    error = refusal(answer(429, Retry_After="90"))
    assert isinstance(error, errors.Throttled)
    assert error.retry_after == timedelta(seconds=90)
    at = format_datetime(NOW + timedelta(minutes=5), usegmt=True)
    error = refusal(answer(429, Retry_After=at, Date=format_datetime(NOW, usegmt=True)))
    assert isinstance(error, errors.Throttled)
    assert error.retry_after == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"error": {"message": "Operation Failed", "detail": "ACL Exception"}, "status": "failure"},
            "Operation Failed: ACL Exception",
        ),
        ({"error": {"message": "Invalid table x", "detail": None}}, "Invalid table x"),
        ({"error": {"code": "Conflict", "message": "Newer version"}}, "Conflict: Newer version"),
        ({"error": "invalid_client", "error_description": "AADSTS7000215"}, "invalid_client: AADSTS7000215"),
        ({"message": "gone"}, "gone"),
        (["gone"], '["gone"]'),
        (b"<html><head><title>Bad Gateway</title></head></html>", "HTML page: Bad Gateway"),
        (b"upstream\x1b[31m\r\n::error::x", "upstream [31m ::error::x"),
        (b"", ""),
    ],
)
def test_an_error_carries_the_remotes_own_words(body: object, said: str) -> None:
    error = refusal(answer(400, body))
    assert error.attempt == errors.Attempt("servicenow", CALL, "INC0010001", 400, said)
    assert "INC0010001" in error.message


@given(st.text())
def test_remote_words_are_one_printable_short_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 500
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
    line.encode()


def test_a_sound_answer_is_its_object() -> None:
    assert json_object(answer(200, {"result": []}), side="servicenow", call=CALL) == {"result": []}
    assert json_object(answer(200, {"a": 1}, "application/problem+json; charset=UTF-8"), side="s", call=CALL) == {
        "a": 1
    }
    assert json_object(answer(200, {"a": 1}, ""), side="s", call=CALL) == {"a": 1}


BROKEN = [
    (b"<html><title>Instance Hibernating page</title></html>", "text/html"),
    (b'{"result": [', "application/json"),
    (b"", "application/json"),
    (b"[]", "application/json"),
    (b'"text"', "application/json"),
    (b'{"a": NaN}', "application/json"),
    (b'{"a": -Infinity}', "application/json"),
    (b'{"a": ' + b"9" * 5000 + b"}", "application/json"),
    (b'{"a": ' + b"9" * 21 + b"}", "application/json"),
    (b'{"result": [], "result": [1]}', "application/json"),
    (b"[" * 200_000, "application/json"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "application/json"),
    (b"\xff\xfe{", "application/json"),
]


@pytest.mark.parametrize(("body", "content_type"), BROKEN, ids=range(len(BROKEN)))
def test_a_success_that_is_no_json_object_is_a_broken_protocol(body: bytes, content_type: str) -> None:
    with pytest.raises(errors.Protocol):
        json_object(answer(200, body, content_type), side="servicenow", call=CALL)


@pytest.mark.parametrize(("body", "content_type"), BROKEN, ids=range(len(BROKEN)))
def test_after_a_write_it_leaves_open_what_happened(body: bytes, content_type: str) -> None:
    with pytest.raises(errors.Ambiguous, match="may have happened"):
        json_object(answer(201, body, content_type), side="servicenow", call=CALL, write=True)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_whatever_json_can_say_is_read_as_it_is(value: object) -> None:
    assert strict_json(json.dumps(value).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(ValueError):
        strict_json(body)


@pytest.mark.parametrize(
    ("error", "reading", "writing"),
    [
        (lost(), errors.Unavailable, errors.Ambiguous),
        (timed_out(), errors.Unavailable, errors.Ambiguous),
        (requests.exceptions.ChunkedEncodingError("cut"), errors.Unavailable, errors.Ambiguous),
        (requests.exceptions.ContentDecodingError("bad gzip"), errors.Unavailable, errors.Ambiguous),
        (requests.ConnectTimeout("slow"), errors.Unavailable, errors.Unavailable),
        (unconnected(), errors.Unavailable, errors.Unavailable),
        (ServiceRequestError("no route"), errors.Unavailable, errors.Unavailable),
        (ServiceResponseTimeoutError("slow"), errors.Unavailable, errors.Ambiguous),
        (ClientAuthenticationError("AADSTS7000215"), errors.AuthFailed, errors.AuthFailed),
        (json.JSONDecodeError("no JSON", "<html>", 0), errors.Protocol, errors.Ambiguous),
        (requests.exceptions.InvalidURL("x"), errors.Rejected, errors.Rejected),
        (RuntimeError("odd"), errors.Protocol, errors.Protocol),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_each_exception_has_one_meaning(
    error: Exception, reading: type[errors.WatchkeeperError], writing: type[errors.WatchkeeperError]
) -> None:
    assert type(translate_exception(error, side="sentinel", call=CALL)) is reading
    assert type(translate_exception(error, side="sentinel", call=CALL, write=True)) is writing


@pytest.mark.parametrize(
    ("status", "meaning"), [(403, errors.Rejected), (404, errors.NotFound), (409, errors.PreconditionFailed)]
)
def test_an_azure_refusal_is_read_by_its_status(status: int, meaning: type[errors.WatchkeeperError]) -> None:
    error = HttpResponseError("refused")
    error.status_code = status
    assert type(translate_exception(error, side="sentinel", call=CALL)) is meaning


@pytest.mark.parametrize(("write", "meaning"), [(False, errors.Unavailable), (True, errors.Ambiguous)])
def test_an_azure_answer_that_was_cut_is_lost(write: bool, meaning: type[errors.WatchkeeperError]) -> None:
    assert type(translate_exception(IncompleteReadError(), side="sentinel", call=CALL, write=write)) is meaning


def test_an_azure_error_about_a_success_is_a_broken_answer() -> None:
    error = HttpResponseError("Operation returned an invalid status 'No Content'")
    error.status_code = 204
    assert type(translate_exception(error, side="sentinel", call=CALL)) is errors.Protocol


def test_an_azure_429_keeps_its_retry_after() -> None:
    error = HttpResponseError("slow down")
    error.status_code = 429
    error.response = SimpleNamespace(headers={"Retry-After": "30"})  # type: ignore[assignment]
    translated = translate_exception(error, side="sentinel", call=CALL)
    assert isinstance(translated, errors.Throttled)
    assert translated.retry_after == timedelta(seconds=30)


def test_our_own_error_survives_being_wrapped() -> None:
    ours = errors.Throttled("wait", retry_after=timedelta(hours=1))
    wrapped = ClientAuthenticationError("Authentication failed: wait")
    wrapped.__cause__ = ServiceRequestError("wait")
    wrapped.__cause__.__cause__ = ours
    assert translate_exception(wrapped, side="sentinel", call=CALL) is ours


def test_a_login_that_failed_because_nothing_was_reached_is_not_a_wrong_password() -> None:
    wrapped = ClientAuthenticationError("Authentication failed")
    wrapped.__cause__ = ServiceRequestError(unconnected())
    assert type(translate_exception(wrapped, side="sentinel", call=CALL)) is errors.Unavailable


def test_a_read_that_timed_out_says_so_without_the_insides_of_a_library() -> None:
    text = "TlsPool(host='localhost', port=40123): Read timed out. (read timeout=0.3265)"
    said = str(translate_exception(requests.ReadTimeout(text), side="servicenow", call="POST /api/now/v1/batch"))
    assert said == "servicenow: POST /api/now/v1/batch: ReadTimeout: Read timed out."


def test_no_query_of_a_failed_call_is_repeated() -> None:
    error = requests.ConnectTimeout(
        "Max retries exceeded with url: /api/now/table/incident?sysparm_query=secret (Caused by x)"
    )
    translated = translate_exception(error, side="servicenow", call=CALL)
    assert "secret" not in str(translated)
    assert "secret" not in translated.attempt.answer


# --- what hostile or broken peers send ---


def deep(levels: int) -> bytes:
    return b'{"result":' + b"[" * levels + b"]" * levels + b"}"


HOSTILE = {
    "a number of 5,000 digits": b'{"count":' + b"9" * 5000 + b',"result":[]}',
    "a fraction of 5,000 digits": b'{"count":0.' + b"3" * 5000 + b',"result":[]}',
    "a number beyond every float": b'{"count":1e999,"result":[]}',
    "not a number": b'{"count":NaN,"result":[]}',
    "infinity": b'{"count":-Infinity,"result":[]}',
    "200,000 levels": deep(200_000),
    "65 levels": deep(65),
    "two results": b'{"result":[{"sys_id":"1"}],"result":[]}',
    "a repeated field": b'{"result":[{"state":"1","state":"7"}]}',
    "half a document": b'{"result":[{"sys_id":"1"}',
    "nothing": b"",
    "white space": b"  \r\n",
    "no UTF-8": b'{"result":["\xff"]}',
    "a list": b"[]",
    "a bare word": b"null",
    "a raw control character": b'{"result":["a\x00b"]}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_a_broken_answer_to_a_read(body: bytes) -> None:
    with pytest.raises(errors.Protocol):
        json_object(answer(200, body), side="servicenow", call="GET /api/now/table/incident")


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_leaves_open_whether_a_write_happened(body: bytes) -> None:
    with pytest.raises(errors.Ambiguous):
        json_object(answer(201, body), side="servicenow", call=CALL, write=True)


def test_what_real_answers_hold_is_taken() -> None:
    body = b'{"result":[{"score":0.75,"count":18446744073709551615,"nested":' + b"[" * 60 + b"]" * 60 + b"}]}"
    assert json_object(answer(200, body), side="servicenow", call="GET /")["result"][0]["score"] == 0.75


CONNECTION = HTTPSConnection("acme.service-now.com")


def failed(cause: Exception) -> requests.ConnectionError:
    """As requests wraps what urllib3 gave up with."""
    return requests.ConnectionError(MaxRetryError(HTTPSConnectionPool("acme.service-now.com"), "/x?secret=1", cause))


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            NameResolutionError("acme.service-now.com", CONNECTION, OSError()),
            "the name acme.service-now.com does not resolve",
        ),
        (NewConnectionError(CONNECTION, "Failed to establish"), "no connection was made"),
        (ConnectTimeoutError(CONNECTION, "timed out"), "nothing answered in time"),
        (ProxyError("Unable to connect to proxy", OSError()), "the proxy does not let us through"),
    ],
)
@pytest.mark.parametrize(
    ("side", "setting"), [("servicenow", "SERVICENOW_INSTANCE"), ("sentinel", "SENTINEL_ARM_ENDPOINT")]
)
def test_no_connection_says_why_and_which_setting_to_check(
    cause: Exception, said: str, side: str, setting: str
) -> None:
    ours = translate_exception(failed(cause), side=side, call=CALL)
    assert ours.message == f"{side}: {CALL}: cannot connect: {said}"
    assert setting in ours.remedy
    assert "firewall" in ours.remedy


def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(requests.ConnectionError) as refused:
            requests.get(address, timeout=5)
    ours = translate_exception(refused.value, side="servicenow", call=CALL)
    assert ours.message.endswith("cannot connect: connection refused")


def code_of(error: errors.WatchkeeperError) -> list[Trouble | str]:
    """The codes that a report finds in an error's text, after it was stored as text."""
    return [part.code for part in parts_of(json.loads(json.dumps(str(error)))) if isinstance(part, Part)]


@pytest.mark.parametrize(
    ("error", "codes"),
    [
        (unconnected(), [Trouble.CANNOT_CONNECT, Trouble.CHECK_ADDRESS]),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), [Trouble.UNTRUSTED, Trouble.NAME_CA]),
    ],
)
@pytest.mark.parametrize("side", ["servicenow", "sentinel"])
def test_what_failed_has_a_code_that_a_report_can_say_in_any_language(
    error: Exception, codes: list[Trouble], side: str
) -> None:
    assert code_of(translate_exception(error, side=side, call=CALL)) == codes


def test_refusals_and_web_pages_have_codes_too() -> None:
    assert code_of(refusal(answer(401, {"error": {"message": "User Not Authenticated"}}))) == [
        Trouble.ANSWERED,
        Trouble.CHECK_CREDENTIALS,
    ]
    with pytest.raises(errors.NotTheApi) as caught:
        json_object(answer(200, b"<html><title>Sign in</title>", "text/html"), side="servicenow", call=CALL)
    assert code_of(caught.value) == [Trouble.WEB_PAGE]
