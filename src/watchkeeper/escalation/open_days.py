"""Past working days that no audit has judged for good yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from watchkeeper.escalation.judging import judge_day
from watchkeeper.escalation.ownership import Ownership
from watchkeeper.escalation.tickets import Ticket
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.verdict import Verdict
from watchkeeper.state_ports import StateStore


@dataclass(frozen=True, slots=True)
class OpenDays:
    """`days` are every team's: a ticket may have been another team's then, on a day that its present team did not work. `done`:
    tickets with the days on which they were judged for good. `go_live` by the name of a profile: nothing before it is judged."""

    days: Sequence[date]
    done: frozenset[tuple[str, date]]
    go_live: Mapping[str, date]

    @classmethod
    def among(cls, days: Sequence[date], profiles: Sequence[Profile], store: StateStore) -> OpenDays:
        judged = store.judged(days[0].isoformat(), days[-1].isoformat()) if days else ()
        done = frozenset((key, day) for key, day, final in judged if final)
        return cls(days, done, {profile.name: profile.go_live or date.min for profile in profiles})

    def verdicts(self, ticket: Ticket, ownership: Ownership, now: datetime) -> Iterator[Verdict]:
        """The ticket's verdicts on these days, all of them final."""
        begin = self.go_live[ticket.profile.name]
        owed = (day for day in self.days if day >= begin and (ticket.key, day) not in self.done)
        judged = (judge_day(ticket, ownership, day, now) for day in owed)
        return (verdict for verdict in judged if isinstance(verdict, Verdict) and verdict.final)
