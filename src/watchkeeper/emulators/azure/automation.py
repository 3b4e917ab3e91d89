"""Automation rules, as far as they are read: a list that a seed fills. None of them ever runs here.

Shape: Azure/azure-rest-api-specs, Microsoft.SecurityInsights, stable 2025-09-01, AutomationRules.json and its example.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from watchkeeper.emulators.azure.arm_options import ArmOptions
from watchkeeper.emulators.azure.failures import Refused
from watchkeeper.emulators.azure.identities import Identity, object_id_of
from watchkeeper.emulators.azure.lists import list_answer
from watchkeeper.emulators.exchange import Request, Response

AUTHOR: Final = Identity(object_id_of("automation author"), "SOC Engineering", "user", "ava.nguyen@soc.example")
_MADE: Final = "2026-10-01T09:00:00Z"


class AutomationRules:
    """The rules of one workspace."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._rules: dict[str, dict[str, Any]] = {}

    def reset(self) -> None:
        with self._lock:
            self._rules.clear()

    def seed(self, rules: list[Mapping[str, Any]]) -> list[str]:
        """Add rules, each `{"displayName", "order", "triggeringLogic", "actions"}`; answers their names. Raises ValueError."""
        names = []
        for rule in rules:
            if not isinstance(rule, Mapping) or not rule.get("displayName"):
                raise ValueError(f"an automation rule needs a displayName: {rule!r}")
            name = object_id_of(f"automation rule {rule['displayName']}")
            with self._lock:
                self._rules[name] = self._resource(name, rule)
            names.append(name)
        return names

    def _resource(self, name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
        made = {"createdTimeUtc": _MADE, "lastModifiedTimeUtc": _MADE}
        authors = {"createdBy": AUTHOR.client_info(), "lastModifiedBy": AUTHOR.client_info()}
        usual = {"order": 1, "triggeringLogic": _logic(rule), "actions": []}
        return {
            "id": f"{self._root}/AutomationRules/{name}",
            "name": name,
            "etag": f'"{name[:8]}-0000-0000-0000-000000000000"',
            "type": "Microsoft.SecurityInsights/AutomationRules",
            "properties": {**usual, **rule, "triggeringLogic": _logic(rule), **made, **authors},
        }

    def handle(self, request: Request, names: list[str], options: ArmOptions) -> Response:
        """`GET` of the list, or of one rule. Writing them is not emulated: nothing here needs it."""
        if request.method != "GET" or len(names) > 1:
            raise Refused(405, "MethodNotAllowed", f"The method {request.method} is not allowed on {request.path}")
        with self._lock:
            rules = dict(self._rules)
        if not names:
            return list_answer(request, rules.values(), options)
        rule = rules.get(names[0].lower())
        if rule is None:
            raise Refused(404, "NotFound", f"Automation rule '{names[0]}' was not found")
        return Response.of_json(200, rule)


def _logic(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Enabled, on created incidents, without conditions, unless the rule says otherwise."""
    usual = {"isEnabled": True, "triggersOn": "Incidents", "triggersWhen": "Created", "conditions": []}
    return {**usual, **dict(rule.get("triggeringLogic") or {})}
