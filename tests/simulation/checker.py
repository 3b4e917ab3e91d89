"""The invariants, judged by what the systems recorded and what people did. Nothing here knows how the engine works.

Each function is named after its invariant and tells its breaches as sentences; `check` runs them all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation import memory
from tests.simulation.evidence import Evidence, Said
from tests.simulation.recorded import FIELDS, Edit, Pair, Recorded, Version, edits, our_changes, pairs, recorded

from watchkeeper.model.exit_code import ExitCode

OWNED = {
    "servicenow": ("short_description", "description", "assignment_group", "assigned_to", "category", "due_date"),
    "sentinel": ("title", "description", "owner"),
}
"""Raw fields that belong to their side, or to people, once a record is there."""
CALLS_AT_REST = 3
_DUTY = re.compile(r"[a-z0-9-]+/[A-Za-z0-9 -]+@(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2})?")


@dataclass(frozen=True, slots=True)
class Breach:
    invariant: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.sentence}"


class Judgement:
    """One history's evidence, sorted out once for all checks."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.records = recorded(evidence.world)
        self.made = Counter(
            (record.side, record.key) for record in self.records.values() if record.versions[0].ours and record.key
        )
        told = {key for (_, key), count in self.made.items() if count > 1 and self._may_be_there_twice(key)}
        self.pairs = {key: pair for key, pair in pairs(self.records).items() if key not in told}
        self.last = next((each.report for each in reversed(evidence.taken) if each.report is not None), None)

    def _may_be_there_twice(self, key: str) -> bool:
        """An instance that chooses its own ids cannot tell a doubled request, or that of a second run, from another one. It has to
        be reported, once a run has seen it."""
        doubled = self.evidence.struck[("ServiceNow create", "duplicate")] > 0 or self.evidence.overslept
        reported = any(row.key == key and row.field == "duplicate" for row in self.evidence.parked)
        return doubled and reported and not self.evidence.history.scene.honours_ids

    def is_named(self, key: str, name: str) -> bool:
        """Whether the last run says of a field that it is left alone, or of the key that it is unfinished, and why."""
        rows = self.last.parked if self.last is not None else ()
        told = any(row.key == key and row.field in {name, "", "duplicate"} and row.reason for row in rows)
        return told or bool(self.evidence.dirty.get(key))

    def could_see(self, record: Recorded, old: Version, new: Version) -> bool:
        """Whether we looked at tickets after the second in which one was left as it was, and before our write to it arrived.
        Our own versions we know."""
        for entry in self.evidence.world.log.entries():
            if entry.system != "servicenow" or entry.at < old.at + timedelta(seconds=1):
                continue
            if entry.method == "GET" and entry.path.endswith("/incident"):
                return True
            if entry.method == "PATCH" and entry.at >= new.at and entry.path.endswith(record.id):
                break
        return old.ours

    def duplicates_of_notes_may_be(self) -> bool:
        """ServiceNow takes no ids for notes: two runs at once, or a doubled request, can write one twice."""
        doubled = self.evidence.struck[("ServiceNow update", "duplicate")] > 0
        return doubled or self.evidence.overslept


def check(evidence: Evidence) -> list[Breach]:
    judgement = Judgement(evidence)
    return [Breach(name, sentence) for name, judge in INVARIANTS for sentence in judge(judgement)]


def i01_one_record_per_key_and_side(its: Judgement) -> Iterator[str]:
    for (side, key), count in sorted(its.made.items()):
        if count > 1 and key in its.pairs:
            yield f"{count} records were made for {key} on {side}"
    for key, pair in its.pairs.items():
        origin = key.split("/")[1] if not pair.is_duty else ""
        if origin and its.made[origin, key]:
            yield f"{key} was made again on the side that it came from"


def i02_agreement(its: Judgement) -> Iterator[str]:
    for key, pair in its.pairs.items():
        if pair.sides is None:
            if not _closed_before_it_was_seen(pair) and not its.is_named(key, "status"):
                yield f"{key} has no counterpart: {_shown(pair)}"
            continue
        for name in FIELDS:
            ticket, incident = (record.now.means[name] for record in pair.sides)
            if ticket != incident and not its.is_named(key, name):
                yield f"{name} of {key} differs, and nothing is said of it: {ticket} and {incident}"


def i03_rest(its: Judgement) -> Iterator[str]:
    for sent in its.evidence.rest_writes:
        yield f"a run with nothing to do wrote: {sent.method} {sent.path.rsplit('/', 1)[-1]}"
    plain = its.evidence.history.scene.pages > len(its.records) and not its.evidence.dirty
    calls = its.evidence.rest_calls
    if plain and not its.evidence.rest_writes and calls > CALLS_AT_REST + _waiting(its):
        yield f"a run with nothing to do made {calls} calls"


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
        for record, _ in () if pair.is_duty else _both_ways(pair):
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


