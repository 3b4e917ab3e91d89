"""Azure Resource Manager, as far as Microsoft Sentinel's incidents need it."""

from __future__ import annotations

from itertools import count
from typing import Any, Final
from uuid import UUID, uuid5

from watchkeeper.emulators.azure import surroundings
from watchkeeper.emulators.azure.access import authenticate, authorize
from watchkeeper.emulators.azure.arm_children import ChildRoutes
from watchkeeper.emulators.azure.arm_incidents import IncidentRoutes
from watchkeeper.emulators.azure.failures import Refused
from watchkeeper.emulators.azure.grants import Grants, action_of
from watchkeeper.emulators.azure.health import Health
from watchkeeper.emulators.azure.past import seed_past
from watchkeeper.emulators.azure.people import people
from watchkeeper.emulators.azure.records import incident_records
from watchkeeper.emulators.azure.rendering import incident_properties
from watchkeeper.emulators.azure.seeds import seed
from watchkeeper.emulators.azure.shapes import reshaped, shown
from watchkeeper.emulators.azure.surroundings import KINDS, Surroundings
from watchkeeper.emulators.azure.throttle import LIMITS, Throttle
from watchkeeper.emulators.azure.tokens import ARM_AUDIENCES, Grant, Tokens
from watchkeeper.emulators.azure.workspace import Workspace
from watchkeeper.emulators.exchange import Request, Response

STABLE_VERSIONS: Final = (
    "2020-01-01",
    "2021-04-01",
    "2021-10-01",
    "2022-08-01",
    "2022-11-01",
    "2023-02-01",
    "2023-11-01",
    "2024-03-01",
    "2024-09-01",
    "2025-03-01",
    "2025-06-01",
    "2025-09-01",
)
PREVIEW_VERSIONS: Final = (
    "2021-09-01-preview",
    "2022-12-01-preview",
    "2023-12-01-preview",
    "2024-10-01-preview",
    "2025-07-01-preview",
    "2025-10-01-preview",
)
FIRST_VERSION_WITH_TASKS: Final = "2024-03-01"
_REQUESTS: Final = UUID("b1c0f9e8-7d6a-5c4b-8a39-281706f5e4d3")
_SHAPE: Final = (
    "subscriptions",
    None,
    "resourcegroups",
    None,
    "providers",
    "microsoft.operationalinsights",
    "workspaces",
    None,
)
_VERBS: Final = {"GET": "read", "POST": "read", "PUT": "write", "DELETE": "delete"}
_KINDS: Final = {"read": "reads", "write": "writes", "delete": "deletes"}

SEEDS: Final = ("grants", "past", *surroundings.SEEDS)
"""Keys of a seed that is not about single incidents."""
_LOGIC: Final = ("providers", "microsoft.logic", "workflows")


