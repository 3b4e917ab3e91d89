"""Links and lists that are none, in single exchanges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses
from tests.connectors.sentinel.exchanges import CONFIG, FixedClock, expect_sign_in, transport

from watchkeeper.errors import Protocol, Unavailable
from watchkeeper.transport import odata
from watchkeeper_graph import GraphConfig, GraphSource, open_source
from watchkeeper_sentinel import open_sign_in

SKUS = "https://graph.microsoft.com/v1.0/subscribedSkus"
HEALTH = "https://graph.microsoft.com/v1.0/admin/serviceAnnouncement/healthOverviews"


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    """Everything on the network: what is not expected here fails."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        expect_sign_in(mock)
        yield mock


@pytest.fixture
def graph(server: responses.RequestsMock) -> GraphSource:
    sessions = transport(writes=False)
    return open_source(GraphConfig(), sessions, open_sign_in(CONFIG, sessions), FixedClock())


@pytest.mark.parametrize("answer", [{}, {"value": None}, {"value": {"id": "x"}}, {"values": []}])
def test_an_answer_without_a_list_is_no_empty_list(
    server: responses.RequestsMock, graph: GraphSource, answer: dict[str, Any]
) -> None:
    server.get(SKUS, json=answer)
    with pytest.raises(Protocol, match="has no `value`"):
        graph.licences()


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://[broken", "is none"),
        ("", "is none"),
        (SKUS, "is none"),
        ("http://graph.microsoft.com/v1.0/subscribedSkus?$skip=1", "leaves"),
        ("https://graph.microsoft.com/v1.0/users?$skip=1", "leaves"),
        ("https://graph.microsoft.com@attacker.example/v1.0/subscribedSkus?$skip=1", "leaves"),
        ("https://graph.microsoft.com:8443/v1.0/subscribedSkus?$skip=1", "leaves"),
    ],
)
def test_a_link_that_does_not_mean_a_further_page_of_this_list_is_not_followed(
    server: responses.RequestsMock, graph: GraphSource, link: str, words: str
) -> None:
    server.get(SKUS, json={"value": [], "@odata.nextLink": link})
    with pytest.raises(Protocol, match=words):
        graph.licences()
    assert sum(str(call.request.url).startswith(SKUS) for call in server.calls) == 1


def test_a_link_is_taken_for_its_query_as_it_stands(server: responses.RequestsMock, graph: GraphSource) -> None:
    """Encoded anew, an opaque token may mean something else."""
    link = f"{HEALTH}?$expand=issues&$skiptoken=a%2Bb%3D"
    server.get(HEALTH, json={"value": [{"id": "one"}], "@odata.nextLink": link})
    server.get(HEALTH, json={"value": [{"id": "two"}]})
    assert [row.id for row in graph.service_health().rows] == ["one", "two"]
    assert str(server.calls[-1].request.url) == link


def test_a_link_may_name_the_version_or_leave_it_out(server: responses.RequestsMock, graph: GraphSource) -> None:
    link = HEALTH.replace("/v1.0", "").replace("healthOverviews", "HealthOverviews/")
    server.get(HEALTH, json={"value": [{"id": "one"}], "@odata.nextLink": f"{link}?$skip=1"})
    server.get(HEALTH, json={"value": [{"id": "two"}]})
    assert [row.id for row in graph.service_health().rows] == ["one", "two"]
    assert str(server.calls[-1].request.url) == f"{HEALTH}?$skip=1"


def test_a_list_of_ever_new_links_is_given_up(
    server: responses.RequestsMock, graph: GraphSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(odata, "MOST_PAGES", 3)
    for page in range(1, 4):
        server.get(SKUS, json={"value": [], "@odata.nextLink": f"{SKUS}?$skip={page}"})
    with pytest.raises(Protocol, match="has no end"):
        graph.licences()


def test_a_service_that_cannot_be_connected_to_names_the_setting(
    server: responses.RequestsMock, graph: GraphSource
) -> None:
    server.get(SKUS, body=requests.exceptions.ConnectTimeout("no route"))
    with pytest.raises(Unavailable) as caught:
        graph.licences()
    assert "GRAPH_ENDPOINT" in caught.value.remedy
    assert graph.side == caught.value.attempt.system


def test_a_certificate_that_nobody_vouches_for_names_the_file(
    server: responses.RequestsMock, graph: GraphSource
) -> None:
    server.get(SKUS, body=requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"))
    with pytest.raises(Exception, match="AZURE_CA_FILE"):
        graph.licences()
