from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from watchkeeper.emulators.exchange import Request

Instance = Any


def item(identity: object, method: str, url: str, body: object = None, **more: Any) -> dict[str, Any]:
    encoded = {} if body is None else {"body": base64.b64encode(json.dumps(body).encode()).decode()}
    headers = [{"name": "Content-Type", "value": "application/json"}]
    return {"id": identity, "method": method, "url": url, "headers": headers, **encoded, **more}


def send(instance: Instance, *items: dict[str, Any]) -> Any:
    return instance.call("POST", "/api/now/v1/batch", {"batch_request_id": 7, "rest_requests": list(items)})


def test_items_run_in_order_and_answer_each_for_itself(instance: Instance) -> None:
    row = instance.new(short_description="a")
    url = f"/api/now/table/incident/{row['sys_id']}"
    answer = send(
        instance,
        item(1, "PATCH", url, {"short_description": "b"}),
        item("two", "GET", f"{url}?sysparm_fields=short_description"),
        item(3, "PATCH", url, {"state": "6"}),
    )
    served = answer.body["serviced_requests"]
    assert (answer.status, answer.body["batch_request_id"], answer.body["unserviced_requests"]) == (200, "7", [])
    assert [(each["id"], each["status_code"]) for each in served] == [("1", 200), ("two", 200), ("3", 403)]
    assert json.loads(base64.b64decode(served[1]["body"])) == {"result": {"short_description": "b"}}


def test_items_act_as_the_outer_caller(instance: Instance) -> None:
    send(instance.by("liam.byrne"), item(1, "POST", "/api/now/table/incident", {"short_description": "a"}))
    assert instance.list().result[0]["sys_created_by"] == "liam.byrne"


def test_an_items_headers_come_back_unless_excluded(instance: Instance) -> None:
    listed, bare = send(
        instance,
        item(1, "GET", "/api/now/table/incident"),
        item(2, "GET", "/api/now/table/incident", exclude_response_headers=True),
    ).body["serviced_requests"]
    assert {"name": "X-Total-Count", "value": "0"} in listed["headers"]
    assert bare["headers"] == []


def test_the_answer_names_its_items_for_the_log_and_the_latency(instance: Instance) -> None:
    body = json.dumps({"rest_requests": [item(1, "GET", "/api/now/table/incident?x=1")]}).encode()
    credentials = base64.b64encode(b"keiko.tanaka:emulated-password").decode()
    raw = instance.system.handle(
        Request("POST", "h", "/api/now/batch", "", {"authorization": f"Basic {credentials}"}, body)
    )
    assert raw.items == ("GET /api/now/table/incident",)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        {},
        {"rest_requests": [{"id": 1}]},
        {"rest_requests": [{**item(1, "POST", "/x"), "body": "***"}]},
        {"rest_requests": [item(1, "GET", "https://elsewhere.example/api/now/table/incident")]},
        {"rest_requests": [item(1, "GET", "//elsewhere.example/x")]},
        {"rest_requests": [item(1, "GET", "/x"), item("1", "GET", "/y")]},
    ],
)
def test_a_body_that_is_no_batch_is_refused_whole(instance: Instance, body: object) -> None:
    assert instance.call("POST", "/api/now/v1/batch", body).status == 400


def test_a_batch_needs_a_sign_in(instance: Instance) -> None:
    assert send(instance.by("nobody"), item(1, "GET", "/api/now/table/incident")).status == 401


def test_a_batch_inside_a_batch_and_an_overlong_item_fail_for_themselves(instance: Instance) -> None:
    nested = item(1, "POST", "/api/now/v1/batch", {"rest_requests": []})
    long = item(2, "POST", "/api/now/table/incident", {"description": "x" * 5 * 1024 * 1024})
    served = send(instance, nested, long, item(3, "GET", "/api/now/table/incident")).body["serviced_requests"]
    assert [each["status_code"] for each in served] == [400, 400, 200]


def test_what_thirty_seconds_did_not_reach_is_unserviced_and_the_last_begun_item_took_effect(
    instance: Instance,
) -> None:
    instance.system.seed({"batch_item_seconds": 14})
    new = [item(n, "POST", "/api/now/table/incident", {"short_description": str(n)}) for n in range(5)]
    body = send(instance, *new).body
    assert [each["id"] for each in body["serviced_requests"]] == ["0", "1"]
    assert body["unserviced_requests"] == ["2", "3", "4"]
    assert [row["short_description"] for row in instance.list().result] == ["0", "1", "2"]


def test_an_answer_stops_growing_at_ten_megabytes(instance: Instance) -> None:
    for _ in range(40):
        instance.new(description="x" * 4000)
    url = "/api/now/table/incident?sysparm_fields=description"
    body = send(instance, *(item(n, "GET", url) for n in range(80))).body
    assert 0 < len(body["serviced_requests"]) < 80
    assert len(body["serviced_requests"]) + len(body["unserviced_requests"]) == 80
