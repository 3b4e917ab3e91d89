"""The Batch API: `POST /api/now[/v1]/batch`, items one after another, 200 outside even when every item failed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace
from http.client import responses
from typing import Any
from urllib.parse import unquote, urlsplit

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.servicenow.errors import Refused

Serve = Callable[[Request], Response]


def respond(request: Request, serve: Serve) -> Response:
    """Serve each item with `serve`, which answers refusals as responses; raises Refused for a body that is no batch.

    Source: ServiceNowDocs, api-reference/rest-apis/batch-api.md; that ids come back as text: ServiceNow/PySNC, client.py.
    """
    try:
        batch = request.json()
        items = batch["rest_requests"]
        inner = [_item(request, item) for item in items]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(400, "Exception while reading request", f"The payload is not a batch: {error}") from error
    answers = [_answer(item, serve(each)) for item, each in zip(items, inner, strict=True)]
    body = {
        "batch_request_id": str(batch.get("batch_request_id", "")),
        "serviced_requests": answers,
        "unserviced_requests": [],
    }
    described = tuple(f"{each.method} {each.path}" for each in inner)
    return replace(Response.of_json(200, body), items=described)


def _item(outer: Request, item: Mapping[str, Any]) -> Request:
    parts = urlsplit(str(item["url"]))
    headers = {str(each["name"]).lower(): str(each["value"]) for each in item.get("headers", [])}
    try:
        body = base64.b64decode(item.get("body", ""), validate=True)
    except binascii.Error as error:
        raise ValueError(f"the body of {item.get('id')!r} is not base64") from error
    path = unquote(parts.path)
    return Request(str(item["method"]).upper(), outer.host, path, parts.query, headers, body)


def _answer(item: Mapping[str, Any], answer: Response) -> dict[str, Any]:
    headers = [{"name": name, "value": value} for name, value in answer.headers.items()]
    return {
        "id": str(item["id"]),
        "status_code": answer.status,
        "status_text": responses.get(answer.status, ""),
        "body": base64.b64encode(answer.body).decode(),
        "headers": [] if item.get("exclude_response_headers") else headers,
        "execution_time": 1,
        "error_message": None,
        "redirect_url": None,
    }
