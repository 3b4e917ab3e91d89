"""Refusals, as Azure words them."""

from __future__ import annotations

from collections.abc import Mapping

from watchkeeper.emulators.exchange import Response


class Refused(Exception):
    """A request that the service turns down; `response` is what the client gets."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.response = Response.of_json(status, {"error": {"code": code, "message": message}}, headers)


def bad_request(message: str) -> Refused:
    return Refused(400, "BadRequest", message)


def not_found(kind: str, name: str) -> Refused:
    return Refused(404, "NotFound", f"{kind} '{name}' was not found")


def conflict(name: str) -> Refused:
    """Wording as reported in Azure/Azure-Sentinel issues 883 and 909."""
    return Refused(409, "Conflict", f"Newer version of resource '{name}' exists. Data was not saved")
