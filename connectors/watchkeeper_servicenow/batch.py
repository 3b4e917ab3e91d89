"""Several reads in one call: what goes into a batch, and what comes out of it.

A batch answers 200 although items failed, runs 30 seconds and answers 10 MB at most, and names what it did not come to as
unserviced, where the last begun item may have taken effect all the same (ServiceNowDocs, batch-api.md). For reads that costs
nothing: whatever was not answered well is asked again by itself. Writes are never sent this way: each one has a stored intent and
a revision that is looked at just before, which a batch would blur. The documentation does not say whether rate limit rules count
a batch once or by its items, so nothing here relies on it saving any.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import requests
from requests.structures import CaseInsensitiveDict

from watchkeeper_servicenow.query import field_name, table_name

ITEMS = 10
"""Reads in one batch: they run one after another, and all of them have 30 seconds."""


@dataclass(frozen=True, slots=True)
class Question:
    """One listing: the rows of `table` that match an encoded query, at most `limit` of them."""

    table: str
    query: str
    fields: tuple[str, ...]
    limit: int

    @property
    def path(self) -> str:
        return f"/api/now/table/{table_name(self.table)}"

    @property
    def names(self) -> list[str]:
        return sorted({"sys_id", *map(field_name, self.fields)})

    @property
    def url(self) -> str:
        parameters = {
            "sysparm_query": self.query,
            "sysparm_fields": ",".join(self.names),
            "sysparm_limit": str(self.limit),
            "sysparm_display_value": "false",
            "sysparm_exclude_reference_link": "true",
        }
        return f"{self.path}?{urlencode(parameters)}"


def batch_of(questions: Mapping[str, Question]) -> str:
    """The body of a batch of reads, by the ids that their answers come back under."""
    accept = [{"name": "Accept", "value": "application/json"}]
    items = [
        {"id": identity, "method": "GET", "url": question.url, "headers": accept}
        for identity, question in questions.items()
    ]
    return json.dumps({"batch_request_id": "watchkeeper", "rest_requests": items})


def answers_of(body: Mapping[str, Any]) -> Mapping[str, requests.Response]:
    """The answers of a batch by id; an item that is not whole is left out, as is one that was not serviced."""
    serviced = body.get("serviced_requests")
    items: Sequence[Any] = serviced if isinstance(serviced, list) else ()
    read = ((str(item.get("id")), _answer(item)) for item in items if isinstance(item, Mapping))
    return {identity: answer for identity, answer in read if answer is not None}


def _answer(item: Mapping[str, Any]) -> requests.Response | None:
    try:
        content = base64.b64decode(str(item.get("body") or ""), validate=True)
        status = int(item["status_code"])
        headers = {str(each["name"]): str(each["value"]) for each in item.get("headers") or []}
    except (binascii.Error, KeyError, TypeError, ValueError):
        return None
    answer = requests.Response()
    answer.status_code = status
    answer.headers = CaseInsensitiveDict(headers)
    answer.raw = BytesIO(content)
    return answer
