from __future__ import annotations

from datetime import timedelta

import pytest
import requests
from requests.exceptions import ChunkedEncodingError
from tests.unit.transport.wire import Answer, bench, lost, timed_out, unconnected

from watchkeeper.errors import Ambiguous, Deferred, Protocol, Throttled, Unavailable
from watchkeeper.transport import json_object

WAIT = {"Retry-After": "7"}


PASSING = [408, 499, 500, 502, 503, 504, 520, 524]


@pytest.mark.parametrize("status", PASSING)
def test_a_read_is_repeated_after_a_passing_failure(status: int) -> None:
    at = bench(Answer(status), Answer())
    assert at.get().status_code == 200
    assert len(at.wire.sent) == 2


@pytest.mark.parametrize("failure", [lost(), timed_out(), unconnected(), ChunkedEncodingError("cut")], ids=repr)
def test_a_read_is_repeated_when_its_answer_was_lost(failure: Exception) -> None:
    at = bench(failure, Answer())
    assert at.get().status_code == 200
    assert len(at.wire.sent) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 415, 501, 505])
def test_a_refusal_is_handed_back_at_once(status: int) -> None:
    at = bench(Answer(status))
    assert at.get().status_code == status
    assert len(at.wire.sent) == 1


@pytest.mark.parametrize("status", PASSING)
def test_a_write_that_may_have_happened_is_never_sent_twice(status: int) -> None:
    at = bench(Answer(status))
    assert at.post().status_code == status
    assert len(at.wire.sent) == 1


@pytest.mark.parametrize("failure", [lost(), timed_out()], ids=repr)
def test_a_write_whose_answer_was_lost_is_never_sent_twice(failure: Exception) -> None:
    at = bench(failure)
    with pytest.raises(requests.RequestException):
        at.post()
    assert len(at.wire.sent) == 1


@pytest.mark.parametrize("first", [unconnected(), Answer(429), Answer(429, headers=WAIT)], ids=repr)
def test_a_write_that_was_certainly_not_applied_is_sent_again(first: Answer | Exception) -> None:
    at = bench(first, Answer(201))
    assert at.post(json={"short_description": "x"}).status_code == 201
    assert [request.body for request in at.wire.sent] == [b'{"short_description": "x"}'] * 2


HTML = {"Content-Type": "text/html"}


def test_a_page_of_a_gateway_is_a_passing_failure_too() -> None:
    at = bench(Answer(502, b"<html>Bad Gateway</html>", HTML), Answer())
    assert at.get().status_code == 200


def test_a_list_without_a_body_is_asked_for_again() -> None:
    at = bench(Answer(200, b""), Answer())
    assert at.get().json() == {"result": []}


def test_a_list_that_never_has_a_body_is_no_empty_list() -> None:
    at = bench(Answer(200, b""), attempts=3)
    with pytest.raises(Protocol, match="no body"):
        json_object(at.get(), side="servicenow", call="GET /api/now/table/incident")
    assert len(at.wire.sent) == 3


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_write_that_is_answered_with_nothing_is_handed_back(status: int) -> None:
    at = bench(Answer(status, b""))
    assert at.post().status_code == status
    assert len(at.wire.sent) == 1


def test_a_204_is_an_answer() -> None:
    at = bench(Answer(204, b""))
    assert at.get().status_code == 204
    assert len(at.wire.sent) == 1


def test_a_head_has_no_body_and_needs_none() -> None:
    at = bench(Answer(200, b""))
    assert at.session().head("https://acme.service-now.com/").ok
    assert len(at.wire.sent) == 1


def test_a_202_from_servicenow_means_that_the_call_was_dropped() -> None:
    at = bench(Answer(202, b""), Answer(201))
    assert at.post().status_code == 201
    assert len(at.wire.sent) == 2


def test_a_202_from_sentinel_is_an_answer() -> None:
    assert bench(Answer(202)).post(side="sentinel").status_code == 202


def test_calls_that_are_dropped_again_and_again_were_not_done() -> None:
    at = bench(Answer(202, b""), attempts=3)
    with pytest.raises(Unavailable, match="dropped POST /api/now/table/incident"):
        at.post()
    assert len(at.wire.sent) == 3


def test_the_last_answer_is_handed_back_when_attempts_are_used_up() -> None:
    at = bench(Answer(500, b'{"error": {"message": "no"}}'), attempts=3)
    assert at.get().json() == {"error": {"message": "no"}}
    assert len(at.wire.sent) == 3


