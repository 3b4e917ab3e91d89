"""A deployment with every source of evidence over one emulated world in the same process: it collects, and it syncs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.engine import MAPPINGS, MONDAY, Deployment, make_deployment
from tests.invariants import story

from watchkeeper.catalog.owner_file import load_owners
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.collecting.desk import Desk, Sources
from watchkeeper.collecting.duties import COLLECTORS
from watchkeeper.collecting.run import Collected, collect
from watchkeeper.emulators.inprocess import BASE_URLS
from watchkeeper.evidence.kept import gathering_of
from watchkeeper.model.allow_list import AllowList
from watchkeeper.model.evidence_rules import EvidenceRules, NamedScript, ScriptRules
from watchkeeper.model.gathering import Found, Gathering
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.sources import administration_of, workspace_of
from watchkeeper.state import SqlStateStore
from watchkeeper.stop import Stop
from watchkeeper_defender import DefenderConfig
from watchkeeper_defender import open_source as open_defender
from watchkeeper_graph import GraphConfig
from watchkeeper_graph import open_source as open_graph
from watchkeeper_scripts import ScriptsConfig
from watchkeeper_scripts import open_source as open_scripts
from watchkeeper_sentinel import SentinelConfig, open_sign_in

APPROVED = f"{BASE_URLS['scripts']}/approved"
PLAYBOOK = NamedScript("Block IP", f"{APPROVED}/playbooks/block-ip/azuredeploy.json", "automation-scripts")
SCRIPTS = ScriptRules((APPROVED,), 65536, (PLAYBOOK,))


class Soc:
    def __init__(self, folder: Path, *, start: datetime = MONDAY, mappings: Path = MAPPINGS) -> None:
        self.deployment: Deployment = make_deployment(folder, start=start, mappings=mappings, evidence=True)
        self.world = self.deployment.world
        self.rules = replace(EvidenceRules(), scripts=SCRIPTS)
        self.zone: ZoneInfo | None = None
        self.absent: tuple[str, ...] = ()

    def without(self, *sources: str) -> None:
        """No settings say where these are."""
        self.absent = sources

    def at_home(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)

    def collect(self, *tasks: str) -> Collected:
        with self.deployment.store() as store:
            desk = self._desk(store)
            return collect(desk, COLLECTORS, tasks or tuple(COLLECTORS), frozenset())

    def _desk(self, store: SqlStateStore) -> Desk:
        systems, transport = self.deployment._systems(store), self.deployment.transport
        clock, options = self.deployment.time, self.world.options
        config = SentinelConfig(
            subscription_id=options.subscription_id,
            resource_group=options.resource_group,
            workspace_name=options.workspace_name,
            tenant_id=options.tenant_id,
            client_id=options.client_id,
            client_secret=options.client_secret,
            authority_host=BASE_URLS["entra"],
        )
        sign_in = open_sign_in(config, transport)
        sources = Sources(
            open_graph(GraphConfig(BASE_URLS["graph"]), transport, sign_in, clock),
            open_defender(DefenderConfig(BASE_URLS["defender"]), transport, sign_in, clock),
            administration_of(systems.connectors[SERVICENOW]),
            workspace_of(systems.connectors[SENTINEL]),
            open_scripts(ScriptsConfig(AllowList.of([APPROVED]), SCRIPTS.max_bytes), transport, clock),
        )
        sources = replace(sources, **dict.fromkeys(self.absent))
        owners = load_owners(self.deployment.mappings, systems.catalog)
        inquiry, now, catalog = Inquiry(Stop()), clock.now(), systems.catalog
        if self.zone is not None:
            catalog = replace(catalog, deployment=replace(catalog.deployment, zone=self.zone))
        return Desk(sources, store, catalog, systems.profiles, self.rules, owners, now, inquiry)

    def of(self, task: str) -> Gathering:
        """What was gathered for a task last."""
        with self.deployment.store() as store:
            kept = store.latest_snapshot(gathering_of(task), self.world.clock.now().date())
        assert kept is not None
        return kept.document

    def pieces(self, task: str) -> dict[str, Found]:
        return {piece.subject: piece.found for piece in self.of(task).pieces}

    def missing(self, task: str) -> list[str]:
        return [subject for subject, found in self.pieces(task).items() if found is Found.MISSING]

    def notes(self, task: str) -> list[str]:
        """What our account wrote on the tickets of a task, in order."""
        stem = f"{self.deployment.name}/{task}/"
        rows = [row for row in story.tickets(self.deployment) if row["correlation_id"].startswith(stem)]
        return [text for row in rows for who, text in story.notes(row) if who == "watchkeeper"]

    def past(self, days: int | bool = True) -> None:
        self.seed("arm", "sentinel", past=days)

    def seed(self, name: str, system: str | None = None, **command: Any) -> None:
        self.world.systems[name].seed({"system": system or name, **command})  # type: ignore[attr-defined]

    def later(self, **time: float) -> None:
        self.world.clock.advance(timedelta(**time))
