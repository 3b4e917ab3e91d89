"""Microsoft Graph v1.0, as far as evidence is read from it: Secure Score, devices, licences, announcements.

Sources: microsoft-graph-docs-contrib (api-reference/v1.0 and concepts/throttling-limits.md); refusals as seen in
learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/troubleshoot-error-403-security-api (security),
mondoohq/cnspec issue 1708 (Intune) and microsoftgraph/msgraph-sdk-powershell issue 1289 (directory).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid5

from watchkeeper.emulators.azure.tokens import GRAPH_AUDIENCE, Grant, Tokens
from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.evidence import tenant
from watchkeeper.emulators.evidence.holdings import Holdings, Item
from watchkeeper.emulators.evidence.listing import Page, Query, Shape, page_of, text, time
from watchkeeper.emulators.evidence.options import GraphOptions
from watchkeeper.emulators.evidence.quotas import Limit, Quotas
from watchkeeper.emulators.evidence.refusals import Refusal, graph_error
from watchkeeper.emulators.evidence.scores import SecureScores
from watchkeeper.emulators.evidence.seeding import Seeded
from watchkeeper.emulators.evidence.sign_in import grant_of, holds
from watchkeeper.emulators.evidence.switchboard import Switchboard
from watchkeeper.emulators.exchange import Request, Response

VERSION: Final = "v1.0"
_REQUESTS: Final = UUID("2c9e4b7a-6a1d-5d1c-8f52-7b0c3e9d1a64")

_SECURITY: Final = (Limit("secureScore per minute", 150, 60.0), Limit("secureScore in ten minutes", 10_000, 600.0))
_ANNOUNCEMENTS: Final = (Limit("serviceAnnouncement", 240, 60.0), Limit("serviceAnnouncement per hour", 800, 3600.0))
_DEVICES: Final = (Limit("deviceManagement", 2000, 20.0),)


@dataclass(frozen=True, slots=True)
class Collection:
    """One list: where it is, which roles may read it (any of them), how it is listed, its limits, and how it says no."""

    name: str
    path: tuple[str, ...]
    roles: tuple[str, ...]
    shape: Shape
    limits: tuple[Limit, ...]
    refuse: Callable[[Collection], Refusal]
    expandable: str = ""


def _no_security_role(_: Collection) -> Refusal:
    message = (
        "Auth token does not contain valid permissions or user does not have valid roles. To resolve this, see "
        "https://learn.microsoft.com/graph/security-authorization."
    )
    return Refusal(403, "UnknownError", message)


def _no_device_role(collection: Collection) -> Refusal:
    detail = (
        "Application is not authorized to perform this operation. Application must have one of the following scopes: "
        f"{', '.join(collection.roles)} - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 - "
        "Activity ID: 9567c8a9-89e5-4fc7-bb4a-3558aa3df883 - Url: https://fef.manage.microsoft.com/DeviceFE/"
        "StatelessDeviceFEService/deviceManagement/managedDevices?api-version=2024-06-14"
    )
    return Refusal(403, "Forbidden", _intune_words(detail))


def _intune_words(detail: str) -> str:
    """Intune's errors are JSON inside the message."""
    told = {"_version": 3, "Message": detail, "CustomApiErrorPhrase": "", "RetryAfter": None, "HttpHeaders": "{}"}
    return json.dumps(told, indent=2)


def _no_directory_role(_: Collection) -> Refusal:
    return Refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def _no_announcement_role(_: Collection) -> Refusal:
    return Refusal(403, "Forbidden", json.dumps({"error": "Required roles are missing in the token."}))


_LISTED: Final = frozenset({"filter", "top", "skip", "count", "select"})
COLLECTIONS: Final = (
    Collection(
        "secureScores",
        ("security", "securescores"),
        ("SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All"),
        Shape(_LISTED, {"createddatetime": time("createdDateTime"), "azuretenantid": text("azureTenantId")}, 100),
        _SECURITY,
        _no_security_role,
    ),
    Collection(
        "secureScoreControlProfiles",
        ("security", "securescorecontrolprofiles"),
        ("SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All"),
        Shape(_LISTED, {"controlcategory": text("controlCategory"), "service": text("service")}, 100),
        _SECURITY,
        _no_security_role,
    ),
    Collection(
        "managedDevices",
        ("devicemanagement", "manageddevices"),
        ("DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"),
        Shape(_LISTED, {"operatingsystem": text("operatingSystem")}, 1000, marker="$skiptoken"),
        _DEVICES,
        _no_device_role,
    ),
    Collection(
        "subscribedSkus",
        ("subscribedskus",),
        ("LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"),
        Shape(frozenset({"select"}), page=10_000),
        (),
        _no_directory_role,
    ),
    Collection(
        "messages",
        ("admin", "serviceannouncement", "messages"),
        ("ServiceMessage.Read.All",),
        Shape(_LISTED, {"lastmodifieddatetime": time("lastModifiedDateTime")}, 100, prefers=True),
        _ANNOUNCEMENTS,
        _no_announcement_role,
    ),
    Collection(
        "healthOverviews",
        ("admin", "serviceannouncement", "healthoverviews"),
        ("ServiceHealth.Read.All",),
        Shape(_LISTED | {"expand"}, {"service": text("service")}, 100, prefers=True),
        _ANNOUNCEMENTS,
        _no_announcement_role,
        expandable="issues",
    ),
)
_BY_PATH: Final[Mapping[tuple[str, ...], Collection]] = {each.path: each for each in COLLECTIONS}


