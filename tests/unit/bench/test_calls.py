from __future__ import annotations

import pytest
from bench.calls import COMMENTS, Call, kind_of, per_feed, slowest_host, without_tokens, writes

LISTING = "/subscriptions/s/providers/Microsoft.SecurityInsights/incidents"
TABLE = "/api/now/table/incident"


def call(system: str, method: str, path: str, query: str = "") -> Call:
    return Call(system, method, path, query, 200)


@pytest.mark.parametrize(
    ("logged", "token", "write", "feed"),
    [
        (call("servicenow", "POST", "/oauth_token.do"), True, False, False),
        (call("entra", "GET", "/t/v2.0/.well-known/openid-configuration"), True, False, False),
        (call("servicenow", "GET", TABLE, "sysparm_query=category%3Dsecurity"), False, False, True),
        (call("servicenow", "GET", TABLE, "sysparm_query=sys_idINabc%2Cdef"), False, False, False),
        (call("servicenow", "GET", TABLE, "sysparm_query=correlation_idINa%2Cb"), False, False, False),
        (call("servicenow", "POST", TABLE), False, True, False),
        (call("arm", "GET", LISTING, "%24top=1000"), False, False, True),
        (call("arm", "GET", f"{LISTING}/one"), False, False, False),
        (call("arm", "PUT", f"{LISTING}/one"), False, True, False),
        (call("loganalytics", "POST", "/v1/workspaces/w/query"), False, False, False),
    ],
)
def test_a_logged_call_is_told_apart(logged: Call, token: bool, write: bool, feed: bool) -> None:
    assert (logged.is_token, logged.is_write, logged.is_feed) == (token, write, feed)


@pytest.mark.parametrize(
    ("logged", "kind"),
    [
        (call("servicenow", "GET", TABLE), "pages of incident"),
        (call("servicenow", "POST", "/api/now/v1/batch"), "batches of up to ten questions to ServiceNow"),
        (call("arm", "GET", LISTING), "pages of incidents"),
        (call("arm", "GET", f"{LISTING}/one/comments"), COMMENTS),
        (call("loganalytics", "POST", "/v1/workspaces/w/query"), "queries of Log Analytics"),
    ],
)
def test_a_read_is_named_by_what_it_asks_for(logged: Call, kind: str) -> None:
    assert kind_of(logged) == kind


def test_counts_leave_tokens_out_and_keep_feeds_per_side() -> None:
    calls = [
        call("servicenow", "POST", "/oauth_token.do"),
        call("servicenow", "GET", TABLE),
        call("arm", "GET", LISTING),
        call("arm", "GET", LISTING, "%24skipToken=x"),
        call("arm", "PUT", f"{LISTING}/one"),
    ]
    assert len(without_tokens(calls)) == 4
    assert per_feed(calls) == {"servicenow": 1, "arm": 2}
    assert [each.method for each in writes(calls)] == ["PUT"]


def test_the_slowest_host_is_the_one_that_its_workers_cannot_outrun() -> None:
    calls = [call("servicenow", "POST", TABLE)] * 40 + [call("arm", "PUT", f"{LISTING}/one")] * 60
    assert slowest_host(calls, 0.05, {"servicenow": 4, "arm": 8}) == ("servicenow", 0.5)


def test_a_host_without_declared_workers_takes_one_call_at_a_time() -> None:
    calls = [call("servicenow", "POST", TABLE)] * 40 + [call("entra", "POST", "/token")] * 20
    assert slowest_host(calls, 0.05, {"servicenow": 4}) == ("entra", 1.0)


def test_each_item_of_a_batch_takes_its_time_too() -> None:
    batch = Call("servicenow", "POST", "/api/now/v1/batch", "", 200, ("GET /a", "GET /b", "GET /c"))
    assert slowest_host([batch] * 4, 0.05, {"servicenow": 4}) == ("servicenow", 0.2)
