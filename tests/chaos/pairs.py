"""What belongs together in the two systems, and what it says, in the checker's own words: nothing here knows the engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.emulation import Records

Ticket = Mapping[str, Any]
Incident = Mapping[str, Any]

OUR_USER = "watchkeeper"
OUR_APPLICATION = "Watchkeeper"
KEY_LABEL = "watchkeeper-key:"
STATES = {"1": "new", "2": "active", "3": "active", "6": "closed", "7": "closed", "8": "closed"}
SEVERITIES = ("informational", "low", "medium", "high")
LEVELS = {
    ("1", "1"): "high",
    ("1", "2"): "high",
    ("2", "1"): "high",
    ("2", "2"): "medium",
    ("1", "3"): "medium",
    ("3", "1"): "medium",
    ("2", "3"): "low",
    ("3", "2"): "low",
    ("3", "3"): "informational",
}


@dataclass(slots=True)
class Pair:
    """Every record that carries one key; more than one on a side is a duplicate."""

    key: str
    tickets: list[Ticket] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return len(self.tickets) == len(self.incidents) == 1

    @property
    def ticket(self) -> Ticket:
        return self.tickets[0]

    @property
    def incident(self) -> Incident:
        return self.incidents[0]

    @property
    def is_escalation(self) -> bool:
        return self.key.startswith("escalation/")

    def meanings(self, what: str) -> tuple[str, str]:
        """What a shared field means in ServiceNow and in Sentinel."""
        properties = self.incident["properties"]
        if what == "status":
            return STATES[self.ticket["state"]], str(properties["status"]).lower()
        return LEVELS[self.ticket["impact"], self.ticket["urgency"]], str(properties["severity"]).lower()

    def value(self, side: str, name: str) -> str:
        """A field that stays on its side."""
        if side == "servicenow":
            return str(self.ticket[name])
        found = self.incident["properties"].get(name)
        return str(found.get("userPrincipalName")) if isinstance(found, Mapping) else str(found)


def pairs_of(records: Records, deployment: str) -> Mapping[str, Pair]:
    """All records of a deployment by key. An escalation that nobody mirrored yet is its own key's only record."""
    pairs: dict[str, Pair] = {}
    for key, ticket in _keyed_tickets(records, deployment):
        pairs.setdefault(key, Pair(key)).tickets.append(ticket)
    for key, incident in _keyed_incidents(records, deployment):
        pairs.setdefault(key, Pair(key)).incidents.append(incident)
    return pairs


def _keyed_tickets(records: Records, deployment: str) -> Iterator[tuple[str, Ticket]]:
    for row in records["servicenow"]:
        marker = row["correlation_id"]
        if marker.startswith(f"{deployment}/"):
            yield marker.removeprefix(f"{deployment}/"), row
        elif not marker and row["category"] == "security":
            yield f"escalation/servicenow/{row['sys_id']}", row


def _keyed_incidents(records: Records, deployment: str) -> Iterator[tuple[str, Incident]]:
    for item in records["arm"]:
        if item["deleted"]:
            continue
        labels = [label["labelName"] for label in item["properties"]["labels"]]
        markers = [label.removeprefix(KEY_LABEL) for label in labels if label.startswith(KEY_LABEL)]
        ours = [marker for marker in markers if marker.startswith(f"{deployment}/")]
        for marker in ours:
            yield marker.removeprefix(f"{deployment}/"), item
        if not ours and "escalation" in labels:
            yield f"escalation/sentinel/{item['name'].lower()}", item


def work_notes(ticket: Ticket) -> list[tuple[str, str]]:
    """(author, text) of a ticket's work notes, oldest first."""
    entries = [entry for entry in ticket["journal"] if entry["element"] == "work_notes"]
    ordered = sorted(entries, key=lambda each: each["sys_created_on"])
    return [(entry["sys_created_by"], entry["value"]) for entry in ordered]


def comments(incident: Incident) -> list[tuple[bool, str]]:
    """(whether our account wrote it, text) of an incident's comments, oldest first."""
    found: Sequence[Mapping[str, Any]] = incident["comments"]
    return [
        (OUR_APPLICATION in str(each["properties"]["author"]), each["properties"]["message"])
        for each in sorted(found, key=lambda each: each["properties"]["createdTimeUtc"])
    ]


def grouped(texts: Sequence[str], looked_for: Sequence[str]) -> Mapping[str, int]:
    """How many of the texts contain each of those looked for."""
    counts: defaultdict[str, int] = defaultdict(int)
    for text in texts:
        for wanted in looked_for:
            counts[wanted] += wanted in text
    return counts
