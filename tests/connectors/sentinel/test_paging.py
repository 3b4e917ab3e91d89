from __future__ import annotations

from typing import Any

import pytest
import responses
from tests.connectors.sentinel.exchanges import (
    ARM,
    EVERYTHING,
    FIELDS,
    INCIDENT,
    INCIDENTS,
    MONDAY,
    NAME,
    OTHER,
    REF,
    incident,
)

from watchkeeper.errors import AuthFailed, NotTheApi, Unavailable
from watchkeeper.model.population import Condition, Feed, Filter, Operator
from watchkeeper.model.record import SENTINEL, Record
from watchkeeper.model.scan import Page, ScanEnd
from watchkeeper_sentinel import SentinelConnector, arm

ANY_LABEL = Filter((Condition("labels", Operator.HAS_ANY, ("escalation",)),))
ESCALATIONS = Feed(SENTINEL, "incidents", FIELDS, (ANY_LABEL,))
DATE = {"Date": "Mon, 23 Nov 2026 09:00:00 GMT"}


def listing(*items: Any, next_link: str | None = None) -> dict[str, Any]:
    return {"value": list(items), **({"nextLink": next_link} if next_link else {})}


def scanned(
    connector: SentinelConnector, since: str | None = None, feed: Feed = ESCALATIONS
) -> tuple[list[Record], ScanEnd]:
    *pages, end = connector.scan(feed, since)
    assert isinstance(end, ScanEnd)
    return [record for page in pages if isinstance(page, Page) for record in page.records], end


def escalated(name: str = NAME, **properties: Any) -> dict[str, Any]:
    return incident(name, labels=("escalation",), **properties)


def test_a_scan_asks_for_what_changed_since_the_watermark_with_an_overlap(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, json=listing(), headers=DATE)

    _, end = scanned(connector, "2026-11-23T08:15:30.1234567Z")

    url = str(server.calls[-1].request.url)
    assert "$filter=properties/lastModifiedTimeUtc%20ge%202026-11-23T08:10:30.123456Z" in url
    assert "$top=1000" in url
    assert "api-version=2025-09-01" in url
    assert end == ScanEnd(True, "2026-11-23T08:15:30.1234567Z", MONDAY)


