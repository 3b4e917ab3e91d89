"""Downloads of scripts from an emulated host in the same process, by the transport that a deployment has for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from watchkeeper.emulators.clock import FIRST_MONDAY, WorldClock
from watchkeeper.emulators.evidence import Scripts
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.inprocess import BASE_URLS, InProcessAdapter
from watchkeeper.emulators.world import World
from watchkeeper.model.allow_list import AllowList
from watchkeeper.transport import Transport, TransportPolicy
from watchkeeper_scripts import ScriptHosts, ScriptsConfig, open_source, policy_for

HOST = BASE_URLS["scripts"]
APPROVED = f"{HOST}/approved"
PLAYBOOK = f"{APPROVED}/playbooks/block-ip/azuredeploy.json"


class ScriptRig:
    """A host whose directory `approved` is allowed, and files of up to 4 KiB."""

    def __init__(self) -> None:
        self.clock = WorldClock(FIRST_MONDAY, frozen=True)
        self.host = Scripts(self.clock, quotas=True)
        self.world = World(self.clock, self.host)
        self.slept: list[float] = []
        self.source = self.open()

    def open(self, max_bytes: int = 4096, *, read_bytes: int = 4096) -> ScriptHosts:
        """`read_bytes`: what the transport would read."""
        config = ScriptsConfig(AllowList.of([APPROVED]), max_bytes)
        transport = Transport(
            policy_for(replace(config, max_bytes=read_bytes), TransportPolicy()),
            clock=self.clock,
            monotonic=lambda: self.clock.now().timestamp(),
            sleep=self._sleep,
            random=Random(7),
            adapter_factory=lambda side: InProcessAdapter(self.world),
        )
        return open_source(config, transport, self.clock)

    def seed(self, **command: Any) -> None:
        self.host.seed({"system": "scripts", **command})

    def put(self, path: str, text: str) -> str:
        """A file, in the place of all others; its address."""
        self.seed(collections={"files": [{"path": path, "text": text}]})
        return f"{HOST}{path}"

    def fault(self, **rule: Any) -> None:
        self.world.faults.add(FaultRule.of_json({"system": "scripts", **rule}))

    def asked(self) -> list[str]:
        """The paths of the requests that arrived, in their order."""
        return [entry.path for entry in self.world.log.entries()]

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))
