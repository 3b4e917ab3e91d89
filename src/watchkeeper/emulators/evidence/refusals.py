"""Refusals of the two evidence APIs, each in its own shape.

Shapes: learn.microsoft.com/graph/errors, and learn.microsoft.com/defender-endpoint/api/common-errors (`target` is the id to quote).
"""

from __future__ import annotations

from collections.abc import Mapping


class Refusal(Exception):
    """A request that an API turns down: status, the API's own code, its words, and further headers."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def graph_error(refusal: Refusal, request_id: str, client_request_id: str, date: str) -> dict[str, object]:
    inner = {"date": date, "request-id": request_id, "client-request-id": client_request_id}
    return {"error": {"code": refusal.code, "message": refusal.message, "innerError": inner}}


def defender_error(refusal: Refusal, request_id: str) -> dict[str, object]:
    return {"error": {"code": refusal.code, "message": refusal.message, "target": request_id}}
