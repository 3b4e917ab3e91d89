"""A batch is what it carries: a read when every item plainly reads, else a write."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from watchkeeper.model.record import SERVICENOW
from watchkeeper.transport.calls import Classifier, Kind

URL = "https://acme.service-now.com/api/now/v1/batch"
READ = {"id": "0", "method": "GET", "url": "/api/now/table/incident?sysparm_limit=1", "headers": []}


def kind(body: object, url: str = URL) -> Kind:
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return Classifier().call(SERVICENOW, requests.Request("POST", url, data=data).prepare()).kind


def test_a_batch_of_reads_is_a_read() -> None:
    assert kind({"rest_requests": [READ, {**READ, "id": "1", "url": "/api/now/v2/table/sys_choice"}]}) is Kind.READ
    assert kind({"rest_requests": [READ]}, URL.replace("/v1", "")) is Kind.READ


def test_it_is_counted_as_a_query() -> None:
    request = requests.Request("POST", URL, data=json.dumps({"rest_requests": [READ]})).prepare()
    assert Classifier().call(SERVICENOW, request).tally == "QUERY"


@pytest.mark.parametrize(
    "item",
    [
        {**READ, "method": "PATCH"},
        {**READ, "method": "post"},
        {**READ, "method": "get"},
        {**READ, "body": "e30="},
        {**READ, "headers": [{"name": "X-HTTP-Method-Override", "value": "DELETE"}]},
        {**READ, "headers": ["X-HTTP-Method-Override: DELETE"]},
        {**READ, "url": "https://elsewhere.example/api/now/table/incident"},
        {**READ, "url": "/api/now/v1/batch"},
        {**READ, "url": "/api/x_acme/delete_everything"},
        {"id": "0", "url": READ["url"]},
        "GET",
    ],
)
def test_a_batch_with_anything_else_in_it_is_a_write(item: Any) -> None:
    assert kind({"rest_requests": [READ, item]}) is Kind.WRITE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        {"rest_requests": []},
        {"rest_requests": {}},
        '{"rest_requests": [{"method": "DELETE", "method": "GET", "url": "/api/now/table/incident"}]}',
    ],
)
def test_a_body_that_is_not_understood_is_a_write(body: object) -> None:
    assert kind(body) is Kind.WRITE