class Arm:
    """`handle` checks who, which version and which workspace, then hands over to the routes of incidents and their children."""

    name = "arm"

    def __init__(
        self,
        workspace: Workspace,
        workspace_id: str,
        tokens: Tokens,
        throttle: Throttle,
        incidents: IncidentRoutes,
        children: ChildRoutes,
        grants: Grants,
        health: Health,
    ) -> None:
        self._workspace = workspace
        self._workspace_id = workspace_id
        self._tokens = tokens
        self._throttle = throttle
        self._incidents = incidents
        self._children = children
        self._grants = grants
        self._names = workspace.root.strip("/").split("/")[1:8:2]
        self._surroundings = Surroundings(workspace, "/".join(workspace.root.split("/")[:5]), health)
        self._answers = count(1)

    def records(self) -> list[dict[str, Any]]:
        """Every incident with its properties, comments, tasks and history of versions."""
        return incident_records(self._workspace)

    def versions(self, name: str) -> list[dict[str, Any]]:
        """The properties of every version that an incident ever had, oldest first. No request: nothing is counted."""
        history = self._workspace.store.history(name)
        return [incident_properties(self._workspace.root, change.incident) for change in history]

    def reset(self) -> None:
        self._workspace.store.reset()
        self._workspace.switches.reset()
        self._throttle.reset()
        self._grants.reset()
        self._surroundings.reset()

    def people(self, command: dict[str, Any]) -> dict[str, Any]:
        """Let somebody work on an incident; raises ValueError for a bad command."""
        return people(self._workspace, command)

    def seed(self, command: dict[str, Any]) -> dict[str, Any]:
        """Change switches (`options`), or add prepared incidents; raises ValueError for a bad command. `grants` (roles by client
        id) and what there is besides incidents are seeds of their own: without other keys they add no incident. `past` adds a
        month of closed ones."""
        if "options" in command:
            if set(command) - {"system", "options"}:
                raise ValueError("options stand alone in a seed")
            return {"options": shown(self._workspace.switches.change(command["options"]))}
        if "past" in command:
            return seed_past(self._workspace, self._surroundings, command)
        rest = {key: value for key, value in command.items() if key not in SEEDS}
        self._grants.give(command.get("grants") or {})
        made = self._surroundings.seed(command)
        if len(rest) < len(command) and not rest.keys() - {"system"}:
            return made
        return seed(self._workspace, rest)

    def handle(self, request: Request) -> Response:
        headers: dict[str, str] = {}
        options = self._workspace.switches.now
        try:
            answer = self._answer(request, headers)
        except Refused as refused:
            answer = refused.response if options.retry_after else _without_hint(refused.response)
        answer = reshaped(answer, options)
        identifier = str(uuid5(_REQUESTS, str(next(self._answers))))
        stamps = {"x-ms-request-id": identifier, "x-ms-correlation-request-id": identifier, "Cache-Control": "no-cache"}
        if client := request.headers.get("x-ms-client-request-id"):
            stamps["x-ms-client-request-id"] = client
        return Response(answer.status, answer.body, {**stamps, **headers, **answer.headers})

    def _answer(self, request: Request, headers: dict[str, str]) -> Response:
        grant = authenticate(request, self._tokens, ARM_AUDIENCES, unknown_status=401)
        version = _api_version(request)
        verb = _VERBS.get(request.method)
        if verb is None:
            raise _wrong_method(request)
        logic = self._logic(request.segments)
        rest = [] if logic is not None else self._below_workspace(request.segments)
        kind = _KINDS[verb]
        principal = grant.application.principal.object_id
        headers[f"x-ms-ratelimit-remaining-subscription-{kind}"] = str(self._throttle.take(principal, kind))
        action = action_of(rest, verb) if logic is None else f"Microsoft.Logic/workflows/{verb}"
        scope = self._workspace.root if logic is None else f"{self._surroundings.group}/providers/Microsoft.Logic"
        authorize(self._grants, grant, action, scope)
        if logic is not None:
            return self._surroundings.handle_playbooks(request, logic)
        return self._route(request, rest, grant, version)

    def _logic(self, segments: tuple[str, ...]) -> list[str] | None:
        """The part of the path after the logic apps of the resource group; None for a path that leads elsewhere. Raises Refused (404)
        naming the level that does not exist."""
        if tuple(each.lower() for each in segments[4:7]) != _LOGIC:
            return None
        self._check_names(segments[:4])
        return list(segments[7:])

    def _check_names(self, segments: tuple[str, ...]) -> None:
        levels = ("Subscription", "ResourceGroup", "Resource")
        asked = [segment for segment, fixed in zip(segments, _SHAPE, strict=False) if fixed is None]
        for level, wanted, name in zip(levels, (self._names[0], self._names[1], self._names[3]), asked, strict=False):
            if name.lower() != wanted.lower():
                raise Refused(404, f"{level}NotFound", f"The {level.lower()} '{name}' could not be found.")

    def _below_workspace(self, segments: tuple[str, ...]) -> list[str]:
        """The part of the path after the workspace; raises Refused (404) naming the level that does not exist."""
        self._check_names(segments)
        fits = all(fixed is None or segment.lower() == fixed for segment, fixed in zip(segments, _SHAPE, strict=False))
        if len(segments) < len(_SHAPE) or not fits:
            raise Refused(
                404, "InvalidResourceType", f"The resource type of '/{'/'.join(segments)}' could not be found."
            )
        return list(segments[len(_SHAPE) :])

    def _route(self, request: Request, rest: list[str], grant: Grant, version: str) -> Response:
        match [part.lower() for part in rest[:3]]:
            case [] if request.method == "GET":
                return self._workspace_resource()
            case ["providers", "microsoft.authorization", "permissions"] if request.method == "GET":
                return Response.of_json(200, {"value": [each.as_json() for each in self._grants.of(grant.application)]})
            case ["providers", "microsoft.securityinsights", "incidents"]:
                _check_version(version)
                return self._incident_route(request, rest[3:], grant, version)
            case ["providers", "microsoft.securityinsights", kind] if kind in KINDS:
                _check_version(version)
                if version < KINDS[kind]:
                    raise _unsupported(version, kind)
                return self._surroundings.handle(kind, request, rest[3:])
            case _:
                raise Refused(404, "InvalidResourceType", f"The resource type could not be found: {request.path}")

    def _incident_route(self, request: Request, names: list[str], grant: Grant, version: str) -> Response:
        who = grant.application.principal
        match names:
            case []:
                return self._incidents.collection(request)
            case [name]:
                self._throttle_strictly(who.object_id, f"incident {request.method}")
                return self._incidents.item(request, name, who)
            case [name, child, *more]:
                kind = child.lower()
                if kind == "tasks" and version < FIRST_VERSION_WITH_TASKS:
                    raise _unsupported(version, "incidents/tasks")
                self._throttle_strictly(who.object_id, f"{kind.rstrip('s')} {request.method}")
                return self._children.handle(request, name, kind, more, who)
            case _:
                raise _wrong_method(request)

    def _throttle_strictly(self, principal: str, kind: str) -> None:
        """The provider's own published minimums, where the world enforces them."""
        if self._workspace.switches.now.published_minimums and kind in LIMITS:
            self._throttle.take(principal, kind)

    def _workspace_resource(self) -> Response:
        root = self._workspace.root.rpartition("/providers/")[0]
        return Response.of_json(
            200,
            {
                "id": root,
                "name": self._names[3],
                "type": "Microsoft.OperationalInsights/workspaces",
                "location": "japaneast",
                "properties": {
                    "customerId": self._workspace_id,
                    "provisioningState": "Succeeded",
                    "retentionInDays": 90,
                    "sku": {"name": "PerGB2018"},
                },
            },
        )


def _without_hint(answer: Response) -> Response:
    """A 429 that does not say when to come back."""
    headers = {name: value for name, value in answer.headers.items() if name != "Retry-After"}
    return Response(answer.status, answer.body, headers)


def _api_version(request: Request) -> str:
    version = request.parameter("api-version")
    if not version:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise Refused(400, "MissingApiVersionParameter", message)
    return version.lower()


def _check_version(version: str) -> None:
    if version not in STABLE_VERSIONS and version not in PREVIEW_VERSIONS:
        raise _unsupported(version, "incidents")


def _unsupported(version: str, resource_type: str) -> Refused:
    message = (
        f"The HTTP resource that matches the request with API version '{version}' does not support type '{resource_type}'. "
        f"The supported api-versions are '{', '.join(STABLE_VERSIONS)}'."
    )
    return Refused(400, "UnsupportedApiVersion", message)


def _wrong_method(request: Request) -> Refused:
    return Refused(405, "MethodNotAllowed", f"The method {request.method} is not allowed on {request.path}")
