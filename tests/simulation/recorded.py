"""The emulated systems' own history in the words of the checker: every version of every record, who made it, and what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from watchkeeper.emulators.world import World

OURS = "watchkeeper"
OUR_APPLICATION = "Watchkeeper Integration"
STATES = {"1": "new", "2": "active", "3": "active", "6": "closed", "7": "closed", "8": "closed"}
LEVELS = {
    **dict.fromkeys([("1", "1"), ("1", "2"), ("2", "1")], "high"),
    **dict.fromkeys([("2", "2"), ("1", "3"), ("3", "1")], "medium"),
    **dict.fromkeys([("2", "3"), ("3", "2")], "low"),
    ("3", "3"): "informational",
}
FIELDS = ("status", "severity")
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_KEY = re.compile(r"(?:watchkeeper-key:)?test/(\S+)")
MIRROR = re.compile(r"\[watchkeeper:v1:([a-z-]+):([^\]\s]{1,200})\]\s*\Z")


@dataclass(frozen=True, slots=True)
class Version:
    """A record as somebody left it. `means`: field → canonical value. `sequence` orders versions of one system."""

    at: datetime
    sequence: int
    by: str
    ours: bool
    raw: Mapping[str, Any]
    means: Mapping[str, str]
    what: str


@dataclass(frozen=True, slots=True)
class Note:
    """A comment. `stamp`: when it was made, as finely as its system tells: ServiceNow in whole seconds."""

    id: str
    ours: bool
    text: str
    stamp: str

    @property
    def mirrors(self) -> tuple[str, str] | None:
        """(side, id) of the comment that this one repeats."""
        found = MIRROR.search(unescape(self.text))
        return (found.group(1), found.group(2)) if found else None


@dataclass(slots=True)
class Recorded:
    """One record: its versions, oldest first, its comments in order, and whether it is gone."""

    side: str
    id: str
    number: str
    versions: list[Version] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    gone: bool = False

    @property
    def now(self) -> Version:
        return self.versions[-1]

    @property
    def key(self) -> str:
        """The pair's key as it is written on the record; empty where none is."""
        if self.side == "servicenow":
            ours = self.now.raw.get("correlation_display") == OURS
            found = _KEY.fullmatch(str(self.now.raw.get("correlation_id", ""))) if ours else None
            return found.group(1) if found else ""
        for label in self.now.raw["labels"]:
            if label.startswith("watchkeeper-key:") and (found := _KEY.fullmatch(label)):
                return found.group(1)
        return ""


@dataclass(frozen=True, slots=True)
class Pair:
    key: str
    ticket: Recorded | None
    incident: Recorded | None

    @property
    def sides(self) -> tuple[Recorded, Recorded] | None:
        return (self.ticket, self.incident) if self.ticket and self.incident else None

    @property
    def is_duty(self) -> bool:
        return not self.key.startswith("escalation/")


@dataclass(frozen=True, slots=True)
class Edit:
    at: datetime
    side: str
    field: str
    value: str
    created: bool


def recorded(world: World) -> dict[tuple[str, str], Recorded]:
    return {**_tickets(world), **_incidents(world)}


def _tickets(world: World) -> dict[tuple[str, str], Recorded]:
    system: Any = world.systems["servicenow"]
    found: dict[tuple[str, str], Recorded] = {}
    for sequence, change in enumerate(system.changes()):
        place = ("servicenow", change.sys_id)
        if change.table == "sys_journal_field" and change.after.get("element") == "work_notes":
            note = Note(change.sys_id, change.by == OURS, change.after["value"], change.after["sys_created_on"])
            found[("servicenow", change.after["element_id"])].notes.append(note)
        if change.table != "incident":
            continue
        record = found.setdefault(place, Recorded("servicenow", change.sys_id, change.after.get("number", "")))
        record.gone = change.kind == "delete"
        raw = {**(record.now.raw if record.versions else {}), **change.after}
        at = datetime.fromisoformat(change.at).replace(tzinfo=UTC)
        means = {"status": STATES[raw["state"]], "severity": LEVELS[raw["impact"], raw["urgency"]]}
        record.versions.append(Version(at, sequence, change.by, change.by == OURS, raw, means, change.kind))
    return found


def _incidents(world: World) -> dict[tuple[str, str], Recorded]:
    system: Any = world.systems["arm"]
    found: dict[tuple[str, str], Recorded] = {}
    for sequence, change in enumerate(system._workspace.store.changes):
        each = change.incident
        record = found.setdefault(
            ("sentinel", each.name.lower()), Recorded("sentinel", each.name.lower(), str(each.number))
        )
        record.gone = change.deleted
        ours = change.who.name == OUR_APPLICATION
        record.notes = [
            Note(comment.name, comment.author.name == OUR_APPLICATION, comment.message, f"{comment.created:019}")
            for comment in sorted(each.comments, key=lambda comment: comment.created)
        ]
        raw = {
            "title": each.title,
            "description": each.description,
            "status": each.status,
            "severity": each.severity,
            "owner": (each.owner or {}).get("userPrincipalName"),
            "labels": tuple(sorted(label.name for label in each.labels)),
            "classification": each.classification,
        }
        means = {"status": each.status.lower(), "severity": each.severity.lower()}
        at = _EPOCH + timedelta(microseconds=change.at // 10)
        record.versions.append(Version(at, sequence, change.who.name, ours, raw, means, change.what))
    return found


def pairs(records: Mapping[tuple[str, str], Recorded]) -> dict[str, Pair]:
    """Every key, with the record that stands for it on each side (the first, where there are several)."""
    keyed: dict[str, dict[str, Recorded]] = {}
    for (side, id_), record in sorted(records.items(), key=lambda row: row[1].versions[0].sequence):
        if record.gone:
            continue
        if record.key:
            keyed.setdefault(record.key, {}).setdefault(side, record)
        own = f"escalation/{side}/{id_}"
        if not record.versions[0].ours and _escalated(record):
            keyed.setdefault(own, {})[side] = record
    return {key: Pair(key, sides.get("servicenow"), sides.get("sentinel")) for key, sides in sorted(keyed.items())}


def _escalated(record: Recorded) -> bool:
    if record.side == "sentinel":
        return "escalation" in record.now.raw["labels"]
    return record.now.raw.get("category") == "security"


def edits(pair: Pair, name: str) -> list[Edit]:
    """What people (and the instance itself) made of a field of a pair, in order of time; a record's creation by a person counts."""
    found = []
    for record in (pair.ticket, pair.incident):
        before = None
        for version in record.versions if record else ():
            value = version.means[name]
            if not version.ours and value != before:
                found.append(Edit(version.at, record.side, name, value, before is None))  # type: ignore[union-attr]
            before = value
    return sorted(found, key=lambda edit: edit.at)


def our_changes(record: Recorded, name: str) -> list[tuple[Version, Version]]:
    """(before, after) of every change of a field that we made on a record that was there."""
    steps = zip(record.versions, record.versions[1:], strict=False)
    return [(old, new) for old, new in steps if new.ours and old.means[name] != new.means[name]]
