"""Comments as ARM gives them: in order to the last digit, whoever wrote them, and never silently fewer than there are."""

from __future__ import annotations

from typing import Any

import pytest
import responses
from tests.connectors.sentinel.exchanges import INCIDENT, REF, comment, expect_workspace

from watchkeeper.errors import Protocol
from watchkeeper_sentinel import SentinelConnector

COMMENTS = f"{INCIDENT}/comments"


@pytest.fixture(autouse=True)
def workspace(server: responses.RequestsMock) -> None:
    expect_workspace(server)


def texts(connector: SentinelConnector) -> list[str]:
    return [found.text for found in connector.comments([REF])[REF]]


def timed(name: str, **times: Any) -> dict[str, Any]:
    """A comment that says `name`, with exactly these times."""
    item = comment(name, name, "")
    del item["properties"]["createdTimeUtc"]
    item["properties"].update(times)
    return item


def test_an_incident_that_is_gone_has_no_answer_rather_than_no_comments(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    server.get(COMMENTS, status=404, json={"error": {"code": "NotFound", "message": "not found"}})

    assert connector.comments([REF]) == {}


def test_a_comment_that_only_says_when_it_was_changed_comes_last(
    connector: SentinelConnector, server: responses.RequestsMock
) -> None:
    changed = timed("changed", lastModifiedTimeUtc="2026-11-23T07:00:00Z")
    server.get(COMMENTS, json={"value": [changed, timed("created", createdTimeUtc="2026-11-23T08:00:00.1234567Z")]})

    assert texts(connector) == ["created", "changed"]


@pytest.mark.parametrize("times", [{}, {"createdTimeUtc": "yesterday"}, {"createdTimeUtc": 7}])
def test_a_comment_without_a_time_is_told_and_not_left_out(
    connector: SentinelConnector, server: responses.RequestsMock, times: dict[str, Any]
) -> None:
    server.get(COMMENTS, json={"value": [timed("a", **times)]})

    with pytest.raises(Protocol, match="cannot be read: not a time"):
        connector.comments([REF])


@pytest.mark.parametrize("item", [{"properties": {"message": "x"}}, {"name": None}, "text", None])
def test_a_comment_without_a_name_is_told_and_not_left_out(
    connector: SentinelConnector, server: responses.RequestsMock, item: Any
) -> None:
    server.get(COMMENTS, json={"value": [item]})

    with pytest.raises(Protocol, match="has no name"):
        connector.comments([REF])
