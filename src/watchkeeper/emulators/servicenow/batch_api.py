"""The Batch API: `POST /api/now[/v1]/batch`, items one after another, 200 outside even when every item failed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.client import responses
from typing import Any
from urllib.parse import unquote, urlsplit

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.servicenow.errors import Refused

Serve = Callable[[Request], Response]

PATHS = frozenset({"/api/now/batch", "/api/now/v1/batch"})
SECONDS = 30.0
"""A batch that runs longer is cut off: what had not been answered is not serviced, whether or not it had begun."""
LARGEST_ITEM = 5 * 1024 * 1024
LARGEST_ANSWER = 10 * 1024 * 1024
"""Bytes. Where an answer would grow beyond it, the rest is not serviced (the documentation names the limit only)."""


@dataclass(slots=True)
class BatchClock:
    """How long each item takes, in seconds; set by a seed, to see a batch run into its limit."""

    item_seconds: float = 0.0


def respond(request: Request, serve: Serve, clock: BatchClock) -> Response:
    """Serve each item with `serve`, which answers refusals as responses; raises Refused for a body that is no batch.

    The item in which the time runs out takes effect and is nevertheless named among the unserviced ones, because nobody
    waited for its end. Source: ServiceNowDocs, api-reference/rest-apis/batch-api.md; that ids come back as text:
    ServiceNow/PySNC, client.py.
    """
    batch, items, inner = _read(request)
    answers: list[dict[str, Any]] = []
    unserviced: list[str] = []
    elapsed, size = 0.0, 0
    for item, each in zip(items, inner, strict=True):
        identity = str(item["id"])
        if unserviced:
            unserviced.append(identity)
            continue
        answer = _served(each, serve)
        elapsed, size = elapsed + clock.item_seconds, size + len(answer.body)
        if elapsed > SECONDS or size > LARGEST_ANSWER:
            unserviced.append(identity)
        else:
            answers.append(_answer(item, answer))
    body = {
        "batch_request_id": str(batch.get("batch_request_id", "")),
        "serviced_requests": answers,
        "unserviced_requests": unserviced,
    }
    described = tuple(f"{each.method} {each.path}" for each in inner)
    return replace(Response.of_json(200, body), items=described)


def _read(request: Request) -> tuple[Mapping[str, Any], list[Mapping[str, Any]], list[Request]]:
    try:
        batch = request.json()
        items = list(batch["rest_requests"])
        inner = [_item(request, item) for item in items]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(400, "Exception while reading request", f"The payload is not a batch: {error}") from error
    if len({str(item["id"]) for item in items}) < len(items):
        raise Refused(400, "Exception while reading request", "The payload names one id more than once")
    return batch, items, inner


def _served(item: Request, serve: Serve) -> Response:
    """One item's own answer. A batch inside a batch, and a body that is too long, are refused as that item alone."""
    if item.path in PATHS:
        return Refused(400, "Requested URI does not represent any resource", "A batch cannot hold a batch").response()
    if len(item.body) > LARGEST_ITEM:
        return Refused(400, "Exception while reading request", "The request body is too large").response()
    return serve(item)


def _item(outer: Request, item: Mapping[str, Any]) -> Request:
    url, identity = item["url"], item["id"]
    if not isinstance(url, str) or not url.startswith("/") or url.startswith("//"):
        raise ValueError(f"the url of {identity!r} is not relative to the instance")
    parts = urlsplit(url)
    headers = {str(each["name"]).lower(): str(each["value"]) for each in item.get("headers", [])}
    try:
        body = base64.b64decode(item.get("body") or "", validate=True)
    except (binascii.Error, TypeError) as error:
        raise ValueError(f"the body of {identity!r} is not base64") from error
    return Request(str(item["method"]).upper(), outer.host, unquote(parts.path), parts.query, headers, body)


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
