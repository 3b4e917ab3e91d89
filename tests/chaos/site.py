"""One deployment of the program: its folder, its settings, its state store, and the wires to both emulated systems."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.acceptance.worlds import folder_with_duties
from tests.chaos.books import Books, Store
from tests.chaos.emulation import Emulators
from tests.chaos.relay import Relay
from tests.cli.fixtures import PLAIN
from tests.cli.program import Ended, Program, Running

DUTIES = 5
WIRED = {"servicenow": "SERVICENOW_INSTANCE", "arm": "SENTINEL_ARM_ENDPOINT"}
"""The systems that are reached through a wire that can be cut, and the setting that says where."""


class Wires:
    """A relay before each of the two systems; their addresses stay the same for as long as the emulators run."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.relays = {system: Relay(urlsplit(settings[name]).port or 0) for system, name in WIRED.items()}

    @property
    def settings(self) -> dict[str, str]:
        return {WIRED[system]: f"https://localhost:{relay.port}" for system, relay in self.relays.items()}

    def mend(self) -> None:
        for relay in self.relays.values():
            relay.up()

    def close(self) -> None:
        for relay in self.relays.values():
            relay.close()


@dataclass(slots=True)
class Site:
    """`lost`: what former state stores of this deployment held, before they were given up."""

    folder: Path
    deployment: str
    emulators: Emulators
    wires: Wires
    store: Store
    lost: list[Books] = field(default_factory=list)
    program: Program = field(init=False)

    def __post_init__(self) -> None:
        mappings = folder_with_duties(self.folder / "mappings", DUTIES)
        settings = {
            **PLAIN,
            **self.emulators.settings,
            **self.wires.settings,
            "WATCHKEEPER_STATE_URL": self.store.url,
            "WATCHKEEPER_DEPLOYMENT": self.deployment,
            "WATCHKEEPER_MAPPINGS": str(mappings),
        }
        self.program = Program(self.folder, settings)

    def start(self, *more: str, **environment: str) -> Running:
        """Start a sync."""
        return self.program.start("sync", "--json", *more, **environment)

    def sync(self, *more: str, **environment: str) -> Ended:
        return self.start(*more, **environment).wait()

    def planned(self) -> Sequence[Mapping[str, Any]]:
        """The writes that the next run would make, as `plan` tells them."""
        actions: Sequence[Mapping[str, Any]] = report_of(self.program.run("plan", "--json"))["actions"]
        return actions

    def sync_like_a_person(self) -> Ended:
        """Sync; when valves stop it, open them for one run, as somebody would after looking at the plan."""
        ended = self.sync()
        valves: Sequence[Any] = report_of(ended).get("valves", []) if ended.code == 7 else []
        opened = [each for valve in valves for each in ("--open-valve", f"{valve['name']}:{valve['digest']}")]
        return self.sync(*opened) if opened else ended

    @property
    def books(self) -> Books:
        return self.store.books(self.deployment)


def report_of(ended: Ended) -> dict[str, Any]:
    """The report that a command printed; empty when it came to none."""
    if not ended.out.strip():
        return {}
    report: dict[str, Any] = json.loads(ended.out)
    return report
