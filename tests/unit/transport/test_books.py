from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tests.unit.transport.wire import NOW, Answer, bench, lost, timed_out

from watchkeeper.model.traffic import Traffic
from watchkeeper.transport import Transport
from watchkeeper.transport.calls import parse_date


def test_calls_are_counted_per_side_and_method_with_every_attempt() -> None:
    at = bench(Answer(500), Answer())
    at.get()
    at.post()
    at.get(side="sentinel")
    assert calls(at.transport) == {"servicenow": {"GET": 2, "POST": 1}, "sentinel": {"GET": 1}}


def test_tokens_and_reading_posts_have_tallies_of_their_own() -> None:
    at = bench()
    at.post("/oauth_token.do")
    at.post("/v1/workspaces/1/query", side="sentinel")
    assert calls(at.transport) == {"servicenow": {"TOKEN": 1}, "sentinel": {"QUERY": 1}}


def test_the_clock_of_each_side_is_read_from_its_answers() -> None:
    at = bench(Answer(headers={"Date": format_datetime(NOW + timedelta(hours=3), usegmt=True)}))
    assert at.transport.server_time("servicenow") is None
    assert at.transport.clock_skew("servicenow") is None
    at.get()
    assert at.transport.server_time("servicenow") == NOW + timedelta(hours=3)
    assert at.transport.clock_skew("servicenow") == timedelta(hours=3)
    assert at.transport.server_time("sentinel") is None


def test_the_clock_of_a_token_host_is_not_the_sides() -> None:
    at = bench()
    at.post("/tenant/oauth2/v2.0/token", side="sentinel")
    at.get("/tenant/v2.0/.well-known/openid-configuration", side="sentinel")
    assert at.transport.server_time("sentinel") is None


@pytest.mark.parametrize(
    "path",
    [
        "/tenant/v2.0/.well-known/openid-configuration",
        "/common/discovery/instance",
        "/metadata/identity/oauth2/token",
        "/msi/token",
    ],
)
def test_what_belongs_to_signing_in_is_counted_with_the_tokens(path: str) -> None:
    at = bench(call_budget={"sentinel": 0})
    at.get(path, side="sentinel")
    assert calls(at.transport) == {"sentinel": {"TOKEN": 1}}


def test_remaining_time_is_unlimited_without_a_limit_and_never_negative() -> None:
    assert bench().transport.remaining() == timedelta.max
    at = bench(run_time=timedelta(minutes=5))
    at.hands.pass_time(60)
    assert at.transport.remaining() == timedelta(minutes=4)
    at.hands.pass_time(600)
    assert at.transport.remaining() == timedelta(0)


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        ("Mon, 16 Nov 2026 00:30:00 GMT", NOW),
        ("Mon, 16 Nov 2026 09:30:00 +0900", NOW),
        ("Mon, 16 Nov 2026 00:30:00 -0000", datetime(2026, 11, 16, 0, 30, tzinfo=UTC)),
        ("2026-11-16T00:30:00Z", None),
        ("Mon, 99 Nov 2026 00:30:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_http_dates_are_read_or_ignored(header: str | None, parsed: datetime | None) -> None:
    assert parse_date(header) == parsed


def test_it_is_counted_how_often_and_how_long_a_side_kept_us_waiting() -> None:
    at = bench(
        Answer(429, headers={"Retry-After": "7"}), Answer(503, headers={"Retry-After": "5"}), Answer(500), Answer()
    )
    assert at.transport.traffic() == {}
    at.get()
    told = at.transport.traffic()["servicenow"]
    assert (told.total, told.retries, told.throttled, told.errors) == (4, 3, 2, 1)
    assert told.waited == sum(at.hands.slept) > 12
    at.get(side="sentinel")
    assert at.transport.traffic()["sentinel"] == Traffic({"GET": 1})


@pytest.mark.parametrize("answer", [Answer(400), Answer(401), Answer(403), Answer(500), Answer(502), Answer(body=b"")])
def test_an_answer_that_is_of_no_use_is_an_error(answer: Answer) -> None:
    at = bench(answer, Answer())
    at.get()
    assert at.transport.traffic()["servicenow"].errors == 1


@pytest.mark.parametrize("status", [200, 201, 404, 409, 410, 412])
def test_an_answer_that_a_sync_asks_for_is_no_error(status: int) -> None:
    at = bench(Answer(status))
    at.get()
    assert at.transport.traffic()["servicenow"].errors == 0


def test_a_call_that_nobody_answers_is_an_error_at_each_attempt() -> None:
    at = bench(lost(), timed_out(), Answer())
    at.get()
    told = at.transport.traffic()["servicenow"]
    assert (told.total, told.errors, told.retries, told.throttled) == (3, 2, 2, 0)


def test_a_write_that_was_dropped_is_an_error_and_made_again() -> None:
    at = bench(Answer(202, body=b""), Answer(201), writes_allowed=True)
    at.post()
    told = at.transport.traffic()["servicenow"]
    assert (told.total, told.errors, told.retries) == (2, 1, 1)


def test_a_side_with_a_budget_that_was_not_called_is_not_told_of() -> None:
    at = bench(call_budget={"sentinel": 3})
    assert at.transport.allowances()
    assert at.transport.traffic() == {}


def calls(transport: Transport) -> dict[str, dict[str, int]]:
    return {side: dict(told.calls) for side, told in transport.traffic().items()}