class Graph(Seeded[GraphOptions]):
    """Reads only: what would change something is 405."""

    name = "graph"

    def __init__(self, clock: WorldClock, tokens: Tokens, tenant_id: str, seed: int, *, quotas: bool) -> None:
        self._clock = clock
        self._tokens = tokens
        switches, limits = Switchboard(GraphOptions()), Quotas(lambda: clock.now().timestamp(), enforced=quotas)
        self._answers = count(1)
        scores = SecureScores(tenant_id, seed)
        holdings = Holdings(
            {
                "secureScores": lambda now: scores.scores(now, switches.now.scores_kept),
                "secureScoreControlProfiles": scores.profiles,
                "managedDevices": tenant.managed_devices,
                "subscribedSkus": lambda now: tenant.subscribed_skus(tenant_id),  # noqa: ARG005
                "messages": tenant.messages,
                "healthOverviews": tenant.health_overviews,
            }
        )
        super().__init__(switches, limits, holdings)

    def handle(self, request: Request) -> Response:
        now = self._clock.now().astimezone(UTC)
        request_id = str(uuid5(_REQUESTS, str(next(self._answers))))
        client_id = request.headers.get("client-request-id", request_id)
        stamps = {"request-id": request_id, "client-request-id": client_id}
        try:
            return Response.of_json(200, self._answer(request), stamps)
        except Refusal as refusal:
            hint = refusal.headers if self._switches.now.hint else _without_hint(refusal.headers)
            body = graph_error(refusal, request_id, client_id, f"{now:%Y-%m-%dT%H:%M:%S}")
            return Response.of_json(refusal.status, body, {**stamps, **hint})

    def _answer(self, request: Request) -> dict[str, object]:
        version, *rest = request.segments or ("",)
        grant = grant_of(request, self._tokens, GRAPH_AUDIENCE, "InvalidAuthenticationToken")
        collection = _BY_PATH.get(tuple(part.lower() for part in rest))
        if version.lower() != VERSION or collection is None:
            raise Refusal(400, "BadRequest", f"Resource not found for the segment '{(rest or [version])[-1]}'.")
        if request.method != "GET":
            raise Refusal(405, "Request_BadRequest", f"Specified HTTP method is not allowed: {request.method}.")
        self._admit(grant, collection)
        query = Query.of(request, collection.shape, self._switches.now.page_size)
        return self._body(request, collection, query, self._items(collection))

    def _admit(self, grant: Grant, collection: Collection) -> None:
        self._quotas.take(grant.application.client_id, collection.limits)
        if not holds(grant, collection.roles):
            raise collection.refuse(collection)
        if collection.name == "managedDevices" and not self._switches.now.intune:
            raise Refusal(400, "BadRequest", _intune_words("Request not applicable to target tenant."))

    def _items(self, collection: Collection) -> list[Item]:
        return self._holdings.items(collection.name, self._clock.now().astimezone(UTC))

    def _shown(self, item: Any, request: Request, collection: Collection) -> Any:
        """An item in the casing that is played, without what nobody expands. What a seed has broken stays as it is."""
        if not isinstance(item, dict):
            return item
        expanded = (request.parameter("$expand") or "").lower()
        if collection.expandable and expanded != collection.expandable:
            item = {name: value for name, value in item.items() if name != collection.expandable}
        if self._switches.now.casing == "pascal" and collection.path[0] == "admin":
            return _pascal(item)
        return item

    def _body(self, request: Request, collection: Collection, query: Query, items: list[Item]) -> dict[str, object]:
        page: Page = page_of(items, query, collection.shape, request, self._switches.now.overlap)
        root = f"https://{request.host}/{VERSION}"
        body: dict[str, object] = {"@odata.context": f"{root}/$metadata#{'/'.join(request.segments[1:])}"}
        if query.count:
            body["@odata.count"] = page.count
        if page.following:
            body["@odata.nextLink"] = self._link(request, page.following)
        return {**body, "value": [self._shown(row, request, collection) for row in page.rows]}

    def _link(self, request: Request, following: str) -> object:
        match self._switches.now.links:
            case "foreign_host":
                return f"https://graph.microsoft.com.attacker.example{request.path}?{following}"
            case "endless":
                return f"https://{request.host}{request.path}?{request.raw_query or following}"
            case "not_a_link":
                return 100
            case _:
                return f"https://{request.host}{request.path}?{following}"


def _without_hint(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "Retry-After"}


_WORDS: Final = frozenset({"category", "severity", "status", "classification", "origin", "contentType", "postType"})


def _pascal(value: Any) -> Any:
    """The same with the words of its vocabulary as the documentation prints them."""
    match value:
        case dict():
            return {
                name: part[:1].upper() + part[1:] if name in _WORDS and isinstance(part, str) else _pascal(part)
                for name, part in value.items()
            }
        case list():
            return [_pascal(part) for part in value]
        case _:
            return value