def i07_comments(its: Judgement) -> Iterator[str]:
    for key, pair in its.pairs.items():
        if pair.sides is None or pair.is_duty:
            continue
        ticket, incident = pair.sides
        for origin, target in ((ticket, incident), (incident, ticket)):
            yield from _mirrored(its, key, origin, target)


def i08_killed_anywhere(its: Judgement) -> Iterator[str]:
    for key, reason in its.evidence.dirty.items():
        if reason.startswith("an open intention") or reason == "in progress":
            yield f"{key} is unfinished for good: {reason}"


def i09_valves(its: Judgement) -> Iterator[str]:
    for taken in its.evidence.taken:
        closed = [trip.name for trip in taken.report.valves if not trip.opened] if taken.report else []
        wrote = [sent for sent in its.evidence.sent if sent.run == taken.run.name]
        if closed and wrote and not any(row.outcome.value == "done" for row in taken.report.results):  # type: ignore[union-attr]
            yield f"{taken.run.name} wrote {len(wrote)} times although {', '.join(closed)} tripped"
        if closed and taken.code != ExitCode.VALVE:
            yield f"{taken.run.name} ended with {taken.code} although {', '.join(closed)} tripped"


def i10_truthful_memory(its: Judgement) -> Iterator[str]:
    for key, side, id_, base in memory.bases(its.evidence.database):
        record = its.records.get((side, id_.lower()))
        if record is None:
            yield f"{key} is linked to {side} {id_}, which never was"
            continue
        for name, value in base.items():
            held = [version.raw.get(name) for version in record.versions if name in version.raw]
            if held and isinstance(value, str) and value not in held:
                yield f"{name} of {side} {record.number} is remembered as {value!r}, which it never was"


def i11_absence_is_inert(its: Judgement) -> Iterator[str]:
    for record in its.records.values():
        if record.gone:
            yield f"{record.side} {record.number} is gone, and nobody deletes here"
    for key, pair in its.pairs.items():
        for record, other in _both_ways(pair):
            for name in FIELDS:
                for _, new in our_changes(record, name):
                    seen = {version.means[name] for version in other.versions if version.at <= new.at}
                    if new.means[name] not in seen:
                        yield f"we set {name} of {key} on {record.side} to {new.means[name]}, which nobody had said"


def i12_pure_plan(its: Judgement) -> Iterator[str]:
    yield from its.evidence.plans


def i13_nuance_survives(its: Judgement) -> Iterator[str]:
    """ServiceNow takes no precondition: a spelling that a person chose between our last look and our write is written over."""
    raw = {"servicenow": {"status": ("state",), "severity": ("impact", "urgency")}, "sentinel": {}}
    for record in its.records.values():
        for old, new in zip(record.versions, record.versions[1:], strict=False):
            for name, names in raw[record.side].items() if new.ours and its.could_see(record, old, new) else ():
                same = old.means[name] == new.means[name]
                if same and any(old.raw[each] != new.raw[each] for each in names):
                    yield f"we changed the spelling of {name} on {record.number}, which meant {old.means[name]} already"


def i14_skew(its: Judgement) -> Iterator[str]:
    """A clock that is off may make no run fail."""
    if its.evidence.history.scene.skew:
        for taken in its.evidence.taken:
            if taken.settling and taken.code not in {*_ENDS_WELL, None}:
                yield f"with a clock off by {its.evidence.history.scene.skew:g} s {taken.run.name} ended with {taken.code}"


def i15_isolation(its: Judgement) -> Iterator[str]:
    """After everything is healed, no key may still wait because of another one."""
    for taken in its.evidence.taken:
        if taken.settling and taken.report is not None and taken.run.name.startswith("settling3"):
            skipped = [row.action.key for row in taken.report.results if row.outcome.value == "skipped"]
            if skipped:
                yield f"{taken.run.name} left {', '.join(sorted(set(skipped)))} for later"


def i16_occurrence_keys(its: Judgement) -> Iterator[str]:
    days: Counter[tuple[str, str]] = Counter()
    for key, pair in its.pairs.items():
        if not pair.is_duty:
            continue
        found = _DUTY.fullmatch(key)
        if found is None:
            yield f"{key} is no occurrence's key"
            continue
        days[key.split("@")[0], found.group(1)] += 1
        if found.group(1) not in {"2026-11-16", "2026-11-17"}:
            yield f"{key} is not due in these hours"
    for (task, day), count in days.items():
        if count > 1:
            yield f"{task} has {count} keys on {day}"


