"""One history's evidence, sorted out once for everything that is asked of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.simulation import memory
from tests.simulation.evidence import Evidence
from tests.simulation.recorded import Pair, Recorded, Version, pairs, recorded


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

    @property
    def skew(self) -> timedelta:
        """By how much the program's clock is off."""
        return timedelta(seconds=self.evidence.history.scene.skew)

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

    def table_told(self, incident: Recorded, edited: datetime, written: Version) -> bool:
        """Whether the workspace's table could tell of an edit of an incident when we decided on a write to it: it lags, and a run
        whose questions to it failed knows nothing of what it holds."""
        decided = written.at
        if not self.evidence.lost:
            decided = memory.first_intended(self.evidence.database, incident.id, written.at, self.skew) or decided
        if decided - edited <= timedelta(seconds=self.evidence.history.scene.ingestion_lag):
            return False
        deciding = [each for each in self.evidence.taken if each.began <= decided <= (each.ended or decided)]
        return not any(each.began <= at <= written.at for each in deciding for at in each.unanswered)

    def duplicates_of_notes_may_be(self) -> bool:
        """ServiceNow takes no ids for notes: two runs at once, or a doubled request, can write one twice."""
        doubled = self.evidence.struck[("ServiceNow update", "duplicate")] > 0
        return doubled or self.evidence.overslept


def both_ways(pair: Pair) -> Iterator[tuple[Recorded, Recorded]]:
    if pair.sides is not None:
        ticket, incident = pair.sides
        yield from ((ticket, incident), (incident, ticket))
