"""What falls due from now on: as it was decided, and as the catalogue plans it where nothing was decided yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from watchkeeper.model.duty_record import DutyRecord
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.report.board.nouns import Duty
from watchkeeper.report.board.tasks import Turn
from watchkeeper.web.reading.duty import OWNERS, WAITS, duty_of, planned_duty, planned_turn, turn_of
from watchkeeper.web.reading.plan import AHEAD, Plan
from watchkeeper.web.reading.reader import Reader


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Something that falls due; `record` is None where it is only planned."""

    occurrence: Occurrence
    record: DutyRecord | None = None

    @property
    def pair(self) -> tuple[str, str]:
        return self.occurrence.task, self.occurrence.team

    @property
    def order(self) -> tuple[datetime, str]:
        return self.occurrence.due, self.occurrence.key

    @property
    def place(self) -> str:
        """Where it stands among all of them, as a text."""
        return f"{self.occurrence.due.isoformat()} {self.occurrence.key}"

    def is_behind(self, place: str) -> bool:
        """Raises ValueError for a text that is no place."""
        at, _, key = place.partition(" ")
        return self.order > (datetime.fromisoformat(at), key)

    def duty(self, plan: Plan) -> Duty:
        if self.record is None:
            return planned_duty(self.occurrence, plan)
        return duty_of(self.record, self.record.end(plan.now), plan)

    def turn(self, now: datetime) -> Turn:
        return planned_turn(self.occurrence) if self.record is None else turn_of(self.record, now)

    def waits(self, now: datetime) -> bool:
        return self.record is None or self.record.end(now) in WAITS


@dataclass(frozen=True, slots=True)
class Ahead:
    """`decided` by key, as far ahead as anything is decided; `by_pair` what is next of each task and team within four weeks, by due
    instant."""

    plan: Plan
    decided: Mapping[str, DutyRecord]
    by_pair: Mapping[tuple[str, str], Sequence[Upcoming]]

    @classmethod
    def of(cls, reader: Reader, plan: Plan) -> Ahead:
        now = reader.now
        found = reader.duties.duties_due(now, now + plan.decided_ahead, OWNERS)
        decided = {each.decided.occurrence.key: each for each in found}
        planned = [Upcoming(each) for each in plan.coming() if each.key not in decided]
        by_pair: dict[tuple[str, str], list[Upcoming]] = defaultdict(list)
        for each in (*(Upcoming(record.decided.occurrence, record) for record in found), *planned):
            by_pair[each.pair].append(each)
        for its in by_pair.values():
            its.sort(key=lambda each: each.order)
        return cls(plan, decided, by_pair)

    def coming(self) -> list[Upcoming]:
        """What falls due within four weeks, by due instant and key."""
        end = self.plan.now + AHEAD
        found = (each for its in self.by_pair.values() for each in its if each.occurrence.due < end)
        return sorted(found, key=lambda each: each.order)

    def next_of(self, pair: tuple[str, str]) -> Upcoming | None:
        """The first that is not settled."""
        near = next((each for each in self.by_pair.get(pair, ()) if each.waits(self.plan.now)), None)
        task, team = pair
        far = (each for each in self.plan.later(task) if each.team == team and each.key not in self.decided)
        return near or next((Upcoming(each) for each in far), None)
