"""Logic apps of the workspace's resource group, as far as they are read: a list that a seed replaces. None of them ever runs here.

Shape: Azure/azure-rest-api-specs, Microsoft.Logic, stable 2019-05-01, Workflows_ListByResourceGroup.json.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from watchkeeper.emulators.azure.arm_options import ArmOptions
from watchkeeper.emulators.azure.failures import Refused
from watchkeeper.emulators.azure.lists import list_answer
from watchkeeper.emulators.exchange import Request, Response

VERSIONS: Final = ("2016-06-01", "2018-07-01-preview", "2019-05-01")
STATES: Final = ("NotSpecified", "Completed", "Enabled", "Disabled", "Deleted", "Suspended")
PLAYBOOKS: Final[tuple[Mapping[str, str], ...]] = (
    {"name": "Block-Sender", "changedTime": "2026-09-02T08:12:44.3533634Z"},
    {"name": "Notify-Data-Owner", "changedTime": "2026-11-03T10:41:09.1220318Z"},
    {"name": "Reset-Password", "state": "Disabled", "changedTime": "2026-10-19T15:03:27.0410872Z"},
)
_UNREGISTERED: Final = (
    "The subscription is not registered to use namespace 'Microsoft.Logic'. See https://aka.ms/rps-not-found for how to register "
    "subscriptions."
)


class Playbooks:
    """The logic apps of one resource group; `group` is its ARM id."""

    def __init__(self, group: str) -> None:
        self._root = f"{group}/providers/Microsoft.Logic/workflows"
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self.seed(list(PLAYBOOKS))

    def seed(self, playbooks: list[Mapping[str, Any]]) -> list[str]:
        """Replace every logic app by these, each a `name`, and if they like `state` and `changedTime`. Answers their names; raises
        ValueError."""
        made = [self._resource(each) for each in playbooks]
        with self._lock:
            self._workflows = made
        return [each["name"] for each in made]

    def _resource(self, playbook: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(playbook, Mapping) or not playbook.get("name"):
            raise ValueError(f"a playbook needs a name: {playbook!r}")
        state = playbook.get("state", "Enabled")
        if state not in STATES:
            raise ValueError(f"state {state!r} is none of {', '.join(STATES)}")
        changed = playbook.get("changedTime", "2026-10-01T09:00:00.0000000Z")
        properties = {
            "provisioningState": "Succeeded",
            "createdTime": "2026-01-12T01:39:21.4365247Z",
            "changedTime": changed,
            "state": state,
            "version": "08586677515911718341",
            "definition": {"contentVersion": "1.0.0.0", "parameters": {}, "triggers": {}, "actions": {}, "outputs": {}},
            "parameters": {},
        }
        return {
            "properties": properties,
            "id": f"{self._root}/{playbook['name']}",
            "name": playbook["name"],
            "type": "Microsoft.Logic/workflows",
            "location": "japaneast",
            "tags": {},
        }

    def handle(self, request: Request, names: list[str], options: ArmOptions) -> Response:
        """`GET` of the list, or of one. Raises Refused."""
        if not options.logic_registered:
            raise Refused(409, "MissingSubscriptionRegistration", _UNREGISTERED)
        version = (request.parameter("api-version") or "").lower()
        if version not in VERSIONS:
            message = f"The api-version '{version}' is invalid. The supported versions are '{','.join(VERSIONS)}'."
            raise Refused(400, "InvalidApiVersionParameter", message)
        if request.method != "GET" or len(names) > 1:
            raise Refused(405, "MethodNotAllowed", f"The method {request.method} is not allowed on {request.path}")
        with self._lock:
            workflows = self._workflows
        if not names:
            return list_answer(request, workflows, options)
        found = next((each for each in workflows if each["name"].lower() == names[0].lower()), None)
        if found is None:
            raise Refused(404, "ResourceNotFound", f"The Resource '{names[0]}' was not found.")
        return Response.of_json(200, found)
