"""What each application may do on the workspace: the built-in roles, and custom ones that a seed gives instead.

Built-in roles: MicrosoftDocs/azure-docs, role-based-access-control/built-in-roles/security.md and …/monitor.md, cut to what the
emulators have.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from watchkeeper.emulators.azure.identities import Application, Role


@dataclass(frozen=True, slots=True)
class Permission:
    """One role assignment: actions with wildcards, and the exceptions from them."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        return _listed(action, self.actions) and not _listed(action, self.not_actions)

    def as_json(self) -> dict[str, list[str]]:
        return {
            "actions": list(self.actions),
            "notActions": list(self.not_actions),
            "dataActions": [],
            "notDataActions": [],
        }


_READ: Final = ("Microsoft.SecurityInsights/*/read", "Microsoft.Authorization/*/read")
_RESPOND: Final = (
    "Microsoft.SecurityInsights/automationRules/*",
    "Microsoft.SecurityInsights/incidents/*",
    "Microsoft.SecurityInsights/entities/runPlaybook/action",
)
_LOGS: Final = Permission(("*/read",), ("Microsoft.OperationalInsights/workspaces/sharedKeys/read",))
BUILT_IN: Final[Mapping[Role, tuple[Permission, ...]]] = {
    "reader": (Permission(_READ), _LOGS),
    "responder": (Permission((*_READ, *_RESPOND), ("Microsoft.SecurityInsights/incidents/*/delete",)), _LOGS),
    "contributor": (Permission(("Microsoft.SecurityInsights/*", "Microsoft.OperationalInsights/workspaces/*")), _LOGS),
}
"""Sentinel Reader, Responder and Contributor, each with Log Analytics Reader beside it."""


class Grants:
    """Who may do what; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._custom: dict[str, tuple[Permission, ...]] = {}

    def reset(self) -> None:
        """The built-in roles again."""
        with self._lock:
            self._custom.clear()

    def give(self, grants: Mapping[str, Any]) -> None:
        """Custom roles by client id, each `{"actions": […], "notActions": […]}`, instead of the built-in one. Raises ValueError."""
        given = {}
        for client_id, role in grants.items():
            if not isinstance(role, Mapping) or not isinstance(role.get("actions"), list):
                raise ValueError(f"the role of {client_id} needs a list of actions, not {role!r}")
            lists = [tuple(str(each) for each in role.get(key, ())) for key in ("actions", "notActions")]
            given[str(client_id).lower()] = (Permission(*lists),)
        with self._lock:
            self._custom.update(given)

    def of(self, application: Application) -> tuple[Permission, ...]:
        with self._lock:
            return self._custom.get(application.client_id.lower(), BUILT_IN[application.role])

    def allow(self, application: Application, action: str) -> bool:
        """Rights of several assignments add up; each one's exceptions hold for itself alone."""
        return any(permission.allows(action) for permission in self.of(application))


def action_of(segments: list[str], verb: str) -> str:
    """The action that a call below the workspace needs: `incidents/{id}/comments/{id}` and `write` is
    `Microsoft.SecurityInsights/incidents/comments/write`."""
    if not segments:
        return f"Microsoft.OperationalInsights/workspaces/{verb}"
    provider = segments[1] if len(segments) > 1 else ""
    kinds = "/".join(segments[2::2])
    return f"{provider}/{kinds}/{verb}"


def _listed(action: str, patterns: tuple[str, ...]) -> bool:
    """`/*/` also stands for nothing between: Responder, whose exception is `incidents/*/Delete`, may not delete incidents
    (defender-docs, sentinel/delete-incident)."""
    folded = [pattern.lower() for pattern in patterns]
    spelled = [*folded, *(pattern.replace("/*/", "/") for pattern in folded)]
    return any(fnmatchcase(action.lower(), pattern) for pattern in spelled)