def test_the_watermark_is_the_servers_own_text_to_the_last_digit(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    first = escalated(lastModifiedTimeUtc="2026-11-23T08:15:30.1234568Z")
    second = escalated(OTHER, lastModifiedTimeUtc="2026-11-23T08:15:30.1234567Z")
    server.get(INCIDENTS, json=listing(first, second), headers=DATE)

    assert scanned(connector)[1].watermark == "2026-11-23T08:15:30.1234568Z"


def test_the_next_link_is_followed_as_it_was_given(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    link = f"{INCIDENTS}?api-version=2025-09-01&$skipToken=a%2Bb%20c"
    server.get(INCIDENTS, json=listing(escalated(), next_link=link), headers=DATE)
    server.get(INCIDENTS, json=listing(escalated(OTHER)), headers=DATE)

    records, end = scanned(connector)

    assert [record.ref.id for record in records] == [NAME, OTHER]
    assert end.complete
    assert str(server.calls[-1].request.url) == link


def test_a_version_that_moves_to_a_later_page_is_given_once_and_a_newer_one_again(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, json=listing(escalated(), next_link=f"{INCIDENTS}?api-version=2025-09-01&$skipToken=1"))
    server.get(INCIDENTS, json=listing(escalated(), {**escalated(), "etag": "newer"}))

    records, _ = scanned(connector)

    assert [record.revision.token for record in records] == [escalated()["etag"], "newer"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/subscriptions/x?$skipToken=1",
        "http://management.azure.com/subscriptions/x?$skipToken=1",
        "https://management.azure.com:8443/x",
        "https://management.azure.com@evil.example/x",
        "https://management.azure.com\\@evil.example/x",
        "//evil.example/x",
        "https://management.azure.com:port/x",
        "https://[management.azure.com/x",
        7,
    ],
)
def test_a_next_link_to_another_origin_is_not_followed(
    connector: SentinelConnector, server: responses.RequestsMock, link: Any
) -> None:
    server.get(INCIDENTS, json={"value": [escalated()], "nextLink": link})

    records, end = scanned(connector)

    assert len(records) == 1
    assert (end.complete, end.watermark) == (False, None)
    assert "was not followed" in end.reason


def test_a_next_link_that_comes_back_ends_the_scan_incomplete(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    link = f"{INCIDENTS}?api-version=2025-09-01&$skipToken=1"
    server.get(INCIDENTS, json=listing(escalated(), next_link=link))

    _, end = scanned(connector)

    assert (end.complete, "no end" in end.reason) == (False, True)


def test_a_listing_that_never_ends_is_given_up(
    connector: SentinelConnector, server: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arm, "MOST_PAGES", 3)
    for number in range(5):
        link = f"{INCIDENTS}?api-version=2025-09-01&$skipToken={number}"
        server.get(INCIDENTS, json=listing(next_link=link))
    asked_before = len(server.calls)

    _, end = scanned(connector)

    assert (end.complete, end.watermark) == (False, None)
    assert "more than 3 pages" in end.reason
    assert sum(call.request.url.startswith(INCIDENTS) for call in server.calls[asked_before:]) == 3


def test_a_listing_that_breaks_off_is_incomplete(connector: SentinelConnector, server: responses.RequestsMock) -> None:
    server.get(INCIDENTS, json=listing(escalated(), next_link=f"{INCIDENTS}?api-version=2025-09-01&$skipToken=1"))
    server.get(INCIDENTS, status=502, body="<html>Bad gateway</html>", content_type="text/html")

    records, end = scanned(connector)

    assert len(records) == 1
    assert (end.complete, end.watermark, bool(end.reason)) == (False, None, True)


def test_a_gateway_page_instead_of_the_first_answer_is_unavailable(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, status=502, body="<html>Bad gateway</html>", content_type="text/html")

    with pytest.raises(Unavailable):
        scanned(connector)


@pytest.mark.parametrize("content_type", ["text/html", "application/json"])
def test_a_web_page_instead_of_the_first_answer_is_no_listing_at_all(
    connector: SentinelConnector, server: responses.RequestsMock, content_type: str
) -> None:
    server.get(INCIDENTS, body="<html><title>Sign in</title></html>", content_type=content_type)

    with pytest.raises(NotTheApi, match="Sign in"):
        scanned(connector)


@pytest.mark.parametrize("body", ['{"value": [', '{"values": []}', "[]", '{"value": [{"a": NaN}]}'])
def test_an_answer_that_is_no_listing_proves_nothing(
    connector: SentinelConnector, server: responses.RequestsMock, body: str
) -> None:
    server.get(INCIDENTS, body=body, content_type="application/json")

    assert scanned(connector)[1].complete is False


def test_a_row_that_cannot_be_read_is_named_and_the_others_go_on(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, json=listing({**escalated(OTHER), "etag": None}, "text", escalated()))

    page, _ = connector.scan(ESCALATIONS, None)

    assert isinstance(page, Page)
    assert [record.ref.id for record in page.records] == [NAME]
    assert [(row.ref.id, "etag" in row.reason or "object" in row.reason) for row in page.unreadable] == [
        (OTHER, True),
        ("", True),
    ]


def test_rows_outside_the_population_are_yielded_too_so_that_a_link_can_follow_them(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    left = "0d1d2f7e-21c8-4f4d-9d45-000000000000"
    server.get(INCIDENTS, json=listing(incident(left), incident(OTHER, labels=("watchkeeper",))))

    assert [record.ref.id for record in scanned(connector)[0]] == [left, OTHER]


def test_an_unreadable_watermark_reads_everything_and_says_so(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, json=listing(escalated()))

    records, end = scanned(connector, "the day before yesterday")

    assert (len(records), end.complete) == (1, True)
    assert "cannot be read" in end.reason
    assert "filter" not in str(server.calls[-1].request.url)


def test_a_bounded_sweep_reads_what_changed_since_its_bound(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, json=listing())

    scanned(connector, None, Feed(SENTINEL, "incidents", FIELDS, (ANY_LABEL,), created_since=MONDAY))

    assert "lastModifiedTimeUtc%20ge%202026-11-23T09:00:00.000000Z" in str(server.calls[-1].request.url)


def test_a_token_that_arm_refuses_is_renewed_once_with_the_claims_it_asks_for(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    challenge = 'Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="'
    server.get(INCIDENT, status=401, headers={"WWW-Authenticate": challenge}, json={})
    server.get(INCIDENT, json=incident())

    (found,) = connector.get([REF], FIELDS).values()

    assert isinstance(found, Record)
    tokens = [call for call in server.calls if str(call.request.url).endswith("/token")]
    assert len(tokens) == 2
    assert "access_token" in str(tokens[1].request.body)


def test_a_second_refusal_is_an_authentication_failure_that_names_the_settings(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENT, status=401, json={"error": {"code": "ExpiredAuthenticationToken", "message": "expired"}})

    with pytest.raises(AuthFailed, match="AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET"):
        connector.get([REF], FIELDS)
    assert sum(str(call.request.url).startswith(ARM) for call in server.calls) == 2


def test_everything_named_in_the_feed_is_in_the_record(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, json=listing(incident(labels=("watchkeeper",))))

    (record,) = scanned(connector, None, EVERYTHING)[0]
    assert set(record.fields) == FIELDS


def test_an_empty_workspace_is_known_up_to_the_present(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(INCIDENTS, json=listing())

    _, end = scanned(connector)

    assert end.complete
    assert end.watermark is not None
