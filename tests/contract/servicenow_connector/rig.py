"""A ServiceNow connector over an emulated instance in the same process, with a clock that only moves when told to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import ClassVar

from watchkeeper.emulators.clock import FIRST_MONDAY, WorldClock
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.inprocess import BASE_URLS, InProcessAdapter
from watchkeeper.emulators.options import WorldOptions
from watchkeeper.emulators.request_log import LogEntry
from watchkeeper.emulators.servicenow import ServiceNow, build_servicenow
from watchkeeper.emulators.world import World
from watchkeeper.model.population import Condition, Feed, Filter, Operator
from watchkeeper.model.record import SERVICENOW, Draft, RawFields, RecordRef
from watchkeeper.transport import Secret, Transport, TransportPolicy
from watchkeeper_servicenow import ClientCredentials, ServiceNowConfig, ServiceNowConnector, open_connector

INSTANCE = BASE_URLS["servicenow"]
_METHODS = {"create": "POST", "update": "PATCH"}


class ServiceNowRig:
    table = "incident"
    title_field = "short_description"
    other_title: ClassVar[RawFields] = {"short_description": "Check licences and portals"}
    closing: ClassVar[RawFields] = {"state": "6", "close_code": "Solution provided", "close_notes": "Done."}
    foreign_ref = RecordRef(SERVICENOW, "incident", "0123456789abcdef0123456789abcdef")

    def __init__(self, options: WorldOptions | None = None) -> None:
        self.options = options or WorldOptions()
        self.clock = WorldClock(FIRST_MONDAY, frozen=True)
        self.servicenow: ServiceNow = build_servicenow(self.clock, self.options)
        self.world = World(self.clock, self.servicenow, options=self.options)
        self.slept: list[float] = []
        self.transport = self.open_transport(writes_allowed=True)
        self.connector = self.open(self.transport)

    def config(self, **changes: object) -> ServiceNowConfig:
        login = ClientCredentials(self.options.servicenow_client_id, Secret(self.options.servicenow_client_secret))
        return replace(ServiceNowConfig(INSTANCE, login), **changes)

    def open_transport(self, *, writes_allowed: bool) -> Transport:
        return Transport(
            TransportPolicy(writes_allowed=writes_allowed),
            clock=self.clock,
            monotonic=lambda: self.clock.now().timestamp(),
            sleep=self.sleep,
            random=Random(7),
            adapter_factory=lambda side: InProcessAdapter(self.world),
        )

    def open(self, transport: Transport, **changes: object) -> ServiceNowConnector:
        return open_connector(self.config(**changes), transport, self.clock, lambda: self.clock.now().timestamp())

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))

    def draft(self, marker: str, title: str) -> Draft:
        ref = self.connector.chosen_ref(self.table, marker)
        fields = {"short_description": title, "impact": "3", "urgency": "3", "category": "soc_maintenance"}
        return Draft(ref, marker, fields)

    def feed(self, created_since: datetime | None = None) -> Feed:
        escalations = Filter((Condition("category", Operator.IN, ("security",)),))
        fields = frozenset({"short_description", "state", "category", "assigned_to", "close_code"})
        return Feed(SERVICENOW, "incident", fields, (escalations,), created_since)

    def advance(self, delta: timedelta) -> None:
        self.clock.advance(delta)

    def people(self, do: str, who: str = "keiko.tanaka", **command: object) -> RecordRef:
        done = self.servicenow.people({"who": who, "do": do, **command})
        return RecordRef(SERVICENOW, "incident", done["record"]["sys_id"])

    def person_edits(self, ref: RecordRef) -> None:
        self.people("edit", sys_id=ref.id, fields={"urgency": "2"})

    def person_comments(self, ref: RecordRef, text: str) -> None:
        self.people("note", sys_id=ref.id, text=text)

    def person_opens(self, title: str) -> RecordRef:
        return self.people("create", fields={"short_description": title, "category": "security"})

    def lose_reply(self, method: str) -> None:
        self.fault("drop_after", method=_METHODS[method], times=1)

    def cut_listings(self) -> None:
        self.fault("truncate", method="GET", shape="error_row")

    def fault(self, kind: str, **rule: object) -> None:
        self.world.faults.add(FaultRule.of_json({"kind": kind, "path_prefix": "/api/now/table/incident", **rule}))

    def heal(self) -> None:
        self.world.faults.clear()

    def observing(self) -> ServiceNowConnector:
        return self.open(self.open_transport(writes_allowed=False))

    def requests(self) -> list[LogEntry]:
        return [entry for entry in self.world.log.entries() if entry.path != "/oauth_token.do"]

    def requests_made(self) -> int:
        return len(self.requests())

    def writes_made(self) -> int:
        return sum(entry.is_write for entry in self.requests())
