"""Calls that did not go well are kept one by one, with what the system's support asks for, and with nothing that is secret or long."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
import requests
from tests.unit.transport.wire import HOST, NOW, Answer, bench, lost, timed_out, unconnected

from watchkeeper.errors import Ambiguous, Protocol, TooLarge
from watchkeeper.model.calls import EACH_END, Failure, TroubledCall, traffic_in

SECRET = "Zm9vYmFyYmF6cXV4MTIzNDU2"


def test_a_call_that_went_well_is_not_among_them() -> None:
    at = bench()
    at.get()
    assert at.transport.calls().troubled == ()


def test_each_attempt_that_failed_is_told_with_the_wait_after_it() -> None:
    at = bench(Answer(429, headers={"Retry-After": "7", "X-Transaction-ID": "0a1b2c3d4e5f"}), Answer(500), Answer())
    at.get()
    first, second = at.transport.calls().troubled
    assert first == TroubledCall(NOW, "servicenow", "GET", "incident", 429, Failure.THROTTLED, 1, 7.0, "0a1b2c3d4e5f")
    assert (second.at, second.status, second.failure, second.attempt) == (
        NOW + timedelta(seconds=7),
        500,
        Failure.REFUSED,
        2,
    )
    assert first.waited + second.waited == sum(at.hands.slept) == traffic_in(at.transport.calls())["servicenow"].waited


@pytest.mark.parametrize(
    ("answer", "failure", "status"),
    [
        (lost(), Failure.LOST, None),
        (timed_out(), Failure.TIMEOUT, None),
        (unconnected(), Failure.UNCONNECTED, None),
        (requests.exceptions.ChunkedEncodingError("cut"), Failure.BROKEN, None),
        (requests.exceptions.ContentDecodingError("no gzip"), Failure.BROKEN, None),
        (Answer(200, body=b""), Failure.EMPTY, 200),
        (Answer(202, body=b""), Failure.DROPPED, 202),
        (Answer(400), Failure.REFUSED, 400),
        (Answer(503, headers={"Retry-After": "1"}), Failure.THROTTLED, 503),
    ],
)
def test_it_is_told_how_it_failed(answer: Answer | Exception, failure: Failure, status: int | None) -> None:
    at = bench(answer, Answer())
    at.get()
    told = at.transport.calls().troubled[0]
    assert (told.failure, told.status) == (failure, status)


def test_a_certificate_that_we_do_not_trust_is_told_as_that() -> None:
    at = bench(requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))
    with pytest.raises(requests.exceptions.SSLError):
        at.get()
    assert [each.failure for each in at.transport.calls().troubled] == [Failure.UNTRUSTED]


def test_a_redirect_that_is_not_followed_is_told_as_that() -> None:
    at = bench(Answer(302, headers={"Location": "https://elsewhere.example/?secret", "X-Transaction-ID": "0a1b2c"}))
    with pytest.raises(Protocol):
        at.get()
    [told] = at.transport.calls().troubled
    assert (told.failure, told.status, told.reference) == (Failure.REDIRECTED, 302, "0a1b2c")


@pytest.mark.parametrize("writes", [False, True])
def test_an_answer_that_is_more_than_is_read_is_told_as_that(writes: bool) -> None:
    at = bench(Answer(200, body=b"x" * 101), largest_body=100)
    with pytest.raises(Ambiguous if writes else TooLarge):
        (at.post if writes else at.get)()
    assert [each.failure for each in at.transport.calls().troubled] == [Failure.TOO_LARGE]
    assert traffic_in(at.transport.calls())["servicenow"].errors == 1


@pytest.mark.parametrize("name", ["X-Transaction-ID", "x-ms-request-id", "request-id", "x-ms-correlation-request-id"])
def test_what_a_system_calls_the_exchange_is_kept(name: str) -> None:
    at = bench(Answer(400, headers={name: "11111111-2222-3333"}))
    at.get()
    assert at.transport.calls().troubled[0].reference == "11111111-2222-3333"


def test_without_an_answer_it_is_what_we_called_it() -> None:
    at = bench(lost(), Answer())
    at.session().get(f"{HOST}/api/now/table/incident", headers={"x-ms-client-request-id": "44444444-5555"})
    assert at.transport.calls().troubled[0].reference == "44444444-5555"


@pytest.mark.parametrize(
    "value",
    ["<script>alert(1)</script>", "a b c d", "x" * 101, "abc", "=SUM(A1)", "eyJhbGciOiJub25l.eyJzdWIi.x", SECRET],
)
def test_what_does_not_look_like_a_reference_or_is_a_secret_is_none(value: str) -> None:
    at = bench(Answer(400, headers={"X-Transaction-ID": value}))
    at.session().get(f"{HOST}/api/now/table/incident?text=of-a-ticket", headers={"Authorization": f"Bearer {SECRET}"})
    told = at.transport.calls().troubled[0]
    assert told.reference == ""
    assert "of-a-ticket" not in str(told)


def test_only_the_first_and_the_last_are_kept_of_many() -> None:
    at = bench(Answer(404), *[Answer(400)] * (2 * EACH_END + 9))
    at.get()
    for _ in range(2 * EACH_END + 9):
        at.hands.pass_time(1)
        at.get()
    found = at.transport.calls()
    assert (len(found.troubled), found.left_out) == (2 * EACH_END, 9)
    assert found.troubled[-1].at == at.hands.now()
    steps = [(later.at - earlier.at).seconds for earlier, later in pairwise(found.troubled)]
    assert [step for step in steps if step != 1] == [10]
