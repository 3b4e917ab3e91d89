"""Every kind of call that a run makes, and every kind of fault that may befall one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, get_args

from watchkeeper.emulators.damage import Page, Shape
from watchkeeper.emulators.faults import Kind


@dataclass(frozen=True, slots=True)
class Call:
    """A kind of call, as it is told apart in a request."""

    name: str
    system: str
    method: str
    regex: str

    @property
    def writes(self) -> bool:
        return self.name.endswith(("create", "update", "comment"))


CALLS = (
    Call("ServiceNow sign-in", "servicenow", "POST", r"/oauth_token\.do$"),
    Call("ServiceNow identity", "servicenow", "GET", r"/table/sys_properties$"),
    Call("ServiceNow feed", "servicenow", "GET", r"/table/incident$"),
    Call("ServiceNow journal", "servicenow", "GET", r"/table/sys_journal_field$"),
    Call("ServiceNow people", "servicenow", "GET", r"/table/sys_user$"),
    Call("ServiceNow batch", "servicenow", "POST", r"/now/v1/batch$"),
    Call("ServiceNow memberships", "servicenow", "GET", r"/table/sys_user_grmember$"),
    Call("ServiceNow create", "servicenow", "POST", r"/table/incident$"),
    Call("ServiceNow update", "servicenow", "PATCH", r"/table/incident/[0-9a-f]{32}$"),
    Call("Entra discovery", "entra", "GET", r"/openid-configuration$"),
    Call("Entra sign-in", "entra", "POST", r"/oauth2/v2\.0/token$"),
    Call("Sentinel identity", "arm", "GET", r"/workspaces/[^/]+$"),
    Call("Sentinel feed", "arm", "GET", r"/incidents$"),
    Call("Sentinel incident", "arm", "GET", r"/incidents/[^/]+$"),
    Call("Sentinel comments", "arm", "GET", r"/comments$"),
    Call("Sentinel create or update", "arm", "PUT", r"/incidents/[^/]+$"),
    Call("Sentinel comment", "arm", "PUT", r"/comments/[^/]+$"),
    Call("Sentinel tasks", "arm", "GET", r"/tasks$"),
    Call("Sentinel task create", "arm", "PUT", r"/tasks/[^/]+$"),
    Call("Log Analytics query", "loganalytics", "POST", r"/query$"),
)
SELDOM = (
    Call("ServiceNow audit", "servicenow", "GET", r"/table/sys_audit$"),
    Call("ServiceNow groups", "servicenow", "GET", r"/table/sys_user_group$"),
    Call("ServiceNow dictionary", "servicenow", "GET", r"/table/sys_dictionary$"),
    Call("ServiceNow choices", "servicenow", "GET", r"/table/sys_choice$"),
)
"""Calls that a busy run does without: history is asked where people and a write of ours meet on one ticket, and the other three go
together in a batch where that is not refused. Simulated histories aim at them."""


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    kind: Kind
    details: dict[str, Any] = field(default_factory=dict, hash=False)


STATUSES = (400, 401, 403, 404, 408, 409, 429, 499, 500, 502, 503, 504)
CUTS: tuple[Shape, ...] = ("half", "error_row", "malformed", "fewer_rows", "empty_list")
POISONS = tuple(shape for shape in get_args(Shape) if shape not in CUTS)
PAUSES = ("pause_before", "pause_after")
FAULTS = (
    *(Fault(f"status {status}", "status", {"status": status}) for status in STATUSES),
    Fault("status 429 for a while", "status", {"status": 429, "retry_after": 5.0}),
    Fault("status 429 for an hour", "status", {"status": 429, "retry_after": 3600.0}),
    *(Fault(f"status {status} after the effect", "status_after", {"status": status}) for status in (500, 502, 504)),
    Fault("status 503 after the effect, for a while", "status_after", {"status": 503, "retry_after": 1.0}),
    *(Fault(f"truncate {shape}", "truncate", {"shape": shape}) for shape in CUTS),
    *(Fault(f"hostile {shape}", "hostile", {"shape": shape}) for shape in POISONS),
    *(Fault(f"{page} page", "page", {"page": page}) for page in get_args(Page)),
    Fault("empty 204", "empty", {"status": 204}),
    *(Fault(kind, kind) for kind in get_args(Kind) if kind not in {"status", "truncate", "hostile", "page", *PAUSES}),
)
"""Pauses are for killing a client at a point, not for failing it: see tests/acceptance/test_killed_runs.py."""

FIRST = frozenset({"ServiceNow sign-in", "ServiceNow identity", "Entra discovery", "Sentinel identity"})
"""The first calls of their connections, which cannot have become idle."""