def test_the_last_exception_is_raised_when_attempts_are_used_up() -> None:
    at = bench(timed_out(), attempts=3)
    with pytest.raises(requests.ReadTimeout):
        at.get()
    assert len(at.wire.sent) == 3


def test_retry_after_is_waited_for_exactly() -> None:
    at = bench(Answer(429, headers=WAIT), Answer())
    at.get()
    assert at.hands.slept == [7.0]


def test_without_retry_after_the_wait_is_random_and_grows_to_a_cap() -> None:
    at = bench(Answer(500), attempts=9, longest_backoff=4.0)
    at.get()
    caps = [1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]
    assert len(at.hands.slept) == 8
    assert all(0 <= slept <= cap for slept, cap in zip(at.hands.slept, caps, strict=True))
    assert len(set(at.hands.slept)) == 8


def test_a_long_retry_after_ends_the_call_with_its_time() -> None:
    at = bench(Answer(429, headers={"Retry-After": "3600"}))
    with pytest.raises(Throttled) as caught:
        at.get()
    assert caught.value.retry_after == timedelta(hours=1)
    assert at.hands.slept == []


def test_a_parked_side_is_not_called_again_before_its_time() -> None:
    at = bench(Answer(429, headers={"Retry-After": "3600"}), Answer())
    with pytest.raises(Throttled):
        at.get()
    with pytest.raises(Throttled):
        at.get()
    assert len(at.wire.sent) == 1
    at.hands.pass_time(3600)
    assert at.get().ok


def test_a_retry_after_beyond_the_runs_time_ends_the_call() -> None:
    at = bench(Answer(429, headers=WAIT), run_time=timedelta(seconds=5))
    with pytest.raises(Throttled):
        at.get()


def test_there_is_no_retry_for_which_no_time_is_left() -> None:
    at = bench(Answer(500), attempts=50, run_time=timedelta(seconds=10))
    assert at.get().status_code == 500
    assert sum(at.hands.slept) < 10
    assert len(at.wire.sent) < 50


def test_a_call_after_the_runs_time_is_deferred() -> None:
    at = bench(run_time=timedelta(seconds=10))
    at.hands.pass_time(10)
    with pytest.raises(Deferred, match="time is used up"):
        at.get()
    assert at.wire.sent == []


def test_a_call_over_the_budget_is_deferred_and_the_other_side_goes_on() -> None:
    at = bench(call_budget={"servicenow": 2})
    at.get()
    at.get()
    with pytest.raises(Deferred, match="all 2 calls to servicenow"):
        at.get()
    assert at.get(side="sentinel").ok


def test_tokens_are_not_charged_to_the_budget() -> None:
    at = bench(call_budget={"servicenow": 1})
    for _ in range(3):
        at.post("/oauth_token.do")
    assert at.get().ok


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_even_where_the_caller_would_follow_it(status: int) -> None:
    at = bench(Answer(status, headers={"Location": "https://evil.example/"}))
    with pytest.raises(Protocol, match=f"redirect .{status}."):
        at.get()
    with pytest.raises(Protocol):
        at.session().get(at.wire.sent[0].url or "", allow_redirects=False)
    assert {request.url for request in at.wire.sent} == {at.wire.sent[0].url}


def test_a_write_that_was_redirected_may_have_happened_and_is_sent_once() -> None:
    at = bench(Answer(302, headers={"Location": "https://acme.service-now.com/login.do"}))
    with pytest.raises(Ambiguous, match=r"redirect .302."):
        at.post()
    assert len(at.wire.sent) == 1


def test_a_certificate_that_is_not_trusted_is_not_asked_for_again() -> None:
    refused = requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    at = bench(refused)
    with pytest.raises(requests.exceptions.SSLError):
        at.get()
    assert len(at.wire.sent) == 1


def test_an_answer_above_the_size_limit_is_refused() -> None:
    at = bench(Answer(body=b"x" * 101), largest_body=100)
    with pytest.raises(Protocol, match="more than 100 bytes"):
        at.get()
    assert len(at.wire.sent) == 1


def test_a_write_whose_answer_is_above_the_limit_may_have_happened() -> None:
    with pytest.raises(Ambiguous, match="may have happened"):
        bench(Answer(201, body=b"x" * 101), largest_body=100).post()
