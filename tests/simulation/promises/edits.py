"""What becomes of the values that people choose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tests.simulation.evidence import Said
from tests.simulation.promises.judgement import Judgement, both_ways
from tests.simulation.recorded import FIELDS, Edit, Pair, Recorded, Version, edits, our_changes

OWNED = {
    "servicenow": ("short_description", "description", "assignment_group", "assigned_to", "category", "due_date"),
    "sentinel": ("title", "description", "owner"),
}
"""Raw fields that belong to their side, or to people, once a record is there."""
RANKS = ("informational", "low", "medium", "high")
OUTSIDER = "dana.desk"


def i04_no_edit_is_lost(its: Judgement) -> Iterator[str]:
    for key, pair in its.pairs.items():
        if pair.sides is None:
            continue
        for name in FIELDS:
            made = edits(pair, name)
            values = {record.now.means[name] for record in pair.sides}
            if not made or len(values) > 1:
                continue  # what is on either side yet is not lost
            last, [held] = _last(made), values
            if held in last or all(_is_told(its, key, name, value) for value in last):
                continue
            if all(_was_given_back_unseen(its, pair, name, value) for value in last):
                continue
            yield f"{name} of {key}: people said {sorted(last)} last, both sides hold {held}"


def i05_ownership(its: Judgement) -> Iterator[str]:
    for record in its.records.values():
        for old, new in zip(record.versions, record.versions[1:], strict=False):
            for name in OWNED[record.side] if new.ours else ():
                if old.raw.get(name) != new.raw.get(name):
                    yield f"we changed {name} of {record.side} {record.number} to {new.raw.get(name)!r}"
            if new.ours and record.side == "sentinel" and set(old.raw["labels"]) - set(new.raw["labels"]):
                yield f"we took labels from incident {record.number}"


def i05_what_the_profile_allows(its: Judgement) -> Iterator[str]:
    """The shipped profile lowers no severity, and lets nobody outside the SOC close an incident from ServiceNow."""
    for key, pair in its.pairs.items():
        for record, _ in () if pair.is_duty else both_ways(pair):
            for old, new in our_changes(record, "severity"):
                lowered = RANKS.index(new.means["severity"]) < RANKS.index(old.means["severity"])
                if lowered and not _fell_between(its, key, record.side, old.means["severity"]):
                    yield f"we lowered the severity of {key} on {record.side} to {new.means['severity']}"
        if pair.sides is None or pair.is_duty:
            continue
        ticket, incident = pair.sides
        for _, new in our_changes(incident, "status"):
            closers = {version.by for version in _closings(ticket) if version.at <= new.at}
            if new.means["status"] == "closed" and closers == {OUTSIDER}:
                yield f"we closed the incident of {key}, which only {OUTSIDER} had closed in ServiceNow"


def i06_no_echo(its: Judgement) -> Iterator[str]:
    if its.evidence.overslept or its.evidence.lost:
        return
    for key, pair in its.pairs.items():
        for name in FIELDS if pair.sides else ():
            ours = sum(len(our_changes(record, name)) for record in pair.sides or ())
            theirs = len(edits(pair, name))
            if ours > theirs:
                yield f"{name} of {key}: {theirs} edits of people became {ours} writes of ours"


def i13_nuance_survives(its: Judgement) -> Iterator[str]:
    """ServiceNow takes no precondition: a spelling that a person chose between our last look and our write is written over."""
    raw = {"servicenow": {"status": ("state",), "severity": ("impact", "urgency")}, "sentinel": {}}
    for record in its.records.values():
        for old, new in zip(record.versions, record.versions[1:], strict=False):
            for name, names in raw[record.side].items() if new.ours and its.could_see(record, old, new) else ():
                same = old.means[name] == new.means[name]
                if same and any(old.raw[each] != new.raw[each] for each in names):
                    yield f"we changed the spelling of {name} on {record.number}, which meant {old.means[name]} already"


def _closings(record: Recorded) -> Iterator[Version]:
    before = ""
    for version in record.versions:
        if version.means["status"] == "closed" != before:
            yield version
        before = version.means["status"]


def _last(made: list[Edit]) -> set[str]:
    """What people said last, on either side; deeds of the same second on both are equally late."""
    latest = made[-1].at
    return set({edit.side: edit.value for edit in made if (latest - edit.at).total_seconds() < 1}.values())


def _is_told(its: Judgement, key: str, name: str, value: str) -> bool:
    lost = {_coarse(row.value) for row in its.evidence.conflicts if (row.key, row.field) == (key, name)}
    return value in lost or any((row.key, row.field) == (key, name) for row in its.evidence.parked)


def _fell_between(its: Judgement, key: str, side: str, value: str) -> bool:
    """Whether we have told of a severity that we wrote over in the very moment between our look and our write: nobody decided to
    lower it. ServiceNow knows no precondition; Sentinel does, and there is no such moment there."""
    return side == "servicenow" and Said(key, "severity", value, "passed-over") in its.evidence.conflicts


def _was_given_back_unseen(its: Judgement, pair: Pair, name: str, value: str) -> bool:
    """Whether a person's last word was to give an incident back what it had held, and we wrote over that before the workspace's
    table could tell. Such an edit leaves nothing behind in the incident: it looks as if it had never been made, and the table,
    which lags and may fail, is all that knows better. The promise ends there (docs/sync.md); once the table tells, the edit counts."""
    before: list[str] = []
    given_back: datetime | None = None
    for version in pair.incident.versions if pair.incident else ():
        now = version.means[name]
        changed = bool(before) and now != before[-1]
        if (
            changed
            and version.ours
            and given_back is not None
            and not its.table_told(pair.incident, given_back, version)
        ):
            return True
        if changed:
            given_back = version.at if not version.ours and now == value and now in before else None
        before.append(now)
    return False


def _coarse(value: str) -> str:
    return {"on-hold": "active", "resolved": "closed", "cancelled": "closed"}.get(value.lower(), value.lower())
