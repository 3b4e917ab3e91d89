"""A workspace as a source of evidence, over an emulated tenant in the same process, with a month of its past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from tests.contract.sentinel_connector.rig import SentinelRig

from watchkeeper.doctor.permissions import OF_EVIDENCE, shipped
from watchkeeper.emulators.request_log import LogEntry
from watchkeeper.model.evidence import Listing, Subject
from watchkeeper.model.findings import Check
from watchkeeper.model.probing import Probe, ProbeScope

MONTH: Final = timedelta(days=31)
READS: Final = (
    Subject.CONTENT_PACKAGES,
    Subject.AUTOMATION_RULES,
    Subject.PLAYBOOKS,
    Subject.AUTOMATION_FAILURES,
    Subject.CLOSED_INCIDENTS,
)
LISTS: Final = READS[:3]
"""Those that ARM lists."""
QUERIES: Final = READS[3:]
"""Those that Log Analytics is asked for."""
SYSTEMS: Final[Mapping[Subject, str]] = {each: "arm" if each in LISTS else "loganalytics" for each in READS}
ACTIONS: Final = shipped().roles_of_azure[OF_EVIDENCE]


class WorkspaceRig(SentinelRig):
    def __init__(self) -> None:
        super().__init__()
        self.connector = self.open(self.open_transport(writes_allowed=False))
        self.evidence = self.connector.workspace

    def past(self, days: int = 31) -> None:
        """So many days of closed incidents, rules and runs, all of them in the tables already."""
        self.arm.seed({"system": "sentinel", "past": days})
        self.advance(timedelta(minutes=10))

    def read(self, subject: Subject) -> Listing[Any]:
        now = self.clock.now()
        match subject:
            case Subject.CONTENT_PACKAGES:
                return self.evidence.content_packages()
            case Subject.AUTOMATION_RULES:
                return self.evidence.automation_rules()
            case Subject.PLAYBOOKS:
                return self.evidence.playbooks()
            case Subject.AUTOMATION_FAILURES:
                return self.evidence.automation_failures(now - MONTH)
            case _:
                return self.evidence.closed_incidents(now - MONTH, now)

    def closed(self, since: datetime, until: datetime | None = None) -> list[str]:
        """The titles of the incidents that were closed then."""
        return [each.title for each in self.evidence.closed_incidents(since, until or self.clock.now()).rows]

    def opens(self, title: str = "Phishing mail reported", **wanted: Any) -> str:
        """An incident of Defender, by its name."""
        command = {"title": title, "provider": "xdr", "alerts": [{"title": title}], **wanted}
        (made,) = self.arm.seed({"system": "sentinel", **command})["incidents"]
        return str(made["name"])

    def does(self, do: str, incident: str, **fields: Any) -> None:
        """What a person does, and the minutes until the tables know of it."""
        self.people(do, incident=incident, fields=fields)
        self.advance(timedelta(minutes=10))

    def closes(self, incident: str, classification: str = "TruePositive", **fields: Any) -> None:
        self.does("close", incident, classification=classification, **fields)

    def logs_told(self, **switches: Any) -> None:
        self.logs.seed({"system": "loganalytics", **switches})

    def may(self, *actions: str) -> None:
        """Our account has these rights, and no others."""
        self.arm.seed({"system": "sentinel", "grants": {self.options.client_id: {"actions": list(actions)}}})

    def may_all_but(self, *actions: str) -> None:
        self.may(*sorted(ACTIONS - set(actions)))

    def calls(self, system: str) -> list[LogEntry]:
        return [entry for entry in self.world.log.entries() if entry.system == system]

    def probes(self) -> dict[str, Probe]:
        """What is told of evidence, by its subject."""
        found = self.connector.probes(ProbeScope("observe", evidence_actions=ACTIONS))
        about = Check.EVIDENCE
        return {each.subject: each for each in found if each.check is about or each.subject == about.value}
