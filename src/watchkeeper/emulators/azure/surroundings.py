"""What a workspace has besides incidents: automation rules, the content hub, playbooks, and what is told of their runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from watchkeeper.emulators.azure.automation import AutomationRules
from watchkeeper.emulators.azure.content_hub import FIRST_VERSION, ContentHub
from watchkeeper.emulators.azure.health import Health
from watchkeeper.emulators.azure.playbooks import Playbooks
from watchkeeper.emulators.azure.workspace import Workspace
from watchkeeper.emulators.exchange import Request, Response

KINDS: Final[Mapping[str, str]] = {
    "automationrules": "",
    "contentpackages": FIRST_VERSION,
    "contentproductpackages": FIRST_VERSION,
}
"""The lists below Microsoft.SecurityInsights, in lower case, and the api-version that each came with."""


SEEDS: Final = ("automation_rules", "content_packages", "health", "playbooks")
"""Keys of a seed that is about these, each a list."""


class Surroundings:
    """`group`: the ARM id of the resource group."""

    def __init__(self, workspace: Workspace, group: str, health: Health) -> None:
        self.group = group
        self._workspace = workspace
        self._health = health
        self._rules = AutomationRules(workspace.root)
        self._content = ContentHub(workspace.root)
        self._playbooks = Playbooks(group)
        self._seeds: Mapping[str, Callable[[Any], object]] = {
            "automation_rules": self._rules.seed,
            "content_packages": self._content.seed,
            "health": health.seed,
            "playbooks": self._playbooks.seed,
        }

    def reset(self) -> None:
        for each in (self._rules, self._content, self._playbooks, self._health):
            each.reset()

    def seed(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """What was made, by key of `SEEDS`. Raises ValueError."""
        return {key: self._seeds[key](list(command[key])) for key in SEEDS if key in command}

    def handle(self, kind: str, request: Request, names: list[str]) -> Response:
        """A list of `KINDS`, or one resource of it. Raises Refused."""
        options = self._workspace.switches.now
        if kind == "automationrules":
            return self._rules.handle(request, names, options)
        return self._content.handle(kind, request, names, options)

    def handle_playbooks(self, request: Request, names: list[str]) -> Response:
        return self._playbooks.handle(request, names, self._workspace.switches.now)