def i17_intended_first(its: Judgement) -> Iterator[str]:
    for sent in its.evidence.sent:
        if not sent.intended:
            yield f"{sent.run} sent {sent.method} {sent.path.rsplit('/', 1)[-1]} without a stored intention"


def every_run_ends_with_a_named_status(its: Judgement) -> Iterator[str]:
    for taken in its.evidence.taken:
        if taken.crash:
            yield f"{taken.run.name} crashed: {taken.crash}"
        elif not taken.killed and taken.code not in set(ExitCode):
            yield f"{taken.run.name} ended with {taken.code}"


RANKS = ("informational", "low", "medium", "high")
OUTSIDER = "dana.desk"
_ENDS_WELL = {ExitCode.OK, ExitCode.PARTIAL, ExitCode.VALVE}


def _closings(record: Recorded) -> Iterator[Version]:
    before = ""
    for version in record.versions:
        if version.means["status"] == "closed" != before:
            yield version
        before = version.means["status"]


def _closed_before_it_was_seen(pair: Pair) -> bool:
    record = pair.ticket or pair.incident
    return record is not None and record.now.means["status"] == "closed"


def _waiting(its: Judgement) -> int:
    """How many keys a run looks at again because something about them is parked."""
    return 3 * len({row.key for row in its.last.parked}) if its.last is not None else 0


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
    if pair.incident is None:
        return False
    failed = any(call == "Log Analytics query" for call, _ in its.evidence.struck)
    lag = timedelta.max if failed else timedelta(seconds=its.evidence.history.scene.ingestion_lag)
    before: list[str] = []
    given_back: datetime | None = None
    for version in pair.incident.versions:
        now = version.means[name]
        changed = bool(before) and now != before[-1]
        if changed and version.ours and given_back is not None and version.at - given_back <= lag:
            return True
        if changed:
            given_back = version.at if not version.ours and now == value and now in before else None
        before.append(now)
    return False


def _coarse(value: str) -> str:
    return {"on-hold": "active", "resolved": "closed", "cancelled": "closed"}.get(value.lower(), value.lower())


def _both_ways(pair: Pair) -> Iterator[tuple[Recorded, Recorded]]:
    if pair.sides is not None:
        ticket, incident = pair.sides
        yield from ((ticket, incident), (incident, ticket))


def _mirrored(its: Judgement, key: str, origin: Recorded, target: Recorded) -> Iterator[str]:
    """Every comment of a person once, and in order as far as its own system tells one: of two work notes of the same second no
    API of ServiceNow says which was first (their stamps are whole seconds, their ids random)."""
    said = [note.id for note in origin.notes if not note.ours]
    ours = {note.id for note in origin.notes if note.ours}
    mirrors = [
        note.mirrors[1] for note in target.notes if note.ours and note.mirrors and note.mirrors[0] == origin.side
    ]
    for id_ in mirrors:
        if id_ in ours:
            yield f"{key}: our own comment {id_} on {origin.side} came back"
    times = Counter(mirrors)
    for id_ in said:
        if not times[id_] and not its.is_named(key, "comments"):
            yield f"{key}: comment {id_} of {origin.side} is not on the other side"
        if times[id_] > 1 and not (target.side == "servicenow" and its.duplicates_of_notes_may_be()):
            yield f"{key}: comment {id_} of {origin.side} is there {times[id_]} times"
    stamps = {note.id: note.stamp for note in origin.notes if note.id in said}
    arrived = [stamps[id_] for id_ in dict.fromkeys(mirrors) if id_ in stamps]
    if arrived != sorted(arrived) and not its.duplicates_of_notes_may_be():
        yield f"{key}: comments of {origin.side} arrived in another order"


def _shown(pair: Pair) -> str:
    record = pair.ticket or pair.incident
    return f"{record.side} {record.number} is {record.now.means}" if record else "nothing"


Judge = Callable[[Judgement], Iterator[str]]
INVARIANTS: tuple[tuple[str, Judge], ...] = (
    ("I1", i01_one_record_per_key_and_side),
    ("I2", i02_agreement),
    ("I3", i03_rest),
    ("I4", i04_no_edit_is_lost),
    ("I5", i05_ownership),
    ("I5", i05_what_the_profile_allows),
    ("I6", i06_no_echo),
    ("I7", i07_comments),
    ("I8", i08_killed_anywhere),
    ("I9", i09_valves),
    ("I10", i10_truthful_memory),
    ("I11", i11_absence_is_inert),
    ("I12", i12_pure_plan),
    ("I13", i13_nuance_survives),
    ("I14", i14_skew),
    ("I15", i15_isolation),
    ("I16", i16_occurrence_keys),
    ("I17", i17_intended_first),
    ("end", every_run_ends_with_a_named_status),
)
