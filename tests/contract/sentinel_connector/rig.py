"""A Sentinel connector over an emulated tenant in the same process, with a clock that only moves when told to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, ClassVar

from watchkeeper.emulators.azure import AzureOptions, build_azure
from watchkeeper.emulators.clock import FIRST_MONDAY, WorldClock
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.inprocess import BASE_URLS, InProcessAdapter
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.request_log import LogEntry
from watchkeeper.emulators.world import World
from watchkeeper.model.population import Condition, Feed, Filter, Operator
from watchkeeper.model.record import SENTINEL, Draft, RawFields, RecordRef
from watchkeeper.transport import Transport, TransportPolicy
from watchkeeper_sentinel import SentinelConfig, SentinelConnector, open_connector


class SentinelRig:
    table = "incidents"
    title_field = "title"
    other_title: ClassVar[RawFields] = {"title": "Check licences and portals"}
    closing: ClassVar[RawFields] = {
        "status": "Closed",
        "classification": "Undetermined",
        "classificationComment": "Done.",
    }
    foreign_ref = RecordRef(SENTINEL, "incidents", "01234567-89ab-4cde-8f01-23456789abcd")

    def __init__(self, options: WorldOptions | None = None, azure: AzureOptions | None = None) -> None:
        self.options = options or WorldOptions()
        self.clock = WorldClock(FIRST_MONDAY, frozen=True)
        self.entra, self.arm, self.logs = build_azure(self.clock, self.options, azure)
        self.world = World(self.clock, self.entra, self.arm, self.logs, options=self.options)
        self.slept: list[float] = []
        self.transport = self.open_transport(writes_allowed=True)
        self.connector = self.open(self.transport)

    def config(self, **changes: Any) -> SentinelConfig:
        config = SentinelConfig(
            subscription_id=self.options.subscription_id,
            resource_group=self.options.resource_group,
            workspace_name=self.options.workspace_name,
            workspace_id=self.options.workspace_id,
            tenant_id=self.options.tenant_id,
            client_id=self.options.client_id,
            client_secret=self.options.client_secret,
            authority_host=BASE_URLS["entra"],
            arm_endpoint=BASE_URLS["arm"],
            logs_endpoint=BASE_URLS["loganalytics"],
            logs_audience=self.options.logs_audience,
        )
        return replace(config, **changes)

    def open_transport(self, *, writes_allowed: bool) -> Transport:
        return Transport(
            TransportPolicy(writes_allowed=writes_allowed),
            clock=self.clock,
            monotonic=lambda: self.clock.now().timestamp(),
            sleep=self.sleep,
            random=Random(7),
            adapter_factory=lambda side: InProcessAdapter(self.world),
        )

    def open(self, transport: Transport, **changes: Any) -> SentinelConnector:
        return open_connector(self.config(**changes), transport, self.clock, lambda: self.clock.now().timestamp())

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))

    def draft(self, marker: str, title: str) -> Draft:
        fields: RawFields = {
            "title": title,
            "severity": "Informational",
            "status": "New",
            "labels": ("soc-maintenance", "watchkeeper"),
        }
        return Draft(self.connector.chosen_ref(self.table, marker), marker, fields)

    def feed(self, created_since: datetime | None = None) -> Feed:
        escalations = Filter((Condition("labels", Operator.HAS_ANY, ("escalation",)),))
        fields = frozenset({"title", "status", "severity", "labels", "owner.userPrincipalName", "classification"})
        return Feed(SENTINEL, "incidents", fields, (escalations,), created_since)

    def advance(self, delta: timedelta) -> None:
        self.clock.advance(delta)

    def people(self, do: str, who: str = "keiko.tanaka", **command: object) -> RecordRef:
        done = self.arm.people({"who": who, "do": do, **command})
        return RecordRef(SENTINEL, "incidents", done["name"])

    def person_edits(self, ref: RecordRef) -> None:
        self.people("edit", incident=ref.id, fields={"severity": "High"})

    def person_comments(self, ref: RecordRef, text: str) -> None:
        self.people("comment", incident=ref.id, text=text)

    def person_opens(self, title: str) -> RecordRef:
        return self.people("create", text=title, fields={"labels": ["escalation"]})

    def lose_reply(self, method: str) -> None:
        assert method in {"create", "update"}
        self.fault("drop_after", method="PUT", times=1)

    def cut_listings(self) -> None:
        self.fault("truncate", method="GET", regex="/incidents$")

    def switch(self, **options: object) -> None:
        """Let the emulated ARM play another variant from now on."""
        self.arm.seed({"system": "sentinel", "options": options})

    def fault(self, kind: str, **rule: object) -> None:
        self.world.faults.add(FaultRule.of_json({"kind": kind, "system": "arm", **rule}))

    def heal(self) -> None:
        self.world.faults.clear()

    def observing(self) -> SentinelConnector:
        return self.open(self.open_transport(writes_allowed=False))

    def requests(self) -> list[LogEntry]:
        """What reached ARM and Log Analytics; tokens are not counted."""
        return [entry for entry in self.world.log.entries() if entry.system != "entra"]

    def requests_made(self) -> int:
        return len(self.requests())

    def writes_made(self) -> int:
        return sum(entry.method == "PUT" for entry in self.requests())
