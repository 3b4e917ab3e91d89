"""What the escalation audits have left of one team's day: how many tickets got each verdict, and how far that can be relied on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from watchkeeper.model.verdict import VerdictKind


@dataclass(frozen=True, slots=True)
class DaySheet:
    """One team on one local day. `totals` has every kind. `over`: an audit has judged the day after its end; `whole`: an audit as
    late as that could list every escalation, so that none is missing. `run_id` is the audit that found it so, and `digest` (hex
    SHA-256) covers every verdict of the day with what it was computed from; both are empty for a day that was counted from
    verdicts older than such sheets."""

    team: str
    day: date
    totals: Mapping[VerdictKind, int]
    over: bool
    whole: bool = False
    run_id: str = ""
    digest: str = ""

    @property
    def fresh(self) -> int:
        return self.totals[VerdictKind.FRESH]

    @property
    def stale(self) -> int:
        return self.totals[VerdictKind.STALE] + self.totals[VerdictKind.VERY_STALE]

    @property
    def duties(self) -> int:
        """Tickets that owed an update that day."""
        return sum(self.totals.values()) - self.totals[VerdictKind.EXEMPT]

    @property
    def kept(self) -> bool:
        """Whether every update that was owed was made, beyond doubt and for good."""
        return self.over and self.whole and self.fresh == self.duties
